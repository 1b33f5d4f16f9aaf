"""Alerts and what they are made of: a match, its article, and the alert as it stands after a change."""

import hashlib
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from worker.domain.alert_settings import AlertSettings
from worker.domain.article import Language, Score, Sentence
from worker.domain.story_signature import StorySignature

ARTICLES_KEPT = 100
"""Articles listed in an alert. Later ones are counted and not listed, so that its size is bounded."""

COMMENTS_KEPT = 50
"""Comments listed in an alert, the latest; all of them are in `alert-events`."""

EVIDENCE_KEPT = 3
"""Sentences of evidence in a match; the best ones first."""

AlertKind = Literal["story", "surge"]
AlertStatus = Literal["firing", "acknowledged", "escalated", "resolved"]
Change = Literal["raised", "copy", "follow_up", "acknowledged", "escalated", "commented", "resolved"]
NewsKind = Literal["raised", "development", "escalated", "acknowledged", "resolved"]


class MatchedArticle(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an alert needs to know of an article."""

    id: str
    headline: Annotated[str, msgspec.Meta(description="The title, else the first line of the text.")]
    language: Language
    received_at: datetime
    url: str | None = None
    source: str | None = None
    published_at: datetime | None = None
    fetched_at: datetime | None = None

    @property
    def seen_at(self) -> datetime:
        """When the article counts as seen: when it was published, else when it reached Kafka, never later."""
        return min(self.published_at or self.received_at, self.received_at)

    @property
    def event_at(self) -> datetime:
        """Its event time, by which alerts run: when it was fetched, else as `seen_at`. A replay keeps it."""
        return min(self.fetched_at or self.published_at or self.received_at, self.received_at)


class MatchRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One watch topic found in one article: the message of `matches`, keyed by the watch topic's id."""

    watch_topic: str
    watch_topic_title: str
    version: Annotated[str, msgspec.Meta(description="Content hash of the watch topic that matched.")]
    severity: str
    level: Annotated[str, msgspec.Meta(pattern="^(tag|alert)$")]
    score: Score
    story: Annotated[
        StorySignature, msgspec.Meta(description="By which copies and follow-ups are known; docs/alerts.md.")
    ]
    article: MatchedArticle
    evidence: list[Sentence]
    title_evidence: Annotated[
        Sentence | None, msgspec.Meta(description="The headline, where it holds matched words.")
    ] = None
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    alert: Annotated[
        AlertSettings, msgspec.Meta(description="How the watch topic, in this version, wants alerts sent.")
    ] = msgspec.field(default_factory=AlertSettings)


class News(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something about an alert that people are told of."""

    kind: NewsKind
    text: Annotated[str, msgspec.Meta(description="Such as 'first article from Egypt'.")] = ""
    to: Annotated[
        tuple[str, ...], msgspec.Meta(description="Receivers of an escalation; else the watch topic's own.")
    ] = ()


class Comment(msgspec.Struct, frozen=True):
    """What somebody wrote about an alert."""

    at: datetime
    by: str
    text: str


class SurgeFigures(msgspec.Struct, frozen=True):
    """The figures that led to an alert of kind `surge`."""

    matches: Annotated[int, msgspec.Meta(description="In the window.")]
    window_seconds: int
    usual: Annotated[float, msgspec.Meta(description="Median of the same hours of the last 14 days, a window.")]
    threshold: Annotated[float, msgspec.Meta(description="What the matches had to reach.")]
    sources: int
    days: Annotated[int, msgspec.Meta(description="Days of the past that the median rests on.")]


class Alert(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An alert as it stands after a change: the message of `alerts`, keyed by its id.

    `revision` counts its changes from 1; each is an event in `alert-events`, of which the alert is the sum.
    """

    id: str
    kind: AlertKind
    revision: int
    change: Annotated[Change, msgspec.Meta(description="The latest.")]
    news: Annotated[
        list[News], msgspec.Meta(description="What people are told, since the alert's last message in `alerts`.")
    ] = msgspec.field(default_factory=list)
    status: AlertStatus
    watch_topic: str
    watch_topic_title: str
    version: Annotated[str, msgspec.Meta(description="Of the watch topic, of the match that raised the alert.")]
    severity: str
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    settings: AlertSettings = msgspec.field(default_factory=AlertSettings)
    score: Score
    title: Annotated[str, msgspec.Meta(description="Headline or first line of the article that raised it.")]
    raised_at: Annotated[datetime, msgspec.Meta(description="Event time; timers count from here.")]
    changed_at: datetime
    first_seen: Annotated[datetime, msgspec.Meta(description="Earliest time of its articles.")]
    last_seen: Annotated[datetime, msgspec.Meta(description="Latest time of its articles.")]
    last_article_at: Annotated[datetime, msgspec.Meta(description="Event time at which the latest article came.")]
    article_count: int
    articles: Annotated[list[MatchedArticle], msgspec.Meta(description="The first 100.")]
    languages: list[str]
    sources: list[str]
    countries: Annotated[list[str], msgspec.Meta(description="Of the sources, as far as their hosts tell.")] = (
        msgspec.field(default_factory=list)
    )
    evidence: list[Sentence]
    title_evidence: Sentence | None = None
    surge: SurgeFigures | None = None
    escalation_step: Annotated[int, msgspec.Meta(description="Steps of `escalate` that were notified.")] = 0
    due_at: Annotated[
        datetime | None, msgspec.Meta(description="When the next timer of the alert fires: escalation or end.")
    ] = None
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    resolved_by: Annotated[str | None, msgspec.Meta(description="'rasid' where a timer did it.")] = None
    resolved_at: datetime | None = None
    comments: Annotated[list[Comment], msgspec.Meta(description="The latest 50.")] = msgspec.field(
        default_factory=list
    )


def alert_id(watch_topic: str, kind: str, key: str) -> str:
    """Return the id of an alert: the same on every replay. `key` is the story's or the surge window's."""
    return hashlib.sha256(f"{watch_topic}\n{kind}\n{key}".encode()).hexdigest()[:32]
