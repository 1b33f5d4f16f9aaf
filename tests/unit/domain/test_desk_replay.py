"""Same input, same alerts: whatever the speed of a replay, the order within a minute, restarts and repetitions."""

import random
from collections import defaultdict
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.records import MARCH_24, alert_action, match_record
from worker.domain.alert_fold import apply
from worker.domain.alert_settings import AlertSettings, Escalation
from worker.domain.desk import Desk
from worker.domain.desk_records import DeskEntry

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
SETTINGS = AlertSettings(
    acknowledge_within_seconds=120, escalate=(Escalation(120, "officer"), Escalation(400, "chief")),
    repeat_interval_seconds=86_400, resolve_after_seconds=7200,
)  # fmt: skip
REPLAYED_AT = MARCH_24 + 300 * DAY


def archive(seed: int, size: int = 300) -> list:
    """Return matches of three watch topics and twenty stories over some hours, in order of event time."""
    chance = random.Random(seed)
    at, matches = MARCH_24, []
    for number in range(size):
        at += chance.choice([1, 5, 20, 60, 90]) * SECOND
        settings = SETTINGS if chance.random() < 0.5 else AlertSettings(resolve_after_seconds=3600)
        matches.append(
            match_record(
                f"a{number:03}", f"story {chance.randrange(20)}", chance.choice(["alert", "tag"]),
                watch_topic=chance.choice(["moscow-attack", "kerman", "vienna"]), settings=settings,
                source=f"source {chance.randrange(5)}", fetched_at=at, received_at=REPLAYED_AT,
                url=chance.choice(["https://tass.ru/1", "https://www.ahram.org.eg/1", None]),
            )
        )  # fmt: skip
    return matches


def shuffled_within_a_minute(matches: list, seed: int) -> list:
    chance = random.Random(seed)
    return sorted(matches, key=lambda match: match.article.fetched_at + chance.uniform(0, 59.9) * SECOND)


def replay(matches: list, speed: float, batch: int) -> dict[str, list[tuple]]:
    """Return each alert's changes, of a replay at this many times the speed of the event time."""
    desk, events = Desk(5 * SECOND), []
    first = matches[0].article.fetched_at
    now = REPLAYED_AT
    for start in range(0, len(matches), batch):
        taken = matches[start : start + batch]
        now = max(now, REPLAYED_AT + (taken[-1].article.fetched_at - first) / speed)
        for match in taken:
            desk.take(match, (), now)
        desk.advance(now)
        events += desk.drain().events
    desk.advance(now + 5 * SECOND)
    desk.advance(now + 40 * DAY)
    events += desk.drain().events
    changes = defaultdict(list)
    for event in events:
        news = [one.text or one.kind for one in event.news]
        article = event.article.id if event.article else event.raised.articles[0].id if event.raised else None
        changes[event.alert].append((event.revision, event.change, event.at, article, news))
    return changes


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("speed", "batch"), [(12, 1), (100, 7), (1_000_000, 32), (1_000_000, 1000)])
def test_replay_at_any_speed_and_shuffled_within_a_minute_gives_the_same_changes(seed, speed, batch):
    matches = archive(seed)
    expected = replay(matches, 1_000_000, 32)
    assert {change[1] for changes in expected.values() for change in changes} >= {
        "raised", "copy", "escalated", "resolved",
    }  # fmt: skip
    assert replay(shuffled_within_a_minute(matches, seed), speed, batch) == expected


@pytest.mark.parametrize("partitions", [1, 2, 3])
def test_replay_over_any_number_of_partitions_gives_the_same_changes(partitions):
    matches = archive(7)
    number = {"moscow-attack": 0, "kerman": 1, "vienna": 2}
    changes = {}
    for partition in range(partitions):
        own = [match for match in matches if number[match.watch_topic] % partitions == partition]
        changes |= replay(own, 1_000_000, 16)
    assert changes == replay(matches, 1_000_000, 32)


ACTIONS = st.tuples(st.sampled_from(["acknowledge", "resolve", "comment"]), st.integers(0, 3))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("match"), st.integers(0, 3)),
        st.tuples(st.just("act"), ACTIONS),
        st.tuples(st.just("wait"), st.sampled_from([1, 30, 120, 400, 4000, 90_000])),
        st.tuples(st.just("restart"), st.none()),
        st.tuples(st.just("crash"), st.none()),
    ),
    max_size=40,
)


class Kafka:
    """What is written: events and states are there for good; a crash may come between the two."""

    def __init__(self):
        self.events, self.stored = [], {}

    def write(self, outputs, *, crash_before_states=False):
        self.events += outputs.events
        if not crash_before_states:
            self.stored |= outputs.stored

    def desk(self, now):
        desk = Desk(5 * SECOND)
        for entry in self.stored.values():
            if entry is not None:
                encoded = msgspec.json.encode(DeskEntry(entry))
                desk.restore(msgspec.json.decode(encoded, type=DeskEntry).content, now)
        return desk


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_no_sequence_loses_an_alert_or_notifies_after_its_end_or_escalates_an_acknowledged_one(steps):
    kafka, now, articles, stories = Kafka(), MARCH_24, 0, set()
    desk, ids = kafka.desk(now), []
    for name, value in steps:
        now += SECOND
        if name == "match":
            articles += 1
            stories.add(f"story {value}")
            desk.take(match_record(f"a{articles}", f"story {value}", received_at=now, settings=SETTINGS), (), now)
        elif name == "act" and ids:
            action, which = value
            given_action = alert_action(action, ids[which % len(ids)], now, id=f"{now}", why="because")
            desk.act(given_action, "moscow-attack", now)
        elif name == "wait":
            now += value * SECOND
        elif name == "restart":
            desk = kafka.desk(now)
        desk.advance(now)
        outputs = desk.drain()
        if name == "crash" and outputs:
            kafka.write(outputs, crash_before_states=True)
            desk = kafka.desk(now)
            desk.advance(now)
            outputs = desk.drain()
        kafka.write(outputs)
        ids += [event.alert for event in outputs.events if event.change == "raised"]
    _check(kafka, desk, stories)


def _check(kafka, desk, stories):
    alerts, status, seen = {}, {}, set()
    for event in kafka.events:
        if event.change == "refused" or (event.id in seen and event.change != "raised"):
            continue
        seen.add(event.id)
        if event.change == "escalated":
            assert status[event.alert] in ("firing", "escalated")
        if status.get(event.alert) == "resolved" and event.change != "raised":
            assert event.news == []
        alerts[event.alert] = apply(alerts.get(event.alert), event)
        status[event.alert] = alerts[event.alert].status
    raised_of = {event.raised.articles[0].id: event.alert for event in kafka.events if event.raised}
    assert len(set(raised_of.values())) == len(stories)
    for key, alert in alerts.items():
        if desk.alert(key) is not None:
            assert msgspec.structs.replace(desk.alert(key), news=[]) == msgspec.structs.replace(alert, news=[])
