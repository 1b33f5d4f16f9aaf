"""The busiest names are known among any number of others, in bounded memory, and the choice seldom changes."""

from hypothesis import given
from hypothesis import strategies as st

from worker.domain.busiest import HOUR_SECONDS, Busiest


def test_newcomers_are_shown_at_once_while_there_is_room_and_no_longer():
    busiest = Busiest(shown=2, kept=10)
    assert [busiest.observe(name, 0)[0] for name in ("tass.ru", "spa.gov.sa", "irna.ir")] == [True, True, False]


def test_who_has_become_busier_is_shown_from_the_next_hour_on():
    busiest = Busiest(shown=1, kept=10)
    busiest.observe("weekly.example", 0)
    for _ in range(5):
        assert busiest.observe("tass.ru", 10) == (False, frozenset())
    assert busiest.observe("tass.ru", HOUR_SECONDS) == (True, {"weekly.example"})
    assert busiest.shown == {"tass.ru"}


def test_a_busy_source_is_found_among_a_hundred_thousand_that_come_once():
    busiest = Busiest(shown=3, kept=100)
    for number in range(100_000):
        busiest.observe(f"blog-{number}.example", number)
        if number % 50 == 0:
            busiest.observe("tass.ru", number)
    assert "tass.ru" in busiest.shown
    assert len(busiest) == 100


def test_who_was_busy_long_ago_makes_room():
    busiest = Busiest(shown=1, kept=10)
    for _ in range(1_000):
        busiest.observe("old.example", 0)
    for hour in range(1, 24 * 7 * 8):
        busiest.observe("new.example", hour * HOUR_SECONDS)
    assert busiest.shown == {"new.example"}


@given(st.lists(st.tuples(st.text(max_size=3), st.integers(0, 5))))
def test_never_are_more_shown_or_kept_than_may_be_and_who_goes_was_shown(steps):
    busiest, now = Busiest(shown=3, kept=5), 0.0
    for name, hours in steps:
        now += hours * HOUR_SECONDS
        before = set(busiest.shown)
        shown, gone = busiest.observe(name, now)
        assert shown == (name in busiest.shown)
        assert gone <= before - busiest.shown
        assert len(busiest.shown) <= 3
        assert len(busiest) <= 5
