"""What a broker in good health refuses or slows down: large records, dead letters, a client over its quota."""

import asyncio
import time
from collections.abc import Iterator

import faust
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from tests.kafka.broker import Broker
from tests.kafka.checker import read_back
from worker.streaming import kafka_topics

EXTRACT_DEAD_LETTERS = kafka_topics.DEAD_LETTERS[0]
MOST_BYTES = 32 * 1024
"""More than a batch of Faust's producer (16 KiB), which the broker takes or refuses as a whole."""
SENTENCE = "The council met on Monday and decided on the plan for the harbour.\n"
BYTES_A_SECOND = 192 * 1024


def test_refused_dead_letter_ends_the_worker_and_nothing_is_skipped(trial, count, nothing_is_lost):
    configure(trial, EXTRACT_DEAD_LETTERS, {"max.message.bytes": "60"})
    worker = trial.worker()
    worker.start()
    trial.publish(count)
    assert worker.process.wait(120) == 70
    assert "cannot write a dead letter" in worker.log_tail()
    configure(trial, EXTRACT_DEAD_LETTERS, {})
    since, before = time.monotonic(), trial.tagged()
    worker.start()
    trial.recovering(since, before)
    nothing_is_lost(
        "a dead-letter topic that refuses writes, then mended",
        "the worker leaves with exit code 70 and skips nothing; nothing lost",
    )
    assert worker.stop() == 0


def test_record_that_the_broker_refuses_is_given_up_and_its_neighbours_go_on(trial, count, nothing_is_lost):
    configure(trial, kafka_topics.ARTICLES_EXTRACTED, {"max.message.bytes": str(2 * MOST_BYTES)})
    configure(trial, kafka_topics.ARTICLES_TAGGED, {"max.message.bytes": str(MOST_BYTES)})
    worker = trial.worker()
    worker.start()
    trial.publish(count // 2)
    not_extracted = trial.publish_text(SENTENCE * (3 * MOST_BYTES // len(SENTENCE)))
    trial.publish(count // 4)
    not_tagged = trial.publish_text(SENTENCE * (3 * MOST_BYTES // 2 // len(SENTENCE)))
    trial.publish(count // 4)
    recount = nothing_is_lost(
        "an article too large for `articles.extracted`, one too large for `articles.tagged` (`max.message.bytes`)",
        "they are dead-lettered (`send_refused`), all others tagged once",
    )
    assert recount.doubled == 0
    assert recount.dead_articles == {not_extracted, not_tagged}
    assert recount.dead_letters["send_refused"] == 2
    assert worker.stop() == 0


@pytest.fixture
def quota(broker: Broker) -> Iterator[None]:
    """Let the producers of workers write so many bytes a second, and no more."""
    name = ("--entity-type", "clients", "--entity-name", faust.App("any").conf.broker_client_id)
    broker.configure("--add-config", f"producer_byte_rate={BYTES_A_SECOND}", *name)
    yield
    broker.configure("--delete-config", "producer_byte_rate", *name)


def test_worker_over_its_quota_is_slow_and_loses_nothing(trial, count, nothing_is_lost, quota):
    worker = trial.worker()
    worker.start()
    trial.publish(count)
    since = time.monotonic()
    recount = nothing_is_lost(
        f"a quota of {BYTES_A_SECOND // 1024} KiB a second for the worker's producer",
        "the worker is slow, nothing lost or doubled",
    )
    seconds = time.monotonic() - since
    of_articles = [kafka_topics.ARTICLES_EXTRACTED, kafka_topics.ARTICLES_TAGGED]
    records = asyncio.run(read_back(trial.settings, of_articles)).values()
    written = sum(len(record.value) for one in records for record in one)
    assert seconds > written / BYTES_A_SECOND, "the quota was in force"
    assert (recount.doubled, recount.dead_articles) == (0, set())
    assert worker.stop() == 0


def configure(trial, kafka_topic, changed: dict[str, str]) -> None:
    """Give a Kafka topic its own configuration, with some of it changed."""

    async def alter() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=trial.settings.broker)
        await admin.start()
        name = trial.settings.kafka_prefix + kafka_topic.name
        configs = kafka_topic.config(trial.settings) | changed
        (answer,) = await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs)])
        await admin.close()
        assert [resource[0] for resource in answer.resources] == [0], answer

    asyncio.run(alter())
