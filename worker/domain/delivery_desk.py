"""The delivery desk of one partition: from states of alerts to notifications, their tries and what they led to.

It joins the pure parts: `alert_news` (what is to be told), `notify_group` (when), `delivery_queue` (the tries). It
keeps account of what has changed, so that it can be written before anything that rests on it. It reads no clock.

Bounds, for each partition: an unresolved alert takes some 10 kB at the most (trimmed, see `delivery_state.shown`)
and 100 bytes a receiver; a resolved one 200 bytes for `KNOWN_AFTER_END`; a notification 200 bytes an alert. How
many notifications there can be is told in `delivery_queue`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from worker.domain.alert import Alert
from worker.domain.alert_news import escalations, forget_untold, still_to_tell, take_alert
from worker.domain.delivery import Delivery, DeliveryOutcome
from worker.domain.delivery_queue import Lane, pieces_of
from worker.domain.delivery_state import DeliveryState, Group, KeptAlert, Mark, Part, Queued, with_news
from worker.domain.notification import Notification
from worker.domain.notification_maker import delivered_alerts, make_notification, notification_id, reason_now
from worker.domain.notify_group import Draft, NotifyGroup
from worker.domain.receiver import Receivers, unknown_receivers
from worker.domain.silence import Silences

KNOWN_AFTER_END = timedelta(days=7)
"""For so long a record of a resolved alert that comes again after a crash is known as one that was seen."""

LOOK_FOR_ENDED_EVERY = timedelta(minutes=10)

Key = tuple[str, str]


class DeliveryDesk:
    """All that the deliver agent remembers of one partition."""

    def __init__(self, receivers: Receivers, silences: Silences) -> None:
        """Make an empty desk; `delivery_recovery.restored` makes one from what was written."""
        self._receivers = receivers
        self._silences = silences
        self._silences_seen = silences.changes
        self._alerts: dict[str, KeptAlert] = {}
        self._groups: dict[Key, NotifyGroup] = {}
        self._lanes = {name: Lane(receiver) for name, receiver in receivers.by_name.items()}
        self._due: dict[Key, datetime] = {}
        self._stale: dict[Key, None] = {}
        self._touched: dict[tuple[str, ...], None] = {}
        self._gone: list[str] = []
        self._look_for_ended_at: datetime | None = None
        self.made = 0
        """Notifications that were queued."""
        self.withdrawn = 0
        """Notifications that were taken away before they were sent, since all in them was out of date."""

    def apply(self, alert: Alert, now: datetime) -> list[str]:
        """Take in a state of an alert; one that was seen already changes nothing.

        Returns:
            Names of receivers that the alert asks for and that nobody knows; the default gets what was theirs.
        """
        kept = self._alerts.get(alert.id)
        if kept is not None and (alert.revision <= kept.revision or kept.ended_at is not None):
            return []
        steps_before = kept.alert.escalation_step if kept is not None and kept.alert is not None else 0
        kept = kept or KeptAlert(alert.id, 0)
        take_alert(kept, alert, self._known(alert.settings.to), self._receivers.by_name)
        self._alerts[alert.id] = kept
        self._escalate(kept, alert, steps_before, now)
        self._settle(kept, now)
        asked = [*alert.settings.to, *(name for news in alert.news for name in news.to)]
        return unknown_receivers(asked, self._receivers) if alert.news else []

    def tick(self, now: datetime, sent_elsewhere: dict[str, list[datetime]] | None = None) -> None:
        """Queue what is due by now.

        Args:
            now: The time.
            sent_elsewhere: By receiver, messages of other partitions that count against its rate limit.
        """
        if self._silences_seen != self._silences.changes:
            self._silences_seen = self._silences.changes
            for key, group in self._groups.items():
                group.silences_changed(now)
                self._stale[key] = None
        self._plan(now)
        for key in [key for key, due_at in self._due.items() if due_at <= now]:
            group, lane = self._groups[key], self._lanes[key[0]]
            for draft in group.take(now, self._silences, lane.holds):
                elsewhere = (sent_elsewhere or {}).get(key[0], ())
                self._enqueue(key, draft, group.state.notifications, now, elsewhere)
            self._touch_group(key)
        self._plan(now)
        self._forget_ended(now)

    def next_at(self, receiver: str, now: datetime, sent_elsewhere: Sequence[datetime] = ()) -> datetime | None:
        """Return when something can be tried at a receiver; None while a try is in the air or nothing waits."""
        return self._lanes[receiver].next_at(now, sent_elsewhere)

    def begin(self, receiver: str, now: datetime, sent_elsewhere: Sequence[datetime] = ()) -> Notification | None:
        """Begin a try: return what the receiver is to get now, or None. Write the changes before it is sent."""
        lane = self._lanes[receiver]
        while True:
            item = lane.begin(now, sent_elsewhere)
            if item is None:
                return None
            self._touched["lane", receiver] = None
            alerts = self._still_to_tell(item, now)
            if alerts:
                item.reason = reason_now(item)
                return make_notification(item, alerts, lane.receiver)
            self.withdrawn += item.joined
            lane.withdraw()

    def finish(self, receiver: str, outcome: DeliveryOutcome, now: datetime) -> Delivery:
        """Note what became of the try in the air; return its record for `deliveries`."""
        lane = self._lanes[receiver]
        item = lane.in_air()
        next_try_at = None
        if outcome.kind == "retry":
            next_try_at = lane.failed(now)
        elif outcome.kind == "rejected":
            lane.rejected()
        else:
            lane.delivered()
        self._touched["lane", receiver] = None
        for alert_id, part in item.parts.items():
            kept = self._alerts.get(alert_id)
            if kept is None or kept.alert is None:
                continue
            if outcome.kind == "delivered" and receiver in kept.marks:
                mark = kept.marks[receiver]
                mark.told_revision = max(mark.told_revision, part.sent_revision)
                mark.notified_at = now
            self._settle(kept, now)
        return Delivery(
            notification=item.id, receiver=receiver, outcome=outcome.kind, attempt=item.attempts, at=now,
            alerts=delivered_alerts(item), reason=item.reason, why=outcome.why, next_try_at=next_try_at,
            maybe_repeated=item.maybe_repeated,
        )  # fmt: skip

    def sent_at(self, receiver: str) -> list[datetime]:
        """Return the messages of this partition that count against a receiver's rate limit."""
        return self._lanes[receiver].state.sent_at

    def oldest_at(self, receiver: str) -> datetime | None:
        """Return since when the oldest notification waits for a receiver; None if none does."""
        return min((item.created_at for item in self._lanes[receiver].items), default=None)

    def waiting(self, receiver: str) -> int:
        """Return how many notifications wait for a receiver, or are in the air."""
        return len(self._lanes[receiver].items)

    def take_changes(self) -> list[tuple[str, DeliveryState | None]]:
        """Return what must be written since the last call, in this order, None where a key is to be forgotten.

        Queued notifications come first and those that are gone last: where a crash cuts the writing short a
        notification is there and what it rests on as if it were not made yet, which recovery sees.
        """
        queued: list[tuple[str, DeliveryState | None]] = []
        gone: list[tuple[str, DeliveryState | None]] = []
        for lane in self._lanes.values():
            for item_id, item in lane.changed.items():
                kind = gone if item is None else queued
                kind.append((f"queued/{item_id}", None if item is None else DeliveryState(queued=item)))
            lane.changed.clear()
        rest = [("/".join(key), self._state(*key)) for key in self._touched]
        self._touched.clear()
        gone.extend((key, None) for key in self._gone)
        self._gone.clear()
        return [*queued, *rest, *gone]

    def restore(
        self, alerts: Iterable[KeptAlert], groups: Iterable[Group], lanes: Iterable[Lane], now: datetime
    ) -> None:
        """Take over what was read back; see `delivery_recovery`."""
        self._lanes.update((lane.receiver.name, lane) for lane in lanes)
        for state in groups:
            key = state.receiver, state.watch_topic
            self._groups[key] = NotifyGroup(state, self._receivers.by_name[state.receiver])
        for kept in alerts:
            self._alerts[kept.id] = kept
            self._settle(kept, now)
        for key in list(self._groups):
            self._touch_group(key)

    def forget(self, keys: Iterable[str]) -> None:
        """Have keys forgotten that nothing here stands for any more."""
        self._gone.extend(keys)

    def _known(self, names: Sequence[str]) -> list[str]:
        """Names that receivers have; the default in place of those that nobody has, and where none is named."""
        known = [name for name in names if name in self._receivers.by_name]
        default = self._receivers.default if len(known) < len(names) or not names else ()
        return list(dict.fromkeys([*known, *default]))

    def _escalate(self, kept: KeptAlert, alert: Alert, steps_before: int, now: datetime) -> None:
        for name, news in escalations(alert, steps_before).items():
            for receiver in self._known([name]):
                mark = kept.marks.setdefault(receiver, Mark())
                parts = {alert.id: Part("escalation", alert.revision, with_news(mark.news, news))}
                mark.news, mark.news_revision, mark.notified_at = [], alert.revision, now
                key = receiver, alert.watch_topic
                self._enqueue(key, Draft("escalation", parts), alert.escalation_step, now)

    def _enqueue(
        self, key: Key, draft: Draft, number: int, now: datetime, sent_elsewhere: Sequence[datetime] = ()
    ) -> None:
        lane = self._lanes[key[0]]
        items = [
            Queued(
                id=notification_id(*key, draft.reason, piece, number), receiver=key[0], reason=draft.reason,
                created_at=now, parts=piece,
            )
            for piece in pieces_of(draft.parts, lane.receiver)
        ]  # fmt: skip
        self.made += lane.add(items, now, sent_elsewhere)
        for name in draft.parts:
            self._touched["alert", name] = None

    def _still_to_tell(self, item: Queued, now: datetime) -> dict[str, Alert]:
        """Drop the parts of what is to be sent that are out of date or silenced; return the alerts that stay."""
        alerts: dict[str, Alert] = {}
        for alert_id, queued in list(item.parts.items()):
            kept = self._alerts.get(alert_id)
            mark = kept.marks.get(item.receiver) if kept is not None else None
            part = still_to_tell(kept, queued, mark)
            if part is not None and kept is not None and mark is not None and kept.alert is not None:
                if not self._is_held_back(item, part, kept.alert, now):
                    part.sent_revision = kept.revision
                    item.parts[alert_id] = part
                    alerts[alert_id] = kept.alert
                    continue
                mark.news = with_news(part.news, mark.news)
                mark.news_revision = max(mark.news_revision, part.revision)
            del item.parts[alert_id]
            if kept is not None:
                self._settle(kept, now)
        return alerts

    def _is_held_back(self, item: Queued, part: Part, alert: Alert, now: datetime) -> bool:
        if part.kind in ("escalation", "refresh") or item.maybe_repeated or item.reason == "escalation":
            return False
        return self._silences.held_until(alert, now) is not None

    def _settle(self, kept: KeptAlert, now: datetime) -> None:
        """Bring everything that looks at an alert up to date after a change of it or of what is known of it."""
        in_lane = {name for name in kept.marks if self._lanes[name].holds(kept.id)}
        forget_untold(kept, in_lane)
        self._touched["alert", kept.id] = None
        if kept.alert is None:
            return
        for name in kept.marks:
            key = name, kept.alert.watch_topic
            if key not in self._groups:
                state = Group(kept.alert.watch_topic, name, kept.alert.settings)
                self._groups[key] = NotifyGroup(state, self._receivers.by_name[name])
            group = self._groups[key]
            if kept.alert.status != "resolved":
                group.state.settings = kept.alert.settings
            group.note(kept, now)
            self._touch_group(key)
        told = not in_lane and not any(mark.news for mark in kept.marks.values())
        if kept.alert.status == "resolved" and told:
            kept.alert, kept.marks, kept.ended_at = None, {}, now

    def _touch_group(self, key: Key) -> None:
        self._stale[key] = None
        self._touched["group", *key] = None

    def _plan(self, now: datetime) -> None:
        for key in self._stale:
            group = self._groups.get(key)
            if group is None:
                continue
            due_at = None if group.is_over else group.due_at(now, self._silences, self._lanes[key[0]].holds)
            if due_at is None:
                self._due.pop(key, None)
            else:
                self._due[key] = due_at
            if group.is_over:
                del self._groups[key]
                self._touched["group", *key] = None
        self._stale.clear()

    def _forget_ended(self, now: datetime) -> None:
        if self._look_for_ended_at is not None and now < self._look_for_ended_at:
            return
        self._look_for_ended_at = now + LOOK_FOR_ENDED_EVERY
        for alert_id, kept in list(self._alerts.items()):
            if kept.ended_at is not None and kept.ended_at + KNOWN_AFTER_END <= now:
                del self._alerts[alert_id]
                self._touched["alert", alert_id] = None

    def _state(self, kind: str, name: str, watch_topic: str = "") -> DeliveryState | None:
        if kind == "alert":
            return DeliveryState(alert=self._alerts[name]) if name in self._alerts else None
        if kind == "lane":
            return DeliveryState(lane=self._lanes[name].state)
        group = self._groups.get((name, watch_topic))
        return None if group is None else DeliveryState(group=group.state)
