"""`rasid kafka save|load` as a person meets them: progress, and what was done at the end."""

import asyncio
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from worker.entrypoints.alerts_options import broker_option
from worker.entrypoints.exit_codes import EX_INTERRUPTED
from worker.entrypoints.help import example
from worker.settings import load_settings
from worker.streaming import kafka_topics

NAMES = tuple(one.name for one in kafka_topics.ALL)

folder_argument = click.argument("folder", type=click.Path(path_type=Path, file_okay=False))


def _names_option(text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(
        "--kafka-topic", "names", multiple=True, type=click.Choice(NAMES), metavar="NAME",
        help=f"{text} Repeatable; without RASID_KAFKA_PREFIX. All without it.",
    )  # fmt: skip


@click.command(
    epilog=example("rasid kafka save backup-2026-03-24\nrasid kafka save --kafka-topic articles.extracted archive")
)
@folder_argument
@_names_option("Only this one.")
@broker_option
def save(folder: Path, names: Sequence[str], broker: str | None) -> None:
    """Save Kafka topics into FOLDER, as JSON Lines, gzipped, with how far the group has read.

    Workers may run meanwhile. See docs/procedures.md.
    """
    from worker.entrypoints import kafka_save  # noqa: PLC0415 - keeps `rasid --help` quick

    settings = load_settings(broker=broker)
    chosen = [one for one in kafka_topics.ALL if not names or one.name in names]

    async def work(console: Console) -> int:
        status = await kafka_save.status_of(settings, chosen)
        total = sum(one.end - one.begin for partitions in status.values() for one in partitions)
        with _progress(console, "saving", total) as advance:
            saved = await kafka_save.save(settings, folder, chosen, lambda one, count: advance(one.name, count))
        return sum(one.messages for one in saved.kafka_topics)

    _run(
        work, f"of {len(chosen)} Kafka topics saved in {folder}", "interrupted; what is in the folder is not whole"
    )


@click.command(
    epilog=example(
        "rasid kafka load backup-2026-03-24\n"
        "RASID_KAFKA_PREFIX=retag. rasid kafka load archive --kafka-topic articles.extracted --from-start"
    )
)
@folder_argument
@_names_option("Only this one of those that were saved.")
@click.option(
    "--from-start", is_flag=True, help="Let the workers read it all anew, and not where they had stopped."
)
@broker_option
def load(folder: Path, names: Sequence[str], from_start: bool, broker: str | None) -> None:
    """Put what `rasid kafka save` wrote onto Kafka topics that are missing or empty, and the group where it was.

    Workers of the group must not run. See docs/procedures.md.
    """
    from worker.entrypoints.kafka_load import load as run  # noqa: PLC0415 - keeps `rasid --help` quick
    from worker.entrypoints.saved_messages import read_contents  # noqa: PLC0415

    settings = load_settings(broker=broker)
    saved = read_contents(folder)
    absent = set(names) - {one.name for one in saved.kafka_topics}
    if absent:
        raise click.UsageError(f"{folder} does not hold {', '.join(sorted(absent))}")
    chosen = [one for one in saved.kafka_topics if not names or one.name in names]

    async def work(console: Console) -> int:
        total = sum(one.messages for one in chosen)
        with _progress(console, "loading", total) as advance:
            await run(settings, folder, chosen, with_offsets=not from_start, on_loaded=advance)
        return total

    where = f"of {len(chosen)} Kafka topics loaded to {settings.broker}, each confirmed by the broker"
    _run(work, where, "interrupted; delete the Kafka topics that were begun before you load them again")


def _run(work: Callable[[Console], Any], done: str, interrupted: str) -> None:
    console = Console(stderr=True, highlight=False)
    try:
        count = asyncio.run(work(console))
    except KeyboardInterrupt:
        console.print(interrupted)
        sys.exit(EX_INTERRUPTED)
    console.print(f"{count:,} messages {done}", soft_wrap=True)


@contextmanager
def _progress(console: Console, what: str, total: int) -> Iterator[Callable[[str, int], None]]:
    with Progress(
        TextColumn(what), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeElapsedColumn(),
        TimeRemainingColumn(), console=console, transient=True, disable=not console.is_terminal,
    ) as progress:  # fmt: skip
        bar = progress.add_task("", total=total)
        yield lambda name, count: progress.update(bar, advance=count, description=name)
