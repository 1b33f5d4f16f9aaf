"""A rise is told of once, when a watch topic has more matches than is usual for it at this time of the day."""

import math
import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.domain.alert import MatchedArticle, SurgeFigures
from worker.domain.alert_settings import SurgeSettings
from worker.domain.article import Language
from worker.domain.surge import (
    ARTICLES_KEPT,
    DAYS_COMPARED,
    HOURS_KEPT,
    SLOTS,
    SOURCES_KEPT,
    SurgeState,
    surge_alert_key,
    surge_step,
)

FRIDAY = datetime(2024, 3, 1, tzinfo=UTC)
ATTACK = datetime(2024, 3, 22, 17, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SETTINGS = SurgeSettings()
HEADLINES = {"ar": "هجوم على قاعة كروكوس", "ru": "Теракт в «Крокус Сити»", "en": "Attack on Crocus City Hall"}
Told = list[tuple[datetime, SurgeFigures]]


def article(name: str, at: datetime, source: str | None = "tass.example", **fields) -> MatchedArticle:
    language = ("ar", "ru", "en")[len(name) % 3]
    given = {"headline": HEADLINES[language], "language": Language(language, 1.0), "received_at": at}
    return MatchedArticle(id=name, source=source, **(given | fields))


def spread(
    begin: datetime, end: datetime, per_hour: float, name: str = "a", sources: int = 7
) -> list[MatchedArticle]:
    """Articles at equal distances; each source in its turn."""
    count = round((end - begin) / HOUR * per_hour)
    times = (begin + (end - begin) * number / max(count, 1) for number in range(count))
    return [article(f"{name}{n}", at, f"source-{n % sources}.example") for n, at in enumerate(times)]


def rhythm(begin: datetime, days: int, busiest: float, name: str = "r") -> list[MatchedArticle]:
    """Articles of whole days with a busy noon and a quiet night, of which an hour has none."""
    hours = [begin + number * HOUR for number in range(days * 24)]
    return [
        one
        for at in hours
        for one in spread(at, at + HOUR, round(busiest * math.sin(math.pi * at.hour / 24)), f"{name}{at}-")
    ]


def replay(
    articles: Iterable[MatchedArticle], settings: SurgeSettings = SETTINGS, state: SurgeState | None = None
) -> tuple[SurgeState, Told]:
    """Return the state after all articles, each at its own time, and what was told on the way."""
    told: Told = []
    for one in articles:
        state, figures = surge_step(state, one, settings, one.event_at)
        if figures is not None:
            told.append((one.event_at, figures))
    assert state is not None
    return state, told


def test_rise_over_a_quiet_past_is_told_once_with_its_figures():
    past = spread(FRIDAY, ATTACK, per_hour=0.1)
    state, told = replay([*past, *spread(ATTACK, ATTACK + HOUR, per_hour=60, name="attack")])

    ((at, figures),) = told
    assert at == ATTACK + 4 * MINUTE
    assert figures == SurgeFigures(
        matches=5, window_seconds=3_600, usual=0.0, threshold=5.0, sources=5, days=DAYS_COMPARED
    )
    assert state.running


def test_rise_is_measured_against_what_is_usual_at_this_hour():
    state, told = replay(rhythm(FRIDAY, days=20, busiest=30))
    noon, night = FRIDAY + 20 * DAY + 12 * HOUR, FRIDAY + 20 * DAY + 2 * HOUR
    today = rhythm(FRIDAY + 20 * DAY, days=1, busiest=30, name="today")

    assert told + replay(today, state=state)[1] == []
    more_at_night = sorted([*today, *spread(night, night + HOUR, 30, "x")], key=lambda one: one.event_at)
    ((_, figures),) = replay(more_at_night, state=state)[1]
    assert 4 < figures.usual < 8
    more_at_noon = sorted([*today, *spread(noon, noon + HOUR, 30, "x")], key=lambda one: one.event_at)
    assert replay(more_at_noon, state=state)[1] == []


def test_days_of_great_news_do_not_move_what_is_usual():
    quiet = spread(FRIDAY, FRIDAY + 20 * DAY, per_hour=1)
    news = [
        one for day in (8, 10, 13) for one in spread(FRIDAY + day * DAY, FRIDAY + (day + 1) * DAY, 80, f"n{day}")
    ]
    past = sorted([*quiet, *news], key=lambda one: one.event_at)
    rise = spread(FRIDAY + 20 * DAY, FRIDAY + 20 * DAY + HOUR, per_hour=20, name="x")

    ((_, figures),) = replay(rise, state=replay(past)[0])[1]
    assert figures.usual == pytest.approx(1, abs=0.1)


def test_one_noisy_site_cannot_raise_one():
    past = spread(FRIDAY, ATTACK, per_hour=0.1)
    flood = spread(ATTACK, ATTACK + HOUR, per_hour=500, name="flood", sources=2)

    assert replay([*past, *flood])[1] == []


def test_source_is_the_same_in_capitals_and_by_host_where_none_is_named():
    state, _ = replay(spread(FRIDAY, ATTACK, per_hour=0.1))
    same = [
        article("one", ATTACK, "TASS.example"),
        article("two", ATTACK, "tass.example "),
        article("three", ATTACK, None, url="https://www.tass.example/20240322/1"),
        article("four", ATTACK, None, url="https://tass.example:443/20240322/2"),
        article("five", ATTACK, None, url="https://[broken"),
        article("six", ATTACK, None),
    ]
    state, told = replay(same, state=state)
    assert (told, len(state.sources), sum(state.slots)) == ([], 1, 6)

    others = [article("seven", ATTACK, "Медуза"), article("eight", ATTACK, "الجزيرة")]
    assert [figures.sources for _, figures in replay(others, state=state)[1]] == [3]


def test_copies_count_as_matches_and_an_article_counts_once():
    state, _ = replay(spread(FRIDAY, ATTACK, per_hour=0.1))
    again = [article("same", ATTACK + n * MINUTE, f"source-{n}.example") for n in range(20)]
    state, told = replay(again, state=state)
    assert (told, sum(state.slots)) == ([], 1)

    copies = [article(f"copy {n}", ATTACK + n * MINUTE, f"source-{n}.example") for n in range(20)]
    assert len(replay(copies, state=state)[1]) == 1


def test_repeat_of_an_article_changes_nothing():
    state, _ = replay(spread(ATTACK, ATTACK + HOUR, per_hour=60))

    assert surge_step(state, article("a30", ATTACK + 5 * DAY), SETTINGS, ATTACK + 5 * DAY) == (state, None)


def test_rise_that_goes_on_is_not_told_again():
    past = spread(FRIDAY, ATTACK, per_hour=1)
    _, told = replay([*past, *spread(ATTACK, ATTACK + 2 * DAY, per_hour=60, name="attack")])

    assert len(told) == 1


def test_rise_that_wavers_above_half_of_the_threshold_is_one():
    rise = [
        one
        for number in range(12)
        for one in spread(ATTACK + number * HOUR, ATTACK + (number + 1) * HOUR, (12, 4)[number % 2], f"h{number}-")
    ]
    assert len(replay([*spread(FRIDAY, ATTACK, 0.1), *rise])[1]) == 1


def test_rise_that_ended_makes_way_for_another():
    first = spread(ATTACK, ATTACK + HOUR, per_hour=60, name="first")
    second = spread(ATTACK + 9 * HOUR, ATTACK + 10 * HOUR, per_hour=60, name="second")

    told = replay([*spread(FRIDAY, ATTACK, 0.1), *first, *second])[1]
    assert [at for at, _ in told] == [ATTACK + 4 * MINUTE, ATTACK + 9 * HOUR + 4 * MINUTE]


def test_rise_of_the_night_does_not_hide_one_of_the_day():
    past = rhythm(FRIDAY, days=20, busiest=30)
    today = FRIDAY + 20 * DAY
    night = spread(today + HOUR, today + 2 * HOUR, per_hour=40, name="night")
    day = [*rhythm(today, 1, 30, "today"), *night, *spread(today + 12 * HOUR, today + 13 * HOUR, 120, "noon")]

    told = replay([*past, *sorted(day, key=lambda one: one.event_at)])[1]
    assert [at.hour for at, _ in told] == [1, 12]


def test_new_normal_ends_the_rise():
    past = spread(FRIDAY, ATTACK, per_hour=0.2)
    war = spread(ATTACK, ATTACK + 20 * DAY, per_hour=20, name="war")
    state, told = replay([*past, *war])
    assert (len(told), state.running) == (1, False)

    ((_, figures),) = replay(spread(ATTACK + 20 * DAY, ATTACK + 20 * DAY + HOUR, 90, "x"), state=state)[1]
    assert figures.usual == pytest.approx(20, abs=1)


def test_slow_growth_is_no_rise():
    articles = [
        one
        for day in range(60)
        for one in spread(FRIDAY + day * DAY, FRIDAY + (day + 1) * DAY, 2 + day / 3, f"d{day}-")
    ]
    assert replay(articles)[1] == []


def test_midnight_is_an_hour_like_others():
    past = spread(FRIDAY, FRIDAY + 20 * DAY - 20 * MINUTE, per_hour=12)
    begin = FRIDAY + 20 * DAY - 20 * MINUTE
    state, told = replay(past)
    assert told == []

    assert replay(spread(begin, begin + HOUR, 12, "usual"), state=state)[1] == []
    ((at, figures),) = replay(spread(begin, begin + HOUR, 60, "rise"), state=state)[1]
    assert at > FRIDAY + 20 * DAY
    assert figures.usual == pytest.approx(12, abs=0.2)


@pytest.mark.parametrize("window", [300, 900, 3 * 3_600, 86_400])
def test_usual_is_scaled_to_the_window(window):
    settings = SurgeSettings(window_seconds=window, at_least=2)
    state, told = replay(spread(FRIDAY, FRIDAY + 18 * DAY, per_hour=24), settings)
    assert told == []

    begin = FRIDAY + 18 * DAY
    ((_, figures),) = replay(spread(begin, begin + timedelta(seconds=window), 240, "x"), settings, state)[1]
    assert figures.usual == pytest.approx(24 * window / 3_600, rel=0.02)
    assert (figures.window_seconds, figures.days) == (window, DAYS_COMPARED)


def test_chance_alone_is_no_rise():
    chance = random.Random(1936)
    for per_hour in (1, 2, 4):
        times = sorted(FRIDAY + chance.random() * 40 * DAY for _ in range(40 * 24 * per_hour))
        articles = [article(f"a{n}", at, f"source-{chance.randrange(20)}") for n, at in enumerate(times)]
        assert replay(articles)[1] == []


def test_first_day_has_no_past_to_rise_from():
    assert replay(spread(FRIDAY, FRIDAY + DAY, per_hour=200))[1] == []


def test_archive_of_a_busy_watch_topic_has_no_rise_at_its_beginning():
    assert replay(rhythm(FRIDAY, days=6, busiest=40))[1] == []


def test_young_watch_topic_is_measured_against_its_busiest_day_and_a_higher_floor():
    first_match = [article("first", FRIDAY)]
    rise = spread(FRIDAY + 2 * DAY + 2 * HOUR, FRIDAY + 2 * DAY + 3 * HOUR, per_hour=60, name="x")

    ((_, figures),) = replay([*first_match, *rise])[1]
    assert (figures.matches, figures.threshold, figures.days) == (10, 10.0, 2)
    busy_yesterday = spread(FRIDAY + DAY, FRIDAY + DAY + 4 * HOUR, per_hour=9, name="y")
    ((_, figures),) = replay([*first_match, *busy_yesterday, *rise])[1]
    assert figures.threshold == pytest.approx(27, abs=1)


def test_late_articles_count_for_their_own_hour_and_raise_nothing():
    state, _ = replay(spread(FRIDAY, ATTACK, per_hour=1))
    backlog = spread(ATTACK - 10 * HOUR, ATTACK - 8 * HOUR, per_hour=100, name="late")
    told = []
    for one in backlog:
        state, figures = surge_step(state, one, SETTINGS, ATTACK)
        told += [figures] if figures else []

    assert told == []
    assert sum(state.hours) >= 200 + DAYS_COMPARED * 24
    assert state.latest == ATTACK
    assert sum(state.slots) <= 2


def test_late_article_raises_nothing_even_where_the_settings_have_become_milder():
    state, _ = replay(spread(FRIDAY, ATTACK, 0.1))
    state, told = replay(spread(ATTACK, ATTACK + HOUR, 30, "one-site", sources=1), state=state)
    milder, late = SurgeSettings(min_sources=1), article("late", ATTACK - 5 * HOUR)

    assert told == []
    assert surge_step(state, late, milder, state.latest)[1] is None
    assert surge_step(state, article("next", state.latest), milder, state.latest)[1] is not None


def test_source_that_is_heard_late_stays_as_new_as_it_was():
    state, _ = replay([*spread(FRIDAY, ATTACK, 0.1), article("new", ATTACK, "one"), article("x", ATTACK, "two")])
    state, _ = replay([article("late", ATTACK - 50 * MINUTE, "one")], state=state)
    state, _ = replay([article("later", ATTACK + 30 * MINUTE, "three")], state=state)

    assert len(state.sources) == 3


def test_late_article_of_the_present_window_counts_in_it():
    past, rise = spread(FRIDAY, ATTACK, 0.1), spread(ATTACK, ATTACK + 6 * MINUTE, 60, "x")
    state, _ = replay(past)

    told = replay(reversed(rise), state=state)[1]
    assert [figures.matches for _, figures in told] == [5]


def test_article_older_than_all_that_is_remembered_counts_nowhere():
    state, _ = replay(spread(FRIDAY, ATTACK, per_hour=1))
    after, figures = surge_step(state, article("old", ATTACK - 400 * DAY), SETTINGS, state.latest)

    assert figures is None
    assert (sum(after.hours), sum(after.slots)) == (sum(state.hours), sum(state.slots))
    assert after.since == state.since


def test_slow_feed_counts_when_it_was_fetched_and_old_news_when_it_was_published():
    state, _ = replay(spread(FRIDAY, ATTACK, per_hour=0.1))
    slow = [
        article(f"slow {n}", ATTACK, f"source-{n}.example", fetched_at=ATTACK, published_at=ATTACK - 5 * HOUR)
        for n in range(9)
    ]
    old = [
        article(f"old {n}", ATTACK, f"source-{n}.example", fetched_at=ATTACK, published_at=ATTACK - 5 * DAY)
        for n in range(9)
    ]

    assert len(replay(slow, state=state)[1]) == 1
    assert replay(old, state=state)[1] == []


def test_years_without_an_article_are_a_quiet_past():
    state, _ = replay(spread(FRIDAY, FRIDAY + 20 * DAY, per_hour=30))
    years_later = datetime(2031, 9, 11, 12, 30, tzinfo=UTC)
    state, told = replay([article("one", years_later)], state=state)
    assert (told, state.hours, state.slots) == ([], (1,), (1,))

    ((_, figures),) = replay(spread(years_later, years_later + HOUR, 60, "x"), state=state)[1]
    assert (figures.matches, figures.usual, figures.days) == (5, 0.0, DAYS_COMPARED)


def test_changed_window_begins_a_new_count_and_keeps_the_past():
    state, _ = replay(spread(FRIDAY, ATTACK, per_hour=30))
    after, figures = surge_step(state, article("x", ATTACK), SurgeSettings(window_seconds=900), ATTACK)

    assert figures is None
    assert (sum(after.slots), len(after.sources)) == (1, 1)
    assert sum(after.hours) > DAYS_COMPARED * 24 * 30


def test_ten_thousand_matches_in_a_second_are_one_rise_and_a_small_state():
    past = spread(FRIDAY, ATTACK, per_hour=0.1)
    burst = [article(f"burst {n}", ATTACK, f"source-{n}.example") for n in range(10_000)]
    state, told = replay([*past, *burst])

    assert len(told) == 1
    assert sum(state.slots) == 10_000
    assert (len(state.sources), len(state.articles)) == (SOURCES_KEPT, ARTICLES_KEPT)


def test_key_is_the_hour_in_utc_wherever_it_was_written():
    moscow = datetime.fromisoformat("2024-03-22T20:04:00+03:00")

    assert surge_alert_key(ATTACK + 59 * MINUTE) == surge_alert_key(moscow) == "2024-03-22T17Z"
    assert surge_alert_key(ATTACK + HOUR) == "2024-03-22T18Z"


def made_archive() -> bytes:
    """Twenty-two days of March 2024 as JSON Lines: news by chance with a rhythm, a warning, then an attack."""
    chance = random.Random(22)
    lines = []
    for minute in range(22 * 24 * 60):
        at = FRIDAY + minute * MINUTE
        usual = 2.5 * (1.2 + math.sin((at.hour - 9) * math.pi / 12))
        since_attack = (at - ATTACK) / HOUR
        per_hour = usual + (150 * math.exp(-since_attack / 3) if since_attack >= 0 else 0)
        for number in range(4):
            if chance.random() < per_hour / 60 / 4:
                seconds = timedelta(seconds=chance.randrange(60))
                name = f"{minute}-{number}"
                lines.append(article(name, at + seconds, f"source-{chance.randrange(25)}.example"))
    return b"\n".join(msgspec.json.encode(one) for one in sorted(lines, key=lambda one: one.event_at))


ARCHIVE = made_archive()


def archived() -> list[MatchedArticle]:
    return [msgspec.json.decode(line, type=MatchedArticle) for line in ARCHIVE.splitlines()]


def test_replayed_archive_has_one_rise_in_the_hour_of_the_attack():
    articles = archived()
    ((at, figures),) = replay(articles)[1]

    assert len(articles) > 1_500
    assert surge_alert_key(at) == surge_alert_key(ATTACK)
    assert figures.matches >= figures.threshold > figures.usual
    assert at - ATTACK < 15 * MINUTE


def test_replay_in_other_order_within_a_minute_tells_of_the_same_rise():
    articles = archived()
    ((at, _),) = replay(articles)[1]
    for seed in range(3):
        chance = random.Random(seed)
        key = {one.id: one.event_at + timedelta(seconds=chance.randrange(60)) for one in articles}
        ((shuffled_at, _),) = replay(sorted(articles, key=lambda one: key[one.id]))[1]
        assert surge_alert_key(shuffled_at) == surge_alert_key(at)


def test_restart_after_every_article_gives_the_same():
    articles = archived()[-700:]
    whole, told = replay(articles, SurgeSettings(window_seconds=1_800))
    state, told_after_restarts = None, []
    for one in articles:
        state, new = replay([one], SurgeSettings(window_seconds=1_800), state)
        told_after_restarts += new
        state = msgspec.json.decode(msgspec.json.encode(state), type=SurgeState)

    assert (state, told_after_restarts) == (whole, told)
    assert told


@given(
    minutes=st.lists(st.integers(0, 59), max_size=12) | st.lists(st.integers(0, 8), max_size=12),
    chance=st.randoms(use_true_random=False),
    window=st.sampled_from([300, 3_600, 10_800]),
)
def test_order_within_an_hour_does_not_change_what_is_counted(minutes, chance, window):
    articles = [article(f"a{n}", ATTACK + minute * MINUTE, f"s{n}") for n, minute in enumerate([30, *minutes])]
    shuffled = chance.sample(articles, len(articles))

    one, other = (replay(order, SurgeSettings(window_seconds=window))[0] for order in (articles, shuffled))
    assert (one.hours, one.slots, one.sources) == (other.hours, other.slots, other.sources)
    assert sorted(one.articles) == sorted(other.articles)


arrivals = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 20, 300, 3_600, 40_000, 86_400, 10**6, 10**8]),  # seconds since the one before
        st.sampled_from([0, 0, 0, 10, 4_000, 10**6, 10**9]),  # seconds that it is late
        st.integers(0, 40),  # article
        st.integers(0, 5),  # source
    ),
    max_size=80,
)
all_settings = st.builds(
    SurgeSettings,
    window_seconds=st.sampled_from([300, 1_000, 3_600, 86_400]),
    factor=st.sampled_from([1.1, 3.0]),
    at_least=st.integers(1, 6),
    min_sources=st.integers(1, 4),
)


