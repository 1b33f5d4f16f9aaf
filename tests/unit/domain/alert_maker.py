"""Alerts for tests of notifying, with what a test does not care about filled in."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from worker.domain.alert import Alert, News
from worker.domain.alert_settings import AlertSettings
from worker.domain.receiver import RateLimit, Receiver, Receivers

NOON = datetime(2024, 3, 24, 12, 0, tzinfo=UTC)
TITLES = (
    "Нападение на концертный зал под Москвой",
    "هجوم على قاعة حفلات قرب موسكو",
    "Embassy warned of an attack",
)

MAIL = Receiver(name="mail", kind="apprise", send_resolved=True)
PAGER = Receiver(name="pager", kind="apprise", rate_limit=RateLimit(3, 60))
METRICS = Receiver(name="metrics", kind="alertmanager", send_resolved=True)
RECEIVERS = Receivers({one.name: one for one in (MAIL, PAGER, METRICS)}, ("mail",))


def after(**passed: float) -> datetime:
    """Return a time after noon: `after(minutes=5)`."""
    return NOON + timedelta(**passed)


def alert(name: str = "a1", revision: int = 1, *, to: tuple[str, ...] = (), **fields: Any) -> Alert:
    """Return an alert that was just raised; settings are given by their names without the unit's `_seconds`."""
    names = {"digest", "group_wait", "group_interval", "repeat_interval"} & set(fields)
    settings = AlertSettings(
        to=to, escalate=fields.pop("escalate", ()), **{f"{one}_seconds": fields.pop(one) for one in names}
    )
    given = {
        "id": name, "kind": "story", "revision": revision, "change": "raised", "news": [News("raised")],
        "status": "firing", "watch_topic": "moscow-attack", "watch_topic_title": "Crocus attack", "version": "v1",
        "severity": "high", "settings": settings, "score": 7, "title": TITLES[sum(name.encode()) % 3],
        "raised_at": NOON, "changed_at": NOON, "first_seen": NOON, "last_seen": NOON, "last_article_at": NOON,
        "article_count": 1, "articles": [], "languages": ["ru"], "sources": ["example.ru"], "evidence": [],
    }  # fmt: skip
    return Alert(**(given | fields))


def then(before: Alert, *news: News, **fields: Any) -> Alert:
    """Return the next state of an alert, with news of it."""
    changes = {"change": "copy", "news": list(news), "revision": before.revision + 1} | fields
    return msgspec.structs.replace(before, **changes)


def acknowledged(before: Alert) -> Alert:
    """Return the alert, acknowledged."""
    news = News("acknowledged", "Амина взяла в работу")
    return then(before, news, status="acknowledged", change="acknowledged")


def resolved(before: Alert) -> Alert:
    """Return the alert, resolved."""
    return then(before, News("resolved", "انتهى"), status="resolved", change="resolved")


def escalated(before: Alert, to: str) -> Alert:
    """Return the alert, escalated to one more receiver."""
    news = News("escalated", "nobody answered", (to,))
    return then(before, news, status="escalated", change="escalated", escalation_step=before.escalation_step + 1)


def development(before: Alert, text: str) -> Alert:
    """Return the alert with a development."""
    return then(before, News("development", text), change="follow_up")
