"""What the commands of `rasid dead-letters` share: which letters are meant, and the way to Kafka."""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from worker.domain.dead_letter_record import DeadLetterMark, Letter, Place, Wanted, mark_of, parse_place
from worker.domain.errors import Reason
from worker.domain.field_reader import duration_seconds
from worker.entrypoints.alerts_options import Moment
from worker.entrypoints.dead_letters_kafka import SOURCES, DeadLettersKafka
from worker.settings import Settings
from worker.streaming import kafka_topics

KAFKA = "dead_letters_kafka"
"""Where the command line's object holds what opens the Kafka topics; tests put their own there."""

AGENTS = tuple(letters.writer for letters in kafka_topics.DEAD_LETTERS)
KAFKA_TOPICS = (*(source.name for source in SOURCES.values()), *SOURCES)


class UnknownPlaceError(Exception):
    """A place where no dead letter lies; the message says what to do."""


class PlaceType(click.ParamType):
    """Where a dead letter lies, such as articles.raw.extract.dlq[0]@12."""

    name = "place"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Place:
        """Return the place."""
        try:
            return parse_place(str(value))
        except ValueError as error:
            self.fail(f"{error}; `rasid dead-letters list --each` shows the places", param, ctx)


class SinceType(Moment):
    """A time by ISO 8601, or how long ago: 30m, 2h, 1d."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the moment in UTC."""
        seconds = duration_seconds(str(value))
        if seconds:
            return datetime.now(UTC) - timedelta(seconds=seconds)
        return super().convert(value, param, ctx)


@dataclass(frozen=True)
class Filters:
    """The filters as they were given."""

    agents: Sequence[str]
    reasons: Sequence[str]
    kafka_topics: Sequence[str]
    since: datetime | None
    until: datetime | None

    def __bool__(self) -> bool:
        return any((self.agents, self.reasons, self.kafka_topics, self.since, self.until))

    def wanted(self, settings: Settings) -> Wanted:
        """Return which letters are meant; the names of Kafka topics are those at the broker."""
        prefix = settings.kafka_prefix
        return Wanted(
            agents=self.agents, reasons=self.reasons, kafka_topics=[prefix + name for name in self.kafka_topics],
            since=self.since, until=self.until,
        )  # fmt: skip

    def names(self, settings: Settings) -> list[str]:
        """Return the dead-letter topics that may hold what is meant, by their names at the broker."""
        return [
            settings.kafka_prefix + letters.name
            for letters in kafka_topics.DEAD_LETTERS
            if (not self.agents or letters.writer in self.agents)
            and (not self.kafka_topics or {letters.name, SOURCES[letters.name].name} & set(self.kafka_topics))
        ]


def filter_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--agent`, `--reason`, `--kafka-topic`, `--since` and `--until`; the command gets `filters`."""
    options = (
        click.option("--agent", "agents", multiple=True, type=click.Choice(AGENTS),
                     help="Given up by this agent; repeatable."),
        click.option("--reason", "reasons", multiple=True, type=click.Choice([reason.value for reason in Reason]),
                     metavar="REASON", help="Given up for this reason (docs/operations.md); repeatable."),
        click.option("--kafka-topic", "topics", multiple=True, type=click.Choice(KAFKA_TOPICS), metavar="NAME",
                     help="From this Kafka topic, such as articles.raw, or in this one, such as "
                     "articles.raw.extract.dlq; repeatable."),
        click.option("--since", type=SinceType(), help="Given up at this time (ISO 8601, UTC) or after it, or "
                     "within so long: 30m, 2h, 1d."),
        click.option("--until", type=SinceType(), help="Given up before this time, or longer ago than this."),
    )  # fmt: skip

    @functools.wraps(function)
    def with_filters(*arguments: Any, **given: Any) -> Any:
        filters = Filters(*(given.pop(name) for name in ("agents", "reasons", "topics", "since", "until")))
        return function(*arguments, filters=filters, **given)

    for option in reversed(options):
        option(with_filters)
    return with_filters


def kafka_of(context: click.Context, settings: Settings) -> DeadLettersKafka:
    """Return the way to the dead letters."""
    made: DeadLettersKafka = (context.obj or {}).get(KAFKA, DeadLettersKafka)(settings)
    return made


async def chosen(
    kafka: DeadLettersKafka, settings: Settings, places: Sequence[Place], filters: Filters
) -> list[Letter]:
    """Return the letters that are named, or those that fit the filters and wait; each with its mark, each once.

    Args:
        kafka: Where they lie.
        settings: The prefix of names.
        places: The letters that are named; then there are no filters.
        filters: What is asked for otherwise.

    Raises:
        UnknownPlaceError: No dead letter lies at one of the places.
    """
    if places:
        return await named(kafka, settings, places)
    wanted = filters.wanted(settings)
    read = await kafka.letters(filters.names(settings), filters.since)
    return [one for one in read if one.status == "waiting" and wanted.fits(one)]


async def named(kafka: DeadLettersKafka, settings: Settings, places: Sequence[Place]) -> list[Letter]:
    """Return the letters at places, in the order given, each with its mark.

    Raises:
        UnknownPlaceError: No dead letter lies at one of them.
    """
    whole = list(dict.fromkeys(with_prefix(place, settings) for place in places))
    for place in whole:
        if kafka.source_of(place) is None:
            raise UnknownPlaceError(f"{place.kafka_topic} holds no dead letters; they lie in {', '.join(SOURCES)}")
    found = {stored.letter.place: stored.letter async for stored in kafka.at(whole)}
    for place in whole:
        if place not in found:
            raise UnknownPlaceError(f"nothing lies at {place}; `rasid dead-letters list --each` shows the places")
    marks = await kafka.marks()
    return [marked(found[place], marks) for place in whole]


def marked(letter: Letter, marks: Mapping[str, DeadLetterMark]) -> Letter:
    """Return a letter with what was done about it."""
    return replace(letter, mark=mark_of(letter, marks))


def with_prefix(place: Place, settings: Settings) -> Place:
    """Return a place with the prefix of the settings before the Kafka topic's name, if it is not there."""
    if place.kafka_topic in SOURCES:
        return replace(place, kafka_topic=settings.kafka_prefix + place.kafka_topic)
    return place