@given(arrivals=arrivals, given_settings=all_settings)
def test_rise_always_has_its_matches_its_sources_and_a_small_state(arrivals, given_settings):
    window = timedelta(seconds=given_settings.window_seconds)
    state, now = None, FRIDAY
    seen: dict[str, MatchedArticle] = {}
    for wait, late, number, source in arrivals:
        now += timedelta(seconds=wait)
        one = article(f"a{number}", now - timedelta(seconds=late), f"s{source}")
        seen.setdefault(one.id, one)
        state, figures = surge_step(state, one, given_settings, now)
        inside = [known for known in seen.values() if state.latest - window < known.event_at <= state.latest]
        assert sum(state.slots) <= len(inside)
        assert len(state.hours) <= HOURS_KEPT
        assert len(state.slots) <= SLOTS
        if figures is not None:
            assert (
                len(inside)
                >= figures.matches
                >= max(given_settings.at_least, given_settings.factor * figures.usual - 0.1)
            )
            assert len({known.source for known in inside}) >= figures.sources >= given_settings.min_sources
            assert state.running


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(0, 10**6), st.text(max_size=300)), min_size=1, max_size=20))
def test_state_stays_small_whatever_the_names(waits):
    now, state = FRIDAY, None
    for number, (wait, name) in enumerate(waits * 60):
        now += timedelta(seconds=wait)
        state, _ = surge_step(state, article(f"{name}{number}", now, f"{number}{name}"), SETTINGS, now)

    assert len(msgspec.json.encode(state)) < 12_000
