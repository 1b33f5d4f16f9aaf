"""The audit trail: every change of every alert, from which the alert as it stands can be rebuilt."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from worker.domain.alert import Alert, Change, MatchedArticle, News
from worker.domain.alert_action import Silence
from worker.domain.article import Score

Cause = Literal["match", "timer", "action"]


class AlertEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One change of an alert, or an action that was refused: the message of `alert-events`, keyed by watch topic.

    Never compacted. `revision` is the alert's after the change; a refused action changes nothing and has 0.
    """

    id: Annotated[str, msgspec.Meta(description="A second event of an id is the same one, sent again.")]
    alert: Annotated[str | None, msgspec.Meta(description="Absent for a silence, and where the alert is unknown.")]
    revision: int
    change: Change | Literal["refused", "silenced", "unsilenced"]
    at: Annotated[datetime, msgspec.Meta(description="Event time, or the time of the action.")]
    watch_topic: str
    cause: Cause
    version: Annotated[str | None, msgspec.Meta(description="Of the watch topic whose match it was.")] = None
    by: Annotated[str | None, msgspec.Meta(description="Who, for an action; 'rasid' for a timer.")] = None
    why: str = ""
    action: Annotated[str | None, msgspec.Meta(description="Id of the action.")] = None
    origins: Annotated[
        list[str], msgspec.Meta(description="Where the article lies in Kafka: articles.raw[2]@57, matches[1]@42.")
    ] = msgspec.field(default_factory=list)
    news: list[News] = msgspec.field(default_factory=list)
    silence: Annotated[Silence | None, msgspec.Meta(description="What is silenced from now on, or no longer.")] = (
        None
    )
    raised: Annotated[Alert | None, msgspec.Meta(description="The alert as it was raised.")] = None
    article: Annotated[MatchedArticle | None, msgspec.Meta(description="Of a copy or follow-up.")] = None
    score: Score | None = None
    severity: str | None = None
    country: str | None = None
    due_at: Annotated[datetime | None, msgspec.Meta(description="When the alert's next timer fires.")] = None
