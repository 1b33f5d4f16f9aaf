"""How fast a story grows."""

from datetime import timedelta

from tests.records import MARCH_24
from worker.domain.story_pulse import HOURS_KEPT, StoryPulse, pulse_step


def counted(minutes):
    pulse, rises = StoryPulse(), []
    for minute in minutes:
        pulse, is_rise = pulse_step(pulse, MARCH_24 + timedelta(minutes=minute))
        if is_rise:
            rises.append(minute)
    return pulse, rises


def test_first_hour_is_never_a_rise():
    assert counted(range(60))[1] == []


def test_hour_with_three_times_the_busiest_before_it_is_one_rise():
    assert counted([0, 10, 20, 30] + [60 + minute for minute in range(40)])[1] == [60 + 11]


def test_small_numbers_are_no_rise():
    assert counted([0, 60, 61, 62, 63, 64, 65, 66, 67, 68])[1] == []


def test_late_article_is_counted_in_its_own_hour_and_is_no_rise():
    pulse, rises = counted([0, 180] + [60] * 30)
    assert rises == []
    assert [count for _, count in pulse.hours] == [1, 30, 1]


def test_pulse_is_bounded():
    assert len(counted(range(0, 60 * 24 * 30, 60))[0].hours) == HOURS_KEPT
