"""What the fuzz tests share: how long they run, the bound on one input, and pages to mutate.

CI runs the same examples every time (derandomised). To look for more, run longer and with new ones:

    FUZZ_FACTOR=100 .venv/bin/python -m pytest tests/hostile -k fuzz --timeout=0 --hypothesis-seed=random

What is found goes into `tests/hostile/corpus/`, one file an input; `test_hostile_corpus.py` runs them all.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

ROOT = Path(__file__).parents[2]
FACTOR = int(os.environ.get("FUZZ_FACTOR", "1"))
SECONDS_PER_INPUT = 20
"""The worker's own default limit for an article in a stage; no input of a fuzz test may come near it."""

PAGES = sorted((ROOT / "seeds" / "articles").glob("*.html"), key=lambda path: path.stat().st_size)[:12]
CHUNKS = [
    b"<",
    b">",
    b"<!--",
    b"-->",
    b"<script>",
    b"</script>",
    b"<p>",
    b"<div>" * 50,
    b"&#0;",
    b"&#xD800;",
    b"&#x110000;",
    b"&amp",
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"\xe2\x80\xae",
    b"\xe2\x81\xa6",
    b"\x1b[31m",
    b'"',
    b"'",
    b"=",
    b"<![CDATA[",
    b"<?xml version='1.0' encoding='utf-16'?>",
    b"<meta charset=utf-7>",
    b"<plaintext>",
    b"<base href='http://[::1'>",
    b"<link rel=canonical href='http://[x'>",
    b"<html lang='\x00'>",
    b"<svg><![CDATA[",
    b'<script type="application/ld+json">{"datePublished": "9999-12-31T23:59:60+99:99"}</script>',
    b"\r",
    b"\x85",
    b"<table><tr><td>",
    b"<svg>",
    b"<math>",
    b"<template>",
    b"<frameset>",
    b"<body>",
    b"</body></html>",
]


def fuzzed(examples: int) -> Callable[[Any], Any]:
    """Return the settings of a fuzz test of so many examples, times FUZZ_FACTOR."""
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
    return settings(
        max_examples=examples * FACTOR,
        derandomize=FACTOR == 1,
        deadline=None,
        suppress_health_check=checks,
        database=None,
        print_blob=True,
    )


@contextmanager
def within_the_limit() -> Iterator[None]:
    """Fail where what is inside takes longer than an article may."""

    def late(*_: object) -> None:
        raise AssertionError(f"longer than {SECONDS_PER_INPUT} s")

    before = signal.signal(signal.SIGALRM, late)
    left = signal.alarm(SECONDS_PER_INPUT)
    try:
        yield
    finally:
        signal.signal(signal.SIGALRM, before)
        signal.alarm(left)


@st.composite
def mutated(draw: st.DrawFn, originals: st.SearchStrategy[bytes], most: int = 12) -> bytes:
    """Return real bytes with pieces cut out, doubled, moved, overwritten, or hostile chunks put in."""
    data = bytearray(draw(originals))
    for _ in range(draw(st.integers(1, most))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 400)))
        match draw(st.sampled_from(["cut", "double", "move", "chunk", "bytes", "end"])):
            case "cut":
                del data[start:end]
            case "double":
                data[start:start] = data[start:end] * draw(st.integers(1, 20))
            case "move":
                piece = data[start:end]
                del data[start:end]
                place = draw(st.integers(0, len(data)))
                data[place:place] = piece
            case "chunk":
                data[start:start] = draw(st.sampled_from(CHUNKS)) * draw(st.sampled_from([1, 1, 2, 300]))
            case "bytes":
                data[start : start + 8] = draw(st.binary(max_size=8))
            case _:
                del data[end:]
    return bytes(data)
