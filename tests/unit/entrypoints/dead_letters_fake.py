"""Dead letters in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from click.testing import CliRunner, Result

from worker.domain.dead_letter_record import DeadLetterMark, Letter, Place, mark_of, read_letter
from worker.domain.errors import Reason, RejectedError
from worker.entrypoints.cli import cli
from worker.entrypoints.dead_letters_kafka import SOURCES, Stored
from worker.settings import Settings
from worker.streaming import kafka_topics
from worker.streaming.dead_letter import dead_letter
from worker.streaming.message import Message

MARCH_24 = datetime(2026, 3, 24, 9, 30, tzinfo=UTC)


def stored(
    offset: int = 12,
    value: bytes | None = b"\x00\xff not json",
    reason: Reason = Reason.NOT_JSON,
    detail: str = "not JSON in UTF-8",
    *,
    source: kafka_topics.KafkaTopic = kafka_topics.ARTICLES_RAW,
    agent: str = "extract",
    key: bytes | None = b"a1",
    headers: dict[str, bytes] | None = None,
    prefix: str = "",
) -> Stored:
    """Return a dead letter as its agent writes it, an hour younger with each offset."""
    message = Message(prefix + source.name, 2, 57, 1711270000.25, key, value, tuple((headers or {}).items()))
    written = dead_letter(source, agent, message, RejectedError(reason, detail))
    named = list(written.headers)
    place = Place(prefix + written.kafka_topic.name, 0, offset)
    return Stored(read_letter(place, MARCH_24 + timedelta(hours=offset), key, value, named), value, named)


class FakeDeadLetters:
    """What commands read, send and mark; `refused` are places whose message the broker does not take."""

    def __init__(self, *letters: Stored, superseded: Sequence[Place] = (), refused: Sequence[Place] = ()):
        self.stored = {one.letter.place: one for one in letters}
        self.older = set(superseded)
        self.refused = set(refused)
        self.marked: dict[str, DeadLetterMark] = {}
        self.sent: list[tuple[Place, int]] = []
        self.unreadable_marks = 0
        self.prefix = ""
        self.asked: list[str] = []

    def __call__(self, settings: Settings) -> "FakeDeadLetters":
        self.prefix = settings.kafka_prefix
        return self

    def name_of(self, kafka_topic):
        return self.prefix + kafka_topic.name

    def source_of(self, place):
        return SOURCES.get(place.kafka_topic.removeprefix(self.prefix))

    async def letters(self, names, since=None) -> list[Letter]:
        self.asked = list(names)
        found = [one.letter for place, one in self.stored.items() if place.kafka_topic in self.asked]
        return [replace(one, mark=mark_of(one, self.marked)) for one in found]

    async def at(self, places):
        for place in places:
            if place in self.stored:
                yield self.stored[place]

    async def marks(self):
        return self.marked

    async def superseded(self, letters):
        return self.older

    async def redrive(self, letters, by, why):
        for letter in letters:
            if letter.place in self.refused:
                yield letter, "the broker refuses it: MessageSizeTooLargeError"
                continue
            times = letter.times_redriven + 1
            self.sent.append((letter.place, times))
            yield letter, self._mark(letter, "redriven", by, why, times, "articles.raw[1]@99")

    async def drop(self, letters, by, why):
        return [self._mark(one, "dropped", by, why, one.times_redriven, None) for one in letters]

    def _mark(self, letter, outcome, by, why, times, to) -> DeadLetterMark:
        mark = DeadLetterMark(
            place=str(letter.place), letter_at=letter.written_at, outcome=outcome, at=MARCH_24, by=by, why=why,
            times=times, to=to,
        )  # fmt: skip
        self.marked[mark.place] = mark
        return mark


def rasid(kafka: FakeDeadLetters, *arguments: str, given: str | None = None, **environment: str) -> Result:
    """Run `rasid dead-letters`."""
    return CliRunner().invoke(
        cli, ["dead-letters", *arguments], obj={"dead_letters_kafka": kafka}, input=given,
        env={"RASID_USER": "Huda", **environment},
    )  # fmt: skip
