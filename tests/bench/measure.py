"""Measures the matching engine at one size, in a process of its own.

`python -m tests.bench.measure REQUEST RESULT`. The request names a file of watch topics (pickled by the benchmark,
read and checked before) and one of articles, and says how many of the articles are for warming up. None of these
is measured again: what the engine remembers of words helps only as far as it would in a running worker.
"""

import contextlib
import ctypes
import gc
import pickle
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tests.bench.articles import Article
from tests.bench.asked import answer
from worker.adapters.huge_pages import take_huge_pages
from worker.adapters.topic_files import parse_watch_topic
from worker.domain import matcher as matcher_module
from worker.domain.matcher import Matcher
from worker.domain.text import words

COLD = 30
FILES = 60


class Request(msgspec.Struct, frozen=True):
    """What to measure. `files` holds a few watch topics as YAML, to time the reading of a file."""

    watch_topics: str
    articles: str
    warm_up: int
    files: list[str] = []


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured. Times of articles in nanoseconds: first ones, new ones when warm, the same ones again."""

    python: str
    is_compiled: bool
    cold: list[int]
    warm: list[int]
    again: list[int]
    matches: list[list[str]]
    new_words: float
    distinct_words: float
    build_seconds: float
    rss_start: int
    rss_loaded: int
    rss_built: int
    rss_end: int
    file_seconds: float


def measure(request: Request) -> Measured:
    """Build the index, warm up, and time each article."""
    start = resident()
    watch_topics = pickle.loads(Path(request.watch_topics).read_bytes())
    loaded = resident()
    began = time.perf_counter()
    matcher = Matcher(watch_topics)
    build_seconds = time.perf_counter() - began
    gc.collect()
    gc.freeze()  # as a process of the worker's pool does with its index, and the next line too
    take_huge_pages()
    built = resident()
    articles = msgspec.json.decode(Path(request.articles).read_bytes(), type=list[Article])
    earlier, later = articles[: request.warm_up], articles[request.warm_up :]
    before_articles = resident()
    cold, _ = _time(matcher, earlier[:COLD])
    _time(matcher, earlier[COLD:])
    warm, matches = _time(matcher, later)
    end = built + resident() - before_articles
    again, _ = _time(matcher, later)
    known = {word for article in earlier for word in words(article.text)}
    distinct = [set(words(article.text)) for article in later]
    began = time.perf_counter()
    for content in request.files:
        topic, problems = parse_watch_topic(content.encode())
        if topic is None:
            raise ValueError(str(problems[0]))
    file_seconds = (time.perf_counter() - began) / max(1, len(request.files))
    return Measured(
        python=python_of_this_process(),
        is_compiled=not str(matcher_module.__file__).endswith(".py"),
        cold=cold,
        warm=warm,
        again=again,
        matches=matches,
        new_words=sum(len(found - known) for found in distinct) / len(distinct),
        distinct_words=sum(map(len, distinct)) / len(distinct),
        build_seconds=build_seconds,
        rss_start=start,
        rss_loaded=loaded,
        rss_built=built,
        rss_end=end,
        file_seconds=file_seconds,
    )


def _time(matcher: Matcher, articles: Sequence[Article]) -> tuple[list[int], list[list[str]]]:
    """Return the nanoseconds and the matching watch topics of each article."""
    nanoseconds: list[int] = []
    matches: list[list[str]] = []
    for article in articles:
        began = time.perf_counter_ns()
        found = matcher.match(article.title, article.text)
        nanoseconds.append(time.perf_counter_ns() - began)
        matches.append([match.watch_topic for match in found])
    return nanoseconds, matches


def python_of_this_process() -> str:
    """Return the version, and whether it is the system's: one that was built on the spot is slower."""
    return platform.python_version() + (" of the system" if sys.base_prefix == "/usr" else "")


def resident() -> int:
    """Return the bytes of memory that this process holds, after giving back what it holds for nothing."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # not glibc: the figure is a little higher
        ctypes.CDLL(None).malloc_trim(0)
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


if __name__ == "__main__":
    answer(Request, measure)
