"""The procedures of docs/procedures.md, tried: restore a backup, roll back, re-tag an archive, more partitions."""

import asyncio
import functools
import gzip
import json
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions
from click.testing import CliRunner, Result

from tests.kafka.broker import Broker
from tests.kafka.checker import Articles, read_back
from tests.kafka.conftest import new_trial
from tests.kafka.workers import Trial
from worker.domain.alert import Alert, MatchRecord
from worker.entrypoints.cli import cli
from worker.settings import Settings
from worker.streaming import kafka_topics
from worker.streaming.kafka_topics import ALERT_STATES, ARTICLES_EXTRACTED, ARTICLES_TAGGED, DELIVERY_STATES

GROWN = (kafka_topics.ARTICLES_RAW.name, ARTICLES_EXTRACTED.name, ARTICLES_TAGGED.name)
"""The Kafka topics that may get more partitions."""

ARTICLES = 240
AFTERWARDS = 40
FURNITURE = """
schema: watch-topic/v1
id: furniture-fairs
title: Furniture fairs
terms:
  fair: {en: [furniture fair], ar: [معرض دولي للأثاث]}
condition: fair
tests:
  - {text: Crocus City to host a furniture fair next week, expect: tag}
  - {text: معرض دولي للأثاث في كروكوس إكسبو بموسكو, expect: tag}
"""
FURNITURE_WORDS = ("furniture fair", "معرض دولي للأثاث")


@dataclass
class Cluster:
    """A broker that can be lost with everything on it."""

    broker: Broker
    losses: int = 0

    def lose(self) -> None:
        """Kill the broker, delete its disk, and start a new one in its place."""
        self.broker.stop(signal.SIGKILL)
        shutil.rmtree(self.broker.folder)
        self.losses += 1
        self.broker.start()


@dataclass
class Past:
    """What a worker did before its cluster was lost."""

    cluster: Cluster
    settings: Settings
    folder: Path
    """Where the Kafka topics were saved, in mid-stream."""
    alerts: set[str]
    """Those that it came to afterwards."""
    broken: dict[str, object]
    """Promises that it broke."""
    committed_in_new_partitions: dict[str, int]
    """How much it read in the partitions that were added, by Kafka topic."""


