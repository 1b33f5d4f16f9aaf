"""Reading Kafka topics outside of Faust: without a group, without commits."""

from collections.abc import AsyncIterator, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from worker.adapters.kafka_security import Broker, client_arguments
from worker.adapters.patient_fetch import wait_after_empty_fetches

FETCH_BYTES = 48 * 1024**2


def reader(broker: Broker, *names: str) -> AIOKafkaConsumer:
    """Return a consumer of whole Kafka topics that belongs to no group and commits nothing; start it first."""
    wait_after_empty_fetches()
    return AIOKafkaConsumer(
        *names,
        **client_arguments(broker),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=FETCH_BYTES,
        fetch_max_bytes=FETCH_BYTES,
    )


async def read_to_end(broker: Broker, name: str, partition: int) -> AsyncIterator[tuple[bytes, bytes | None]]:
    """Yield the (key, value) pairs of a partition, oldest first, up to the end it has now."""
    consumer = reader(broker)
    try:
        await consumer.start()
        place = TopicPartition(name, partition)
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        end = (await consumer.end_offsets([place]))[place]
        # Compaction leaves holes, so the consumer's position tells the end and not the count of messages.
        while await consumer.position(place) < end:
            for records in (await consumer.getmany(place, timeout_ms=500)).values():
                for record in records:
                    yield record.key, record.value
    finally:
        await consumer.stop()


async def follow(broker: Broker, names: Sequence[str]) -> AsyncIterator[ConsumerRecord]:
    """Yield every message of Kafka topics, from their beginning and as new ones come, without end."""
    consumer = reader(broker, *names)
    try:
        await consumer.start()
        async for record in consumer:
            yield record
    finally:
        await consumer.stop()
