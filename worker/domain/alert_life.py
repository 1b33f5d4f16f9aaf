"""An alert's life: the changes that matches, people and time make. docs/alerts.md draws the states.

Every function takes the alert as it stands and returns the event of the change; alert_fold.py applies it.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from worker.domain.alert import (
    Alert,
    AlertKind,
    MatchRecord,
    News,
    SurgeFigures,
    alert_id,
)
from worker.domain.alert_action import AlertAction, Silence
from worker.domain.alert_event import AlertEvent
from worker.domain.alert_fold import apply
from worker.domain.alert_timer import due_at, ends_at, escalates_at
from worker.domain.source_country import source_country
from worker.domain.watch_topic import SEVERITIES

RASID = "rasid"


def raise_alert(
    match: MatchRecord,
    key: str,
    at: datetime,
    origins: Sequence[str] = (),
    *,
    kind: AlertKind = "story",
    surge: SurgeFigures | None = None,
) -> AlertEvent:
    """Return the event of a new alert.

    Args:
        match: The match that raises it.
        key: What the alert's id is made of besides the watch topic: the story's key, or the surge's.
        at: Event time.
        origins: Where the article lies in Kafka.
        kind: `story`, or `surge` with its figures.
        surge: The figures.
    """
    article = match.article
    country = source_country(article.source, article.url)
    alert = Alert(
        id=alert_id(match.watch_topic, kind, key),
        kind=kind,
        revision=1,
        change="raised",
        news=[News("raised")],
        status="firing",
        watch_topic=match.watch_topic,
        watch_topic_title=match.watch_topic_title,
        version=match.version,
        severity=match.severity,
        labels=match.labels,
        settings=match.alert,
        score=match.score,
        title=article.headline,
        raised_at=at,
        changed_at=at,
        first_seen=article.seen_at,
        last_seen=article.seen_at,
        last_article_at=at,
        article_count=1,
        articles=[article],
        languages=[article.language.code],
        sources=[article.source] if article.source else [],
        countries=[country] if country else [],
        evidence=match.evidence,
        title_evidence=match.title_evidence,
        surge=surge,
    )
    alert = msgspec.structs.replace(alert, due_at=due_at(alert, at))
    return _event(None, alert, "match", version=match.version, origins=list(origins), raised=alert)


def add_article(
    alert: Alert,
    match: MatchRecord,
    relation: Literal["copy", "follow_up"],
    at: datetime,
    origins: Sequence[str] = (),
    *,
    is_rise: bool = False,
) -> AlertEvent | None:
    """Return the event of one more article of an alert's story, or None where the alert has it already.

    A copy is no news. A development is: the first article from another country, a sharp rise of the story, a
    higher severity. Of a resolved alert nothing is.

    Args:
        alert: The alert as it stands.
        match: The article's match.
        relation: How it belongs to the story.
        at: Event time.
        origins: Where the article lies in Kafka.
        is_rise: Whether the story rises sharply with it.
    """
    article = match.article
    if any(known.id == article.id for known in alert.articles):
        return None
    country = source_country(article.source, article.url)
    is_higher = SEVERITIES.index(match.severity) > SEVERITIES.index(alert.severity)
    news = []
    if country and alert.countries and country not in alert.countries:
        news.append(News("development", f"first article from {country}"))
    if is_rise:
        news.append(News("development", f"sharp rise: {alert.article_count + 1} articles"))
    if is_higher:
        news.append(News("development", f"severity {match.severity}, before {alert.severity}"))
    return _change(
        alert, relation, at, "match",
        version=match.version, origins=list(origins), article=article, score=match.score, country=country,
        severity=match.severity if is_higher else None, news=news if alert.status != "resolved" else [],
    )  # fmt: skip


def act(alert: Alert | None, action: AlertAction, at: datetime, watch_topic: str) -> AlertEvent:
    """Return the event of somebody's action: a change, or a refusal that says why.

    Args:
        alert: The alert that it names, or None where there is none.
        action: Acknowledge, resolve or comment.
        at: When: by the action's clock, but never after it reached Kafka.
        watch_topic: The action's key in Kafka; a refusal is filed under it.
    """
    refusal = _refusal(alert, action)
    if refusal or alert is None:
        return refuse(action, refusal, at, watch_topic)
    given: dict[str, Any] = {"by": action.by, "why": action.why, "action": action.id}
    match action.action:
        case "acknowledge":
            return _change(alert, "acknowledged", at, "action", news=[News("acknowledged", action.why)], **given)
        case "resolve":
            return _change(alert, "resolved", at, "action", news=[News("resolved", action.why)], **given)
        case _:
            return _change(alert, "commented", at, "action", **given)


def silence(action: AlertAction, at: datetime, watch_topic: str) -> tuple[AlertEvent, Silence | None]:
    """Return the event of a silence or of its end, and the silence as it stands then; see `act` for the arguments.

    A refusal comes without a silence.
    """
    wanted = action.silence
    refusal = ""
    if wanted is None:
        refusal = f"{action.action}: which silence is not said"
    elif action.action == "unsilence":
        wanted = msgspec.structs.replace(wanted, ends_at=at)
    elif not (wanted.watch_topic or wanted.source or wanted.language or wanted.labels):
        refusal = "a silence of everything; name a watch topic, a source, a language or a label"
    elif wanted.ends_at <= max(at, wanted.starts_at):
        refusal = f"a silence that ended at {_clock(wanted.ends_at)}"
    if refusal or wanted is None:
        return refuse(action, refusal, at, watch_topic), None
    event = AlertEvent(
        id=_digest(action.action, action.id), alert=None, revision=0, at=at,
        change="unsilenced" if action.action == "unsilence" else "silenced", watch_topic=watch_topic,
        cause="action", by=action.by, why=action.why or wanted.why, action=action.id, silence=wanted,
    )  # fmt: skip
    return event, wanted


def refuse(action: AlertAction, why: str, at: datetime, watch_topic: str) -> AlertEvent:
    """Return the event of an action that changes nothing, with the reason in words for who sent it."""
    return AlertEvent(
        id=_digest("refused", action.id), alert=action.alert, revision=0, change="refused", at=at,
        watch_topic=watch_topic, cause="action", by=action.by, why=why, action=action.id,
    )  # fmt: skip


def fire(alert: Alert) -> AlertEvent:
    """Return the event of the alert's timer: the next escalation, or its end. The alert has a `due_at`."""
    at = alert.due_at
    if at is None:
        raise ValueError(f"alert {alert.id} has no timer")
    answer_by = escalates_at(alert)
    if answer_by is None or answer_by > ends_at(alert):
        return resolve(alert, at, "no new article")
    steps = alert.settings.escalate
    to = (steps[min(alert.escalation_step, len(steps) - 1)].to,) if steps else ()
    return _change(alert, "escalated", at, "timer", by=RASID, news=[News("escalated", "not acknowledged", to)])


