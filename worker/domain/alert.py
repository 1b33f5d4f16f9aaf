"""Alerts: one for a watch topic and a story, whatever number of copies the story has."""

import hashlib
from datetime import datetime
from typing import Annotated

import msgspec

from worker.domain.article import Language, Score, Sentence

ARTICLES_KEPT = 100
"""Articles listed in an alert. Later ones are counted and not listed, so that its size is bounded."""

EVIDENCE_KEPT = 3
"""Sentences of evidence in a match; the best ones first."""


class MatchedArticle(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an alert needs to know of an article."""

    id: str
    headline: Annotated[str, msgspec.Meta(description="The title, else the first line of the text.")]
    language: Language
    received_at: datetime
    url: str | None = None
    source: str | None = None
    published_at: datetime | None = None


class MatchRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One watch topic found in one article: the message of `matches`, keyed by the watch topic's id."""

    watch_topic: str
    watch_topic_title: str
    version: Annotated[str, msgspec.Meta(description="Content hash of the watch topic that matched.")]
    severity: str
    level: Annotated[str, msgspec.Meta(pattern="^(tag|alert)$")]
    score: Score
    story: Annotated[
        str, msgspec.Meta(description="Equal for copies of one text; see worker/domain/fingerprint.py.")
    ]
    article: MatchedArticle
    evidence: list[Sentence]
    title_evidence: Annotated[
        Sentence | None, msgspec.Meta(description="The headline, where it holds matched words.")
    ] = None


class Alert(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An alert as it stands after a change: the message of `alerts`, keyed by its id.

    `revision` counts its states from 1. `change` says what made this one: `raised`, or `copy` where another
    article of the same story came in.
    """

    id: str
    revision: int
    change: Annotated[str, msgspec.Meta(pattern="^(raised|copy)$")]
    status: Annotated[str, msgspec.Meta(pattern="^firing$")]
    watch_topic: str
    watch_topic_title: str
    version: str
    severity: str
    score: Score
    title: Annotated[str, msgspec.Meta(description="Headline or first line of the article that raised it.")]
    story: str
    first_seen: Annotated[datetime, msgspec.Meta(description="Earliest time of its articles.")]
    last_seen: Annotated[datetime, msgspec.Meta(description="Latest time of its articles.")]
    article_count: int
    articles: Annotated[list[MatchedArticle], msgspec.Meta(description="The first 100.")]
    languages: list[str]
    sources: list[str]
    evidence: list[Sentence]
    title_evidence: Sentence | None = None


def alert_id(watch_topic: str, story: str) -> str:
    """Return the id of the alert for a watch topic and a story: the same on every replay."""
    return hashlib.sha256(f"{watch_topic}\n{story}".encode()).hexdigest()[:32]


def event_time(article: MatchedArticle) -> datetime:
    """Return when an article counts as seen: when it was published, else when it reached Kafka."""
    return article.published_at or article.received_at


def step(alert: Alert | None, match: MatchRecord) -> Alert | None:
    """Apply a match to the alert of its watch topic and story.

    Args:
        alert: The alert as it stands, or None where there is none yet.
        match: A match of the same watch topic and story.

    Returns:
        The alert's next state, or None where the match changes nothing: it is too weak to raise an alert
        (level `tag`), or its article is in the alert already (the message came twice).
    """
    if alert is None:
        return _raise(match) if match.level == "alert" else None
    if any(article.id == match.article.id for article in alert.articles):
        return None
    return _add_copy(alert, match)


def _raise(match: MatchRecord) -> Alert:
    article, seen = match.article, event_time(match.article)
    return Alert(
        id=alert_id(match.watch_topic, match.story),
        revision=1,
        change="raised",
        status="firing",
        watch_topic=match.watch_topic,
        watch_topic_title=match.watch_topic_title,
        version=match.version,
        severity=match.severity,
        score=match.score,
        title=article.headline,
        story=match.story,
        first_seen=seen,
        last_seen=seen,
        article_count=1,
        articles=[article],
        languages=[article.language.code],
        sources=[article.source] if article.source else [],
        evidence=match.evidence,
        title_evidence=match.title_evidence,
    )


def _add_copy(alert: Alert, match: MatchRecord) -> Alert:
    article, seen = match.article, event_time(match.article)
    sources = {*alert.sources, *([article.source] if article.source else [])}
    return msgspec.structs.replace(
        alert,
        revision=alert.revision + 1,
        change="copy",
        score=max(alert.score, match.score),
        first_seen=min(alert.first_seen, seen),
        last_seen=max(alert.last_seen, seen),
        article_count=alert.article_count + 1,
        articles=[*alert.articles, article][:ARTICLES_KEPT],
        languages=sorted({*alert.languages, article.language.code}),
        sources=sorted(sources)[:ARTICLES_KEPT],
    )
