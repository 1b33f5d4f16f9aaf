"""The process pool for CPU work: a time limit and a memory bound an article, children replaced when they die.

Pebble starts the children afresh (`spawn`: no locks or sockets of the parent come along), ends one that
overruns its time limit, and repairs the pool without touching the neighbours.
"""

import asyncio
import concurrent.futures
import contextlib
import logging
import multiprocessing
import os
import resource
import threading
import time
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from types import SimpleNamespace
from typing import Any, Generic, TypeVar, cast

from pebble import CONSTS, ProcessExpired, ProcessPool
from pebble.pool import process as pebble_process

from worker.adapters.pool_children import Children
from worker.adapters.pool_trips import Trips
from worker.domain.errors import Reason, RejectedError
from worker.settings import Settings

log = logging.getLogger(__name__)

Result = TypeVar("Result")

POOLS_TRIED = 3
"""Pools that may break under one article before it is given up."""

GREETING_SECONDS = 0.05

# A child that is killed with the pool's lock in hand breaks the pool. Pebble finds that out after twice this time.
CONSTS.channel_lock_timeout = 5.0
# Pebble counts time limits by the machine's clock: one that is set ahead would end the article in every child, one
# that is set back would leave a stuck child there. Nobody sets the monotonic clock.
pebble_process.time = SimpleNamespace(time=time.monotonic, sleep=time.sleep)


