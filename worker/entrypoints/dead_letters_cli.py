"""`rasid dead-letters`: what was given up, one letter in full, put back or dropped."""

import asyncio
import sys
from collections.abc import Sequence

import click
import msgspec

from worker.domain.dead_letter_record import Letter, Place, counts
from worker.entrypoints.alerts_options import broker_option, console_of, fail, json_option, note, note_unreadable
from worker.entrypoints.dead_letters_act import drop, redrive
from worker.entrypoints.dead_letters_kafka import DeadLettersKafka, Stored
from worker.entrypoints.dead_letters_options import (
    Filters,
    PlaceType,
    UnknownPlaceError,
    filter_options,
    kafka_of,
    marked,
    with_prefix,
)
from worker.entrypoints.help import example
from worker.entrypoints.pipes import quiet_pipe
from worker.settings import Settings, load_settings


@click.group("dead-letters")
def dead_letters() -> None:
    """List and show what agents gave up; put it back or drop it: see docs/operations.md."""


@dead_letters.command(
    "list",
    epilog=example(
        "rasid dead-letters list\n"
        "rasid dead-letters list --each --agent extract --reason too_large --since 1d\n"
        "rasid dead-letters list --each --json | jq -r .place"
    ),
)
@filter_options
@click.option("--each", is_flag=True, help="Each letter, oldest first, in place of how many there are.")
@click.option("--all", "whole", is_flag=True, help="Also those that were redriven or dropped.")
@broker_option
@json_option
@click.pass_context
def list_(
    context: click.Context, *, filters: Filters, each: bool, whole: bool, broker: str | None, as_json: bool
) -> None:
    """Count the dead letters that wait, by agent, reason and Kafka topic they came from."""
    settings = load_settings(broker=broker)
    kafka = kafka_of(context, settings)
    wanted = filters.wanted(settings)
    read = asyncio.run(kafka.letters(filters.names(settings), filters.since))
    fitting = [letter for letter in read if wanted.fits(letter)]
    shown = [letter for letter in fitting if whole or letter.status == "waiting"]
    with quiet_pipe():
        _print_list(settings, shown, each=each, as_json=as_json)
        if not shown and not as_json:
            click.echo("no dead letters" + (" that fit" if filters else ""))
    if len(shown) < len(fitting):
        done = ", ".join(
            f"{sum(one.status == status for one in fitting)} {status}" for status in ("redriven", "dropped")
        )
        note(f"left out: {done}; --all shows them too")
    note_unreadable(kafka.unreadable_marks)


def _print_list(settings: Settings, shown: Sequence[Letter], *, each: bool, as_json: bool) -> None:
    from worker.entrypoints import dead_letters_view as view  # noqa: PLC0415 - keeps `rasid --help` quick

    if as_json:
        for row in map(view.letter_row, shown) if each else counts(shown):
            click.echo(msgspec.json.encode(row))
    elif shown:
        console, visual = console_of(settings)
        if each:
            view.print_each(console, shown, visual=visual)
        else:
            view.print_counts(console, counts(shown))


@dead_letters.command(
    epilog=example(
        "rasid dead-letters show 'articles.raw.extract.dlq[0]@12'\n"
        "rasid dead-letters show 'articles.raw.extract.dlq[0]@12' --raw > article.json"
    )
)
@click.argument("place", type=PlaceType(), metavar="PLACE")
@click.option("--raw", is_flag=True, help="Write the bytes to standard output, as they came, and nothing else.")
@broker_option
@click.option("--json", "as_json", is_flag=True, help="One JSON document, for scripts.")
@click.pass_context
def show(context: click.Context, *, place: Place, raw: bool, broker: str | None, as_json: bool) -> None:
    """Show a dead letter: why and by whom it was given up, its origin, its headers, the start of its bytes.

    What it holds is made harmless for a terminal; --raw does not do that, so send it to a file.
    """
    from worker.entrypoints import dead_letters_view as view  # noqa: PLC0415

    if raw and as_json:
        raise click.UsageError("either --raw or --json")
    settings = load_settings(broker=broker)
    try:
        stored = asyncio.run(_one(kafka_of(context, settings), with_prefix(place, settings)))
    except UnknownPlaceError as error:
        fail(str(error))
    with quiet_pipe():
        if raw:
            sys.stdout.buffer.write(stored.value or b"")
            sys.stdout.buffer.flush()
            if stored.value is None:
                note("the message has no value")
        elif as_json:
            click.echo(msgspec.json.encode(view.whole_row(stored)))
        else:
            console, visual = console_of(settings)
            view.print_letter(console, stored, visual=visual)


async def _one(kafka: DeadLettersKafka, place: Place) -> Stored:
    """Return the letter at a place with its bytes and its mark.

    Raises:
        UnknownPlaceError: No dead letter lies there.
    """
    known = kafka.source_of(place) is not None
    found = [stored async for stored in kafka.at([place])] if known else []
    if not found:
        raise UnknownPlaceError(
            f"no dead letter lies at {place}; `rasid dead-letters list --each` shows the places"
        )
    (stored,) = found
    return Stored(marked(stored.letter, await kafka.marks()), stored.value, stored.headers)


for command in (redrive, drop):
    dead_letters.add_command(command)
