"""A notification: what one receiver gets in one message."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from worker.domain.alert import Alert, AlertStatus

Reason = Literal["new", "update", "repeat", "escalation", "digest", "resolved", "refresh"]


class BriefAlert(msgspec.Struct, frozen=True):
    """An alert that a notification of many names and does not show in full."""

    id: str
    revision: int
    watch_topic: str
    status: AlertStatus
    severity: str
    title: Annotated[str, msgspec.Meta(description="At most 200 characters.")]


class Notification(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message to one receiver. Its alerts are as they stood when it was made, their news what it is about."""

    id: Annotated[str, msgspec.Meta(description="The same on every try and after every restart.")]
    receiver: str
    watch_topics: list[str]
    reason: Reason
    alerts: list[Alert]
    created_at: datetime
    joined: Annotated[
        int,
        msgspec.Meta(description="Notifications joined into this one; 0 in the later pieces of one that was cut."),
    ] = 1
    others: Annotated[
        list[BriefAlert], msgspec.Meta(description="Alerts beyond the 20 that are shown in full.")
    ] = msgspec.field(default_factory=list)
    maybe_repeated: Annotated[
        bool, msgspec.Meta(description="An earlier try may have arrived: the worker ended before it knew.")
    ] = False
