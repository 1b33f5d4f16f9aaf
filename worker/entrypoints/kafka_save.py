"""`rasid kafka save`: what lies on the Kafka topics, and how far the group has read, into files.

Workers may run meanwhile, because of the order: first how far the group has read, then what the desks remember,
then all else. So whatever counts as read has left its results in the files, and nothing is remembered that is not
there: as after a worker's crash at the beginning of the saving, from which the next one goes on.
"""

import gzip
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from worker.adapters.kafka_admin import BrokerError, PartitionStatus, partition_status
from worker.adapters.kafka_ranges import ranges_of, records_of
from worker.adapters.kafka_reader import reader
from worker.adapters.kafka_security import kafka_address
from worker.entrypoints.saved_messages import (
    FORMAT,
    Saved,
    SavedKafkaTopic,
    SavedMessage,
    file_of,
    line_of,
    new_folder,
    saved_bytes,
    write_contents,
)
from worker.settings import Settings
from worker.streaming import kafka_topics
from worker.streaming.kafka_topics import KafkaTopic

REMEMBERED = (kafka_topics.ALERT_STATES, kafka_topics.DELIVERY_STATES)
COMPRESSION = 6
"""Of gzip, 1 to 9: its own default."""

EACH = 100
"""Messages between two words of progress."""

OnSaved = Callable[[KafkaTopic, int], None]
"""Told how many more messages of a Kafka topic are in its file."""


async def save(
    settings: Settings, folder: Path, chosen: Sequence[KafkaTopic], on_saved: OnSaved = lambda *_: None
) -> Saved:
    """Write Kafka topics into an empty folder and return what it holds then.

    Args:
        settings: The broker, the prefix and the group.
        folder: Made where it is missing.
        chosen: The Kafka topics.
        on_saved: For progress.

    Raises:
        SourceError: Something is in the folder.
        OSError: It cannot be written to.
        BrokerError: No broker answers, or a Kafka topic is missing.
    """
    new_folder(folder)
    broker = kafka_address(settings)
    began = datetime.now(UTC)
    status = await status_of(settings, chosen)
    consumer, counts = reader(broker), Counter[str]()
    try:
        await consumer.start()
        for some in (
            [one for one in chosen if one in REMEMBERED],
            [one for one in chosen if one not in REMEMBERED],
        ):
            partitions = {one: status[one.name] for one in some}
            counts += await _save_some(consumer, folder, partitions, on_saved)
    except KafkaError as error:
        raise BrokerError(f"the broker at {broker} fails: {error!r}") from None
    finally:
        await consumer.stop()
    contents = Saved(FORMAT, began, tuple(_entry(one, status[one.name], counts[one.name]) for one in chosen))
    write_contents(folder, contents)
    return contents


async def status_of(settings: Settings, chosen: Iterable[KafkaTopic]) -> dict[str, list[PartitionStatus]]:
    """Return where the partitions of Kafka topics and the group stand, by the names without the prefix.

    Raises:
        BrokerError: No broker answers, or a Kafka topic is missing.
    """
    prefix = settings.kafka_prefix
    names = [prefix + one.name for one in chosen]
    found: dict[str, list[PartitionStatus]] = {name: [] for name in names}
    for one in await partition_status(kafka_address(settings), prefix + settings.group, names):
        found[one.kafka_topic].append(one)
    missing = [name for name, partitions in found.items() if not partitions]
    if missing:
        raise BrokerError(f"the Kafka topic {missing[0]} does not exist at {settings.broker}")
    return {name.removeprefix(prefix): partitions for name, partitions in found.items()}


async def _save_some(
    consumer: AIOKafkaConsumer,
    folder: Path,
    chosen: Mapping[KafkaTopic, Sequence[PartitionStatus]],
    on_saved: OnSaved,
) -> Counter[str]:
    """Write Kafka topics side by side, each up to the end it has now; return how many messages each has."""
    counts = Counter[str]()
    with ExitStack() as stack:
        writers = {
            partitions[0].kafka_topic: (
                one, stack.enter_context(gzip.open(file_of(folder, one.name), "wb", COMPRESSION))
            )
            for one, partitions in chosen.items()
        }  # fmt: skip
        places = [TopicPartition(one.kafka_topic, one.partition) for some in chosen.values() for one in some]
        async for record in records_of(consumer, await ranges_of(consumer, places)):
            kafka_topic, file = writers[record.topic]
            file.write(line_of(_message(record)))
            counts[kafka_topic.name] += 1
            if counts[kafka_topic.name] % EACH == 0:
                on_saved(kafka_topic, EACH)
    for one in chosen:
        on_saved(one, counts[one.name] % EACH)
    return counts


def _entry(kafka_topic: KafkaTopic, partitions: Sequence[PartitionStatus], messages: int) -> SavedKafkaTopic:
    committed = {one.partition: one.committed for one in partitions if one.committed is not None}
    return SavedKafkaTopic(kafka_topic.name, len(partitions), messages, committed)


def _message(record: ConsumerRecord) -> SavedMessage:
    return SavedMessage(
        record.partition,
        record.offset,
        record.timestamp,
        saved_bytes(record.key),
        saved_bytes(record.value),
        tuple((name, saved_bytes(value)) for name, value in record.headers),
    )
