"""Records for tests, with what a test does not care about filled in."""

from datetime import UTC, datetime
from typing import Any

from worker.domain.alert import Alert, MatchedArticle, MatchRecord
from worker.domain.alert_action import ActionKind, AlertAction
from worker.domain.alert_life import raise_alert
from worker.domain.alert_settings import AlertSettings
from worker.domain.article import Language
from worker.domain.story_signature import StorySignature

MARCH_24 = datetime(2024, 3, 24, 9, 0, tzinfo=UTC)


def match_record(
    article: str = "a1",
    story: str | StorySignature = "story",
    level: str = "alert",
    *,
    watch_topic: str = "moscow-attack",
    severity: str = "critical",
    settings: AlertSettings | None = None,
    **fields: Any,
) -> MatchRecord:
    """Return a match in an Arabic article; further fields are the article's. Equal stories are copies."""
    given = {"id": article, "headline": "هجوم موسكو", "language": Language("ar", 1.0), "received_at": MARCH_24}
    return MatchRecord(
        watch_topic=watch_topic, watch_topic_title="Crocus attack", version="v1", severity=severity,
        level=level, score=5, evidence=[], article=MatchedArticle(**(given | fields)),
        story=StorySignature(same_words=story) if isinstance(story, str) else story,
        alert=settings or AlertSettings(),
    )  # fmt: skip


def raised_alert(article: str = "a1", story: str = "story", **fields: Any) -> Alert:
    """Return the alert that a first match raises; further fields are the match's."""
    match = match_record(article, story, **fields)
    alert = raise_alert(match, match.story.same_words, match.article.event_at).raised
    assert alert is not None
    return alert


def alert_action(
    action: ActionKind, alert: str | None, at: datetime = MARCH_24, by: str = "Huda", **fields: Any
) -> AlertAction:
    """Return somebody's action; further fields are its own."""
    given = {"id": f"{action} {alert} {at} {by}"[:100], "action": action, "alert": alert, "at": at, "by": by}
    return AlertAction(**(given | fields))
