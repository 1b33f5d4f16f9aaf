"""Three brokers that keep three copies, and the loss of those that lead."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kafka.broker import Broker, addresses, three_brokers
from tests.kafka.conftest import new_trial
from tests.kafka.workers import Trial
from worker.settings import Settings


@pytest.fixture(scope="module")
def brokers(jars: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Broker]]:
    brokers = three_brokers(jars, tmp_path_factory.mktemp("three-brokers"))
    yield brokers
    for one in brokers:
        one.stop(signal.SIGKILL)


@pytest.fixture
def cluster(brokers: list[Broker]) -> list[Broker]:
    """Return three brokers that run, whatever the test before did to them."""
    start_all_brokers(brokers)
    return brokers


def start_all_brokers(brokers: list[Broker]) -> None:
    for one in brokers:
        if one.process is None or one.process.poll() is not None:
            one.launch()
    for one in brokers:
        one.wait_until_it_answers()


@pytest.fixture
def trial(cluster: list[Broker], tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Trial]:
    prefix = "leader." if "leader" in request.node.name else "all."
    settings = Settings(broker=addresses(cluster), kafka_prefix=prefix, replication=3)
    yield from new_trial(tmp_path, settings)


def test_killed_leader_of_partitions_costs_nothing(cluster, trial, count, nothing_is_lost):
    worker = trial.worker()
    worker.start()
    trial.publish(count)
    trial.wait_for_tagged(count // 5)
    cluster[0].stop(signal.SIGKILL)
    since, before = time.monotonic(), trial.tagged()
    trial.recovering(since, before)
    nothing_is_lost("one of three brokers, leader of a third of the partitions, killed (`kill -9`)")
    assert worker.stop() == 0


def test_all_brokers_gone_for_a_minute_cost_nothing(cluster, trial, count, nothing_is_lost):
    worker = trial.worker()
    worker.start()
    trial.publish(count)
    trial.wait_for_tagged(count // 5)
    for one in cluster:
        one.stop(signal.SIGKILL)
    time.sleep(60)
    start_all_brokers(cluster)
    since, before = time.monotonic(), trial.tagged()
    if worker.process.poll() is not None:  # a worker that cannot keep its promise leaves, and is started again
        assert worker.process.returncode == 70
        worker.start()
    trial.recovering(since, before)
    nothing_is_lost("all three brokers killed, back after a minute (measured from there)")
