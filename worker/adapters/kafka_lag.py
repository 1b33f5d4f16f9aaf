"""How far a consumer group has read, asked again and again over connections that stay open."""

import asyncio
import contextlib
from collections.abc import Collection
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from worker.adapters.kafka_security import Broker, client_arguments

ANSWER_SECONDS = 15.0

Place = tuple[str, int]
"""A Kafka topic's name and a partition."""


@dataclass(frozen=True)
class Progress:
    """Where the group stands in a partition: the offset it reads next, and the one that is written next."""

    committed: int
    end: int

    @property
    def lag(self) -> int:
        """Messages that the group has not committed."""
        return max(0, self.end - self.committed)


class LagReader:
    """Asks Kafka for committed and end offsets. It joins no group and commits nothing.

    Clients of its own, and not the agents': theirs answers between two fetches, and not at all while it is stuck,
    which is when the figures are needed. One look is three requests, however many partitions there are.
    """

    def __init__(self, broker: Broker, group: str) -> None:
        """Ask about a group; nothing is connected before the first `read`."""
        self._broker = broker
        self._group = group
        self._clients: tuple[AIOKafkaAdminClient, AIOKafkaConsumer] | None = None

    async def read(self, places: Collection[Place]) -> dict[Place, Progress]:
        """Return where the group stands in partitions.

        A partition of which nothing was committed counts from its beginning.

        Raises:
            KafkaError, OSError: The broker does not answer.
            TimeoutError: Nor does it refuse.
        """
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._read([TopicPartition(*place) for place in sorted(places)])
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """End the connections; the next `read` makes new ones."""
        clients, self._clients = self._clients, None
        if clients is not None:
            admin, consumer = clients
            for end in (admin.close, consumer.stop):
                with contextlib.suppress(Exception):  # it may be broken, which is why it is closed
                    await asyncio.wait_for(end(), ANSWER_SECONDS)

    async def _read(self, places: list[TopicPartition]) -> dict[Place, Progress]:
        admin, consumer = await self._connected()
        ends = await consumer.end_offsets(places)
        found = await admin.list_consumer_group_offsets(self._group, partitions=places)
        committed = {place: found[place].offset for place in places if place in found and found[place].offset >= 0}
        unread = [place for place in places if place not in committed]
        begins = await consumer.beginning_offsets(unread) if unread else {}
        return {
            (place.topic, place.partition): Progress(int((committed | begins)[place]), int(ends[place]))
            for place in places
        }

    async def _connected(self) -> tuple[AIOKafkaAdminClient, AIOKafkaConsumer]:
        if self._clients is None:
            arguments = client_arguments(self._broker)
            self._clients = (
                AIOKafkaAdminClient(**arguments), AIOKafkaConsumer(**arguments, enable_auto_commit=False),
            )  # fmt: skip
            for client in self._clients:
                await client.start()
        return self._clients
