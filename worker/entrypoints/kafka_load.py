"""`rasid kafka load`: saved messages back onto empty Kafka topics, and the group to where it had read.

Each message goes to the partition it was in, in its order, with its time: what a desk remembers finds its matches
there. Its offset is another one wherever compaction had left holes, so the group's offsets are counted anew. They
are written last: a worker that starts on a half-loaded broker would read from the beginning.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from worker.adapters.kafka_admin import BrokerError, NewKafkaTopic, create_kafka_topics, partition_counts
from worker.adapters.kafka_producer import producing
from worker.adapters.kafka_ranges import ranges_of
from worker.adapters.kafka_reader import reader
from worker.adapters.kafka_security import KafkaAddress, client_arguments, kafka_address
from worker.entrypoints.saved_messages import SavedKafkaTopic, SavedMessage, bytes_of, read_messages
from worker.entrypoints.sources import SourceError
from worker.settings import Settings
from worker.streaming import kafka_topics

CREATED_SECONDS = 30.0

WINDOW_MESSAGES, WINDOW_BYTES = 500, 32 * 1024**2
"""Messages under way at once, before their confirmations are awaited."""

BY_NAME = {one.name: one for one in kafka_topics.ALL}

OnLoaded = Callable[[str, int], None]
"""Told how many more messages of a Kafka topic the broker has confirmed."""

Offsets = dict[TopicPartition, int]


async def load(
    settings: Settings,
    folder: Path,
    chosen: Sequence[SavedKafkaTopic],
    *,
    with_offsets: bool,
    on_loaded: OnLoaded = lambda *_: None,
) -> None:
    """Write saved Kafka topics to the broker; those that are missing are created, with as many partitions.

    Args:
        settings: The broker, the prefix and the group.
        folder: Where they were saved.
        chosen: Which of them.
        with_offsets: Whether the group goes on where it had read to; else it reads everything anew.
        on_loaded: For progress.

    Raises:
        SourceError: A file is damaged, or of a Kafka topic that this version does not know.
        BrokerError: No broker answers, it refuses a message, one of the Kafka topics is not empty or has another
            number of partitions, or workers of the group run.
    """
    unknown = [one.name for one in chosen if one.name not in BY_NAME]
    if unknown:
        raise SourceError(f"{folder} holds {unknown[0]}, which this version does not know")
    address = kafka_address(settings)
    await _create(settings, address, chosen)
    await _check_empty(settings, address, chosen)
    committed = {
        TopicPartition(settings.kafka_prefix + one.name, partition): offset
        for one in chosen
        for partition, offset in (one.committed.items() if with_offsets else ())
    }
    # So far nothing is read. Kafka does not take it where workers of the group run, and they must not.
    await _commit(settings, address, dict.fromkeys(committed, 0))
    try:
        async with producing(address, settings.max_message_bytes) as producer:
            loading = _Loading(producer, settings.kafka_prefix, committed)
            for one in chosen:
                await loading.load(folder, one, on_loaded)
    except KafkaError as error:
        raise BrokerError(f"the broker refuses a message: {type(error).__name__}: {error}") from None
    await _commit(settings, address, loading.offsets)


class _Loading:
    """Sends messages, and counts how far the group had read in the offsets that they get."""

    def __init__(self, producer: AIOKafkaProducer, prefix: str, committed: Offsets) -> None:
        self._producer = producer
        self._prefix = prefix
        self._committed = committed
        self.offsets: Offsets = dict.fromkeys(committed, 0)

    async def load(self, folder: Path, saved: SavedKafkaTopic, on_loaded: OnLoaded) -> None:
        """Send the messages of one Kafka topic, each confirmed."""
        under_way: list[tuple[SavedMessage, Awaitable[object]]] = []
        bytes_under_way = 0
        for message in read_messages(folder, saved):
            under_way.append((message, await self._send(saved.name, message)))
            bytes_under_way += len(message.value.text or message.value.base64 or "")
            if len(under_way) >= WINDOW_MESSAGES or bytes_under_way >= WINDOW_BYTES:
                await self._confirm(saved.name, under_way)
                on_loaded(saved.name, len(under_way))
                under_way, bytes_under_way = [], 0
        await self._confirm(saved.name, under_way)
        on_loaded(saved.name, len(under_way))

    async def _send(self, name: str, message: SavedMessage) -> Awaitable[object]:
        answer: Awaitable[object] = await self._producer.send(
            self._prefix + name,
            bytes_of(message.value),
            key=bytes_of(message.key),
            partition=message.partition,
            timestamp_ms=_timestamp_ms(message, time.time()),
            headers=[(header, bytes_of(content)) for header, content in message.headers],
        )
        return answer

    async def _confirm(self, name: str, under_way: Sequence[tuple[SavedMessage, Awaitable[object]]]) -> None:
        for message, answer in under_way:
            offset: int = (await answer).offset  # type: ignore[attr-defined]
            place = TopicPartition(self._prefix + name, message.partition)
            if message.offset < self._committed.get(place, 0):
                self.offsets[place] = offset + 1


async def _create(settings: Settings, address: KafkaAddress, chosen: Sequence[SavedKafkaTopic]) -> None:
    """Create what is missing, and wait until the broker that answers knows of it: it learns so in its own time."""
    wanted = {settings.kafka_prefix + one.name: one for one in chosen}
    await create_kafka_topics(
        address,
        [
            NewKafkaTopic(name, one.partitions, settings.replication, BY_NAME[one.name].config(settings))
            for name, one in wanted.items()
        ],
    )
    deadline = time.monotonic() + CREATED_SECONDS
    while missing := wanted.keys() - await partition_counts(address):
        if time.monotonic() > deadline:
            raise BrokerError(f"{min(missing)} was created and is not there {CREATED_SECONDS:.0f} s later")
        await asyncio.sleep(0.2)


async def _check_empty(settings: Settings, address: KafkaAddress, chosen: Sequence[SavedKafkaTopic]) -> None:
    counts = await partition_counts(address)
    consumer = reader(address)
    try:
        await consumer.start()
        for one in chosen:
            name = settings.kafka_prefix + one.name
            places = [TopicPartition(name, partition) for partition in range(counts[name])]
            if any(begin < end for begin, end in (await ranges_of(consumer, places)).values()):
                raise BrokerError(f"{name} holds messages at {address}; what is saved goes onto empty ones only")
            if len(places) != one.partitions:
                had = f"{name} has {len(places)} partitions and had {one.partitions}"
                raise BrokerError(f"{had}; delete it, and `rasid kafka load` makes it anew")
    except KafkaError as error:
        raise BrokerError(f"the broker at {address} fails: {error!r}") from None
    finally:
        await consumer.stop()


def _timestamp_ms(message: SavedMessage, now_seconds: float) -> int:
    """Return the time to send with: its own, but none ahead. Kafka might refuse that; to workers it is now."""
    now_ms = int(now_seconds * 1000)
    return min(message.timestamp_ms, now_ms) if message.timestamp_ms >= 0 else now_ms


async def _commit(settings: Settings, address: KafkaAddress, offsets: Offsets) -> None:
    """Write how far the group has read.

    Raises:
        BrokerError: Workers of the group run.
    """
    if not offsets:
        return
    group = settings.kafka_prefix + settings.group
    consumer = AIOKafkaConsumer(**client_arguments(address), group_id=group, enable_auto_commit=False)
    try:
        await consumer.start()
        consumer.assign(list(offsets))
        await consumer.commit(offsets)
    except KafkaError as error:
        raise BrokerError(
            f"the group {group} cannot be put where it had read to; stop its workers first: {error!r}"
        ) from None
    finally:
        await consumer.stop()
