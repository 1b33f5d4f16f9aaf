"""The alert desk: order, stories, timers, restarts and bounds. Copies are told by `same_words` here."""

from datetime import timedelta

import msgspec
import pytest

from tests.records import MARCH_24, alert_action, match_record
from worker.domain import desk as desk_module
from worker.domain.alert_action import Silence
from worker.domain.alert_settings import AlertSettings, SurgeSettings
from worker.domain.desk import Desk
from worker.domain.desk_records import DeskEntry

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WAIT = timedelta(seconds=5)
ANSWERED_WITHIN_15 = AlertSettings(acknowledge_within_seconds=900)


def new_desk() -> Desk:
    return Desk(WAIT)


def fresh(article, story="story", at=MARCH_24, **fields):
    return match_record(article, story, received_at=at, **fields)


def replayed(article, story="story", at=MARCH_24, **fields):
    return match_record(article, story, received_at=MARCH_24 + 100 * DAY, fetched_at=at, **fields)


def given(desk, matches, now):
    for match in matches:
        desk.take(match, (), now)
    desk.advance(now)
    return desk.drain()


def restarted(stored, now):
    desk = new_desk()
    for entry in stored.values():
        if entry is not None:
            encoded = msgspec.json.encode(DeskEntry(entry))
            desk.restore(msgspec.json.decode(encoded, type=DeskEntry).content, now)
    return desk


def changes(outputs):
    return [(event.change, event.article.id if event.article else None) for event in outputs.events]


def test_fresh_match_raises_its_alert_at_once():
    outputs = given(new_desk(), [fresh("a1")], MARCH_24)
    assert changes(outputs) == [("raised", None)]
    (alert,) = outputs.alerts.values()
    assert alert.raised_at == MARCH_24
    assert list(outputs.stored) == ["held/moscow-attack/a1", f"alert/{alert.id}"]
    assert outputs.stored["held/moscow-attack/a1"] is None


def test_copies_in_one_batch_are_one_alert_with_the_news_of_its_raising():
    outputs = given(new_desk(), [fresh("a1"), fresh("a2"), fresh("a3", "other")], MARCH_24)
    assert changes(outputs) == [("raised", None), ("copy", "a2"), ("raised", None)]
    first, second = outputs.alerts.values()
    assert (first.article_count, first.revision, [news.kind for news in first.news]) == (2, 2, ["raised"])
    assert second.article_count == 1


def test_weak_match_raises_nothing_and_joins_what_is_there():
    desk = new_desk()
    assert given(desk, [fresh("a1", level="tag")], MARCH_24).events == []
    outputs = given(desk, [fresh("a2"), fresh("a3", level="tag")], MARCH_24)
    assert changes(outputs) == [("raised", None), ("copy", "a3")]


def test_stories_of_two_watch_topics_are_two_alerts():
    outputs = given(new_desk(), [fresh("a1"), fresh("a1", watch_topic="kerman")], MARCH_24)
    assert len(outputs.alerts) == 2


def test_replayed_matches_are_taken_in_order_of_event_time():
    desk, second = new_desk(), timedelta(seconds=1)
    assert given(desk, [replayed("later", at=MARCH_24 + MINUTE)], MARCH_24).events == []
    assert given(desk, [replayed("earlier")], MARCH_24 + second).events == []
    assert given(desk, [replayed("much later", at=MARCH_24 + 5 * MINUTE)], MARCH_24 + 2 * second).events == []
    outputs = given(desk, [], MARCH_24 + WAIT)
    assert changes(outputs) == [("raised", None), ("copy", "later")]
    assert next(iter(outputs.alerts.values())).articles[0].id == "earlier"
    assert desk.held == 1


def test_replayed_match_waits_as_long_as_is_set_and_no_longer():
    desk = new_desk()
    given(desk, [replayed("a1")], MARCH_24)
    desk.advance(MARCH_24 + WAIT - timedelta(milliseconds=1))
    assert desk.drain().events == []
    desk.advance(MARCH_24 + WAIT)
    assert changes(desk.drain()) == [("raised", None)]


def test_wall_clock_set_back_an_hour_makes_no_match_wait_for_it():
    desk = new_desk()
    given(desk, [replayed("a1")], MARCH_24 + HOUR)
    desk.advance(MARCH_24)
    assert changes(desk.drain()) == [("raised", None)]


