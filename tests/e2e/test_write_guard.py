"""What a producer holds back is not written once the answer to the last question is no."""

import asyncio

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from worker.adapters.embedded_broker import embedded_broker
from worker.adapters.kafka_reader import read_to_end
from worker.adapters.write_guard import ask_before_writing
from worker.entrypoints.kafka import init_kafka_topics
from worker.settings import Settings


class LeftError(Exception):
    """The process would have ended."""


class Lease:
    """May be gone from one moment to the next, and counts how often it is asked."""

    is_ours, times_asked = True, 0

    def check(self):
        self.times_asked += 1
        if not self.is_ours:
            raise LeftError


async def written(settings):
    return [value async for _, value in read_to_end(settings.broker, "articles.raw", 0)]


@pytest.fixture
def settings(tmp_path):
    with embedded_broker(tmp_path / "broker") as address:
        yield Settings(broker=address, partitions=1)


async def test_message_that_the_producer_already_has_is_not_written_after_the_lease(settings):
    await init_kafka_topics(settings)
    lease = Lease()
    producer = AIOKafkaProducer(bootstrap_servers=settings.broker, linger_ms=200)
    await producer.start()
    for _ in range(3):
        ask_before_writing(producer.client, lease.check)
    await producer.send_and_wait("articles.raw", b"before", partition=0)
    assert lease.times_asked == 1, "once a request, however often it was wired"
    held_back = await producer.send("articles.raw", b"held back", partition=0)
    lease.is_ours = False
    with pytest.raises(KafkaError):  # here nothing ends the process, and the producer gives up
        await asyncio.wait_for(held_back, 10)
    assert await written(settings) == [b"before"]
    await producer.stop()


async def test_requests_that_write_nothing_are_not_asked_for(settings):
    await init_kafka_topics(settings)
    lease = Lease()
    lease.is_ours = False
    producer = AIOKafkaProducer(bootstrap_servers=settings.broker)
    await producer.start()
    ask_before_writing(producer.client, lease.check)
    assert await producer.partitions_for("articles.raw") == {0}
    assert lease.times_asked == 0
    await producer.stop()
