"""A desk that is made anew from what was written goes on where it was, wherever the writing was cut short."""

from datetime import timedelta

import msgspec
import pytest

from tests.unit.domain.alert_maker import MAIL, NOON, RECEIVERS, acknowledged, after, alert, development, resolved
from worker.domain.delivery import DeliveryOutcome
from worker.domain.delivery_desk import DeliveryDesk
from worker.domain.delivery_recovery import restored
from worker.domain.delivery_state import DeliveryState
from worker.domain.receiver import Receivers
from worker.domain.silence import Silences

ONLY_MAIL = Receivers({"mail": MAIL}, ("mail",))


class Log:
    """What was written, as bytes."""

    def __init__(self):
        self.latest = {}

    def write(self, changes):
        for key, state in changes:
            if state is None:
                self.latest.pop(key, None)
            else:
                self.latest[key] = msgspec.json.encode(state)

    def read(self, receivers=RECEIVERS, now=NOON) -> DeliveryDesk:
        states = [msgspec.json.decode(value, type=DeliveryState) for value in self.latest.values()]
        return restored(states, receivers, Silences(), now)


def new_desk() -> DeliveryDesk:
    return DeliveryDesk(RECEIVERS, Silences())


def sent_from(desk, now, hours=1, receivers=("mail",)):
    """Let time pass; return what goes out, all of it delivered."""
    sent = []
    for _ in range(hours * 60):
        desk.tick(now)
        for name in receivers:
            while (notification := desk.begin(name, now)) is not None:
                sent.append(notification)
                desk.finish(name, DeliveryOutcome("delivered"), now)
        now += timedelta(minutes=1)
    return sent


def texts(notifications):
    return [news.text for one in notifications for alert in one.alerts for news in alert.news]


@pytest.mark.parametrize("cut", range(5))
def test_notification_goes_out_once_wherever_the_writing_of_it_was_cut(cut):
    log, desk = Log(), new_desk()
    desk.apply(first := alert(), NOON)
    desk.apply(development(first, "первая статья из Египта"), NOON)
    desk.apply(alert("a2"), NOON)
    log.write(desk.take_changes())
    desk.tick(after(seconds=30))
    changes = desk.take_changes()
    assert len(changes) == 4
    log.write(changes[:cut])
    (only,) = sent_from(log.read(now=after(seconds=31)), after(minutes=1))
    assert sorted(one.id for one in only.alerts) == ["a1", "a2"]
    assert "первая статья из Египта" in texts([only])


@pytest.mark.parametrize("cut", range(5))
def test_delivered_notification_whose_end_was_not_written_whole_is_sent_again_marked_or_not_at_all(cut):
    log, desk = Log(), new_desk()
    desk.apply(alert(), NOON)
    desk.tick(after(seconds=30))
    desk.begin("mail", after(seconds=30))
    log.write(desk.take_changes())
    desk.finish("mail", DeliveryOutcome("delivered"), after(seconds=31))
    changes = desk.take_changes()
    log.write(changes[:cut])
    again = sent_from(log.read(now=after(seconds=32)), after(minutes=1))
    assert [one.maybe_repeated for one in again] == ([True] if cut < len(changes) else [])


@pytest.mark.parametrize("cut", range(6))
def test_what_was_joined_is_told_wherever_the_writing_of_it_was_cut(cut):
    log, desk = Log(), new_desk()
    for number, seconds in ((1, 0), (2, 400), (3, 800)):
        desk.apply(alert(f"a{number}"), after(seconds=seconds))
        log.write(desk.take_changes())
        desk.tick(after(seconds=seconds + 300))
        if number < 3:
            log.write(desk.take_changes())
        if desk.begin("mail", after(seconds=seconds + 300)) is not None:
            desk.finish("mail", DeliveryOutcome("retry"), after(seconds=seconds + 300))
        if number < 3:
            log.write(desk.take_changes())
    log.write(desk.take_changes()[:cut])
    sent = sent_from(log.read(now=after(hours=1)), after(hours=1), hours=2)
    assert {one.id for notification in sent for one in notification.alerts} == {"a1", "a2", "a3"}


def test_waits_and_timers_go_on_where_they_were():
    log, desk = Log(), new_desk()
    desk.apply(alert(), NOON)
    desk.tick(after(seconds=30))
    desk.begin("mail", after(seconds=30))
    desk.finish("mail", DeliveryOutcome("retry"), after(seconds=30))
    log.write(desk.take_changes())
    there = log.read(now=after(seconds=31))
    assert there.next_at("mail", after(seconds=31)) == desk.next_at("mail", after(seconds=31))
    assert there.begin("mail", after(seconds=31)) is None


def test_rate_limit_goes_on_where_it_was():
    log, desk = Log(), new_desk()
    for number in range(3):
        desk.apply(alert(f"a{number}", to=("pager",), watch_topic=f"w{number}", group_wait=0), NOON)
    desk.tick(NOON)
    while desk.begin("pager", NOON) is not None:
        desk.finish("pager", DeliveryOutcome("delivered"), NOON)
    desk.apply(alert("a9", to=("pager",), watch_topic="w9", group_wait=0), after(seconds=1))
    log.write(desk.take_changes())
    there = log.read(now=after(seconds=2))
    there.tick(after(seconds=2))
    assert there.begin("pager", after(seconds=2)) is None
    assert there.begin("pager", after(seconds=60)) is not None


def test_news_that_wait_for_a_receiver_that_is_gone_are_told_to_the_default():
    log, desk = Log(), new_desk()
    desk.apply(first := alert(to=("pager",)), NOON)
    sent_from(desk, after(minutes=1), receivers=("pager",))
    desk.apply(development(first, "أول مقال من مصر"), after(hours=2))
    log.write(desk.take_changes())
    sent = sent_from(log.read(ONLY_MAIL, after(hours=2)), after(hours=2))
    assert texts(sent) == ["", "أول مقال من مصر"]


def test_default_is_told_of_a_firing_alert_that_only_a_receiver_knew_that_is_gone():
    log, desk = Log(), new_desk()
    desk.apply(alert(to=("pager",)), NOON)
    sent_from(desk, after(minutes=1), receivers=("pager",))
    log.write(desk.take_changes())
    assert [one.reason for one in sent_from(log.read(ONLY_MAIL, after(hours=2)), after(hours=2))] == ["new"]


@pytest.mark.parametrize("settle", [acknowledged, resolved])
def test_default_is_not_told_of_an_alert_that_was_answered_before_its_receiver_went(settle):
    log, desk = Log(), new_desk()
    desk.apply(first := alert(to=("pager",)), NOON)
    sent_from(desk, after(minutes=1), receivers=("pager",))
    desk.apply(settle(first), after(hours=2))
    log.write(desk.take_changes())
    assert sent_from(log.read(ONLY_MAIL, after(hours=2)), after(hours=2)) == []


def test_nothing_is_left_of_a_receiver_that_is_gone():
    log, desk = Log(), new_desk()
    desk.apply(alert(to=("pager",)), NOON)
    desk.tick(after(seconds=30))
    desk.begin("pager", after(seconds=30))
    desk.finish("pager", DeliveryOutcome("retry"), after(seconds=30))
    log.write(desk.take_changes())
    there = log.read(ONLY_MAIL, after(minutes=1))
    log.write(there.take_changes())
    assert not [key for key in log.latest if "pager" in key or key.startswith("queued/")]
