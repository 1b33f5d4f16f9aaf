"""How fast a story grows: its articles by the hour, and the hours in which it rose sharply."""

from datetime import datetime

import msgspec

HOURS_KEPT = 24
RISE_FACTOR = 3
"""An hour rises sharply with this many times the articles of the busiest hour before it within a day."""
RISE_AT_LEAST = 10
"""And with this many articles, so that from one to three is no rise."""

_HOUR_SECONDS = 3_600


class StoryPulse(msgspec.Struct, frozen=True):
    """The latest 24 hours that have any article: (hour since 1970, articles), in order."""

    hours: tuple[tuple[int, int], ...] = ()


def pulse_step(pulse: StoryPulse, at: datetime) -> tuple[StoryPulse, bool]:
    """Count an article.

    Args:
        pulse: The story's pulse so far.
        at: The article's event time.

    Returns:
        The pulse after it, and whether it makes its hour one of a sharp rise: true for one article an hour, never
        in a story's first hour, and never for an article that comes late.
    """
    hour = int(at.timestamp()) // _HOUR_SECONDS
    hours = dict(pulse.hours)
    earlier = [count for other, count in hours.items() if hour - HOURS_KEPT <= other < hour]
    is_latest = hour >= max(hours, default=hour)
    hours[hour] = count = hours.get(hour, 0) + 1
    threshold = max(RISE_AT_LEAST, RISE_FACTOR * max(earlier, default=0))
    kept = StoryPulse(tuple(sorted(hours.items())[-HOURS_KEPT:]))
    return kept, bool(earlier) and is_latest and count == threshold
