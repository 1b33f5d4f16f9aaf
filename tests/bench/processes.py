"""Runs a measurement in a fresh process that is kept on one core."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from tests.bench.measure import Measured, Request
from tests.bench.vocabulary import ROOT


class FailedError(RuntimeError):
    """A measurement's process that ended with an error; the message is the end of what it wrote."""


@contextmanager
def one_core() -> Iterator[int]:
    """Keep this thread, and all processes that it starts, on the last of the cores that it may use."""
    if not hasattr(os, "sched_setaffinity"):  # macOS: the report says so
        yield -1
        return
    allowed = os.sched_getaffinity(0)
    core = max(allowed)
    os.sched_setaffinity(0, {core})
    try:
        yield core
    finally:
        os.sched_setaffinity(0, allowed)


def run(command: Sequence[str], *, timeout: float = 1_800) -> None:
    """Run a command on one core, in the project's folder.

    Raises:
        FailedError: It ended with an error.
    """
    with one_core():
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False, errors="replace"
        )
    if done.returncode:
        raise FailedError(f"{Path(command[0]).name} ended with {done.returncode}: {done.stderr.strip()[-2_000:]}")


def measured(folder: Path, request: Request) -> Measured:
    """Measure the engine in a fresh process."""
    asked, answered = folder / "request.json", folder / "result.json"
    asked.write_bytes(msgspec.json.encode(request))
    run([sys.executable, "-m", "tests.bench.measure", str(asked), str(answered)])
    return msgspec.json.decode(answered.read_bytes(), type=Measured)
