"""How many alerts stand how, and which of them nobody has answered: kept while they change, never counted anew."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime

from worker.domain.alert import Alert, AlertStatus

UNANSWERED: tuple[AlertStatus, ...] = ("firing", "escalated")

Standing = tuple[str, str, str]
"""Watch topic, severity and status."""


class AlertCensus:
    """The alerts of one desk by watch topic, severity and status."""

    def __init__(self) -> None:
        self._standing: dict[str, Standing] = {}
        self._counts: Counter[Standing] = Counter()
        self._unanswered: defaultdict[tuple[str, str], dict[str, datetime]] = defaultdict(dict)

    @property
    def counts(self) -> Mapping[Standing, int]:
        """How many alerts stand how; a standing without an alert is absent."""
        return self._counts

    def put(self, alert: Alert, *, is_fresh: bool) -> None:
        """Count an alert as it stands now, in place of how it stood.

        Args:
            alert: The alert.
            is_fresh: Whether it is of the present. One of a replay counts, but nobody is expected to answer it.
        """
        self.remove(alert.id)
        standing = (alert.watch_topic, alert.severity, alert.status)
        self._standing[alert.id] = standing
        self._counts[standing] += 1
        if is_fresh and alert.status in UNANSWERED:
            self._unanswered[standing[:2]][alert.id] = alert.raised_at

    def remove(self, alert: str) -> None:
        """Count an alert no longer; one that is not counted is passed over."""
        standing = self._standing.pop(alert, None)
        if standing is None:
            return
        self._counts[standing] -= 1
        if not self._counts[standing]:
            del self._counts[standing]
        waiting = self._unanswered.get(standing[:2])
        if waiting is not None:
            waiting.pop(alert, None)
            if not waiting:
                del self._unanswered[standing[:2]]

    def oldest_unanswered(self) -> dict[tuple[str, str], datetime]:
        """Return when the oldest alert was raised that nobody has answered, by watch topic and severity."""
        return {place: min(raised.values()) for place, raised in self._unanswered.items()}
