"""The alert table comes back as it was, and belongs to whoever owns the partition."""

import asyncio

import msgspec

from tests.records import raised_alert
from worker.domain.alert import Alert
from worker.streaming.codec import encode
from worker.streaming.tables import AlertTable


class Changelog:
    def __init__(self, *records):
        self.records = list(records)
        self.reads = 0

    async def read(self, partition):
        self.reads += 1
        for record in list(self.records):
            await asyncio.sleep(0)
            yield record


def entry(alert: Alert):
    return alert.id.encode(), encode(alert)


async def test_load_reads_the_latest_state_of_each_alert_back():
    first, second = raised_alert(story="one"), raised_alert(story="two")
    newer = msgspec.structs.replace(first, revision=2)
    table = AlertTable(Changelog(entry(first), entry(second), entry(newer)).read)
    await table.load(0)
    assert table.get(0, first.id) == newer
    assert table.get(0, second.id) == second


async def test_tombstone_removes_an_alert():
    alert = raised_alert(story="one")
    table = AlertTable(Changelog(entry(alert), (alert.id.encode(), None)).read)
    await table.load(0)
    assert table.get(0, alert.id) is None


async def test_partition_is_read_back_once_even_when_asked_for_side_by_side():
    changelog = Changelog(entry(raised_alert(story="one")))
    table = AlertTable(changelog.read)
    await asyncio.gather(*(table.load(0) for _ in range(5)))
    assert changelog.reads == 1


async def test_partition_that_was_given_away_is_read_back_when_it_returns():
    changelog = Changelog()
    table = AlertTable(changelog.read)
    await table.load(0)
    table.forget([0])
    assert not table.is_loaded(0)
    alert = raised_alert(story="raised by another worker")
    changelog.records.append(entry(alert))
    await table.load(0)
    assert table.get(0, alert.id) == alert


async def test_late_confirmation_for_a_partition_that_was_given_away_is_left_out():
    table = AlertTable(Changelog().read)
    table.put(0, raised_alert(story="late"))
    assert not table.is_loaded(0)
