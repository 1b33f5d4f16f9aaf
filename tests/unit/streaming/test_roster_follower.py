"""The follower puts nothing in force that was not checked, and writes the pool's file only when that changes."""

import asyncio
from typing import get_args

import pytest
from aiokafka.errors import KafkaConnectionError

from tests.records import MARCH_24
from worker.adapters import metrics
from worker.adapters.roster_file import check_source, read_roster
from worker.domain.alert import Change
from worker.domain.worker_status import AppliedWatchTopic
from worker.streaming.codec import encode
from worker.streaming.roster_follower import RosterFollower

FLOOD = """
schema: watch-topic/v1
id: flood
title: Floods
terms: {water: {en: [flood]}}
condition: water
tests:
  - {text: 'A flood in the valley', expect: tag}
"""
FAILS = FLOOD.replace("expect: tag", "expect: none")


@pytest.fixture
def follower(tmp_path):
    checked = []

    async def check(source):
        checked.append(source.name)
        return check_source(source)

    async def publish(roster):
        pass

    async def applied():
        for pair in ():
            yield pair

    (tmp_path / "watch").mkdir()
    follower = RosterFollower(
        tmp_path / "watch", tmp_path / "roster.json", poll_seconds=1, check=check, applied=applied, publish=publish
    )
    follower.checked = checked
    follower.folder, follower.file = tmp_path / "watch", tmp_path / "roster.json"
    return follower


def in_file(follower) -> list[str]:
    return [watch_topic.id for watch_topic in read_roster(follower.file)[1]]


async def test_empty_folder_is_a_roster_without_watch_topics(follower):
    assert await follower.refresh()
    assert in_file(follower) == []


async def test_new_file_is_checked_once_and_written_for_the_pool(follower):
    (follower.folder / "flood.yaml").write_text(FLOOD)
    assert await follower.refresh()
    assert in_file(follower) == ["flood"]
    assert read_roster(follower.file)[0] == follower.version
    assert not await follower.refresh()
    assert follower.checked == ["flood.yaml"]


async def test_changes_of_alerts_are_counted_from_zero_for_what_is_in_force(follower):
    (follower.folder / "flood.yaml").write_text(FLOOD.replace("terms:", "severity: high\nterms:"))
    await follower.refresh()
    (metric,) = metrics.ALERT_CHANGES.collect()
    counted = {
        one.labels["change"]: one.value
        for one in metric.samples
        if (one.labels["watch_topic"], one.labels["severity"]) == ("flood", "high")
    }
    assert counted == dict.fromkeys(get_args(Change), 0)


async def test_failing_change_leaves_the_pools_file_as_it_was(follower):
    (follower.folder / "flood.yaml").write_text(FLOOD)
    await follower.refresh()
    before, version = follower.file.read_bytes(), follower.version
    (follower.folder / "flood.yaml").write_text(FAILS)
    assert await follower.refresh()
    assert (follower.file.read_bytes(), follower.version) == (before, version)
    assert [one.source.name for one in follower.roster.rejections] == ["flood.yaml"]


async def test_version_in_force_is_told_and_the_one_before_it_no_longer(follower):
    versions = set()
    for content in (FLOOD, FLOOD.replace("[flood]", "[flood, deluge]")):
        (follower.folder / "flood.yaml").write_text(content)
        await follower.refresh()
        (metric,) = metrics.WATCH_TOPIC_INFO.collect()
        version = follower.roster.entries["flood"].version
        assert [one.labels for one in metric.samples] == [
            {"watch_topic": "flood", "version": version, "origin": "file"}
        ]
        versions.add(version)
    assert len(versions) == 2


async def test_applied_watch_topic_is_in_force_until_its_tombstone(follower):
    follower.take_applied(b"flood", encode(AppliedWatchTopic(content=FLOOD, at=MARCH_24, by="analyst")))
    await follower.refresh()
    assert in_file(follower) == ["flood"]
    follower.take_applied(b"flood", None)
    await follower.refresh()
    assert in_file(follower) == []


async def test_record_that_is_no_applied_watch_topic_is_rejected_and_stops_nothing(follower):
    follower.take_applied(b"junk", b"\xff\x00")
    follower.take_applied(None, b"[]")
    (follower.folder / "flood.yaml").write_text(FLOOD)
    await follower.refresh()
    assert in_file(follower) == ["flood"]
    assert len(follower.roster.rejections) == 2


async def test_folder_that_cannot_be_read_leaves_everything_in_force(follower):
    (follower.folder / "flood.yaml").write_text(FLOOD)
    await follower.refresh()
    follower.folder.rename(follower.folder.with_name("gone"))
    assert not await follower.refresh()
    assert list(follower.roster.entries) == ["flood"]


async def test_kafka_topic_that_cannot_be_read_for_a_while_is_read_again(follower):
    tries = []

    async def applied():
        tries.append(1)
        if len(tries) == 1:
            raise KafkaConnectionError
        yield b"flood", encode(AppliedWatchTopic(content=FLOOD, at=MARCH_24, by="analyst"))
        await asyncio.Event().wait()

    in_force = asyncio.Event()

    async def publish(roster):
        if list(roster.entries) == ["flood"]:
            in_force.set()

    follower._read_applied, follower._publish, follower._poll_seconds = applied, publish, 0.01
    await follower.start()
    await asyncio.wait_for(in_force.wait(), 10)
    await follower.stop()
    assert len(tries) == 2
