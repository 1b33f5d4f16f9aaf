"""What became of a notification: the outcome of one try, and its record."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

OutcomeKind = Literal["delivered", "retry", "rejected"]


class DeliveryOutcome(msgspec.Struct, frozen=True):
    """What a sink says of one try: delivered; to be tried again; or rejected, since no repetition would help.

    `why` is for people and never holds a secret.
    """

    kind: OutcomeKind
    why: str = ""


class DeliveredAlert(msgspec.Struct, frozen=True):
    """An alert in a notification, by the revision that was sent."""

    id: str
    revision: int


class Delivery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One try to deliver a notification: the message of `deliveries`, keyed by the notification's id."""

    notification: str
    receiver: str
    outcome: OutcomeKind
    attempt: Annotated[int, msgspec.Meta(ge=1)]
    at: datetime
    alerts: list[DeliveredAlert]
    reason: Annotated[str, msgspec.Meta(description="Of the notification: new, update, repeat, escalation, …")]
    why: str = ""
    next_try_at: Annotated[datetime | None, msgspec.Meta(description="Of one that is tried again.")] = None
    maybe_repeated: Annotated[
        bool, msgspec.Meta(description="The try before may have arrived: the worker ended before it knew.")
    ] = False