def resolve(alert: Alert, at: datetime, why: str) -> AlertEvent:
    """Return the event of an alert that ends by itself, with the reason in words."""
    return _change(alert, "resolved", at, "timer", by=RASID, why=why, news=[News("resolved", why)])


def _change(alert: Alert, change: str, at: datetime, cause: str, **fields: Any) -> AlertEvent:
    """Return the event of a change, with the time of the timer that follows from it."""
    event = _event(alert, alert, cause, change=change, at=at, revision=alert.revision + 1, **fields)
    changed = apply(alert, event)
    return msgspec.structs.replace(event, due_at=due_at(changed, at) if changed else None)


def _event(before: Alert | None, alert: Alert, cause: Any, **fields: Any) -> AlertEvent:
    revision = fields.pop("revision", alert.revision)
    given: dict[str, Any] = {"change": alert.change, "at": alert.changed_at, "news": alert.news} | fields
    if before is None:
        given["due_at"] = alert.due_at
    return AlertEvent(
        id=_digest(alert.id, str(revision)), alert=alert.id, revision=revision, watch_topic=alert.watch_topic,
        cause=cause, **given,
    )  # fmt: skip


def _refusal(alert: Alert | None, action: AlertAction) -> str:
    """Return why an action cannot be taken, or nothing."""
    if alert is None:
        return f"there is no alert {action.alert} of this watch topic; `rasid alerts list` shows those there are"
    if alert.status == "resolved":
        return f"the alert was resolved by {alert.resolved_by} at {_clock(alert.resolved_at)}"
    if action.action == "acknowledge" and alert.status == "acknowledged":
        return f"the alert was acknowledged by {alert.acknowledged_by} at {_clock(alert.acknowledged_at)}"
    if action.action == "comment" and not action.why.strip():
        return "a comment without words"
    return ""


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _clock(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "an unknown time"
