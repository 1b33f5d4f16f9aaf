"""What people do about alerts: the commands of `alert-actions`."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

ActionKind = Literal["acknowledge", "resolve", "comment", "silence", "unsilence"]
LONGEST_WORDS = 2_000


class Silence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is not notified for a while: the message of `silences`, keyed by its id.

    An alert is silenced when it has all that the silence names; one that names nothing is refused. What happens to
    the alert itself is not changed by it, and an escalation is not held back.
    """

    id: str
    starts_at: datetime
    ends_at: datetime
    by: str
    why: str
    watch_topic: str | None = None
    source: str | None = None
    language: str | None = None
    labels: dict[str, str] = msgspec.field(default_factory=dict)


class AlertAction(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One command: the message of `alert-actions`, keyed by the alert's watch topic, a silence by its id."""

    id: Annotated[
        str, msgspec.Meta(min_length=1, max_length=100, description="Chosen by who sends it; once each.")
    ]
    action: ActionKind
    by: Annotated[str, msgspec.Meta(min_length=1, max_length=200, description="Who.")]
    at: Annotated[datetime, msgspec.Meta(tz=True, description="When, by the sender's clock.")]
    why: Annotated[str, msgspec.Meta(max_length=LONGEST_WORDS, description="Why; the words of a comment.")] = ""
    alert: Annotated[str | None, msgspec.Meta(description="The alert's id; absent for a silence.")] = None
    silence: Annotated[Silence | None, msgspec.Meta(description="Only for a silence and its end.")] = None
