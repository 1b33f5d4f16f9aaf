"""Alerts and notifications for tests, with what a test does not care about filled in."""

from datetime import UTC, datetime
from typing import Any

from worker.domain.alert import Alert, MatchedArticle, News, SurgeFigures
from worker.domain.article import Language, Sentence, Span
from worker.domain.notification import Notification

MARCH_24 = datetime(2024, 3, 24, 9, 0, tzinfo=UTC)
HEADLINE = "مسلحون يطلقون النار في قاعة حفلات قرب موسكو"
SENTENCE = "قال مسؤولون إن الهجوم الذي وقع بموسكو أودى بحياة العشرات."
SURGE = SurgeFigures(matches=42, window_seconds=3_600, usual=3.5, threshold=10.5, sources=7, days=14)


def sentence(text: str, *words: str) -> Sentence:
    """Return a sentence in which words are marked."""
    spans = [Span(text.index(word), text.index(word) + len(word), word, "attack", word) for word in words]
    return Sentence(text, spans)


def made_article(**fields: Any) -> MatchedArticle:
    """Return an Arabic article."""
    given = {
        "id": "a1", "headline": HEADLINE, "language": Language("ar", 1.0), "received_at": MARCH_24,
        "url": "https://www.example.com/news/1", "source": "example.com",
    }  # fmt: skip
    return MatchedArticle(**(given | fields))


def made_alert(**fields: Any) -> Alert:
    """Return an alert that an Arabic article has just raised."""
    given = {
        "id": "0123456789abcdef0123456789abcdef", "kind": "story", "revision": 1, "change": "raised",
        "news": [News("raised")], "status": "firing", "watch_topic": "moscow-attack",
        "watch_topic_title": "Crocus City Hall attack", "version": "v1", "severity": "critical", "score": 5.0,
        "labels": {"desk": "security"}, "title": HEADLINE, "raised_at": MARCH_24, "changed_at": MARCH_24,
        "first_seen": MARCH_24, "last_seen": MARCH_24, "last_article_at": MARCH_24, "article_count": 1,
        "articles": [made_article()],
        "languages": ["ar"], "sources": ["example.com"], "evidence": [sentence(SENTENCE, "الهجوم", "بموسكو")],
    }  # fmt: skip
    return Alert(**(given | fields))


def made_notification(*alerts: Alert, **fields: Any) -> Notification:
    """Return a notification of alerts, of one new alert when none is given."""
    told = list(alerts) or [made_alert()]
    given = {
        "id": "n1", "receiver": "desk", "watch_topics": sorted({alert.watch_topic for alert in told}),
        "reason": "new", "alerts": told, "created_at": MARCH_24,
    }  # fmt: skip
    return Notification(**(given | fields))
