"""Line (a), the naive peer: `python -m tests.bench.pipeline.naive REQUEST`, one process for each core.

A plain aiokafka loop: take up to 32 messages, work on one after the other, send what follows, wait for the
broker's answers, commit. The partitions are shared out beforehand, so that every process has the same number of
articles (and because a second member of a group stalls the embedded broker). The clients have their defaults, but
for the sizes of messages; no compression.
"""

import asyncio
import sys
import time
from pathlib import Path

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from prometheus_client import Counter, Histogram, start_http_server

from tests.bench.pipeline.naive_stages import NaiveStages

ARTICLES = Counter("articles", "Articles done.")
MATCHES = Counter("matches", "Matches.", ["watch_topic"])
SECONDS = Histogram("article_seconds", "Seconds of work on an article.")
MOST = 32
LARGEST = 40 * 1024**2


class Request(msgspec.Struct, frozen=True):
    """What the process is told."""

    broker: str
    prefix: str
    group: str
    partitions: list[int]
    terms: str


async def run(request: Request) -> None:
    """Work until the process is ended."""
    stages = NaiveStages(Path(request.terms))
    start_http_server(0, "127.0.0.1")
    consumer = AIOKafkaConsumer(
        bootstrap_servers=request.broker,
        group_id=request.group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=LARGEST,
    )
    producer = AIOKafkaProducer(bootstrap_servers=request.broker, max_request_size=LARGEST)
    await consumer.start()
    await producer.start()
    consumer.assign([TopicPartition(f"{request.prefix}articles.raw", number) for number in request.partitions])
    try:
        while True:
            for place, records in (await consumer.getmany(timeout_ms=1_000, max_records=MOST)).items():
                sent = []
                for record in records:
                    started = time.perf_counter()
                    article_id, tagged, alerts = stages.work(record.value)
                    SECONDS.observe(time.perf_counter() - started)
                    ARTICLES.inc()
                    sent.append(
                        await producer.send(f"{request.prefix}articles.tagged", tagged, article_id.encode())
                    )
                    for watch_topic, alert in alerts:
                        MATCHES.labels(watch_topic).inc()
                        sent.append(await producer.send(f"{request.prefix}alerts", alert, watch_topic.encode()))
                    await asyncio.sleep(0)  # the clients live in this loop, too
                await asyncio.gather(*sent)
                await consumer.commit({place: records[-1].offset + 1})
    finally:
        await producer.stop()
        await consumer.stop()


if __name__ == "__main__":
    asyncio.run(run(msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Request)))
