"""`rasid tag`: raw articles in, tagged articles out, without Kafka, by the agents' own functions."""

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from worker.adapters.pool import Call, Pool
from worker.domain.errors import RejectedError
from worker.settings import Settings
from worker.streaming.child import start_child, tag_line_in_child
from worker.streaming.stages import valid_watch_topics

LINES_AHEAD_PER_PROCESS = 8


def tag_lines(settings: Settings, lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a line of JSON for every raw article, in input order.

    Args:
        settings: Watch topics, sizes, time limit and number of processes.
        lines: Raw articles in JSON, one a line; blank lines are passed over.

    Yields:
        A tagged article, or `{"id", "error": {"reason", "detail"}}` for one that was rejected.

    Raises:
        WatchTopicsError: A watch topic is not valid.
    """
    valid_watch_topics(settings.watch_topics)  # here, where the error can be told; a child could only die of it
    pool = Pool(settings, start_child, Path(settings.watch_topics).absolute(), settings.max_article_bytes)
    try:
        yield from _in_order(pool, lines)
    finally:
        pool.close()


def _in_order(pool: Pool, lines: Iterable[bytes]) -> Iterator[bytes]:
    waiting: deque[tuple[bytes, Call[bytes]]] = deque()
    for line in lines:
        value = line.strip()
        if not value:
            continue
        waiting.append((value, pool.begin(tag_line_in_child, value, time.time())))
        while waiting and (len(waiting) > pool.processes * LINES_AHEAD_PER_PROCESS or waiting[0][1].is_done()):
            yield _result(*waiting.popleft())
    while waiting:
        yield _result(*waiting.popleft())


def _result(line: bytes, call: Call[bytes]) -> bytes:
    try:
        return call.result()
    except RejectedError as rejection:
        error = {"reason": rejection.reason.value, "detail": rejection.detail}
        return msgspec.json.encode({"id": rejection.article_id or _given_id(line), "error": error})


def _given_id(line: bytes) -> str | None:
    """Return the id in a line that was rejected, where there is one that can be read."""
    try:
        value: Any = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    given = value.get("id") if isinstance(value, dict) else None
    return given[:512] if isinstance(given, str) else None


def open_lines(names: Iterable[str], stdin: Callable[[], Iterable[bytes]]) -> Iterator[bytes]:
    """Yield the lines of files, in order; `-` is standard input.

    Raises:
        OSError: A file cannot be read.
    """
    for name in names:
        if name == "-":
            yield from stdin()
        else:
            with open(os.fspath(name), "rb") as file:  # noqa: PTH123 - a name, and perhaps /dev/stdin
                yield from file
