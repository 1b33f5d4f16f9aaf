"""Small calls that are made at the same moment go to a process of the pool together, in one trip.

A trip costs the worker's own process a lock, a pipe and three threads of pebble, as much as the work on a short
article. A batch of an agent asks for all of its articles at once. What fails as a trip is tried again one by one,
so that an article that is stuck, or that kills its process, takes no other one along.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from worker.domain.errors import RejectedError

MOST_CALLS = 8
"""Calls in a trip. What a trip costs is then hardly to be seen beside the work of its calls."""

MOST_BYTES = 64 * 1024
"""Bytes of all arguments of a trip: a page of the size goes alone, and nobody waits for it."""

Call = tuple[Callable[..., Any], tuple[Any, ...]]
"""A function and what it is called with."""

Run = Callable[..., Awaitable[Any]]
"""Calls a function with its arguments in a process of the pool, as one trip."""


@dataclass(frozen=True)
class _Waiting:
    call: Call
    answer: asyncio.Future[Any]


class Trips:
    """Gathers calls until the event loop has nothing else to do, and shares them out into trips."""

    def __init__(self, run: Run, processes: int) -> None:
        """Bind to the pool.

        Args:
            run: Makes one trip; raises RejectedError where it fails.
            processes: How many the pool has: calls are spread over them before they are put together.
        """
        self._run = run
        self._processes = processes
        self._waiting: list[_Waiting] = []
        self._under_way: set[asyncio.Task[None]] = set()

    async def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Return the result of `function(*arguments)`.

        Raises:
            RejectedError: The function raised it, or it failed in a trip of its own.
        """
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._depart)
        waiting = _Waiting((function, arguments), loop.create_future())
        self._waiting.append(waiting)
        return await waiting.answer

    def _depart(self) -> None:
        waiting, self._waiting = self._waiting, []
        for group in shared_out(waiting, self._processes):
            task = asyncio.create_task(self._travel(group))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _travel(self, group: Sequence[_Waiting]) -> None:
        try:
            outcomes = await self._run(each, [waiting.call for waiting in group])
        except Exception as error:
            if len(group) > 1:  # of one of them, or of its process: each by itself will show
                await asyncio.gather(*(self._travel([waiting]) for waiting in group))
                return
            outcomes = [error]
        for waiting, outcome in zip(group, outcomes, strict=True):
            if waiting.answer.done():
                continue  # who asked was cancelled
            if isinstance(outcome, Exception):
                waiting.answer.set_exception(outcome)
            else:
                waiting.answer.set_result(outcome)


def each(calls: Sequence[Call]) -> list[Any]:
    """Return the result of each call, or the RejectedError that it raised; any other error ends them all."""
    outcomes: list[Any] = []
    for function, arguments in calls:
        try:
            outcomes.append(function(*arguments))
        except RejectedError as rejection:
            outcomes.append(rejection)
    return outcomes


def shared_out(waiting: Sequence[_Waiting], processes: int) -> Iterator[Sequence[_Waiting]]:
    """Yield the trips for some calls, in order: for every process one before any has two calls."""
    most_calls = min(MOST_CALLS, max(1, len(waiting) // processes))
    group: list[_Waiting] = []
    group_bytes = 0
    for one in waiting:
        size = sum(len(argument) for argument in one.call[1] if isinstance(argument, bytes))
        if group and (len(group) == most_calls or group_bytes + size > MOST_BYTES):
            yield group
            group, group_bytes = [], 0
        group.append(one)
        group_bytes += size
    if group:
        yield group
