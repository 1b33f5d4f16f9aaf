"""The census agrees with the alerts of the desk at any time, and knows the oldest that nobody has answered."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.records import MARCH_24, alert_action, match_record, raised_alert
from worker.domain import desk as desk_module
from worker.domain.alert_census import AlertCensus
from worker.domain.alert_settings import AlertSettings
from worker.domain.desk import Desk

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MOSCOW = ("moscow-attack", "critical")


def counted(desk):
    standing = Counter()
    for stored in desk._alerts.values():
        standing[stored.alert.watch_topic, stored.alert.severity, stored.alert.status] += 1
    return standing


def test_alert_moves_from_one_standing_to_the_next_as_it_is_answered():
    desk = Desk(timedelta(seconds=5))
    desk.take(match_record("a1", received_at=MARCH_24), (), MARCH_24)
    desk.advance(MARCH_24)
    (alert,) = desk.drain().alerts.values()
    assert desk.census.counts == {(*MOSCOW, "firing"): 1}
    assert desk.census.oldest_unanswered() == {MOSCOW: MARCH_24}
    desk.act(alert_action("acknowledge", alert.id), "moscow-attack", MARCH_24 + MINUTE)
    assert desk.census.counts == {(*MOSCOW, "acknowledged"): 1}
    assert desk.census.oldest_unanswered() == {}


def test_escalated_alert_is_still_unanswered_and_a_forgotten_one_is_counted_no_longer():
    desk = Desk(timedelta(seconds=5))
    settings = AlertSettings(acknowledge_within_seconds=60)
    desk.take(match_record("a1", received_at=MARCH_24, settings=settings), (), MARCH_24)
    desk.advance(MARCH_24 + 2 * MINUTE)
    assert desk.census.counts == {(*MOSCOW, "escalated"): 1}
    assert desk.census.oldest_unanswered() == {MOSCOW: MARCH_24}
    desk.advance(MARCH_24 + 31 * DAY)
    assert desk.census.counts == {(*MOSCOW, "resolved"): 1}
    desk.advance(MARCH_24 + 40 * DAY)
    assert (desk.census.counts, desk.census.oldest_unanswered()) == ({}, {})


def test_alert_of_a_replay_is_counted_and_nobody_is_waited_for():
    desk = Desk(timedelta(0))
    now = MARCH_24 + 100 * DAY
    desk.take(match_record("a1", received_at=now, fetched_at=MARCH_24), (), now)
    desk.advance(now + MINUTE)
    assert desk.census.counts == {(*MOSCOW, "firing"): 1}
    assert desk.census.oldest_unanswered() == {}


def test_oldest_of_several_is_told_and_the_next_when_it_is_answered():
    census = AlertCensus()
    older, newer = raised_alert("a1", "one", received_at=MARCH_24), raised_alert("a2", "two", received_at=MARCH_24)
    census.put(older, is_fresh=True)
    census.put(newer, is_fresh=True)
    assert census.counts == {(*MOSCOW, "firing"): 2}
    census.remove(older.id)
    census.remove(older.id)
    assert census.counts == {(*MOSCOW, "firing"): 1}


@pytest.mark.parametrize("kept", [2, 1000])
@given(steps=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 600)), max_size=30))
def test_census_is_what_counting_anew_would_give(kept, steps):
    before, desk_module.ALERTS_KEPT = desk_module.ALERTS_KEPT, kept
    try:
        desk, now = Desk(timedelta(seconds=5)), MARCH_24
        for number, (story, minutes) in enumerate(steps):
            now += minutes * MINUTE
            watch_topic = ("moscow-attack", "kerman-bombing")[story % 2]
            match = match_record(f"a{number}", f"story-{story}", watch_topic=watch_topic, received_at=now)
            desk.take(match, (), now)
            desk.advance(now)
            assert desk.census.counts == counted(desk)
    finally:
        desk_module.ALERTS_KEPT = before
