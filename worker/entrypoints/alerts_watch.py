"""`rasid alerts watch`: every change of every alert as it comes."""

from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime

from worker.domain.alert import Alert
from worker.domain.alert_event import AlertEvent
from worker.domain.alert_fold import apply
from worker.entrypoints.alerts_kafka import AlertsKafka
from worker.entrypoints.alerts_read import Wanted, decode_all
from worker.streaming import kafka_topics

MOST_KEPT = 20_000
"""Alerts, and events, that are remembered while watching; the ones that changed longest ago are forgotten."""


@dataclass(frozen=True)
class Changed:
    """A change, and the alert as it stands after it; None for a silence and for an alert that is not known."""

    event: AlertEvent
    alert: Alert | None


class Watched:
    """The alerts that change while somebody watches."""

    def __init__(self, alerts: Iterable[Alert] = (), most_kept: int = MOST_KEPT) -> None:
        self._most_kept = most_kept
        self._seen: OrderedDict[tuple[str, datetime], None] = OrderedDict()
        self._alerts: OrderedDict[str, Alert] = OrderedDict(
            (alert.id, alert) for alert in sorted(alerts, key=lambda alert: alert.changed_at)
        )
        self._forget()

    def take(self, event: AlertEvent) -> Changed | None:
        """Return what an event changes; None for one that came before."""
        key = (event.id, event.at)
        if key in self._seen:
            return None
        self._seen[key] = None
        alert = apply(self._alerts.get(event.alert or ""), event)
        if alert is not None:
            self._alerts[alert.id] = alert
            self._alerts.move_to_end(alert.id)
        self._forget()
        return Changed(event, alert)

    def _forget(self) -> None:
        while len(self._alerts) > self._most_kept:
            self._alerts.popitem(last=False)
        while len(self._seen) > self._most_kept:
            self._seen.popitem(last=False)


async def changes(kafka: AlertsKafka, wanted: Wanted, *, from_beginning: bool) -> AsyncIterator[Changed]:
    """Yield every change that is wanted, as it comes, without end.

    Args:
        kafka: Where alerts lie.
        wanted: Which ones. A silence has neither severity nor alert, so it is yielded where nothing is asked for.
        from_beginning: Begin with the first event that there is, else with the next one.
    """
    if from_beginning:
        starts, watched = {}, Watched()
    else:
        # The ends first, so that what changes while the alerts are read is yielded; folding it twice does no harm.
        starts = await kafka.event_ends()
        latest = await kafka.latest(kafka_topics.ALERTS)
        watched = Watched(decode_all(latest, Alert).records)
    async for event in kafka.follow_events(starts):
        changed = watched.take(event)
        if changed is not None and _is_wanted(changed, wanted):
            yield changed


def _is_wanted(changed: Changed, wanted: Wanted) -> bool:
    if changed.alert is not None:
        return wanted.fits(changed.alert)
    if wanted.severities or wanted.statuses:
        return False
    return not wanted.watch_topics or changed.event.watch_topic in wanted.watch_topics
