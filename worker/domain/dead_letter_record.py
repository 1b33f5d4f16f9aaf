"""Dead letters as people meet them: where one lies, what its headers say, and what was done about it."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

import msgspec

Headers = Sequence[tuple[str, bytes | None]]
"""As Kafka holds them: a name may stand twice, and a value may be null."""
Outcome = Literal["redriven", "dropped"]
Status = Literal["waiting", "redriven", "dropped"]

PREFIX = "rasid."
ORIGIN_NAMES = ("reason", "detail", "agent", "kafka-topic", "partition", "offset", "timestamp-ms", "worker")
"""Headers that the agent adds when it gives a message up, without the prefix."""

REDRIVEN_HEADER = "rasid.redriven"
"""How often a message was put back; it stays with the message when it fails again."""

NOT_TOLD = "not told"
"""Stands for a header that is missing: somebody else wrote the letter."""

_PLACE = re.compile(r"([A-Za-z0-9._-]{1,249})\[(\d{1,9})\]@(\d{1,18})")
_ORIGIN_HEADERS = frozenset(PREFIX + name for name in ORIGIN_NAMES)


@dataclass(frozen=True, order=True)
class Place:
    """Where a message lies in Kafka, by the Kafka topic's name at the broker."""

    kafka_topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.kafka_topic}[{self.partition}]@{self.offset}"


class DeadLetterMark(msgspec.Struct, frozen=True, kw_only=True):
    """What was done about a dead letter: the message of `dead-letter-marks`, keyed by the letter's place."""

    place: Annotated[str, msgspec.Meta(description="Where the dead letter lies.")]
    letter_at: Annotated[
        datetime,
        msgspec.Meta(
            description="When the letter was written. A letter with another time at this place is another one, "
            "written after its Kafka topic was made anew."
        ),
    ]
    outcome: Outcome
    at: datetime
    by: Annotated[str, msgspec.Meta(description="Who did it.")]
    why: str = ""
    times: Annotated[int, msgspec.Meta(description="How often the message has been redriven by now.")] = 0
    to: Annotated[str | None, msgspec.Meta(description="Where the redriven message lies.")] = None


@dataclass(frozen=True)
class Letter:
    """A dead letter without its bytes.

    Attributes:
        place: Where it lies.
        written_at: When it was written.
        reason, detail, agent, worker: As its headers say; `not told` where one is missing.
        source: The Kafka topic that the message came from.
        source_partition, source_offset, source_at_ms: Where it lay there and when it came; None if not told.
        redriven: How often it had been redriven when it failed.
        key: The message's key.
        size_bytes: Of the value; None for a message without one.
        mark: What was done about it, if anything.
    """

    place: Place
    written_at: datetime
    reason: str
    detail: str
    agent: str
    worker: str
    source: str
    source_partition: int | None
    source_offset: int | None
    source_at_ms: int | None
    redriven: int
    key: bytes | None
    size_bytes: int | None
    mark: DeadLetterMark | None = None

    @property
    def status(self) -> Status:
        """Whether it waits for somebody, or what was done."""
        return self.mark.outcome if self.mark else "waiting"

    @property
    def origin(self) -> str:
        """Where the message lay before it failed."""
        if self.source_partition is None or self.source_offset is None:
            return self.source
        return str(Place(self.source, self.source_partition, self.source_offset))

    @property
    def times_redriven(self) -> int:
        """How often the message has been redriven by now, this letter's own redrive included."""
        return max(self.redriven, self.mark.times if self.mark else 0)


@dataclass(frozen=True)
class Wanted:
    """Which letters are meant; what is empty asks for nothing.

    Attributes:
        agents, reasons: Any of these.
        kafka_topics: Any of these, by the source's or by the dead letters' own name at the broker.
        since, until: Written at this time or after it; before it.
    """

    agents: Collection[str] = ()
    reasons: Collection[str] = ()
    kafka_topics: Collection[str] = ()
    since: datetime | None = None
    until: datetime | None = None

    def fits(self, letter: Letter) -> bool:
        """Return whether a letter is among them."""
        return (
            (not self.agents or letter.agent in self.agents)
            and (not self.reasons or letter.reason in self.reasons)
            and (not self.kafka_topics or bool({letter.source, letter.place.kafka_topic} & set(self.kafka_topics)))
            and (self.since is None or letter.written_at >= self.since)
            and (self.until is None or letter.written_at < self.until)
        )


