"""Records for tests, with what a test does not care about filled in."""

from datetime import UTC, datetime
from typing import Any

from worker.domain.alert import Alert, MatchedArticle, MatchRecord, step
from worker.domain.article import Language

MARCH_24 = datetime(2024, 3, 24, 9, 0, tzinfo=UTC)


def match_record(article: str = "a1", story: str = "story", level: str = "alert", **fields: Any) -> MatchRecord:
    """Return a match of `moscow-attack` in an Arabic article; further fields are the article's."""
    given = {"id": article, "headline": "هجوم موسكو", "language": Language("ar", 1.0), "received_at": MARCH_24}
    return MatchRecord(
        watch_topic="moscow-attack", watch_topic_title="Crocus attack", version="v1", severity="critical",
        level=level, score=5, story=story, evidence=[], article=MatchedArticle(**(given | fields)),
    )  # fmt: skip


def raised_alert(article: str = "a1", story: str = "story") -> Alert:
    """Return the alert that a first match raises."""
    alert = step(None, match_record(article, story))
    assert alert is not None
    return alert
