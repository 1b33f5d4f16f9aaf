"""`rasid watch`: check and test watch topics."""

import sys
from pathlib import Path

import click

from worker.entrypoints.help import example
from worker.settings import load_settings


@click.group()
def watch() -> None:
    """Check and test watch topics."""


@watch.command(epilog=example("rasid watch check\nrasid watch check topics/watch"))
@click.argument("folder", type=click.Path(path_type=Path), required=False)
def check(folder: Path | None) -> None:
    """Validate every watch topic in a folder and run the tests in its file; exit 1 on any problem."""
    from worker.entrypoints.watch import check_watch_topics  # noqa: PLC0415

    folder = folder or load_settings().watch_topics
    lines, count, tests = check_watch_topics(folder)
    for line in lines:
        click.echo(line, err=True)
    if lines:
        sys.exit(1)
    click.echo(f"{count} watch topics in {folder} are valid, their {tests} tests pass")
