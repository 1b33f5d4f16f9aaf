"""A run of a desk that a crash cut off is finished from its own record, whatever comes in which order then."""

import contextlib
from datetime import timedelta

import msgspec
import pytest

from tests.records import MARCH_24, match_record
from tests.unit.streaming.desk_broker import Broker, LeftError, taken
from worker.domain.alert import Alert
from worker.domain.alert_event import AlertEvent
from worker.domain.alert_fold import apply
from worker.streaming import desks as desks_module
from worker.streaming import kafka_topics


class DyingBroker(Broker):
    """Takes so many records more, and then the process is gone."""

    def __init__(self):
        super().__init__()
        self.takes = None

    async def send(self, record):
        if self.takes is not None:
            if not self.takes:
                raise OSError("the process is gone")
            self.takes -= 1
        return await super().send(record)


@pytest.fixture
def broker():
    return DyingBroker()


def by_events(broker):
    rebuilt = {}
    for record in broker.of(kafka_topics.ALERT_EVENTS):
        event = msgspec.json.decode(record.value, type=AlertEvent)
        alert = apply(rebuilt.get(event.alert), event)
        rebuilt[alert.id] = msgspec.structs.replace(alert, news=[])
    return rebuilt


def as_told(broker):
    told = {}
    for record in broker.of(kafka_topics.ALERTS):
        alert = msgspec.json.decode(record.value, type=Alert)
        told[alert.id] = msgspec.structs.replace(alert, news=[])
    return told


def article(number, **fields):
    at = MARCH_24 + timedelta(seconds=10 * number)
    return match_record(f"a{number}", received_at=at, fetched_at=at, **fields)


async def batch(desks, *matches):
    def take(desk, now):
        for match in matches:
            desk.take(match, (), now)

    await desks.run(0, take)


async def crashed_after(broker, records):
    """Run a batch of two articles, the later one first, up to a crash; then read them again one by one."""
    first = broker.desks()
    await batch(first, article(0))
    broker.now += timedelta(seconds=60)
    broker.takes = records
    with contextlib.suppress(LeftError):
        await batch(first, article(2, source="b.example"), article(1, source="c.example"))
    broker.takes = None
    broker.now += timedelta(seconds=30)
    second = broker.desks()
    await batch(second, article(2, source="b.example"))
    await batch(second, article(1, source="c.example"))


@pytest.mark.parametrize("records", range(10))
async def test_alerts_are_the_sum_of_their_events_wherever_the_process_died(broker, records):
    await crashed_after(broker, records)
    (alert,) = as_told(broker).values()
    assert by_events(broker) == as_told(broker)
    assert alert.article_count == 3
    assert sorted(one.id for one in alert.articles) == ["a0", "a1", "a2"]


async def test_run_that_was_finished_leaves_nothing_to_be_finished(broker):
    desks = broker.desks()
    await batch(desks, article(0))
    written = len(broker.records)
    await broker.desks().load(0)
    assert len(broker.records) == written


async def test_run_too_large_for_one_message_is_written_without_its_record(broker, monkeypatch):
    monkeypatch.setattr(desks_module, "MOST_RUN_BYTES", 100)
    await taken(broker.desks())
    assert "run" not in [record.key.decode() for record in broker.of(kafka_topics.ALERT_STATES)]
    assert broker.changes() == ["raised"]