@dataclass
class Count:
    """How many letters of one agent, reason and source there are, by what was done about them."""

    agent: str
    reason: str
    kafka_topic: str
    first: datetime
    last: datetime
    waiting: int = 0
    redriven: int = 0
    dropped: int = 0


def parse_place(text: str) -> Place:
    """Return the place that a text such as `articles.raw.extract.dlq[0]@12` names.

    Raises:
        ValueError: It names none.
    """
    found = _PLACE.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is not a place such as articles.raw.extract.dlq[0]@12")
    return Place(found[1], int(found[2]), int(found[3]))


def read_letter(
    place: Place, written_at: datetime, key: bytes | None, value: bytes | None, headers: Headers
) -> Letter:
    """Return what a message of a dead-letter topic says of itself. Its headers may be missing or nonsense."""
    # Of a name that stands twice the last one counts: ours, since a header that a producer gave comes first.
    named = dict(headers)

    def text(name: str) -> str:
        """Return a header of ours as text, or that it is not told."""
        found = named.get(PREFIX + name)
        return NOT_TOLD if found is None else found.decode("utf-8", "replace")

    def number(name: str) -> int | None:
        """Return a header of ours as a number, None where it is none."""
        return _number(named.get(PREFIX + name))

    return Letter(
        place=place, written_at=written_at, reason=text("reason"), detail=text("detail"), agent=text("agent"),
        worker=text("worker"), source=text("kafka-topic"), source_partition=number("partition"),
        source_offset=number("offset"), source_at_ms=number("timestamp-ms"),
        redriven=_number(named.get(REDRIVEN_HEADER)) or 0, key=key,
        size_bytes=None if value is None else len(value),
    )  # fmt: skip


def mark_of(letter: Letter, marks: Mapping[str, DeadLetterMark]) -> DeadLetterMark | None:
    """Return the mark of a letter; one that another letter left at the same place does not count."""
    mark = marks.get(str(letter.place))
    return mark if mark is not None and mark.letter_at == letter.written_at else None


def redriven_headers(headers: Headers, times: int) -> list[tuple[str, bytes | None]]:
    """Return the headers that the message came with, and how often it has been redriven, this time included."""
    added = _ORIGIN_HEADERS | {REDRIVEN_HEADER}
    return [*((name, value) for name, value in headers if name not in added), (REDRIVEN_HEADER, b"%d" % times)]


def why_left(letter: Letter, source: str, most_times: int, *, again: bool) -> str | None:
    """Return why a letter is not to be redriven, None for one that may be.

    Args:
        letter: The letter.
        source: The Kafka topic whose dead letters lie there.
        most_times: The bound: one that was redriven so often is left.
        again: Whether one that was redriven or dropped before is meant all the same.
    """
    if letter.mark is not None and not again:
        return f"{letter.mark.outcome} already, by {letter.mark.by}"
    if letter.source != source or letter.source_partition is None or letter.source_offset is None:
        return f"its headers do not name a message of {source}"
    if letter.times_redriven >= most_times:
        times = "once" if letter.times_redriven == 1 else f"{letter.times_redriven} times"
        return f"redriven {times} and given up again; mend the cause, then --most-times"
    return None


def counts(letters: Iterable[Letter]) -> list[Count]:
    """Return the letters counted by agent, reason and source, the most that wait first."""
    found: dict[tuple[str, str, str], Count] = {}
    for letter in letters:
        names = (letter.agent, letter.reason, letter.source)
        count = found.setdefault(names, Count(*names, letter.written_at, letter.written_at))
        count.first, count.last = min(count.first, letter.written_at), max(count.last, letter.written_at)
        match letter.status:
            case "waiting":
                count.waiting += 1
            case "redriven":
                count.redriven += 1
            case "dropped":
                count.dropped += 1
    return sorted(found.values(), key=lambda one: (-one.waiting, one.agent, one.reason, one.kafka_topic))


def _number(value: bytes | None) -> int | None:
    """Return a header's number; None for anything that is none, since a producer may have written it."""
    return int(value) if value is not None and re.fullmatch(rb"\d{1,18}", value) else None
