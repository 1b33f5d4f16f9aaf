"""Rises: when a watch topic has more matches than is usual for it at this time of the day.

The matches of a sliding window are held against the watch topic's own past. What is usual is a robust baseline:
the median of the counts at the same time of the day on each of the last 14 days. So neither the rhythm of the day
nor a day of great news moves it: a median stands until half of its values are wrong (Huber, Robust Statistics,
1981). The past of 14 days is that of Brandwatch's spikes. Counting in slots far shorter than the window follows
GDELT, which looks for spikes every 15 minutes. Everything here is a function of (state, article, time).
"""

import hashlib
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from math import sqrt
from statistics import median
from urllib.parse import urlsplit

import msgspec

from worker.domain.alert import MatchedArticle, SurgeFigures
from worker.domain.alert_settings import SurgeSettings

DAYS_COMPARED = 14
"""Days of the past that are compared. Two whole weeks, so that each day of the week counts twice."""

DAYS_FOR_MEDIAN = 3
"""Below this number of days a median is not robust: then the busiest of them is taken, and a higher floor."""

YOUNG_FLOOR = 2
"""How many times `at_least` the floor is, for a watch topic with fewer days than `DAYS_FOR_MEDIAN`."""

BEYOND_CHANCE = 4.0
"""By how many standard deviations a rise is beyond chance. The square root of a count that comes about by chance
has a standard deviation of 1/2, whatever is usual (Bartlett, The Square Root Transformation in Analysis of
Variance, 1936). Without it a watch topic with two matches an hour has a rise by mere chance each day, with it one
in half a year. Where eight or more are usual, a factor of 3 asks for more than this."""

SHORTEST_WINDOW_SECONDS = 300
LONGEST_WINDOW_SECONDS = 86_400
"""The longest window, so that the past that must be remembered is 15 days."""

HOURS_KEPT = 24 * (DAYS_COMPARED + 1) + 1
"""Hours counted: 14 days, the longest window before them, and the hour that has begun."""

SLOTS = 60
"""Into so many slots the window is cut, and slides by one slot at a time: the state is small whatever comes in."""

SOURCES_KEPT = 100
"""Sources of the window that are told apart, the latest ones. `min_sources` cannot ask for more."""

ARTICLES_KEPT = 500
"""Articles known again by their ids, the latest. One that comes again after so many others counts once more."""

OLD_NEWS = timedelta(days=1)
"""An article published longer than this before it was fetched counts for the hour of its publication. Not less
than a day, since many sources tell only the date."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR, _DAY = 3_600, 86_400


class SurgeState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is remembered of one watch topic's matches, about 10 kB at the most.

    Attributes:
        since: From when on matches are counted; before that nothing is known, not even that there were none.
        latest: The latest time seen. Time never goes back.
        hours: Matches by hour; the last one is the hour of `latest`.
        slots: Matches by slot, a 60th of the window; the last one is the slot of `latest`.
        sources: The sources of the window (as marks), each with the slot of its latest article.
        articles: Marks of the latest articles by their ids.
        window_seconds: The window that the slots were cut from. When the setting changes they begin anew.
        running: A rise has been told of and is not over.
    """

    since: datetime
    latest: datetime
    hours: tuple[int, ...] = ()
    slots: tuple[int, ...] = ()
    sources: dict[str, int] = msgspec.field(default_factory=dict)
    articles: tuple[str, ...] = ()
    window_seconds: int
    running: bool = False


def surge_step(
    state: SurgeState | None,
    article: MatchedArticle,
    settings: SurgeSettings,
    at: datetime,
) -> tuple[SurgeState, SurgeFigures | None]:
    """Count one match and tell whether a rise begins with it.

    A rise begins when the window that ends now holds as many matches as the threshold, from `min_sources`
    different sources (an article that names none counts by its host). The threshold is the largest of `factor`
    times what is usual, the floor `at_least`, and what chance may bring. A rise is over when the window, before
    another match, holds less than half of what the threshold is by then; until then no second one begins. An
    article counts once, in the hour and slot of its own time. So one that comes late counts for the past, and
    begins a rise only if its time is in the window. The first match is the beginning of the past, and no rise is
    told of within a day of it: a replay of an archive cannot tell a rise from its own beginning.

    Args:
        state: What an earlier step returned; None before the first match.
        article: The article that matched, of whatever level, a copy too.
        settings: The watch topic's.
        at: The present in event time, such as the article's own `event_at`. Time never goes back.

    Returns:
        The new state, and the figures of the rise that begins.
    """
    moment = max(at, _time_of(article), state.latest if state else at)
    mark = _mark(article.id)
    if state is not None and mark in state.articles:
        return state, None
    state = _moved_on(state or SurgeState(since=moment, latest=moment, window_seconds=0), moment, settings)
    before = sum(state.slots)
    state = _counted(state, article, mark)
    matches, sources = sum(state.slots), len(state.sources)
    may_begin = matches > before and matches >= settings.at_least and sources >= settings.min_sources
    if not may_begin and not state.running:
        return state, None
    days = _days_known(state)
    usual, threshold = _threshold(state, settings, days)
    running = state.running and threshold is not None and before >= threshold / 2
    begins = may_begin and not running and threshold is not None and matches >= threshold
    state = msgspec.structs.replace(state, running=running or begins)
    if not begins or threshold is None:
        return state, None
    return state, SurgeFigures(
        matches=matches,
        window_seconds=settings.window_seconds,
        usual=round(usual, 2),
        threshold=round(threshold, 2),
        sources=sources,
        days=days,
    )


