"""What a desk remembers between restarts, and what it gives out."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, get_args

import msgspec

from worker.domain.alert import Alert, MatchRecord
from worker.domain.alert_action import Silence
from worker.domain.alert_event import AlertEvent
from worker.domain.story_pulse import StoryPulse
from worker.domain.story_signature import StorySignature
from worker.domain.surge import SurgeState


class Member(msgspec.Struct, frozen=True):
    """An article by which a story is known: its signature and its event time."""

    signature: StorySignature
    at: datetime


class StoredAlert(msgspec.Struct, frozen=True, kw_only=True, tag="alert"):
    """An alert with what its desk needs besides."""

    alert: Alert
    members: Annotated[
        tuple[Member, ...], msgspec.Meta(description="The first article and the latest ones that are no copies.")
    ] = ()
    pulse: StoryPulse = msgspec.field(default_factory=StoryPulse)
    is_fresh: Annotated[
        bool, msgspec.Meta(description="Whether its latest article was of the present, and not of a replay.")
    ] = True


class HeldMatch(msgspec.Struct, frozen=True, kw_only=True, tag="held"):
    """A match that waits for others before it."""

    match: MatchRecord
    at: Annotated[datetime, msgspec.Meta(description="The event time at which it is taken up.")]
    origins: tuple[str, ...] = ()


class StoredSurge(msgspec.Struct, frozen=True, kw_only=True, tag="surge"):
    """The past of a watch topic against which a rise is measured."""

    watch_topic: str
    state: SurgeState


Stored = StoredAlert | HeldMatch | StoredSurge


class DeskRun(msgspec.Struct, frozen=True, kw_only=True, tag="run"):
    """All that a desk has done at once, written down before any of it is told, and gone when all of it is.

    After a crash in between it is told once more and remembered, as it was: done anew, the same matches could come
    in another order, and the events already told would not be those of the alerts that follow.
    """

    events: list[AlertEvent]
    alerts: list[Alert]
    silences: list[Silence]
    stored: dict[str, Stored | None]


class DeskEntry(msgspec.Struct, frozen=True):
    """One thing that a desk remembers: the message of `alert-states`, in the partition of the matches."""

    content: Stored | DeskRun


class StoredEntry(msgspec.Struct, frozen=True):
    """A `DeskEntry` as it is read back, of any kind but a run."""

    content: Stored


class RunEntry(msgspec.Struct, frozen=True):
    """A `DeskEntry` as it is read back, of a run."""

    content: DeskRun


RUN_KEY = "run"
"""The key in `alert-states` of a partition's `DeskRun`."""

KINDS = frozenset(one.__struct_config__.tag for one in get_args(Stored))
"""The first words of keys in `alert-states`. Others are a newer worker's, which may come back."""


def is_known(key: str) -> bool:
    """Return whether a key of `alert-states` is of a kind that this worker knows."""
    return key.partition("/")[0] in KINDS


def stored_key(stored: Stored) -> str:
    """Return the key in `alert-states`."""
    match stored:
        case StoredAlert():
            return f"alert/{stored.alert.id}"
        case HeldMatch():
            return held_key(stored.match)
        case StoredSurge():
            return f"surge/{stored.watch_topic}"


def held_key(match: MatchRecord) -> str:
    """Return the key in `alert-states` of a match that waits: a second one of an article replaces the first."""
    return f"held/{match.watch_topic}/{match.article.id}"


@dataclass
class DeskOutputs:
    """What a desk has done: to be published first, and what it remembers from now on."""

    events: list[AlertEvent] = field(default_factory=list)
    alerts: dict[str, Alert] = field(default_factory=dict)
    silences: list[Silence] = field(default_factory=list)
    stored: dict[str, Stored | None] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Return whether there is anything to write."""
        return bool(self.events or self.alerts or self.silences or self.stored)

    @classmethod
    def of_run(cls, run: DeskRun) -> "DeskOutputs":
        """Return what was done in a run that was written down."""
        return cls(run.events, {alert.id: alert for alert in run.alerts}, run.silences, run.stored)

    def as_run(self) -> DeskRun:
        """Return all of it as it is written down."""
        return DeskRun(
            events=self.events, alerts=list(self.alerts.values()), silences=self.silences, stored=self.stored
        )

    def add_alert(self, alert: Alert) -> None:
        """Give out an alert's latest state, with the news of its earlier ones that nobody has seen."""
        unseen = self.alerts.get(alert.id)
        news = [*unseen.news, *alert.news] if unseen else alert.news
        self.alerts[alert.id] = msgspec.structs.replace(alert, news=news)
