"""An alert is the sum of its events: the only place where one changes."""

from typing import Any

import msgspec

from worker.domain.alert import ARTICLES_KEPT, COMMENTS_KEPT, Alert, Comment
from worker.domain.alert_event import AlertEvent


def apply(alert: Alert | None, event: AlertEvent) -> Alert | None:
    """Return the alert after an event; events applied in order rebuild it.

    An event that the alert has behind it already changes nothing, so events that came twice do no harm. One that
    is raised again long after it was resolved and forgotten begins anew.
    """
    if event.change in ("refused", "silenced", "unsilenced"):
        return alert
    if event.raised is not None:
        return event.raised if alert is None or alert.status == "resolved" else alert
    if alert is None or event.revision <= alert.revision:
        return alert
    changes: dict[str, Any] = {
        "revision": event.revision, "change": event.change, "changed_at": event.at, "due_at": event.due_at,
        "news": event.news,
    }  # fmt: skip
    match event.change:
        case "copy" | "follow_up":
            changes |= _with_article(alert, event)
        case "acknowledged":
            changes |= {"status": "acknowledged", "acknowledged_by": event.by, "acknowledged_at": event.at}
        case "escalated":
            changes |= {"status": "escalated", "escalation_step": alert.escalation_step + 1}
        case "resolved":
            changes |= {"status": "resolved", "resolved_by": event.by, "resolved_at": event.at}
        case "commented":
            comment = Comment(event.at, event.by or "", event.why)
            changes |= {"comments": [*alert.comments, comment][-COMMENTS_KEPT:]}
    return msgspec.structs.replace(alert, **changes)


def _with_article(alert: Alert, event: AlertEvent) -> dict[str, Any]:
    article = event.article
    if article is None:
        return {}
    sources = {*alert.sources, *([article.source] if article.source else [])}
    return {
        "score": max(alert.score, event.score or 0.0),
        "severity": event.severity or alert.severity,
        "first_seen": min(alert.first_seen, article.seen_at),
        "last_seen": max(alert.last_seen, article.seen_at),
        "last_article_at": max(alert.last_article_at, event.at),
        "article_count": alert.article_count + 1,
        "articles": [*alert.articles, article][:ARTICLES_KEPT],
        "languages": sorted({*alert.languages, article.language.code}),
        "sources": sorted(sources)[:ARTICLES_KEPT],
        "countries": sorted({*alert.countries, *([event.country] if event.country else [])}),
    }