def surge_alert_key(at: datetime) -> str:
    """Return the key, for `alert_id`, of a rise that began then: the hour in UTC, such as `2024-03-22T17Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%HZ")


def _moved_on(state: SurgeState, moment: datetime, settings: SurgeSettings) -> SurgeState:
    """Return the state at a later moment: what is too old is gone."""
    window = settings.window_seconds
    slots, sources = (state.slots, state.sources) if state.window_seconds == window else ((), {})
    slot = _slot(moment, window)
    return msgspec.structs.replace(
        state,
        latest=moment,
        window_seconds=window,
        hours=_shifted(state.hours, _seconds(moment) // _HOUR - _seconds(state.latest) // _HOUR, HOURS_KEPT),
        slots=_shifted(slots, slot - _slot(state.latest, window), SLOTS),
        sources={source: last for source, last in sources.items() if slot - last < SLOTS},
    )


def _counted(state: SurgeState, article: MatchedArticle, mark: str) -> SurgeState:
    """Return the state with one match more, in the hour and slot of its article."""
    time = _time_of(article)
    hours_ago = _seconds(state.latest) // _HOUR - _seconds(time) // _HOUR
    slot = _slot(time, state.window_seconds)
    slots_ago = _slot(state.latest, state.window_seconds) - slot
    sources, source = state.sources, _source(article)
    if source and slots_ago < SLOTS:
        sources = sources | {source: max(slot, sources.get(source, slot))}
        if len(sources) > SOURCES_KEPT:
            oldest = min(sources, key=lambda name: (sources[name], name))
            sources = {name: last for name, last in sources.items() if name != oldest}
    return msgspec.structs.replace(
        state,
        hours=_raised(state.hours, hours_ago, HOURS_KEPT),
        slots=_raised(state.slots, slots_ago, SLOTS),
        sources=sources,
        articles=(*state.articles, mark)[-ARTICLES_KEPT:],
    )


def _threshold(state: SurgeState, settings: SurgeSettings, days: int) -> tuple[float, float | None]:
    """Return what is usual in a window at this time of the day, and how many matches make a rise; None is never.

    With `DAYS_FOR_MEDIAN` days or more it is their median. With fewer it is the busiest of them, and the floor is
    `YOUNG_FLOOR` times as high. Before the first whole day not even the day's rhythm is known. A rise takes the
    floor, the factor, and more than chance brings.
    """
    if days == 0:
        return 0.0, None
    past = _past_windows(state, days)
    usual = median(past) if days >= DAYS_FOR_MEDIAN else max(past)
    floor = settings.at_least * (1 if days >= DAYS_FOR_MEDIAN else YOUNG_FLOOR)
    by_chance = (sqrt(usual) + BEYOND_CHANCE / 2) ** 2
    return usual, max(floor, settings.factor * usual, by_chance)


def _days_known(state: SurgeState) -> int:
    """Return on how many of the days compared the whole window was watched."""
    known = _seconds(state.latest) - state.window_seconds - _seconds(state.since)
    return max(0, min(DAYS_COMPARED, known // _DAY))


def _past_windows(state: SurgeState, days: int) -> list[float]:
    """Return the matches of the same window on each of the last days, by the hours that it covers.

    An hour that is covered in part counts in that part. So a window of ten minutes is compared with a sixth of its
    hour, one of three hours with their sum, one that begins at half past with two halves.
    """
    latest = _seconds(state.latest)
    counts = [*([0] * (HOURS_KEPT - len(state.hours))), *state.hours]
    oldest_hour = latest // _HOUR - HOURS_KEPT + 1
    past = []
    for day in range(1, days + 1):
        end = latest - oldest_hour * _HOUR - day * _DAY
        begin = end - state.window_seconds
        first, last = begin // _HOUR, (end - 1) // _HOUR
        before, after = counts[first] * (begin % _HOUR), counts[last] * (-end % _HOUR)
        past.append(sum(counts[first : last + 1]) - (before + after) / _HOUR)
    return past


def _shifted(counts: tuple[int, ...], places: int, most: int) -> tuple[int, ...]:
    """Return counts that end so many places later, without those that are too old and without zeros in front."""
    if places == 0:
        return counts
    kept = (*counts, *([0] * places))[-most:] if places < most else ()
    first = next((place for place, count in enumerate(kept) if count), len(kept))
    return kept[first:]


def _raised(counts: tuple[int, ...], ago: int, most: int) -> tuple[int, ...]:
    """Return counts with one more, so many places before the last; the same where that is too old."""
    if ago >= most:
        return counts
    raised = [*([0] * (ago + 1 - len(counts))), *counts]
    raised[-1 - ago] += 1
    return tuple(raised)


def _time_of(article: MatchedArticle) -> datetime:
    """Return when an article counts: its event time, or when it was published if that was long before."""
    return article.seen_at if article.event_at - article.seen_at > OLD_NEWS else article.event_at


def _source(article: MatchedArticle) -> str | None:
    """Return the mark of the article's source, else of its host; None where neither is known."""
    name = (article.source or "").strip() or _host(article.url)
    return _mark(name.casefold()) if name else None


def _host(url: str | None) -> str:
    try:
        return (urlsplit(url or "").hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _mark(name: str) -> str:
    """Return 8 characters for a name of any length; of 600 names two share them once in 10^9 times."""
    return urlsafe_b64encode(hashlib.blake2b(name.encode("utf-8", "replace"), digest_size=6).digest()).decode()


def _slot(moment: datetime, window_seconds: int) -> int:
    return _seconds(moment) * SLOTS // max(1, window_seconds)


def _seconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(seconds=1)
