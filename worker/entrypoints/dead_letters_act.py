"""`rasid dead-letters redrive|drop`: put messages back where they came from, or say that nobody needs them."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import click
import msgspec

from worker.domain.dead_letter_record import DeadLetterMark, Letter, Place, why_left
from worker.entrypoints.alerts_options import (
    broker_option,
    by_option,
    fail,
    json_option,
    name_of,
    note,
    why_option,
)
from worker.entrypoints.dead_letters_kafka import DeadLettersKafka
from worker.entrypoints.dead_letters_options import (
    Filters,
    PlaceType,
    UnknownPlaceError,
    chosen,
    filter_options,
    kafka_of,
    marked,
)
from worker.entrypoints.help import example
from worker.entrypoints.terminal import escape_controls
from worker.settings import load_settings

EX_LEFT = 1
SUPERSEDED = "its Kafka topic holds a newer message of the same key, which this one would set back"

places_argument = click.argument("places", nargs=-1, type=PlaceType(), metavar="[PLACE]...")
yes_option = click.option("--yes", is_flag=True, help="Do not ask before the letters that fit are taken.")


@dataclass
class Report:
    """Tells of each letter as it is done, and counts."""

    as_json: bool
    done: int = 0
    left: int = 0

    def tell(self, letter: Letter, mark: DeadLetterMark) -> None:
        """Print what was done about a letter."""
        self.done += 1
        if self.as_json:
            click.echo(msgspec.json.encode({"place": mark.place, "outcome": mark.outcome, "mark": mark}))
        elif mark.to:
            often = "" if mark.times == 1 else f", {mark.times} times by now"
            click.echo(f"{letter.place} redriven to {mark.to}{often}")
        else:
            click.echo(f"{letter.place} dropped")

    def leave(self, letter: Letter, why: str) -> None:
        """Print why a letter is left as it is."""
        self.left += 1
        if self.as_json:
            click.echo(msgspec.json.encode({"place": str(letter.place), "outcome": "left", "why": why}))
        note(f"{letter.place} is left: {escape_controls(why)}")

    def end(self, outcome: str) -> None:
        """Print the sum."""
        note(f"{self.done} {outcome}, {self.left} left")


@click.command(
    epilog=example(
        "rasid dead-letters redrive 'articles.raw.extract.dlq[0]@12'\n"
        "rasid dead-letters redrive --reason too_large --since 1d --why 'larger articles are taken now'\n"
        "rasid dead-letters redrive --agent tag --reason time_limit --yes"
    )
)
@places_argument
@filter_options
@click.option("--most-times", type=click.IntRange(min=1), default=3, show_default=True,
              help="A message that was redriven so often is left.")  # fmt: skip
@click.option("--again", is_flag=True, help="Also letters, named by PLACE, that were redriven or dropped before.")
@yes_option
@by_option
@why_option("What has changed since they were given up.")
@broker_option
@json_option
@click.pass_context
def redrive(
    context: click.Context,
    *,
    places: Sequence[Place],
    filters: Filters,
    most_times: int,
    again: bool,
    yes: bool,
    by: str | None,
    why: str,
    broker: str | None,
    as_json: bool,
) -> None:
    """Put messages back on the Kafka topics they came from: the bytes, key and headers as they were.

    The header rasid.redriven counts how often. Each letter is marked as redriven and not taken again; a message
    that fails again is a new letter. Exit code 1 where a letter was left.
    """
    _check_choice(places, filters)
    if again and not places:
        raise click.UsageError("--again wants the letters by PLACE")
    settings = load_settings(broker=broker)
    name = name_of(by, settings)
    kafka = kafka_of(context, settings)
    try:
        letters = asyncio.run(chosen(kafka, settings, places, filters))
    except UnknownPlaceError as error:
        fail(f"{error}; nothing was redriven")
    if not _goes_on(letters, bool(places) or yes, "go back to the Kafka topics they came from"):
        return
    report = Report(as_json)
    try:
        asyncio.run(_redrive(kafka, letters, report, most_times=most_times, again=again, by=name, why=why))
    finally:
        report.end("redriven")
    sys.exit(EX_LEFT if report.left else 0)


@click.command(
    epilog=example(
        "rasid dead-letters drop 'articles.raw.extract.dlq[0]@12' --why 'a test of the feed'\n"
        "rasid dead-letters drop --agent extract --reason not_json --until 2026-03-01T00:00"
    )
)
@places_argument
@filter_options
@yes_option
@by_option
@why_option("Why nobody needs them.")
@broker_option
@json_option
@click.pass_context
def drop(
    context: click.Context,
    *,
    places: Sequence[Place],
    filters: Filters,
    yes: bool,
    by: str | None,
    why: str,
    broker: str | None,
    as_json: bool,
) -> None:
    """Mark dead letters as dropped: they are no longer listed and no longer redriven.

    No bytes are deleted: Kafka deletes only from the beginning of a partition, which would take letters that
    nobody named. They stay as long as the dead-letter topic keeps them, and `list --all` and `show` still
    find them.
    """
    _check_choice(places, filters)
    settings = load_settings(broker=broker)
    name = name_of(by, settings)
    kafka = kafka_of(context, settings)
    try:
        letters = asyncio.run(chosen(kafka, settings, places, filters))
    except UnknownPlaceError as error:
        fail(f"{error}; nothing was dropped")
    if not _goes_on(letters, bool(places) or yes, "are dropped: marked, no longer listed, and not deleted"):
        return
    report = Report(as_json)
    try:
        asyncio.run(_drop(kafka, letters, report, by=name, why=why))
    finally:
        report.end("dropped")
    sys.exit(EX_LEFT if report.left else 0)


def _check_choice(places: Sequence[Place], filters: Filters) -> None:
    if bool(places) == bool(filters):
        raise click.UsageError(
            "name the letters, either by PLACE or by --agent, --reason, --kafka-topic, --since and --until"
        )


def _goes_on(letters: Sequence[Letter], is_sure: bool, what: str) -> bool:
    """Return whether something is to be done; people are told how many letters they speak of and are asked."""
    from worker.entrypoints.dead_letters_view import summary  # noqa: PLC0415 - keeps `rasid --help` quick

    if not letters:
        note("no dead letter that waits fits")
        return False
    if not is_sure:
        number = "1 dead letter" if len(letters) == 1 else f"{len(letters)} dead letters"
        # click's own question would write to standard output too, which may be a file of JSON.
        click.echo(f"{number} ({summary(letters)}) {what}. Go on? [y/N] ", nl=False, err=True)
        answer = click.get_text_stream("stdin").readline().strip().lower()
        if answer not in {"y", "yes"}:
            fail("nothing was done; --yes goes on without a question")
    return True


async def _redrive(
    kafka: DeadLettersKafka,
    letters: Sequence[Letter],
    report: Report,
    *,
    most_times: int,
    again: bool,
    by: str,
    why: str,
) -> None:
    # Read once more: a person may have thought over the question while another one did the same.
    marks = await kafka.marks()
    superseded = await kafka.superseded(letters)
    going = []
    for letter in (marked(one, marks) for one in letters):
        source = kafka.source_of(letter.place)
        hindrance = why_left(letter, kafka.name_of(source) if source else "", most_times, again=again)
        if hindrance is None and letter.place in superseded:
            hindrance = SUPERSEDED
        if hindrance is None:
            going.append(letter)
        else:
            report.leave(letter, hindrance)
    async for letter, outcome in kafka.redrive(going, by, why):
        if isinstance(outcome, DeadLetterMark):
            report.tell(letter, outcome)
        else:
            report.leave(letter, outcome)


async def _drop(kafka: DeadLettersKafka, letters: Sequence[Letter], report: Report, *, by: str, why: str) -> None:
    marks = await kafka.marks()
    going = []
    for letter in (marked(one, marks) for one in letters):
        if letter.mark is not None and letter.mark.outcome == "dropped":
            report.leave(letter, f"dropped already, by {letter.mark.by}")
        else:
            going.append(letter)
    by_place = {str(one.place): one for one in going}
    for mark in await kafka.drop(going, by, why):
        report.tell(by_place[mark.place], mark)
