"""The lag reader on a broker: what a group has committed, what is behind that, and a broker that is gone."""

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from worker.adapters.embedded_broker import embedded_broker
from worker.adapters.kafka_lag import LagReader, Progress
from worker.adapters.kafka_security import kafka_address
from worker.entrypoints.kafka import init_kafka_topics
from worker.entrypoints.replay import publish
from worker.entrypoints.sources import Item
from worker.settings import Settings

PLACES = [("articles.raw", number) for number in range(2)]


async def commit(settings, offset):
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.broker, group_id=settings.group, enable_auto_commit=False
    )
    await consumer.start()
    place = TopicPartition("articles.raw", 0)
    consumer.assign([place])
    await consumer.commit({place: offset})
    await consumer.stop()


def written(settings, count):
    """Return the articles of one partition: one key, one partition."""
    return publish(settings, iter([Item(str(number), b"key", b"{}", 0) for number in range(count)]))


async def test_lag_follows_what_is_written_and_what_is_committed(tmp_path):
    with embedded_broker(tmp_path / "broker") as address:
        settings = Settings(broker=address, partitions=1)
        await init_kafka_topics(settings)
        reader = LagReader(kafka_address(settings), settings.group)
        assert await reader.read(PLACES[:1]) == {PLACES[0]: Progress(0, 0)}
        await written(settings, 5)
        found = await reader.read(PLACES[:1])
        assert (found[PLACES[0]], found[PLACES[0]].lag) == (Progress(0, 5), 5)
        await commit(settings, 3)
        assert (await reader.read(PLACES[:1]))[PLACES[0]].lag == 2
        await reader.close()
        await reader.close()
        assert (await reader.read(PLACES[:1]))[PLACES[0]].lag == 2, "it connects anew"
        await reader.close()


async def test_broker_that_is_gone_is_an_error_and_the_next_one_is_found(tmp_path):
    reader = LagReader(kafka_address(Settings(broker="127.0.0.1:1")), "rasid")
    for _ in range(2):
        with pytest.raises((KafkaError, OSError, TimeoutError)):
            await reader.read(PLACES)
    await asyncio.wait_for(reader.close(), 10)


def test_lag_is_never_below_nothing():
    assert Progress(committed=7, end=5).lag == 0
