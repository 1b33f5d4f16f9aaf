"""The time of a desk: event time, which waits for the stragglers of a replay and goes on with the wall clock.

Matches come in through several partitions, so they arrive a little out of order. In a replay of the past the order
of arrival must not matter; there a match waits until the stream is a minute past it (a watermark with bounded
lateness, as in Akidau et al., The Dataflow Model, VLDB 2015). What is fresh does not wait.
"""

from datetime import datetime, timedelta

from worker.domain.alert import MatchedArticle

FRESH = timedelta(minutes=10)
"""An article that reached Kafka within this time of its event time belongs to the present, not to a replay."""


def is_fresh_article(article: MatchedArticle) -> bool:
    """Return whether an article is of the present."""
    return article.received_at - article.event_at <= FRESH


class DeskClock:
    """The latest event time of a stream, and how far the desk may go on."""

    def __init__(self, lateness: timedelta, longest_wait: timedelta) -> None:
        """Start before all time.

        Args:
            lateness: How far out of order, in event time, the articles of a replay may arrive.
            longest_wait: How long, by the wall clock, one of them waits for others at the most.
        """
        self._lateness = lateness
        self.longest_wait = longest_wait
        self._latest: datetime | None = None
        self._latest_by_clock: datetime | None = None
        self._is_fresh = True

    def observe(self, article: MatchedArticle, now: datetime) -> None:
        """Take notice of an article that has arrived at `now`."""
        self.observe_time(article.event_at, now, is_fresh=is_fresh_article(article))

    def observe_time(self, event_at: datetime, now: datetime, *, is_fresh: bool) -> None:
        """Take notice of an event time; an earlier one than the latest changes nothing."""
        if self._latest is None or event_at > self._at(self._latest, now):
            self._latest, self._latest_by_clock, self._is_fresh = event_at, now, is_fresh

    def limit(self, now: datetime) -> datetime | None:
        """Return the event time up to which everything may be done at `now`; None before the first article.

        For a fresh stream it is the present: the latest event time and the time since. In a replay it stays behind
        the latest event time, until nothing has come for so long that no straggler is waited for.
        """
        if self._latest is None or self._latest_by_clock is None:
            return None
        if self._is_fresh or now - self._latest_by_clock >= self.longest_wait:
            return self._at(self._latest, now)
        return self._latest - self._lateness

    def _at(self, latest: datetime, now: datetime) -> datetime:
        since = now - self._latest_by_clock if self._latest_by_clock else timedelta(0)
        return latest + max(since, timedelta(0))
