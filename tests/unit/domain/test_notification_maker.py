"""What a receiver gets of what is queued."""

import pytest

from tests.unit.domain.alert_maker import MAIL, METRICS, NOON, after, alert
from worker.domain.alert import News
from worker.domain.delivery_state import Part, Queued
from worker.domain.notification_maker import delivered_alerts, make_notification, notification_id, reason_now


def queued(alerts, reason="new", **fields) -> Queued:
    parts = {one.id: Part("new", one.revision, [News("raised", f"о {one.id}")], one.revision) for one in alerts}
    return Queued(id="n1", receiver="mail", reason=reason, created_at=NOON, parts=parts, **fields)


def test_the_gravest_and_newest_are_shown_in_full_and_the_others_by_their_titles():
    alerts = [alert(f"a{number}", raised_at=after(minutes=number), severity="low") for number in range(30)]
    alerts.append(alert("grave", severity="critical", title="تحذير من هجوم وشيك"))
    made = make_notification(queued(alerts), {one.id: one for one in alerts}, MAIL)
    assert [one.id for one in made.alerts[:3]] == ["grave", "a29", "a28"]
    assert (len(made.alerts), len(made.others)) == (20, 11)
    assert made.alerts[1].news == [News("raised", "о a29")]


def test_title_of_an_alert_that_is_not_shown_in_full_is_bounded():
    alerts = [alert(f"a{number}", title="Предупреждение " * 100) for number in range(21)]
    made = make_notification(queued(alerts), {one.id: one for one in alerts}, MAIL)
    assert len(made.others[0].title) == 200


def test_alertmanager_gets_every_alert_in_full():
    alerts = [alert(f"a{number}") for number in range(100)]
    made = make_notification(queued(alerts), {one.id: one for one in alerts}, METRICS)
    assert (len(made.alerts), made.others) == (100, [])


def test_notification_tells_its_watch_topics_what_was_joined_and_whether_it_may_have_come_before():
    alerts = [alert("a1"), alert("a2", watch_topic="sharing"), alert("a3")]
    made = make_notification(queued(alerts, joined=3, maybe_repeated=True), {one.id: one for one in alerts}, MAIL)
    assert (made.watch_topics, made.joined, made.maybe_repeated) == (["moscow-attack", "sharing"], 3, True)


def test_delivered_alerts_are_told_by_the_revision_that_was_sent():
    item = queued([alert("a1", 3)])
    item.parts["a1"].sent_revision = 7
    assert [(one.id, one.revision) for one in delivered_alerts(item)] == [("a1", 7)]


def test_id_is_the_same_for_the_same_and_another_for_a_repeat():
    parts = {"a1": Part("repeat", 2), "a2": Part("repeat", 5)}
    other_order = dict(reversed(parts.items()))
    first = notification_id("mail", "moscow-attack", "repeat", parts, 4)
    assert first == notification_id("mail", "moscow-attack", "repeat", other_order, 4)
    others = {
        notification_id("mail", "moscow-attack", "repeat", parts, 5),
        notification_id("mail", "sharing", "repeat", parts, 4),
        notification_id("pager", "moscow-attack", "repeat", parts, 4),
        notification_id("mail", "moscow-attack", "repeat", {"a1": Part("repeat", 3), "a2": parts["a2"]}, 4),
    }
    assert len(others | {first}) == 5


@pytest.mark.parametrize(
    ("reason", "kinds", "expected"),
    [
        ("new", ["new", "resolved"], "new"),
        ("digest", ["new"], "digest"),
        ("escalation", ["update"], "update"),
        ("new", ["resolved", "repeat"], "resolved"),
    ],
)
def test_reason_is_told_of_what_is_left(reason, kinds, expected):
    parts = {f"a{number}": Part(kind, 1) for number, kind in enumerate(kinds)}
    item = Queued(id="n1", receiver="mail", reason=reason, created_at=NOON, parts=parts)
    assert reason_now(item) == expected