def usable_cores() -> int:
    """Return how many cores this process may use: `taskset` and cpusets may leave it fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Pool:
    """Runs functions in other processes, each within the time limit of an article."""

    def __init__(self, settings: Settings, initialise: Callable[..., None], *arguments: Any) -> None:
        """Prepare the pool; children start with the first call.

        Args:
            settings: Number of processes, time limit, memory bound.
            initialise: Called once in every child, before its first task. Must be importable by name.
            *arguments: What `initialise` is called with.
        """
        self.processes = settings.pool_processes or usable_cores()
        self._time_limit_seconds = settings.article_time_limit_seconds
        self._present: set[int] = set()
        self._awaited = 0
        self.children = Children(self.processes)
        self._tasks: dict[concurrent.futures.Future[Any], ProcessPool] = {}
        self._new_pool = partial(
            ProcessPool,
            max_workers=self.processes,
            max_tasks=settings.pool_tasks_per_process,
            initializer=_start_child,
            initargs=(settings.pool_memory_bytes, initialise, arguments),
            context=self.children,
        )
        self._pool = self._new_pool()
        self._replacing = threading.Lock()
        self._trips = Trips(self._trip, self.processes)
        self._is_closed = False

    def warm_up(self) -> None:
        """Start the children now, so that the first article does not wait for them."""
        self._awaited = self.processes
        for _ in range(self.processes):
            self._greet()

    @property
    def is_warm(self) -> bool:
        """Whether the children that `warm_up` started have loaded what they need."""
        return not self._awaited

    def _greet(self) -> None:
        self.submit(_answer_greeting).add_done_callback(self._greeted)

    def _greeted(self, future: "concurrent.futures.Future[int]") -> None:
        """Await one child less, unless it is one that has answered before: then another still starts."""
        pid = None if future.cancelled() or future.exception() else future.result()
        if pid in self._present:
            self._greet()
            return
        if pid is not None:
            self._present.add(pid)
        self._awaited -= 1

    def tasks(self) -> tuple[int, int]:
        """Return how many tasks run, and how many wait for a process."""
        tasks = list(self._tasks)
        running = sum(future.running() for future in tasks)
        return running, len(tasks) - running

    def submit(self, function: Callable[..., Result], *arguments: Any) -> "concurrent.futures.Future[Result]":
        """Start `function(*arguments)` in a child; its result or what `failure` explains is in the future."""
        pool = self._pool
        if not pool.active:
            pool = self._replace(pool, BrokenProcessPool("its loops have ended"))
        future: concurrent.futures.Future[Result]
        try:
            future = pool.schedule(function, args=arguments, timeout=self._time_limit_seconds)
        except RuntimeError as error:  # it broke in this moment, or is closed
            future = concurrent.futures.Future()
            future.set_exception(BrokenProcessPool(str(error)))
            return future
        self._tasks[future] = pool
        future.add_done_callback(self._done)
        return future

    def _done(self, future: "concurrent.futures.Future[Any]") -> None:
        pool = self._tasks.pop(future)
        error = None if future.cancelled() else future.exception()
        if isinstance(error, BrokenProcessPool):
            self._replace(pool, error)

    def begin(self, function: Callable[..., Result], *arguments: Any) -> "Call[Result]":
        """Start `function(*arguments)` in a child, for who has no event loop to wait in."""
        return Call(self, function, arguments)

    async def run(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """Return the result of `function(*arguments)` from a child; calls made at once may go there together.

        Raises:
            RejectedError: The function raised it, overran the time limit, or its process died.
        """
        return cast(Result, await self._trips.call(function, *arguments))

    async def _trip(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """Do the same in a task of its own."""
        for _ in range(POOLS_TRIED):
            try:
                return await asyncio.wrap_future(self.submit(function, *arguments))
            except BrokenProcessPool:
                continue
            except Exception as error:
                raise self.failure(error) from error
        raise _given_up()

    def _replace(self, broken: ProcessPool, error: Exception) -> ProcessPool:
        """Put a new pool in the place of one that broke, unless that was done, and return the one in place.

        Pebble repairs a pool whose child dies at a task. One that dies between tasks, or with the pool's lock in
        hand, breaks it for good: every task fails from then on, and none of that is the articles' fault.
        """
        with self._replacing:
            if self._pool is broken and not self._is_closed:
                log.error("the process pool broke and is replaced: %r", error)
                self.children.broke()
                self._pool = self._new_pool()
                threading.Thread(target=self._end_broken, args=(broken,), daemon=True).start()
            return self._pool

    def _end_broken(self, broken: ProcessPool) -> None:
        """End a pool that broke, and fail what it forgets: tasks that it had not sent to its processes yet."""
        _end(broken)
        for future, pool in list(self._tasks.items()):
            if pool is broken:
                with contextlib.suppress(concurrent.futures.InvalidStateError):  # it was done in this moment
                    future.set_exception(BrokenProcessPool("never sent to a process"))

    def failure(self, error: BaseException) -> RejectedError:
        """Return the rejection that an exception out of a child stands for."""
        match error:
            case RejectedError():
                return error
            case concurrent.futures.TimeoutError():
                limit = f"longer than {self._time_limit_seconds:g} s in one stage"
                return RejectedError(Reason.TIME_LIMIT, limit)
            case ProcessExpired():
                return RejectedError(
                    Reason.CHILD_DIED, f"the pool's process ended with exit code {error.exitcode}"
                )
            case BrokenProcessPool():
                return RejectedError(Reason.CHILD_DIED, "the pool of processes broke")
            case MemoryError():
                return RejectedError(Reason.CHILD_DIED, "more memory than RASID_POOL_MEMORY_BYTES")
            case _:
                return RejectedError(Reason.INTERNAL_ERROR, f"{type(error).__name__}: {error}"[:500])

    def close(self) -> None:
        """End the children without waiting for what they do."""
        self._is_closed = True
        _end(self._pool)


class Call(Generic[Result]):
    """A call that was begun in a child."""

    def __init__(self, pool: Pool, function: Callable[..., Result], arguments: tuple[Any, ...]) -> None:
        self._pool = pool
        self._submit = partial(pool.submit, function, *arguments)
        self._future = self._submit()

    def is_done(self) -> bool:
        """Whether `result` is there at once, or nearly."""
        return self._future.done()

    def result(self) -> Result:
        """Wait for the result; a call that a broken pool forgot is made again.

        Raises:
            RejectedError: The function raised it, overran the time limit, or its process died.
        """
        for tried in range(POOLS_TRIED):
            if tried:
                self._future = self._submit()
            try:
                return self._future.result()
            except BrokenProcessPool:
                continue
            except Exception as error:
                raise self._pool.failure(error) from error
        raise _given_up()


def _given_up() -> RejectedError:
    return RejectedError(Reason.CHILD_DIED, f"{POOLS_TRIED} pools of processes broke one after the other")


def _end(pool: ProcessPool) -> None:
    pool.stop()
    pool.join()


def _answer_greeting() -> int:
    """Return the process's id, after a moment in which other processes take what is meant for them."""
    time.sleep(GREETING_SECONDS)
    return os.getpid()


def _start_child(memory_bytes: int, initialise: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    """Bound the child's memory, make it die with its parent, and load what its tasks need."""
    threading.Thread(target=_die_with_parent, daemon=True).start()
    if memory_bytes:
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    initialise(*arguments)


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)
