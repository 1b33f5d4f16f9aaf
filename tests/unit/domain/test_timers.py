"""Timers by key."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.records import MARCH_24
from worker.domain.timers import Timers


@given(st.lists(st.tuples(st.sampled_from("abc"), st.one_of(st.none(), st.integers(0, 9)))))
def test_next_is_always_the_earliest_of_what_was_set_last(steps):
    timers, expected = Timers(), {}
    for key, minute in steps:
        if minute is None:
            timers.drop(key)
            expected.pop(key, None)
        else:
            expected[key] = MARCH_24 + timedelta(minutes=minute)
            timers.set(key, expected[key])
        assert timers.next() == min(((at, key) for key, at in expected.items()), default=None)


def test_timer_that_is_put_off_ten_thousand_times_is_entered_once():
    timers = Timers()
    for minute in range(10_000):
        timers.set("a", MARCH_24 + timedelta(minutes=minute))
    assert len(timers._heap) == 1
    assert timers.next() == (MARCH_24 + timedelta(minutes=9_999), "a")