def test_match_that_waits_survives_a_restart_with_its_place():
    outputs = given(new_desk(), [replayed("a1", at=MARCH_24)], MARCH_24)
    desk = restarted(outputs.stored, MARCH_24 + HOUR)
    assert desk.held == 1
    desk.advance(MARCH_24 + HOUR + WAIT)
    (event,) = desk.drain().events
    assert (event.change, event.at) == ("raised", MARCH_24)


def test_unanswered_alert_is_escalated_once_at_its_time():
    desk = new_desk()
    given(desk, [fresh("a1", settings=ANSWERED_WITHIN_15)], MARCH_24)
    desk.advance(MARCH_24 + 15 * MINUTE - timedelta(seconds=1))
    assert desk.drain().events == []
    desk.advance(MARCH_24 + 16 * MINUTE)
    (event,) = desk.drain().events
    assert (event.change, event.at, event.cause, event.by) == (
        "escalated",
        MARCH_24 + 15 * MINUTE,
        "timer",
        "rasid",
    )
    desk.advance(MARCH_24 + 17 * MINUTE)
    assert desk.drain().events == []


def test_timer_survives_days_of_downtime_and_fires_once():
    stored = given(new_desk(), [fresh("a1", settings=ANSWERED_WITHIN_15)], MARCH_24).stored
    desk = restarted(stored, MARCH_24 + 2 * HOUR)
    desk.advance(MARCH_24 + 2 * HOUR)
    outputs = desk.drain()
    assert changes(outputs) == [("escalated", None)]
    again = restarted(stored | outputs.stored, MARCH_24 + 2 * HOUR + MINUTE)
    again.advance(MARCH_24 + 2 * HOUR + MINUTE)
    assert again.drain().events == []


def test_restart_in_a_replay_of_the_past_does_not_make_its_timers_due():
    desk = new_desk()
    given(desk, [replayed("a1", settings=ANSWERED_WITHIN_15)], MARCH_24)
    desk.advance(MARCH_24 + WAIT)
    desk = restarted(desk.drain().stored, MARCH_24 + 200 * DAY)
    desk.advance(MARCH_24 + 200 * DAY + MINUTE)
    assert desk.drain().events == []


def test_timer_fires_between_the_matches_before_and_after_it():
    matches = [
        replayed("a1", settings=ANSWERED_WITHIN_15),
        replayed("a2", at=MARCH_24 + 14 * MINUTE),
        replayed("a3", at=MARCH_24 + 16 * MINUTE),
    ]
    desk = new_desk()
    assert given(desk, matches, MARCH_24).events == []
    outputs = given(desk, [], MARCH_24 + WAIT)
    assert changes(outputs) == [("raised", None), ("copy", "a2"), ("escalated", None), ("copy", "a3")]


def test_acknowledged_alert_is_not_escalated():
    desk = new_desk()
    (key,) = given(desk, [fresh("a1", settings=ANSWERED_WITHIN_15)], MARCH_24).alerts
    desk.act(alert_action("acknowledge", key, MARCH_24 + MINUTE), "moscow-attack", MARCH_24 + MINUTE)
    desk.advance(MARCH_24 + HOUR)
    assert changes(desk.drain()) == [("acknowledged", None)]


def test_action_with_a_clock_in_the_future_counts_from_when_it_reached_kafka():
    desk = new_desk()
    (key,) = given(desk, [fresh("a1")], MARCH_24).alerts
    desk.act(alert_action("acknowledge", key, MARCH_24 + 400 * DAY), "moscow-attack", MARCH_24 + MINUTE)
    assert desk.drain().alerts[key].acknowledged_at == MARCH_24 + MINUTE


def test_action_under_another_watch_topic_is_refused():
    desk = new_desk()
    (key,) = given(desk, [fresh("a1")], MARCH_24).alerts
    desk.act(alert_action("resolve", key), "kerman", MARCH_24)
    assert [event.change for event in desk.drain().events] == ["refused"]


