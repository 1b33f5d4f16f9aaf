"""A consumer without messages asks the embedded broker now and then, and hears of a message at once."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.fetch import FetchRequest

from worker.adapters import patient_fetch
from worker.adapters.embedded_broker import embedded_broker
from worker.adapters.kafka_reader import reader
from worker.adapters.patient_fetch import PAUSE_SECONDS, wait_after_empty_fetches
from worker.entrypoints.kafka import init_kafka_topics
from worker.settings import Settings
from worker.streaming import kafka_topics

IDLE_SECONDS = 1.0
PLACE = TopicPartition(kafka_topics.ARTICLES_RAW.name, 0)


@pytest.fixture
def address(tmp_path):
    with embedded_broker(tmp_path / "broker") as address:
        asyncio.run(init_kafka_topics(Settings(broker=address)))
        yield address


async def idle_fetches(address: str, monkeypatch) -> tuple[int, bytes]:
    """Return how often a consumer asked while there was nothing, and the value of the message that came then."""
    wait_after_empty_fetches()
    send, fetches = AIOKafkaClient.send, []

    async def counted(self, node_id, request, **options):
        if isinstance(request, FetchRequest):
            fetches.append(time.monotonic())
        return await send(self, node_id, request, **options)

    monkeypatch.setattr(AIOKafkaClient, "send", counted)
    consumer = reader(address)
    await consumer.start()
    consumer.assign([PLACE])
    await consumer.seek_to_beginning(PLACE)
    try:
        await asyncio.sleep(IDLE_SECONDS)
        count = len(fetches)
        async with AIOKafkaProducer(bootstrap_servers=address) as producer:
            await producer.send_and_wait(PLACE.topic, "خبر عاجل".encode(), partition=0)
        record = await asyncio.wait_for(consumer.getone(), 10)
        return count, record.value
    finally:
        await consumer.stop()


def test_idle_consumer_asks_the_embedded_broker_now_and_then_and_misses_nothing(address, monkeypatch):
    fetches, value = asyncio.run(idle_fetches(address, monkeypatch))
    assert 1 < fetches <= IDLE_SECONDS / PAUSE_SECONDS + 10
    assert value.decode() == "خبر عاجل"


def test_message_that_this_process_writes_is_read_at_once_also_in_another_thread(address, monkeypatch):
    monkeypatch.setattr(patient_fetch, "PAUSE_SECONDS", 30.0)

    async def read() -> bytes:
        consumer = reader(address)
        await consumer.start()
        consumer.assign([PLACE])
        await consumer.seek_to_beginning(PLACE)
        try:
            return (await asyncio.wait_for(consumer.getone(), 20)).value
        finally:
            await consumer.stop()

    async def write() -> None:
        await asyncio.sleep(IDLE_SECONDS)
        async with AIOKafkaProducer(bootstrap_servers=address) as producer:
            await producer.send_and_wait(PLACE.topic, b"ours", partition=0)

    wait_after_empty_fetches()
    with ThreadPoolExecutor(1) as thread:
        reading = thread.submit(lambda: asyncio.run(read()))
        asyncio.run(write())
        assert reading.result() == b"ours"
