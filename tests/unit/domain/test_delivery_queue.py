"""A lane: tries with growing waits, a rate limit that joins, and nothing that is ever lost."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.alert_maker import MAIL, METRICS, NOON, PAGER, after
from worker.domain.alert import News
from worker.domain.delivery_queue import LONGEST_WAIT_SECONDS, Lane, free_at, wait_after
from worker.domain.delivery_state import Part, Queued
from worker.domain.receiver import RateLimit


def queued(name: str, *alerts: str, reason="new", receiver="mail", text="", revision=1, created_at=NOON) -> Queued:
    news = [News("raised", text)]
    parts = {one: Part("new", revision, news) for one in alerts or (name,)}
    return Queued(id=name, receiver=receiver, reason=reason, created_at=created_at, parts=parts)


def lane(*items: Queued, receiver=MAIL) -> Lane:
    made = Lane(receiver)
    for item in items:
        made.add([item], NOON)
    return made


def fail(one: Lane, now):
    assert one.begin(now) is not None
    one.failed(now)


def test_first_try_is_made_at_once():
    assert lane(queued("n1")).begin(NOON).id == "n1"


def test_one_try_at_a_time():
    one = lane(queued("n1"), queued("n2"))
    assert one.begin(NOON) is not None
    assert one.next_at(NOON) is None
    assert one.begin(NOON) is None


def test_notification_that_is_added_twice_is_there_once():
    one = lane(queued("n1"), queued("n1"))
    assert len(one.items) == 1


def test_waits_grow_up_to_ten_minutes_and_are_always_the_same():
    waits = [wait_after("n1", attempt).total_seconds() for attempt in range(1, 15)]
    assert waits == [wait_after("n1", attempt).total_seconds() for attempt in range(1, 15)]
    for attempt, wait in enumerate(waits):
        full = min(LONGEST_WAIT_SECONDS, 5 * 2**attempt)
        assert 0.75 * full <= wait <= full


def test_wait_after_a_very_long_outage_is_still_ten_minutes():
    assert wait_after("n1", 100_000) <= timedelta(minutes=10)


def test_failed_notification_keeps_its_id_and_is_tried_when_its_wait_is_over():
    one = lane(queued("n1"))
    fail(one, NOON)
    assert one.begin(after(seconds=3)) is None
    again = one.begin(after(seconds=5))
    assert (again.id, again.attempts) == ("n1", 2)


def test_what_is_added_while_the_receiver_fails_is_joined_into_one():
    one = lane(queued("n1"))
    fail(one, NOON)
    for number in range(2, 50):
        one.add([queued(f"n{number}")], NOON)
    failed, joined = one.items
    assert failed.id == "n1"
    assert (joined.joined, len(joined.parts), joined.reason) == (48, 48, "digest")


def test_joined_notification_has_an_id_of_its_own():
    one = lane(queued("n1"))
    fail(one, NOON)
    one.add([queued("n2")], NOON)
    one.add([queued("n3")], NOON)
    assert one.items[1].id not in ("n1", "n2", "n3")


def test_alert_that_is_joined_with_itself_tells_all_its_news_once():
    one = lane(queued("n0"))
    fail(one, NOON)
    one.add([queued("n1", "a1", text="Взрыв в порту", revision=1)], NOON)
    one.add([queued("n2", "a1", text="أول مقال من مصر", revision=4)], NOON)
    one.add([queued("n3", "a1", text="Взрыв в порту", revision=4)], NOON)
    part = one.items[1].parts["a1"]
    assert (part.revision, [news.text for news in part.news]) == (4, ["Взрыв в порту", "أول مقال من مصر"])


def test_notification_that_the_receiver_chokes_on_steps_aside_for_the_others():
    one, now = lane(queued("poison"), queued("n2")), NOON
    delivered = []
    for _ in range(400):
        now += timedelta(seconds=5)
        item = one.begin(now)
        if item is None:
            continue
        if item.id == "poison":
            one.failed(now)
        else:
            delivered.append(item.id)
            one.delivered()
            one.add([queued(f"after {len(delivered)}", created_at=now)], now)
    assert len(delivered) > 50
    assert any(item.id == "poison" for item in one.items)
    assert max(item.attempts for item in one.items) > 4


def test_escalation_goes_before_what_was_not_tried_yet():
    one = lane(queued("n1"), queued("n2"), queued("n3", reason="escalation"))
    assert one.begin(NOON).id == "n3"


def test_joined_with_an_escalation_is_an_escalation():
    one = lane(queued("n0"))
    fail(one, NOON)
    one.add([queued("n1")], NOON)
    one.add([queued("n2", reason="escalation")], NOON)
    assert one.items[1].reason == "escalation"


def test_over_the_rate_limit_notifications_are_joined_and_go_out_when_it_allows():
    one = lane(receiver=PAGER)
    for number in range(3):
        one.add([queued(f"n{number}", receiver="pager")], NOON)
        one.begin(after(seconds=number))
        one.delivered()
    for number in range(3, 20):
        one.add([queued(f"n{number}", receiver="pager")], after(seconds=10))
    assert len(one.items) == 1
    assert one.begin(after(seconds=59)) is None
    assert one.begin(after(seconds=60)).joined == 17


def test_failed_try_does_not_count_against_the_rate_limit():
    one, now = lane(queued("n0", receiver="pager"), receiver=PAGER), NOON
    for _ in range(4):
        fail(one, now)
        now = one.state.next_try_at
    assert one.state.sent_at == []


def test_many_for_a_slow_receiver_are_joined():
    one = lane(queued("n0"))
    one.begin(NOON)
    for number in range(1, 100):
        one.add([queued(f"n{number}")], NOON)
    assert len(one.items) <= 11


def test_joined_notification_is_cut_where_the_receiver_takes_no_more():
    one = lane(queued("n0"), receiver=METRICS)
    fail(one, NOON)
    for number in range(250):
        one.add([queued(f"n{number + 1}", receiver="metrics")], NOON)
    pieces = one.items[1:]
    assert [len(piece.parts) for piece in pieces] == [100, 100, 50]
    assert sum(piece.joined for piece in pieces) == 250


def test_rejection_is_an_answer_and_the_next_goes_at_once():
    one = lane(queued("n1"), queued("n2"))
    one.begin(NOON)
    one.rejected()
    assert one.begin(NOON).id == "n2"


def test_begun_try_that_is_read_back_goes_first_and_is_marked():
    begun = queued("n2", created_at=after(seconds=1))
    begun.begun, begun.attempts = True, 1
    one = Lane(MAIL, items=[queued("n1"), begun])
    item = one.begin(after(minutes=1))
    assert (item.id, item.maybe_repeated, item.attempts) == ("n2", True, 2)


@given(
    seconds=st.lists(st.integers(0, 300), max_size=30),
    messages=st.integers(1, 5),
    window=st.integers(1, 90),
    later=st.integers(0, 60),
)
def test_message_sent_when_the_limit_allows_keeps_every_window_within_it(seconds, messages, window, later):
    limit, sent = RateLimit(messages, window), []
    for second in sorted(seconds):
        now = after(seconds=second)
        at = max(free_at(sent, limit, now), now) + timedelta(seconds=later % 3)
        if not sent or at >= max(sent):
            sent.append(at)
    for first, beyond in zip(sent, sent[messages:], strict=False):
        assert beyond - first >= timedelta(seconds=window)
