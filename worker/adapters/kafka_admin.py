"""Kafka topics and consumer groups, by the admin client: create, describe, delete."""

from collections.abc import Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from worker.adapters.kafka_probe import why_no_answer
from worker.adapters.kafka_security import Broker, client_arguments

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class BrokerError(Exception):
    """The broker cannot be reached or refused; the message says what to do."""


@dataclass(frozen=True)
class NewKafkaTopic:
    """A Kafka topic to create."""

    name: str
    partitions: int
    replication: int
    config: Mapping[str, str]


@dataclass(frozen=True)
class PartitionStatus:
    """Where a partition and its reader stand; offsets count messages from the partition's start."""

    kafka_topic: str
    partition: int
    begin: int
    end: int
    committed: int | None

    @property
    def lag(self) -> int:
        """Messages that the group has not committed yet."""
        return self.end - (self.begin if self.committed is None else self.committed)


@asynccontextmanager
async def _admin(broker: Broker) -> "AsyncIterator[AIOKafkaAdminClient]":
    admin = AIOKafkaAdminClient(**client_arguments(broker), request_timeout_ms=15_000)
    try:
        await admin.start()
    except (KafkaError, OSError) as error:
        await admin.close()
        raise BrokerError(await why_no_answer(broker, error)) from None
    try:
        yield admin
    except (KafkaError, OSError) as error:  # it let us in, and is not ready, or gone again
        raise BrokerError(await why_no_answer(broker, error)) from error
    finally:
        await admin.close()


async def create_kafka_topics(broker: Broker, kafka_topics: Sequence[NewKafkaTopic]) -> list[str]:
    """Create what is missing and return the names that were created. What exists is left as it is.

    Raises:
        BrokerError: No broker answers, or it refuses a Kafka topic.
    """
    async with _admin(broker) as admin:
        existing = set(await admin.list_topics())
        missing = [topic for topic in kafka_topics if topic.name not in existing]
        if not missing:
            return []
        response = await admin.create_topics(
            [
                NewTopic(topic.name, topic.partitions, topic.replication, topic_configs=dict(topic.config))
                for topic in missing
            ]
        )
    created = []
    for name, code, *message in response.topic_errors:
        error = for_code(code)
        if code == 0:
            created.append(name)
        elif error is not TopicAlreadyExistsError:
            raise BrokerError(f"the broker refuses the Kafka topic {name}: {error.__name__} {message or ''}")
    return created


async def partition_counts(broker: Broker) -> dict[str, int]:
    """Return the number of partitions of every Kafka topic of the broker."""
    async with _admin(broker) as admin:
        names = await admin.list_topics()
        described = await admin.describe_topics(list(names))
        return {topic["topic"]: len(topic["partitions"]) for topic in described}


async def delete_kafka_topics(broker: Broker, names: Sequence[str]) -> None:
    """Delete Kafka topics; ones that do not exist are passed over."""
    async with _admin(broker) as admin:
        existing = set(await admin.list_topics())
        doomed = [name for name in names if name in existing]
        if doomed:
            await admin.delete_topics(doomed)


async def partition_status(broker: Broker, group: str, names: Sequence[str]) -> list[PartitionStatus]:
    """Return where every partition and the consumer group stand, by Kafka topic and partition.

    Raises:
        BrokerError: No broker answers.
    """
    async with _admin(broker) as admin:
        existing = set(await admin.list_topics()).intersection(names)
        described = (
            await admin.describe_topics(sorted(existing)) if existing else []
        )  # asked for none, it tells of all
        partitions = [
            TopicPartition(topic["topic"], partition["partition"])
            for topic in described
            for partition in topic["partitions"]
        ]
        if not partitions:
            return []
        committed = await admin.list_consumer_group_offsets(group, partitions=partitions)
    consumer = AIOKafkaConsumer(**client_arguments(broker), enable_auto_commit=False)
    try:
        await consumer.start()
        begins = await consumer.beginning_offsets(partitions)
        ends = await consumer.end_offsets(partitions)
    finally:
        await consumer.stop()

    def offset(partition: TopicPartition) -> int | None:
        found = committed.get(partition)
        return None if found is None or found.offset < 0 else int(found.offset)

    return [
        PartitionStatus(tp.topic, tp.partition, begins[tp], ends[tp], offset(tp))
        for tp in sorted(partitions, key=lambda tp: (names.index(tp.topic), tp.partition))
    ]
