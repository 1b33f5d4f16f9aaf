"""What a worker says of itself: which watch topics run there, and which it rejected."""

from datetime import datetime
from typing import Annotated

import msgspec

from worker.domain.roster import Origin, Roster


class RunningWatchTopic(msgspec.Struct, frozen=True):
    """A watch topic in force at a worker."""

    id: str
    version: str
    origin: Origin


class RejectedWatchTopic(msgspec.Struct, frozen=True):
    """A source that a worker did not put in force, and why."""

    name: Annotated[str, msgspec.Meta(description="The file's name, or the id it was applied under.")]
    origin: Origin
    problems: list[str]


class WorkerStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A worker and its watch topics: the message of `worker-status`, keyed by the worker."""

    worker: Annotated[str, msgspec.Meta(description="Host name and process id.")]
    at: datetime
    roster_version: Annotated[str, msgspec.Meta(description="Equal where the same watch topics are in force.")]
    running: list[RunningWatchTopic]
    rejected: list[RejectedWatchTopic]


def worker_status(worker: str, roster: Roster, at: datetime) -> WorkerStatus:
    """Return what a worker with this roster says of itself."""
    return WorkerStatus(
        worker=worker,
        at=at,
        roster_version=roster.version,
        running=[
            RunningWatchTopic(entry.id, entry.version, entry.source.origin)
            for _, entry in sorted(roster.entries.items())
        ],
        rejected=[
            RejectedWatchTopic(one.source.name, one.source.origin, list(one.problems)) for one in roster.rejections
        ],
    )


class AppliedWatchTopic(msgspec.Struct, frozen=True, kw_only=True):
    """A watch topic put in force through Kafka: the message of `watch-topics`, keyed by its id.

    A record without a value takes it out of force again.
    """

    content: Annotated[str, msgspec.Meta(description="The YAML, as in topics/watch/.")]
    at: datetime
    by: Annotated[str, msgspec.Meta(description="Who applied it.")]
