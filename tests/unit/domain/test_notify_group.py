"""Grouping in Alertmanager's meaning: what waits for what, and when it goes out."""

from datetime import timedelta
from itertools import pairwise

import pytest

from tests.unit.domain.alert_maker import (
    MAIL,
    METRICS,
    NOON,
    acknowledged,
    after,
    alert,
    development,
    resolved,
    then,
)
from worker.domain.alert_action import Silence
from worker.domain.alert_news import take_alert
from worker.domain.delivery_state import Group, KeptAlert
from worker.domain.notify_group import NotifyGroup
from worker.domain.silence import Silences


class Told:
    """A group whose notifications arrive at once."""

    def __init__(self, receiver=MAIL):
        self.receiver = receiver
        self.silences = Silences()
        self.kept = {}
        self.group = None
        self.in_lane = set()

    def take(self, state, now):
        if self.group is None:
            self.group = NotifyGroup(Group(state.watch_topic, self.receiver.name, state.settings), self.receiver)
        kept = self.kept.setdefault(state.id, KeptAlert(state.id, 0))
        take_alert(kept, state, [self.receiver.name], {self.receiver.name: self.receiver})
        self.group.note(kept, now)

    def due_at(self, now):
        return self.group.due_at(now, self.silences, self.in_lane.__contains__)

    def flush(self, now):
        drafts = self.group.take(now, self.silences, self.in_lane.__contains__)
        for draft in drafts:
            for alert_id in draft.parts:
                kept = self.kept[alert_id]
                mark = kept.marks[self.receiver.name]
                mark.told_revision, mark.notified_at = kept.revision, now
                self.group.note(kept, now)
        return [(draft.reason, sorted(draft.parts)) for draft in drafts]

    def run(self, start, end):
        """Let time pass from one due time to the next; return what went out and when."""
        went, now = [], start
        while (due_at := self.due_at(now)) is not None and due_at <= end:
            now = max(due_at, now + timedelta(seconds=1))
            went += [(now - NOON, reason, ids) for reason, ids in self.flush(now)]
        return went


@pytest.fixture
def told():
    return Told()


def minutes(number):
    return timedelta(minutes=number)


def test_first_alert_waits_group_wait_and_what_comes_meanwhile_goes_along(told):
    told.take(alert("a1"), NOON)
    told.take(alert("a2"), after(seconds=20))
    assert told.due_at(after(seconds=20)) == after(seconds=30)
    assert told.flush(after(seconds=29)) == []
    assert told.flush(after(seconds=30)) == [("new", ["a1", "a2"])]


def test_news_wait_for_group_interval_after_the_last_notification(told):
    told.take(first := alert("a1"), NOON)
    told.flush(after(seconds=30))
    told.take(development(first, "первая статья из Египта"), after(minutes=1))
    assert told.due_at(after(minutes=1)) == after(minutes=5, seconds=30)


def test_news_long_after_the_last_notification_wait_group_wait_for_others(told):
    told.take(first := alert("a1"), NOON)
    told.flush(after(seconds=30))
    told.take(development(first, "أول مقال من مصر"), after(hours=2))
    assert told.due_at(after(hours=2)) == after(hours=2, seconds=30)


def test_copy_without_news_is_not_told(told):
    told.take(first := alert("a1"), NOON)
    told.flush(after(seconds=30))
    told.take(then(first, article_count=2), after(minutes=1))
    assert told.run(after(minutes=1), after(hours=3)) == []


def test_alert_that_nobody_acknowledged_is_repeated_after_repeat_interval(told):
    told.take(alert("a1"), NOON)
    went = told.run(NOON, after(hours=13))
    assert [(at, reason) for at, reason, _ in went] == [
        (timedelta(seconds=30), "new"),
        (timedelta(hours=4, seconds=30), "repeat"),
        (timedelta(hours=8, seconds=30), "repeat"),
        (timedelta(hours=12, seconds=30), "repeat"),
    ]


def test_alerts_that_were_told_minutes_apart_are_repeated_in_one_notification(told):
    told.take(alert("a1"), NOON)
    told.flush(after(seconds=30))
    told.take(alert("a2"), after(minutes=1))
    told.flush(after(minutes=5, seconds=30))
    assert told.run(after(minutes=6), after(hours=5)) == [(timedelta(hours=4, seconds=30), "repeat", ["a1", "a2"])]


def test_alert_on_its_way_is_not_repeated(told):
    told.take(alert("a1"), NOON)
    told.flush(after(seconds=30))
    told.in_lane.add("a1")
    assert told.run(after(minutes=1), after(days=1)) == []


def test_acknowledged_alert_is_not_repeated(told):
    told.take(first := alert("a1"), NOON)
    told.flush(after(seconds=30))
    told.take(acknowledged(first), after(minutes=1))
    assert [reason for _, reason, _ in told.run(after(minutes=1), after(days=3))] == ["update"]


def test_resolved_alert_is_told_once_and_the_group_is_over(told):
    told.take(first := alert("a1"), NOON)
    told.flush(after(seconds=30))
    told.take(resolved(first), after(minutes=1))
    assert told.run(after(minutes=1), after(days=3)) == [(timedelta(minutes=5, seconds=30), "resolved", ["a1"])]
    assert told.group.is_over


