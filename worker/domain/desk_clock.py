"""The time of a desk: event time, which waits for the stragglers of a replay and goes on with the wall clock.

Matches come in through several partitions, so they arrive somewhat out of order. In a replay of the past the order
of arrival must not matter; there each match waits some seconds for those before it. What is fresh does not wait.
"""

from datetime import datetime, timedelta

from worker.domain.alert import MatchedArticle

FRESH = timedelta(minutes=10)
"""An article that reached Kafka within this time of its event time belongs to the present, not to a replay."""


def is_fresh_article(article: MatchedArticle) -> bool:
    """Return whether an article is of the present."""
    return article.received_at - article.event_at <= FRESH


class DeskClock:
    """The latest event time of a stream, and how far a desk may go on by it."""

    def __init__(self, replay_wait: timedelta) -> None:
        """Start before all time.

        Args:
            replay_wait: How long, by the wall clock, a match of a replay waits for others before it.
        """
        self._replay_wait = replay_wait
        self._latest: datetime | None = None
        self._latest_by_clock: datetime | None = None
        self._heard_by_clock: datetime | None = None
        self._is_fresh = True

    def observe(self, article: MatchedArticle, now: datetime) -> None:
        """Take notice of an article that has arrived at `now`."""
        self.observe_time(article.event_at, now, is_fresh=is_fresh_article(article))

    def observe_time(self, event_at: datetime, now: datetime, *, is_fresh: bool) -> None:
        """Take notice of an event time; an earlier one than the present is only heard."""
        self._heard_by_clock = now
        present = self._present(now)
        if present is None or event_at > present:
            self._latest, self._latest_by_clock, self._is_fresh = event_at, now, is_fresh

    def limit(self, now: datetime) -> datetime | None:
        """Return the event time up to which everything may be done at `now`; None while a replay goes on.

        It is the present: the latest event time and the time since. In a replay it holds only when nothing has
        been heard for so long that no straggler is waited for.
        """
        if self._heard_by_clock is None:
            return None
        if not self._is_fresh and self.waits(self._heard_by_clock, now):
            return None
        return self._present(now)

    def waits(self, since: datetime, now: datetime) -> bool:
        """Say whether what came at `since` still waits for others at `now`.

        A wall clock that was set back by more than the wait makes nothing wait until it has caught up.
        """
        return abs(now - since) < self._replay_wait

    def _present(self, now: datetime) -> datetime | None:
        if self._latest is None or self._latest_by_clock is None:
            return None
        return self._latest + max(now - self._latest_by_clock, timedelta(0))