def test_accepted_silence_is_given_out_and_a_refused_one_is_not():
    desk = new_desk()
    wanted = Silence(
        id="s1", starts_at=MARCH_24, ends_at=MARCH_24 + HOUR, by="Huda", why="drill", source="example.org"
    )
    everything = msgspec.structs.replace(wanted, source=None)
    desk.act(alert_action("silence", None, silence=wanted), "s1", MARCH_24)
    desk.act(alert_action("silence", None, id="two", silence=everything), "s1", MARCH_24)
    outputs = desk.drain()
    assert outputs.silences == [wanted]
    assert [event.change for event in outputs.events] == ["silenced", "refused"]


def test_copy_joins_a_resolved_alert_silently():
    desk = new_desk()
    (key,) = given(desk, [fresh("a1")], MARCH_24).alerts
    desk.act(alert_action("resolve", key), "moscow-attack", MARCH_24)
    outputs = given(desk, [fresh("a2", at=MARCH_24 + HOUR)], MARCH_24 + HOUR)
    (alert,) = outputs.alerts.values()
    assert (alert.status, alert.article_count) == ("resolved", 2)
    assert [news.kind for news in alert.news] == ["resolved"]  # of the same batch; the copy adds none


def test_ended_alert_is_forgotten_after_a_week_and_its_story_may_be_raised_anew():
    desk = new_desk()
    (key,) = given(desk, [fresh("a1")], MARCH_24).alerts
    desk.advance(MARCH_24 + 3 * DAY)
    assert changes(desk.drain()) == [("resolved", None)]
    desk.advance(MARCH_24 + 10 * DAY)
    assert desk.drain().stored == {f"alert/{key}": None}
    assert len(desk) == 0
    outputs = given(desk, [fresh("a2", at=MARCH_24 + 11 * DAY)], MARCH_24 + 11 * DAY)
    assert changes(outputs) == [("raised", None)]


def test_more_alerts_than_a_desk_keeps_end_the_oldest_and_say_so(monkeypatch):
    monkeypatch.setattr(desk_module, "ALERTS_KEPT", 3)
    desk = new_desk()
    outputs = given(desk, [fresh(f"a{n}", f"story {n}", MARCH_24 + n * MINUTE) for n in range(4)], MARCH_24 + HOUR)
    assert len(desk) == 3
    (ended,) = [event for event in outputs.events if event.change == "resolved"]
    assert ended.why == "there are more than 3 alerts of this watch topic"
    assert outputs.stored[f"alert/{ended.alert}"] is None


def test_ten_thousand_copies_in_a_second_are_one_alert_with_one_state_to_write():
    desk = new_desk()
    matches = [fresh(f"a{number}", source=f"source {number}") for number in range(10_000)]
    outputs = given(desk, matches, MARCH_24)
    (alert,) = outputs.alerts.values()
    assert (alert.article_count, len(alert.articles), len(alert.sources)) == (10_000, 100, 100)
    assert len(msgspec.json.encode(alert)) < 100_000


def test_surge_is_an_alert_of_its_own_with_its_figures():
    surge = AlertSettings(surge=SurgeSettings(at_least=5, min_sources=3))
    desk = new_desk()
    quiet = [
        fresh(f"q{day}", f"quiet {day}", MARCH_24 + day * DAY, settings=surge, source="one") for day in range(15)
    ]
    for match in quiet:
        outputs = given(desk, [match], match.article.received_at)
        assert "surge" not in {alert.kind for alert in outputs.alerts.values()}
    now = MARCH_24 + 15 * DAY
    loud = [
        fresh(f"l{n}", f"loud {n}", now + n * MINUTE, settings=surge, source=f"source {n % 4}") for n in range(20)
    ]
    outputs = given(desk, loud, now + 20 * MINUTE)
    (alert,) = [alert for alert in outputs.alerts.values() if alert.kind == "surge"]
    assert alert.surge.matches >= 5
    assert alert.surge.sources >= 3


@pytest.mark.parametrize("second", ["a1", "a2"])
def test_same_article_before_and_after_a_crash_is_counted_once(second):
    """The crash comes between what was given out and what was remembered: the batch is read again."""
    desk = new_desk()
    stored = given(desk, [fresh("a1")], MARCH_24).stored
    lost = given(desk, [fresh(second)], MARCH_24)
    again = given(restarted(stored, MARCH_24), [fresh(second)], MARCH_24)
    assert [event.id for event in again.events] == [event.id for event in lost.events]
    assert again.alerts == lost.alerts
