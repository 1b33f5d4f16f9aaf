"""Faust's way into Kafka, mended where it loses messages in a rebalance.

A fetch that was under way when a rebalance began may be answered in its middle, from partitions that were just
given, while nothing may be handed on. Faust (faust-streaming 0.15.3) drops those messages and seeks to what was
committed. A partition of which nothing was committed yet, a new one or one that was empty until then, has no such
place: its next message would be read and committed, and those before it never worked on.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer
from faust.transport.drivers import aiokafka as driver

SEEK_SECONDS = 1.0
"""How long the others wait for a partition whose broker is away; the consumer goes on looking by itself."""


async def seek_to_committed(consumer: AIOKafkaConsumer) -> Mapping[Any, int | None]:
    """Seek every assigned partition to its committed offset, or to its beginning where it has none.

    Returns:
        The committed offset by partition; None where there is none.
    """
    committed: Mapping[Any, int | None] = await consumer.seek_to_committed()
    assigned = consumer.assignment()  # the next rebalance may have begun
    fresh = [place for place, offset in committed.items() if not offset and place in assigned]
    if fresh:  # none at all would mean every partition
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SEEK_SECONDS):
                await consumer.seek_to_beginning(*fresh)
    return committed


class _Thread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]
    async def seek_to_committed(self) -> Mapping[Any, int | None]:
        consumer = self._ensure_consumer()
        offsets: Mapping[Any, int | None] = await self.call_thread(seek_to_committed, consumer)
        return offsets


class _Consumer(driver.Consumer):  # type: ignore[misc]
    def _new_consumer_thread(self) -> _Thread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)


class Transport(driver.Transport):  # type: ignore[misc]
    """Faust's transport with a consumer that forgets no message."""

    Consumer = _Consumer
