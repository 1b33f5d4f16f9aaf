"""Makes the notification that a receiver gets from what is queued for it and the alerts as they stand."""

import hashlib
from collections.abc import Mapping
from typing import get_args

import msgspec

from worker.domain.alert import Alert
from worker.domain.delivery import DeliveredAlert
from worker.domain.delivery_state import Part, PartKind, Queued
from worker.domain.notification import BriefAlert, Notification, Reason
from worker.domain.receiver import Receiver
from worker.domain.watch_topic import Severity

SHOWN_IN_FULL = 20
TITLE_CHARACTERS = 200

TELLING: tuple[PartKind, ...] = ("escalation", "new", "update", "resolved", "repeat", "refresh")
"""What a notification of several kinds of parts is called after, first to last."""

_RANKS = {severity: rank for rank, severity in enumerate(get_args(Severity))}


def notification_id(receiver: str, watch_topic: str, reason: str, parts: Mapping[str, Part], number: int) -> str:
    """Return the id of a notification: the same when the same is made again after a crash.

    Args:
        receiver: To whom.
        watch_topic: Of the group.
        reason: Why it is sent.
        parts: Its alerts, with their revisions.
        number: Of the group's notifications, so that a repeat has an id of its own.
    """
    alerts = sorted(f"{alert_id}:{part.revision}" for alert_id, part in parts.items())
    told = "\n".join([receiver, watch_topic, reason, str(number), *alerts])
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def make_notification(item: Queued, alerts: Mapping[str, Alert], receiver: Receiver) -> Notification:
    """Return what is sent: the most severe and newest alerts in full, the others by their titles.

    Args:
        item: What is queued.
        alerts: Its alerts as they stand now.
        receiver: To whom; Alertmanager gets every alert in full.
    """
    ordered = sorted(
        alerts.values(), key=lambda alert: (-_RANKS.get(alert.severity, 0), -alert.raised_at.timestamp(), alert.id)
    )
    in_full = len(ordered) if receiver.kind == "alertmanager" else SHOWN_IN_FULL
    return Notification(
        id=item.id,
        receiver=item.receiver,
        watch_topics=sorted({alert.watch_topic for alert in ordered}),
        reason=item.reason,
        alerts=[msgspec.structs.replace(alert, news=item.parts[alert.id].news) for alert in ordered[:in_full]],
        created_at=item.created_at,
        joined=item.joined,
        others=[
            BriefAlert(
                alert.id, alert.revision, alert.watch_topic, alert.status, alert.severity,
                alert.title[:TITLE_CHARACTERS],
            )
            for alert in ordered[in_full:]
        ],
        maybe_repeated=item.maybe_repeated,
    )  # fmt: skip


def reason_now(item: Queued) -> Reason:
    """Return why a queued notification is sent, after what is out of date was taken from it.

    What was queued as an escalation is none any more when the alert was acknowledged and only a development of it
    is left to tell.
    """
    kinds = {part.kind for part in item.parts.values()}
    if item.reason == "digest" or item.reason in kinds:
        return item.reason
    return next((kind for kind in TELLING if kind in kinds), item.reason)


def delivered_alerts(item: Queued) -> list[DeliveredAlert]:
    """Return the alerts of the latest try of a notification, by the revision that was sent."""
    return [DeliveredAlert(alert_id, part.sent_revision) for alert_id, part in item.parts.items()]
