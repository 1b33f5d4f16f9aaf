"""The broker stopped and started, Kafka topics or watch topics lost, on Apache Kafka."""

import asyncio
import shutil
import signal
import time

import pytest

from tests.kafka.workers import SESSION_SECONDS
from worker.adapters.kafka_admin import BrokerError, delete_kafka_topics, partition_counts
from worker.entrypoints.kafka import init_kafka_topics
from worker.streaming import kafka_topics

DOWN_SECONDS = SESSION_SECONDS + 2.0


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["in order", "killed"])
def test_broker_stopped_and_started_loses_nothing(broker, trial, count, nothing_is_lost, how):
    worker = trial.worker()
    worker.start()
    trial.publish(count)
    trial.wait_for_tagged(count // 5)
    broker.stop(how)
    time.sleep(DOWN_SECONDS)
    broker.start()
    since, before = time.monotonic(), trial.tagged()
    trial.recovering(since, before)
    end = "in order" if how is signal.SIGTERM else "with `kill -9`"
    nothing_is_lost(f"the only broker ended {end}, started {DOWN_SECONDS:.0f} s later (measured from there)")
    assert worker.stop() == 0


def test_worker_without_watch_topics_tags_on_and_takes_them_when_they_come(trial, count, nothing_is_lost):
    kept = trial.folder / "kept"
    shutil.move(trial.settings.watch_topics, kept)
    trial.settings.watch_topics.mkdir()
    worker = trial.worker()
    worker.start()
    trial.publish(count // 2)
    trial.settle()
    assert trial.matches() == 0
    for file in kept.iterdir():
        shutil.copy(file, trial.settings.watch_topics)
    deadline = time.monotonic() + 60
    while trial.matches() == 0:  # a process of the pool takes new watch topics at an article (decision record 5)
        assert time.monotonic() < deadline, worker.log_tail()
        trial.publish(20)
        trial.settle()
    # What came before is not matched again; of the last lot some may have come too early.
    trial.articles.attacks.clear()
    trial.publish(count - count // 2)
    nothing_is_lost(
        "an empty folder of watch topics, filled later",
        "every article is tagged, without matches while there is nothing to match",
        tolerated=("alerts that count other articles",),  # those of the last lot
    )
    assert worker.stop() == 0


def test_lost_alert_states_lose_no_article_and_alerts_are_raised_anew(trial, count, nothing_is_lost):
    worker = trial.worker()
    worker.start()
    trial.publish(count // 2)
    trial.settle()
    assert worker.stop() == 0
    empty(trial, kafka_topics.ALERT_STATES)
    worker.start()
    trial.publish(count - count // 2)
    nothing_is_lost(
        "`alert-states` lost",
        "no article lost, every match is in `alert-events`; alerts are raised anew and count from there",
        tolerated=("alerts that their events do not give", "alerts that count other articles"),
    )
    assert worker.stop() == 0


def empty(trial, kafka_topic) -> None:
    """Delete a Kafka topic and create it again."""
    name = trial.settings.kafka_prefix + kafka_topic.name
    asyncio.run(delete_kafka_topics(trial.settings.broker, [name]))
    deadline = time.monotonic() + 30
    while name in asyncio.run(partition_counts(trial.settings.broker)):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    while True:
        try:
            asyncio.run(init_kafka_topics(trial.settings))
        except BrokerError:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        else:
            return
