"""Whoever writes raw articles may compress them in any way that Kafka knows."""

import asyncio

import pytest
from aiokafka import AIOKafkaProducer

from worker.streaming import kafka_topics


@pytest.mark.parametrize("compression", ["gzip", "snappy", "lz4", "zstd"])
def test_compressed_articles_are_read_as_others_are(trial, count, nothing_is_lost, compression):
    worker = trial.worker()
    worker.start()
    trial.publish(count // 8)
    asyncio.run(publish(trial, trial.articles.add(count // 8), compression))
    recount = nothing_is_lost(f"articles that their producer compresses by {compression}", "read as others are")
    assert (recount.doubled, recount.dead_articles) == (0, set())
    assert worker.stop() == 0


async def publish(trial, values, compression):
    settings = trial.settings
    async with AIOKafkaProducer(bootstrap_servers=settings.broker, compression_type=compression) as producer:
        name = settings.kafka_prefix + kafka_topics.ARTICLES_RAW.name
        await asyncio.gather(*[await producer.send(name, value) for value in values])