def test_end_of_an_alert_that_is_on_its_way_waits_for_what_becomes_of_it(told):
    told.take(first := alert("a1"), NOON)
    told.flush(after(seconds=30))
    told.in_lane.add("a1")
    told.take(resolved(first), after(minutes=1))
    assert told.due_at(after(minutes=30)) is None or told.flush(after(minutes=30)) == []
    told.in_lane.clear()
    assert told.flush(after(minutes=30)) == [("resolved", ["a1"])]


def test_digest_takes_the_place_of_single_notifications(told):
    went = []
    for number in range(180):
        now = after(minutes=number)
        told.take(alert(f"a{number}", digest=3600), now)
        went += [(now - NOON, reason, len(ids)) for reason, ids in told.flush(now)]
    assert went == [(minutes(60), "digest", 61), (minutes(121), "digest", 61)]


def test_with_a_digest_repeats_go_along_and_there_is_never_more_than_one_message_in_its_time(told):
    settings = {"digest": 7200, "repeat_interval": 3600}
    went = []
    for number in range(20 * 60):
        now = after(minutes=number)
        if number % 180 == 0 and number < 600:
            told.take(alert(f"a{number}", **settings), now)
        went += [(now, reason, len(ids)) for reason, ids in told.flush(now)]
    assert {reason for _, reason, _ in went} == {"digest"}
    assert min(later[0] - earlier[0] for earlier, later in pairwise(went)) >= timedelta(hours=2)
    assert went[-1][2] == 4


def test_repeats_do_not_wait_for_a_digest_that_a_silence_puts_off(told):
    settings = {"digest": 3600, "repeat_interval": 3600}
    told.take(alert("a1", **settings), NOON)
    told.flush(after(hours=1))
    told.silences.put(
        Silence(id="s", starts_at=NOON, ends_at=after(days=9), by="Лев", why="учения", language="ar")
    )
    told.take(alert("a2", languages=["ar"], **settings), after(hours=1))
    went = told.run(after(hours=1), after(hours=5))
    assert [ids for _, _, ids in went] == [["a1"]] * 4


def test_silenced_alert_is_told_when_the_silence_ends_and_others_do_not_wait_for_it(told):
    told.silences.put(
        Silence(id="s", starts_at=NOON, ends_at=after(hours=1), by="Лев", why="учения", language="ar")
    )
    told.take(alert("a1", languages=["ar"]), NOON)
    told.take(alert("a2"), NOON)
    assert told.run(NOON, after(hours=2)) == [
        (timedelta(seconds=30), "new", ["a2"]),
        (timedelta(hours=1), "new", ["a1"]),
    ]


def test_silenced_alert_that_ends_meanwhile_is_never_told(told):
    told.silences.put(
        Silence(id="s", starts_at=NOON, ends_at=after(hours=1), by="Лев", why="учения", language="ru")
    )
    told.take(first := alert("a1"), NOON)
    told.take(resolved(first), after(minutes=30))
    assert [went for went in told.run(NOON, after(days=1)) if went[1] != "resolved"] == []


def test_digest_after_a_held_back_alert_is_still_a_digest(told):
    told.silences.put(
        Silence(id="s", starts_at=NOON, ends_at=after(days=1), by="Лев", why="учения", language="ar")
    )
    told.take(alert("a1", digest=3600, languages=["ar"]), NOON)
    went = []
    for number in range(1, 181):
        now = after(minutes=number)
        told.take(alert(f"b{number}", digest=3600), now)
        went += [len(ids) for _, ids in told.flush(now)]
    assert len(went) <= 3


def test_repeat_of_a_silenced_alert_waits_for_the_end_of_the_silence(told):
    told.take(alert("a1"), NOON)
    told.flush(after(seconds=30))
    told.silences.put(
        Silence(id="s", starts_at=NOON, ends_at=after(hours=6), by="Лев", why="учения", language="ru")
    )
    assert told.run(after(minutes=1), after(hours=7)) == [(timedelta(hours=6), "repeat", ["a1"])]


def test_repeat_comes_when_the_silence_is_ended_early(told):
    told.take(alert("a1"), NOON)
    told.flush(after(seconds=30))
    held = Silence(id="s", starts_at=NOON, ends_at=after(hours=9), by="Лев", why="учения", language="ru")
    told.silences.put(held)
    assert told.run(after(minutes=1), after(hours=5)) == []
    told.silences.remove("s")
    told.group.silences_changed(after(hours=5))
    assert told.flush(after(hours=5)) == [("repeat", ["a1"])]


def test_alertmanager_gets_a_refresh_each_five_minutes_and_no_repeats():
    told = Told(METRICS)
    told.take(alert("a1"), NOON)
    went = told.run(NOON, after(hours=9))
    assert {reason for _, reason, _ in went[1:]} == {"refresh"}
    gaps = {later[0] - earlier[0] for earlier, later in pairwise(went)}
    assert gaps == {minutes(5)}


def test_group_with_no_alert_left_makes_the_next_one_wait_group_wait_again(told):
    told.take(first := alert("a1"), NOON)
    told.flush(after(seconds=30))
    told.take(resolved(first), after(seconds=40))
    told.run(after(seconds=40), after(minutes=6))
    assert told.group.is_over
