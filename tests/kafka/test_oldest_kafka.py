"""The oldest version of Apache Kafka that the worker is promised to run on."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kafka.broker import Broker, oldest_kafka_version
from tests.kafka.conftest import jars_of, new_trial
from tests.kafka.workers import Trial
from worker.settings import Settings


@pytest.fixture(scope="module")
def old_broker(jars: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    folder = tmp_path_factory.mktemp("old-kafka") / "broker"
    with Broker(jars_of(oldest_kafka_version()), folder).running() as broker:
        yield broker


@pytest.fixture
def trial(old_broker: Broker, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Trial]:
    prefix = "killed." if "killed" in request.node.name else "undisturbed."
    for trial in new_trial(tmp_path, Settings(broker=old_broker.address, kafka_prefix=prefix)):
        trial.kafka_version = oldest_kafka_version()
        yield trial


def test_undisturbed_worker_on_the_oldest_kafka_loses_nothing_and_doubles_nothing(trial, count, nothing_is_lost):
    worker = trial.worker()
    worker.start()
    trial.publish(count)
    recount = nothing_is_lost("none, on the oldest Kafka", "nothing lost, nothing doubled")
    assert (recount.doubled, recount.dead_articles) == (0, set())
    assert worker.stop() == 0


def test_killed_worker_on_the_oldest_kafka_loses_nothing(trial, count, nothing_is_lost):
    worker = trial.worker()
    worker.start()
    trial.publish(count)
    trial.wait_for_tagged(count // 10)
    worker.stop(signal.SIGKILL)
    since, before = time.monotonic(), trial.tagged()
    worker.start()
    trial.recovering(since, before)
    nothing_is_lost("worker killed (`kill -9`), on the oldest Kafka")
    assert worker.stop() == 0