@pytest.fixture(scope="module")
def cluster(jars: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Broker(jars, tmp_path_factory.mktemp("kafka") / "broker").running() as broker:
        yield Cluster(broker)


@pytest.fixture(scope="module")
def past(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Past:
    """Add partitions, then save the Kafka topics, while a worker runs in mid-stream; lose the cluster afterwards.

    It is one worker for both, because each start costs seconds.
    """
    folder = tmp_path_factory.mktemp("past")
    for trial in new_trial(folder, Settings(broker=cluster.broker.address)):
        worker = trial.worker("tests.kafka.attentive_worker")
        worker.start()
        trial.publish(ARTICLES // 2)
        trial.wait_for_tagged(1)
        more_partitions(trial, 2 * trial.settings.partitions)
        trial.publish(ARTICLES // 2)
        trial.wait_for_tagged(ARTICLES // 2)
        assert trial.lag() > 0, "in mid-stream"
        said = rasid(trial.settings, "save", str(folder / "backup"))
        assert f"Kafka topics saved in {folder / 'backup'}" in said
        trial.settle()
        trial.wait_for_alerts()
        fresh = [one for one in trial.status(*GROWN) if one.partition >= trial.settings.partitions]
        past = Past(
            cluster, trial.settings, folder / "backup", set(alerts(trial)), trial.recount().promises_broken(),
            {name: sum(one.committed or 0 for one in fresh if one.kafka_topic == name) for name in GROWN},
        )  # fmt: skip
        assert worker.stop() == 0
    assert past.alerts
    cluster.lose()
    return past


@pytest.fixture
def trial(past: Past, tmp_path: Path) -> Iterator[Trial]:
    """Return a trial without Kafka topics, on the cluster that knows of nothing, with the articles of the past."""
    settings = msgspec.structs.replace(past.settings, kafka_prefix=f"{tmp_path.name.lower()}.")
    articles = Articles()
    articles.add(ARTICLES)
    trial = Trial(settings, tmp_path, articles=articles)
    yield trial
    trial.end()


def rasid(settings: Settings, *arguments: str) -> str:
    """Run `rasid kafka …` and return what it says."""
    result = run_rasid(settings, *arguments)
    assert result.exit_code == 0, result.output
    return result.output.replace("\n", "")


def run_rasid(settings: Settings, *arguments: str) -> Result:
    given = {"RASID_BROKER": settings.broker, "RASID_KAFKA_PREFIX": settings.kafka_prefix}
    return CliRunner().invoke(cli, ["kafka", *arguments], obj={}, env=given)


def alerts(trial: Trial) -> dict[str, Alert]:
    """Return each alert as it stands."""
    read = asyncio.run(read_back(trial.settings, [kafka_topics.ALERTS]))[kafka_topics.ALERTS.name]
    return {record.key.decode(): msgspec.json.decode(record.value, type=Alert) for record in read}


def goes_on_as_before(trial: Trial, past: Past) -> None:
    """Check that the worker finishes what was begun, and that what comes later joins the alerts of the past."""
    trial.settle()
    trial.wait_for_alerts()
    assert set(alerts(trial)) == past.alerts, "the same alerts, no other"
    trial.publish(AFTERWARDS)
    trial.settle()
    trial.wait_for_alerts()
    assert trial.recount().promises_broken() == {}
    assert set(alerts(trial)) == past.alerts, "what comes later joins them"


def test_partitions_that_are_added_while_a_worker_runs_are_read_and_nothing_is_lost(past):
    assert past.broken == {}
    assert past.committed_in_new_partitions.pop(ARTICLES_TAGGED.name) == 0, "which no agent reads"
    assert all(past.committed_in_new_partitions.values()), past.committed_in_new_partitions


def more_partitions(trial: Trial, count: int) -> None:
    """Do what `kafka-topics.sh --alter --partitions` does, for what may have more."""

    async def alter() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=trial.settings.broker)
        await admin.start()
        await admin.create_partitions({trial.settings.kafka_prefix + name: NewPartitions(count) for name in GROWN})
        await admin.close()

    asyncio.run(alter())


def test_lost_cluster_comes_back_from_its_backup_with_the_same_alerts(past, trial):
    assert past.cluster.losses == 1
    said = rasid(trial.settings, "load", str(past.folder))
    assert "each confirmed by the broker" in said
    assert len(trial.status(*GROWN)) == 6 * trial.settings.partitions, "as many as there were"
    before = alerts(trial)
    assert before, "those of the backup"
    worker = trial.worker()
    worker.start()
    goes_on_as_before(trial, past)
    assert worker.stop() == 0


def test_backup_does_not_go_under_a_worker_that_runs(past, trial):
    rasid(trial.settings, "init")
    worker = trial.worker()
    worker.start()
    refused = run_rasid(trial.settings, "load", str(past.folder), "--kafka-topic", kafka_topics.MATCHES.name)
    assert refused.exit_code == 2
    assert "stop its workers first" in " ".join(refused.output.split())
    assert trial.matches() == 0, "nothing was loaded"
    assert worker.stop() == 0


def test_worker_that_is_rolled_back_goes_on_from_what_a_newer_one_remembered(past, trial, tmp_path):
    newer = tmp_path / "newer"
    shutil.copytree(past.folder, newer)
    for kafka_topic in (ALERT_STATES, DELIVERY_STATES):
        assert with_fields_of_tomorrow(newer / f"{kafka_topic.name}.jsonl.gz") > 0
    rasid(trial.settings, "load", str(newer))
    worker = trial.worker()
    worker.start()
    goes_on_as_before(trial, past)
    assert worker.stop() == 0


RECORDS = (
    (),
    ("content",),
    ("content", "alert"),
    ("alert",),
    ("alert", "alert"),
    ("group",),
    ("queued",),
    ("lane",),
)
"""Where records lie in what desks remember: objects with fields, as others are maps with keys of any name."""


def with_fields_of_tomorrow(path: Path) -> int:
    """Give what was remembered fields that no worker of today knows; return how many messages were changed."""
    lines = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    values = [line["value"] for line in lines if "text" in line.get("value", {})]
    for value in values:
        record = json.loads(value["text"])
        for place in RECORDS:
            found = functools.reduce(lambda one, name: (one or {}).get(name), place, record)
            if found is not None:
                found["of_tomorrow"] = [{"x": 1}]
        value["text"] = json.dumps(record)
    path.write_bytes(gzip.compress(b"".join(json.dumps(line).encode() + b"\n" for line in lines)))
    return len(values)


def test_archive_is_tagged_again_beside_production_without_extracting_it_again(past, trial, tmp_path):
    watch_topics = tmp_path / "watch"
    watch_topics.mkdir()
    (watch_topics / "furniture-fairs.yaml").write_text(FURNITURE, "utf-8")
    trial.settings = msgspec.structs.replace(trial.settings, watch_topics=watch_topics)
    rasid(trial.settings, "load", str(past.folder), "--kafka-topic", ARTICLES_EXTRACTED.name, "--from-start")
    rasid(trial.settings, "init")
    worker = trial.worker()
    worker.start()
    trial.settle()
    assert worker.stop() == 0
    read = asyncio.run(read_back(trial.settings, [ARTICLES_EXTRACTED, ARTICLES_TAGGED, kafka_topics.MATCHES]))
    records = [json.loads(one.value) for one in read[ARTICLES_EXTRACTED.name]]
    extracted = {one["id"]: one["text"] for one in records}
    tagged = Counter(one.key.decode() for one in read[ARTICLES_TAGGED.name])
    assert len(extracted) > ARTICLES // 4
    assert tagged == Counter(one["id"] for one in records), "each as often as it was extracted"
    matches = [msgspec.json.decode(one.value, type=MatchRecord) for one in read[kafka_topics.MATCHES.name]]
    wanted = {name for name, text in extracted.items() if any(words in text for words in FURNITURE_WORDS)}
    assert {one.article.id for one in matches} == wanted != set()
    assert {one.watch_topic for one in matches} == {"furniture-fairs"}
