"""Desks come back as they were, belong to whoever owns the partition, and are written before anything is acked."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from tests.records import MARCH_24, alert_action
from tests.unit.streaming.desk_broker import Broker, LeftError, taken
from worker.adapters import metrics
from worker.domain.alert import Alert, alert_id
from worker.domain.alert_event import AlertEvent
from worker.domain.alert_settings import AlertSettings
from worker.streaming import kafka_topics

ID = alert_id("moscow-attack", "story", "story")


@pytest.fixture
def broker():
    return Broker()


async def test_outputs_go_before_what_is_remembered_and_all_to_the_partition_of_the_matches(broker):
    await taken(broker.desks(), partition=2)
    names = [record.kafka_topic.name for record in broker.records]
    assert names == ["alert-states", "alert-events", "alerts", *["alert-states"] * 3]
    assert [record.key for record in broker.of(kafka_topics.ALERT_STATES)][::3] == [b"run", b"run"]
    assert {record.partition for record in broker.records} == {2}
    (event,) = [msgspec.json.decode(one.value, type=AlertEvent) for one in broker.of(kafka_topics.ALERT_EVENTS)]
    assert event.origins == ["articles.raw[0]@7", "matches[0]@1"]


async def test_alert_comes_back_after_a_restart_and_takes_the_next_copy(broker):
    await taken(broker.desks(), "a1")
    await taken(broker.desks(), "a2")
    alert = msgspec.json.decode(broker.of(kafka_topics.ALERTS)[-1].value, type=Alert)
    assert (alert.id, alert.article_count) == (ID, 2)


async def test_worker_that_is_rolled_back_passes_over_what_a_newer_one_remembered_besides(broker):
    await taken(broker.desks(), "a1")
    for record in [one for one in broker.of(kafka_topics.ALERT_STATES) if one.value is not None]:
        entry = msgspec.json.decode(record.value)
        entry["content"] |= {"of_tomorrow": [1]}
        if "alert" in entry["content"]:
            entry["content"]["alert"] |= {"of_tomorrow": {"x": 1}}
        await broker.send(replace(record, value=msgspec.json.encode(entry | {"of_tomorrow": 1})))
    tomorrow = replace(record, key=b"rumour/1", value=b'{"content":{"type":"rumour"}}')
    await broker.send(tomorrow)
    await taken(broker.desks(), "a2")
    alert = msgspec.json.decode(broker.of(kafka_topics.ALERTS)[-1].value, type=Alert)
    assert (alert.id, alert.article_count) == (ID, 2)
    assert broker.of(kafka_topics.ALERT_STATES).count(tomorrow) == 1, "left for the newer one, when it comes back"


async def test_partition_that_was_given_away_is_read_back_when_it_returns(broker):
    here, there = broker.desks(), broker.desks()
    await here.load(0)
    await here.forget([0])
    assert not here.is_loaded(0)
    await taken(there, "a1")
    await taken(here, "a2")
    assert broker.changes() == ["raised", "copy"]


async def test_partition_that_is_given_away_while_it_is_read_back_is_not_kept(broker):
    here, there = broker.desks(), broker.desks()
    await taken(there, "a1")
    loading = asyncio.create_task(here.load(0))
    await asyncio.sleep(0)  # it has begun
    await here.forget([0])
    await loading
    assert not here.is_loaded(0)
    await taken(there, "a2")
    await taken(here, "a3")
    alert = msgspec.json.decode(broker.of(kafka_topics.ALERTS)[-1].value, type=Alert)
    assert (alert.id, alert.article_count) == (ID, 3)


async def test_partition_is_given_away_only_when_what_was_done_at_its_desk_is_written(broker):
    desks = broker.desks()
    taking = asyncio.create_task(taken(desks, "a1"))
    await asyncio.sleep(0)
    await desks.forget([0])
    assert broker.changes() == ["raised"]
    assert not desks.is_loaded(0)
    await taking


async def test_partition_is_read_back_once_even_when_asked_for_side_by_side(broker):
    desks = broker.desks()
    await asyncio.gather(*(desks.load(0) for _ in range(5)))
    assert broker.reads == 1


async def test_tick_fires_what_is_due_and_writes_nothing_when_nothing_is(broker):
    desks = broker.desks()
    await taken(desks, settings=AlertSettings(acknowledge_within_seconds=60))
    written = len(broker.records)
    await desks.tick()
    assert len(broker.records) == written
    broker.now += timedelta(minutes=2)
    await desks.tick()
    assert broker.changes() == ["raised", "escalated"]


@pytest.mark.parametrize("refused", [kafka_topics.ALERTS, kafka_topics.ALERT_EVENTS, kafka_topics.ALERT_STATES])
async def test_desk_that_cannot_be_written_ends_the_process(broker, refused):
    broker.refused = refused
    with pytest.raises(LeftError, match="cannot be written"):
        await taken(broker.desks())


async def test_action_and_match_at_the_same_time_are_one_after_the_other(broker):
    desks = broker.desks()
    await taken(desks)
    action = alert_action("acknowledge", ID)
    await asyncio.gather(
        desks.run(0, lambda desk, now: desk.act(action, "moscow-attack", now)),
        taken(desks, "a2"),
        desks.tick(),
    )
    alert = msgspec.json.decode(broker.of(kafka_topics.ALERTS)[-1].value, type=Alert)
    assert (alert.status, alert.article_count, alert.revision) == ("acknowledged", 2, 3)


def told(gauge):
    (metric,) = gauge.collect()
    return {tuple(one.labels.values()): one.value for one in metric.samples}


async def test_alerts_as_they_stand_are_told_of_the_partitions_in_hand_and_of_no_others(broker):
    desks = broker.desks()
    await taken(desks, "a1", received_at=MARCH_24)
    await taken(desks, "a2", 1, watch_topic="kerman-bombing", severity="high", received_at=MARCH_24)
    broker.now += timedelta(minutes=5)
    desks.take_figures()
    assert told(metrics.ALERTS) == {
        ("moscow-attack", "critical", "firing"): 1, ("kerman-bombing", "high", "firing"): 1,
    }  # fmt: skip
    assert told(metrics.UNACKNOWLEDGED_ALERT_SECONDS)["moscow-attack", "critical"] == 300
    assert told(metrics.STORIES)[("open",)] == 2
    await desks.forget([1])
    action = alert_action("acknowledge", ID)
    await desks.run(0, lambda desk, now: desk.act(action, "moscow-attack", now))
    desks.take_figures()
    assert told(metrics.ALERTS) == {("moscow-attack", "critical", "acknowledged"): 1}
    assert told(metrics.UNACKNOWLEDGED_ALERT_SECONDS) == {}


async def test_size_of_what_is_remembered_is_that_of_the_records_in_kafka_also_after_a_restart(broker):
    first = broker.desks()
    await taken(first, "a1")
    first.take_figures()
    written = told(metrics.STATE_BYTES)["alert-states", "alert"]
    (record,) = [
        one for one in broker.of(kafka_topics.ALERT_STATES) if one.key.startswith(b"alert/") and one.value
    ]
    assert written == len(record.key) + len(record.value)
    second = broker.desks()
    await second.load(0)
    second.take_figures()
    assert told(metrics.STATE_BYTES)["alert-states", "alert"] == written


async def test_what_strangers_write_as_the_key_of_an_action_becomes_no_label(broker):
    desks = broker.desks()
    refused = {"watch_topic": "", "severity": "", "change": "refused"}
    before = metrics.REGISTRY.get_sample_value("rasid_alert_changes_total", refused) or 0
    for number in range(3):
        action = alert_action("acknowledge", "no such alert", id=f"{number}")
        key = f"made-up-{number}"
        await desks.run(0, lambda desk, now, action=action, key=key: desk.act(action, key, now))
    (metric,) = metrics.ALERT_CHANGES.collect()
    assert not [one for one in metric.samples if one.labels["watch_topic"].startswith("made-up")]
    assert metrics.REGISTRY.get_sample_value("rasid_alert_changes_total", refused) == before + 3
