"""Which watch topics are in force: the last good version of each source, whatever came after it.

A source is a file of the folder or a record of the Kafka topic `watch-topics`. A new content that is not valid, or
whose own tests fail, is told and does not displace the version before it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec


class Origin(StrEnum):
    """Where a watch topic comes from. Of one id, the one that was applied through Kafka wins over the file."""

    FILE = "file"
    KAFKA = "kafka"


class Source(msgspec.Struct, frozen=True):
    """A watch topic as an analyst wrote it, with where it comes from."""

    origin: Origin
    name: str
    content: bytes


class Checked(msgspec.Struct, frozen=True):
    """What a check of a source found: a watch topic's id, version and severity, or problems."""

    id: str = ""
    version: str = ""
    severity: str = ""
    problems: tuple[str, ...] = ()


class Entry(msgspec.Struct, frozen=True):
    """A watch topic in force."""

    id: str
    version: str
    source: Source
    severity: str = ""


class Rejection(msgspec.Struct, frozen=True):
    """A source that is not in force, and why."""

    source: Source
    problems: tuple[str, ...]


class Roster(msgspec.Struct, frozen=True):
    """The watch topics in force by id, and the sources that were rejected."""

    entries: dict[str, Entry] = msgspec.field(default_factory=dict)
    rejections: tuple[Rejection, ...] = ()
    last_good: dict[tuple[Origin, str], Entry] = msgspec.field(default_factory=dict)

    @property
    def version(self) -> str:
        """One version for all that is in force: equal for equal watch topics."""
        names = sorted(f"{entry.id}@{entry.version}" for entry in self.entries.values())
        return hashlib.sha256("\n".join(names).encode()).hexdigest()[:12]


def next_roster(roster: Roster, sources: Sequence[Source], checks: Mapping[Source, Checked]) -> Roster:
    """Return the roster after the sources have changed.

    Args:
        roster: The one in force.
        sources: Every source that there is now. One that is gone takes its watch topic with it.
        checks: What the check of each source found.

    Returns:
        A roster in which every source stands with its newest good version. Two sources of one origin with one
        id: the first by name stands, the second is rejected.
    """
    last_good: dict[tuple[Origin, str], Entry] = {}
    rejections: list[Rejection] = []
    for source in sources:
        place, checked = (source.origin, source.name), checks[source]
        problems = checked.problems or _misplaced(source, checked)
        if problems:
            rejections.append(Rejection(source, problems))
            if place in roster.last_good:
                last_good[place] = roster.last_good[place]
        else:
            last_good[place] = Entry(checked.id, checked.version, source, checked.severity)
    entries, doubles = _by_id(last_good)
    return Roster(entries, (*rejections, *doubles), last_good)


def _misplaced(source: Source, checked: Checked) -> tuple[str, ...]:
    """Return what is wrong with a record whose key is not its watch topic's id, by which it is removed."""
    if source.origin != Origin.KAFKA or checked.id == source.name:
        return ()
    return (f"key {source.name!r} of a watch topic with the id {checked.id!r}; expected the id as the key",)


def _by_id(last_good: Mapping[tuple[Origin, str], Entry]) -> tuple[dict[str, Entry], list[Rejection]]:
    entries: dict[str, Entry] = {}
    doubles: list[Rejection] = []
    for (origin, _), entry in sorted(last_good.items()):
        other = entries.get(entry.id)
        if other is not None and other.source.origin == origin:
            problem = f"id {entry.id!r}, which {other.source.name} has already; expected an id of its own"
            doubles.append(Rejection(entry.source, (problem,)))
        else:
            entries[entry.id] = entry  # "file" sorts before "kafka", so Kafka's comes last and wins
    return entries, doubles
