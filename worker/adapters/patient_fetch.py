"""Fetching from a broker that does not let fetches wait.

A consumer asks for messages again as soon as it is answered. Kafka keeps a fetch that finds nothing for a while
(`fetch.max.wait.ms`); the embedded broker (noida-db 0.2.3) answers at once, and takes the longer for it the more a
partition holds. A consumer without messages would ask thousands of times a second. So where an answer without any
message comes sooner than from a broker that waits, the client waits a moment itself, or until this process has
written something, which may be what it waits for. With Kafka that never happens.
"""

import asyncio
import contextlib
from functools import cache
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.produce import ProduceRequest

AT_ONCE_SECONDS = 0.005
"""An answer within this time was not waited for: clients ask for some hundred milliseconds."""

PAUSE_SECONDS = 0.01


class _Writes:
    """What this process writes, for those of its clients, in whichever thread, that wait for messages."""

    def __init__(self) -> None:
        self.count = 0
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    def one_more(self) -> None:
        """Count a request that was answered, and wake who waits."""
        self.count += 1
        for loop, written in list(self._waiting):
            with contextlib.suppress(RuntimeError):  # its loop was closed in this moment
                loop.call_soon_threadsafe(written.set)

    async def wait(self, seconds: float) -> None:
        """Wait for the next one, but no longer than so."""
        waiting = asyncio.get_running_loop(), asyncio.Event()
        self._waiting.add(waiting)
        try:
            async with asyncio.timeout(seconds):
                await waiting[1].wait()
        except TimeoutError:
            pass
        finally:
            self._waiting.discard(waiting)


@cache
def wait_after_empty_fetches() -> None:
    """Have every Kafka client of this process wait after an empty answer that came at once. Done once."""
    send, writes = AIOKafkaClient.send, _Writes()

    async def patient_send(self: AIOKafkaClient, node_id: int, request: Any, **options: Any) -> Any:
        if isinstance(request, ProduceRequest):
            answer = await send(self, node_id, request, **options)
            writes.one_more()
            return answer
        if not isinstance(request, FetchRequest):
            return await send(self, node_id, request, **options)
        clock, written = asyncio.get_running_loop().time, writes.count
        asked = clock()
        answer = await send(self, node_id, request, **options)
        if clock() - asked < AT_ONCE_SECONDS and is_empty(answer) and writes.count == written:
            await writes.wait(PAUSE_SECONDS)
        return answer

    AIOKafkaClient.send = patient_send


def is_empty(answer: Any) -> bool:
    """Return whether a fetch's answer has neither a message nor an error that its reader must hear of at once."""
    return not any(records or error for _, partitions in answer.topics for _, error, *_, records in partitions)
