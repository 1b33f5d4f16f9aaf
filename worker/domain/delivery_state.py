"""What the deliver agent remembers, one record a key of `delivery-states`.

Four kinds of record, told apart by the key's first word: `alert/…` an alert with what each receiver knows of it,
`group/…` the timers of one watch topic at one receiver, `queued/…` a notification that waits or is in the air,
`lane/…` how a receiver fares. The records are mutable: who changes one under the partition's lock notes its key,
and the changes are written before the lock is given back.
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from worker.domain.alert import Alert, News
from worker.domain.alert_settings import AlertSettings
from worker.domain.notification import Reason

ARTICLES_SHOWN = 10
"""Articles of an alert that are kept for notifications, the first ones; its count tells of all."""

COMMENTS_SHOWN = 3
SOURCES_SHOWN = 100
TITLE_CHARACTERS = 500

NEWS_KEPT = 10
"""Pieces of news of one alert that wait for one receiver; of more the first and the latest are kept."""

PartKind = Literal["new", "update", "repeat", "escalation", "resolved", "refresh"]


class Mark(msgspec.Struct, omit_defaults=True):
    """What one receiver knows of one alert, and what it is still to be told.

    Attributes:
        news: To be told with the group's next notification.
        news_revision: The alert's revision that brought the latest of `news`.
        told_revision: The latest revision that reached the receiver; 0 when none did.
        notified_at: When it was last put into a notification, or that reached the receiver; repeats count from it.
    """

    news: list[News] = []
    news_revision: int = 0
    told_revision: int = 0
    notified_at: datetime | None = None


class KeptAlert(msgspec.Struct, omit_defaults=True):
    """An alert, trimmed to what a notification shows. One that has ended is no more than its id and revision.

    Attributes:
        settled_revision: The revision at which it was last acknowledged or resolved. What was made before that
            and was not sent yet is out of date.
        marks: By receiver.
        ended_at: Since when it is resolved and everybody knows. Kept for a while, so that a record that comes
            again after a crash is known.
    """

    id: str
    revision: int
    settled_revision: int = 0
    alert: Alert | None = None
    marks: dict[str, Mark] = {}
    ended_at: datetime | None = None


class Group(msgspec.Struct, omit_defaults=True):
    """The timers of one watch topic at one receiver.

    Attributes:
        settings: Of the watch topic, as its latest alert tells.
        waiting_since: Since when there has been something to tell; None when there is nothing.
        notified_at: Of the last notification; None before the first.
        refreshed_at: Of the last refresh, at receivers that need one.
        notifications: How many were made; part of their ids.
    """

    watch_topic: str
    receiver: str
    settings: AlertSettings
    waiting_since: datetime | None = None
    notified_at: datetime | None = None
    refreshed_at: datetime | None = None
    notifications: int = 0


class Part(msgspec.Struct, omit_defaults=True):
    """One alert in a notification that is queued. The alert itself is looked up when the try is made."""

    kind: PartKind
    revision: Annotated[int, msgspec.Meta(description="Of the alert when it was put in.")]
    news: list[News] = []
    sent_revision: Annotated[int, msgspec.Meta(description="Of the alert at the latest try.")] = 0


class Queued(msgspec.Struct, omit_defaults=True, kw_only=True):
    """A notification on its way to one receiver.

    Attributes:
        parts: By alert.
        joined: Notifications that were joined into it, itself included.
        attempts: Tries that were begun.
        begun: A try is in the air; after a crash, whether it arrived is not known.
        maybe_repeated: An earlier try may have arrived.
        next_try_at: After a failed try.
    """

    id: str
    receiver: str
    reason: Reason
    created_at: datetime
    parts: dict[str, Part]
    joined: int = 1
    attempts: int = 0
    begun: bool = False
    maybe_repeated: bool = False
    next_try_at: datetime | None = None


class LaneState(msgspec.Struct, omit_defaults=True):
    """How one receiver fares.

    Attributes:
        failures: Failed tries since the last that arrived.
        next_try_at: Before this time nothing is tried, since the last try failed.
        sent_at: Messages that count against its rate limit; empty where it has none.
    """

    receiver: str
    failures: int = 0
    next_try_at: datetime | None = None
    sent_at: list[datetime] = []


class DeliveryState(msgspec.Struct, omit_defaults=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that the deliver agent remembers: the message of `delivery-states`; exactly one field is there."""

    alert: KeptAlert | None = None
    group: Group | None = None
    queued: Queued | None = None
    lane: LaneState | None = None


class StoredState(DeliveryState, forbid_unknown_fields=False):
    """The same as it is read back: what a newer worker, since rolled back, wrote besides is passed over.

    No field is there where it remembered something of a kind that is not known here.
    """


def shown(alert: Alert) -> Alert:
    """Return an alert without what no notification shows; its size is bounded whatever the story's is."""
    return msgspec.structs.replace(
        alert,
        news=[],
        title=alert.title[:TITLE_CHARACTERS],
        articles=alert.articles[:ARTICLES_SHOWN],
        sources=alert.sources[:SOURCES_SHOWN],
        comments=alert.comments[-COMMENTS_SHOWN:],
    )


def with_news(before: list[News], more: list[News]) -> list[News]:
    """Return news with more behind them, none twice, bounded to the first and the latest of `NEWS_KEPT`."""
    joined = list(before)
    joined.extend(one for one in more if one not in joined)
    return joined if len(joined) <= NEWS_KEPT else [joined[0], *joined[1 - NEWS_KEPT :]]
