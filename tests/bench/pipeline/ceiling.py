"""Line (d), the ceiling: the worker's own extract and tag functions in a pool of processes, and no Kafka.

`python -m tests.bench.pipeline.ceiling REQUEST RESULT`. One process for each core; an article goes to one of them
as the bytes of its message and comes back as the bytes of its records. The alert desk, which runs in the worker's
main process and costs little, is left out.
"""

import gc
import multiprocessing
import os
import pickle
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from tests.bench.asked import answer
from tests.bench.usage import cpu, pss
from worker.adapters.huge_pages import take_huge_pages
from worker.domain.errors import RejectedError
from worker.streaming.stages import Stages, Tagged, stages_for

CHUNK = 4
"""Articles handed over at once."""


class Request(msgspec.Struct, frozen=True):
    """What to work on: pickled watch topics, pickled messages, and how many of these only warm up."""

    watch_topics: str
    messages: str
    warm_up: int
    max_article_bytes: int


class Result(msgspec.Struct, frozen=True):
    """What was measured after the warm-up."""

    articles: int
    seconds: float
    cpu_own: float
    cpu_started: float
    pss: int
    matches: int


_stages: list[Stages] = []


def start(watch_topics: str, max_article_bytes: int) -> None:
    """Load the stages in a process of the pool, as a worker's pool does."""
    _stages[:] = [stages_for(pickle.loads(Path(watch_topics).read_bytes()), max_article_bytes)]
    gc.collect()
    gc.freeze()
    take_huge_pages()


def work(value: bytes) -> Tagged | None:
    """Extract and tag one article; None where it is rejected."""
    try:
        extracted = _stages[0].extract(value, datetime.now(UTC))
        return _stages[0].tag(extracted.value)
    except RejectedError:
        return None


def measure(request: Request) -> Result:
    """Run the articles through the pool."""
    messages: list[bytes] = pickle.loads(Path(request.messages).read_bytes())
    context = multiprocessing.get_context("spawn")
    with context.Pool(os.cpu_count() or 1, start, (request.watch_topics, request.max_article_bytes)) as pool:
        for _ in pool.imap_unordered(work, messages[: request.warm_up], CHUNK):
            pass
        later = messages[request.warm_up :]
        before, started = cpu(os.getpid()), time.perf_counter()
        matches = sum(len(done.matches) for done in pool.imap_unordered(work, later, CHUNK) if done is not None)
        seconds, used = time.perf_counter() - started, cpu(os.getpid()) - before
        return Result(len(later), seconds, used.own, used.started, pss(os.getpid()), matches)


if __name__ == "__main__":
    answer(Request, measure)
