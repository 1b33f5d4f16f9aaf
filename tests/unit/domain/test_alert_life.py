"""An alert's life: what matches, people and time make of it, change by change."""

from datetime import timedelta

import msgspec
import pytest

from tests.records import MARCH_24, alert_action, match_record, raised_alert
from worker.domain import alert_life
from worker.domain.alert import ARTICLES_KEPT, COMMENTS_KEPT, Alert, alert_id
from worker.domain.alert_action import Silence
from worker.domain.alert_event import AlertEvent
from worker.domain.alert_fold import apply
from worker.domain.alert_settings import AlertSettings, Escalation

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ANSWERED_WITHIN_15 = AlertSettings(
    acknowledge_within_seconds=900,
    escalate=(Escalation(900, "duty-officer"), Escalation(2700, "chief-editor")),
    repeat_interval_seconds=3600,
)


def after(alert: Alert, event: AlertEvent | None) -> Alert:
    assert event is not None
    changed = apply(alert, event)
    assert changed is not None
    return changed


def with_copy(alert: Alert, article: str, minutes: int = 0, **fields) -> Alert:
    at = MARCH_24 + minutes * MINUTE
    event = alert_life.add_article(alert, match_record(article, received_at=at, **fields), "copy", at)
    return after(alert, event)


def acted(alert: Alert, action: str, minutes: int = 1, **fields) -> Alert:
    at = MARCH_24 + minutes * MINUTE
    return after(alert, alert_life.act(alert, alert_action(action, alert.id, at, **fields), at, alert.watch_topic))


def fired(alert: Alert) -> Alert:
    return after(alert, alert_life.fire(alert))


def test_first_match_raises_an_alert_with_its_id_from_watch_topic_and_story():
    alert = raised_alert("a1", "story", source="Al Quds", url="https://www.tass.ru/1")
    assert alert.id == alert_id("moscow-attack", "story", "story")
    assert (alert.status, alert.revision, alert.change, alert.article_count) == ("firing", 1, "raised", 1)
    assert [news.kind for news in alert.news] == ["raised"]
    assert (alert.sources, alert.countries, alert.languages) == (["Al Quds"], ["RU"], ["ar"])


def test_copy_is_counted_and_listed_and_is_no_news():
    alert = with_copy(raised_alert("a1", source="b"), "a2", 5, source="a")
    assert (alert.revision, alert.change, alert.article_count, alert.sources) == (2, "copy", 2, ["a", "b"])
    assert alert.news == []
    assert alert.last_article_at == MARCH_24 + 5 * MINUTE


def test_article_that_came_twice_changes_nothing():
    assert alert_life.add_article(raised_alert("a1"), match_record("a1"), "copy", MARCH_24) is None


def test_articles_beyond_the_bound_are_counted_and_not_listed():
    alert = raised_alert("first")
    for number in range(ARTICLES_KEPT + 5):
        alert = with_copy(alert, f"a{number}")
    assert (len(alert.articles), alert.article_count) == (ARTICLES_KEPT, ARTICLES_KEPT + 6)


def test_first_article_from_another_country_is_news():
    alert = raised_alert("a1", url="https://tass.ru/1")
    alert = with_copy(alert, "a2", url="https://ria.ru/2")
    assert alert.news == []
    alert = with_copy(alert, "a3", url="https://www.ahram.org.eg/3")
    assert [(news.kind, news.text) for news in alert.news] == [("development", "first article from EG")]
    assert alert.countries == ["EG", "RU"]


def test_higher_severity_is_news_and_a_lower_one_is_not():
    alert = with_copy(raised_alert("a1", severity="medium"), "a2", severity="low")
    assert (alert.severity, alert.news) == ("medium", [])
    alert = with_copy(alert, "a3", severity="high")
    assert (alert.severity, [news.text for news in alert.news]) == ("high", ["severity high, before medium"])


def test_sharp_rise_is_news():
    alert = raised_alert("a1")
    event = alert_life.add_article(alert, match_record("a2"), "copy", MARCH_24, is_rise=True)
    assert [news.text for news in after(alert, event).news] == ["sharp rise: 2 articles"]


def test_copy_of_a_resolved_alert_joins_it_and_is_never_news():
    alert = acted(raised_alert("a1", severity="low", url="https://tass.ru/1"), "resolve")
    alert = with_copy(alert, "a2", severity="critical", url="https://www.ahram.org.eg/3")
    assert (alert.status, alert.article_count, alert.news) == ("resolved", 2, [])


def test_acknowledged_alert_says_who_and_when_and_waits_for_nobody():
    alert = acted(raised_alert(settings=ANSWERED_WITHIN_15), "acknowledge", 3, by="Huda", why="calling the desk")
    assert (alert.status, alert.acknowledged_by) == ("acknowledged", "Huda")
    assert alert.acknowledged_at == MARCH_24 + 3 * MINUTE
    assert alert.due_at == MARCH_24 + 3 * DAY  # its end, and no escalation


def test_second_of_two_who_acknowledge_at_once_is_told_who_was_first():
    alert = acted(raised_alert(), "acknowledge", by="Huda")
    event = alert_life.act(alert, alert_action("acknowledge", alert.id, by="Omar"), MARCH_24, "moscow-attack")
    assert (event.change, event.revision) == ("refused", 0)
    assert event.why == "the alert was acknowledged by Huda at 2024-03-24 09:01 UTC"
    assert apply(alert, event) == alert


