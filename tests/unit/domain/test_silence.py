"""A silence holds back what has all that it names, while it lasts."""

import pytest

from tests.unit.domain.alert_maker import NOON, after, alert
from worker.domain.alert_action import Silence
from worker.domain.silence import Silences, covers

ALERT = alert(
    watch_topic="moscow-attack", sources=["lenta.ru", "ahram.org.eg"], languages=["ru", "ar"],
    labels={"region": "moscow", "desk": "ночная смена"},
)  # fmt: skip


def silence(name="s1", *, starts_at=NOON, ends_at=None, **names) -> Silence:
    return Silence(
        id=name, starts_at=starts_at, ends_at=ends_at or after(hours=1), by="Лев", why="учения", **names
    )


@pytest.mark.parametrize(
    "names",
    [
        {"watch_topic": "moscow-attack"},
        {"source": "ahram.org.eg"},
        {"language": "ar"},
        {"labels": {"desk": "ночная смена"}},
        {"watch_topic": "moscow-attack", "source": "lenta.ru", "language": "ru", "labels": {"region": "moscow"}},
    ],
)
def test_alert_that_has_all_that_is_named_is_covered(names):
    assert covers(silence(**names), ALERT, NOON)


@pytest.mark.parametrize(
    "names",
    [
        {"watch_topic": "moscow"},
        {"source": "ahram.org"},
        {"language": "en"},
        {"labels": {"region": "moscow", "desk": "дневная смена"}},
        {"watch_topic": "moscow-attack", "language": "en"},
    ],
)
def test_alert_that_lacks_one_thing_that_is_named_is_not_covered(names):
    assert not covers(silence(**names), ALERT, NOON)


def test_silence_that_names_nothing_covers_nothing():
    assert not covers(silence(), ALERT, NOON)


def test_start_counts_and_end_does_not():
    one = silence(language="ru", starts_at=after(hours=1), ends_at=after(hours=2))
    held = [covers(one, ALERT, after(minutes=minutes)) for minutes in (59, 60, 119, 120)]
    assert held == [False, True, True, False]


def test_alert_is_held_until_the_last_of_its_silences_ends():
    silences = Silences()
    silences.put(silence("s1", language="ru"))
    silences.put(silence("s2", source="lenta.ru", ends_at=after(hours=3)))
    silences.put(silence("s3", language="en", ends_at=after(hours=9)))
    assert silences.held_until(ALERT, NOON) == after(hours=3)


def test_silence_that_is_written_again_with_an_earlier_end_ends_then():
    silences = Silences()
    silences.put(silence(language="ru"))
    changes = silences.changes
    silences.put(silence(language="ru", ends_at=after(minutes=1)))
    assert silences.changes > changes
    assert silences.held_until(ALERT, after(minutes=2)) is None


def test_ended_and_removed_silences_take_no_memory():
    silences = Silences()
    silences.put(silence("s1", language="ru"))
    silences.put(silence("s2", language="ar", ends_at=after(days=1)))
    silences.forget_ended(after(hours=1))
    assert len(silences) == 1
    silences.remove("s2")
    silences.remove("s2")
    assert len(silences) == 0