@pytest.mark.parametrize("action", ["acknowledge", "resolve", "comment"])
def test_action_on_an_ended_or_unknown_alert_is_refused_with_the_reason(action):
    alert = acted(raised_alert(), "resolve", by="Huda")
    for known, why in (
        (alert, "the alert was resolved by Huda at 2024-03-24 09:01 UTC"),
        (None, "there is no alert"),
    ):
        event = alert_life.act(known, alert_action(action, alert.id, why="x"), MARCH_24, "moscow-attack")
        assert event.change == "refused"
        assert event.why.startswith(why)


def test_comments_are_kept_and_the_oldest_go_beyond_the_bound():
    alert = raised_alert()
    for number in range(COMMENTS_KEPT + 1):
        alert = acted(alert, "comment", why=f"note {number}", id=f"c{number}")
    assert len(alert.comments) == COMMENTS_KEPT
    assert (alert.comments[0].text, alert.comments[-1].by) == ("note 1", "Huda")


def test_comment_without_words_is_refused():
    alert = raised_alert()
    event = alert_life.act(alert, alert_action("comment", alert.id, why="  "), MARCH_24, "moscow-attack")
    assert (event.change, event.why) == ("refused", "a comment without words")


def test_unanswered_alert_is_escalated_step_by_step_and_then_again_and_again():
    alert = raised_alert(settings=ANSWERED_WITHIN_15)
    times, told = [], []
    for _ in range(4):
        alert = fired(alert)
        times.append((alert.changed_at - alert.raised_at) // MINUTE)
        told.append(alert.news[0].to)
    assert times == [15, 45, 105, 165]
    assert told == [("duty-officer",), ("chief-editor",), ("chief-editor",), ("chief-editor",)]
    assert alert.status == "escalated"


def test_escalation_without_steps_tells_the_watch_topics_own_receivers():
    alert = fired(raised_alert(settings=AlertSettings(acknowledge_within_seconds=60)))
    assert (alert.status, alert.news[0].to) == ("escalated", ())


def test_acknowledged_after_an_escalation_ends_the_escalations():
    alert = acted(fired(raised_alert(settings=ANSWERED_WITHIN_15)), "acknowledge", 20)
    assert alert.status == "acknowledged"
    assert fired(alert).status == "resolved"


def test_alert_without_new_articles_ends_by_itself_and_one_that_grows_does_not():
    alert = raised_alert()
    assert alert.due_at == MARCH_24 + 3 * DAY
    alert = with_copy(alert, "a2", 60)
    assert alert.due_at == MARCH_24 + 3 * DAY + HOUR
    ended = fired(alert)
    assert (ended.status, ended.resolved_by, ended.due_at) == ("resolved", "rasid", None)


def test_story_that_never_ends_is_resolved_after_30_days():
    alert = raised_alert()
    for day in range(1, 30):
        alert = with_copy(alert, f"day {day}", day * 24 * 60)
    assert alert.due_at == MARCH_24 + 30 * DAY
    assert fired(alert).status == "resolved"


def test_alert_that_nobody_answers_is_told_for_30_days_before_it_ends():
    alert = raised_alert(settings=msgspec.structs.replace(ANSWERED_WITHIN_15, repeat_interval_seconds=86_400))
    changes = 0
    while alert.status != "resolved":
        alert = fired(alert)
        changes += 1
    assert alert.changed_at == MARCH_24 + 30 * DAY
    assert changes == 2 + 29 + 1


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, "a silence of everything; name a watch topic, a source, a language or a label"),
        ({"language": "ru", "ends_at": MARCH_24 - HOUR}, "a silence that ended at 2024-03-24 08:00 UTC"),
    ],
)
def test_silence_that_cannot_be_meant_is_refused(fields, why):
    wanted = {
        "id": "s1",
        "starts_at": MARCH_24 - DAY,
        "ends_at": MARCH_24 + HOUR,
        "by": "Huda",
        "why": "",
    } | fields
    action = alert_action("silence", None, silence=Silence(**wanted))
    event, silence = alert_life.silence(action, MARCH_24, "s1")
    assert (event.change, event.why, silence) == ("refused", why, None)


def test_silence_is_an_event_of_its_own():
    wanted = Silence(
        id="s1", starts_at=MARCH_24, ends_at=MARCH_24 + HOUR, by="Huda", why="maintenance", language="ru"
    )
    event, silence = alert_life.silence(alert_action("silence", None, silence=wanted), MARCH_24, "s1")
    assert (event.change, event.alert, event.why) == ("silenced", None, "maintenance")
    assert silence == wanted
    at = MARCH_24 + 10 * MINUTE
    event, silence = alert_life.silence(alert_action("unsilence", None, silence=wanted), at, "s1")
    assert event.change == "unsilenced"
    assert silence == msgspec.structs.replace(wanted, ends_at=at)


def test_events_have_ids_of_their_own_and_the_same_ones_on_a_replay():
    def life() -> list[str]:
        raised = alert_life.raise_alert(match_record(), "story", MARCH_24)
        copy = alert_life.add_article(raised.raised, match_record("a2"), "copy", MARCH_24)
        return [raised.id, copy.id]

    assert life() == life()
    assert len(set(life())) == 2


def test_event_that_came_twice_changes_nothing():
    alert = raised_alert()
    event = alert_life.add_article(alert, match_record("a2"), "copy", MARCH_24)
    once = after(alert, event)
    assert apply(once, event) == once
