"""The `rasid` command: options in, one call each, exit codes out."""

import asyncio
import logging
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click
import msgspec
from rich.console import Console
from rich.progress import Progress

from worker import __version__
from worker.adapters.kafka_admin import BrokerError
from worker.entrypoints.alerts_cli import alerts
from worker.entrypoints.dead_letters_cli import dead_letters
from worker.entrypoints.exit_codes import EX_INTERRUPTED, EX_USAGE
from worker.entrypoints.help import example
from worker.entrypoints.pipes import quiet_pipe
from worker.entrypoints.saved_cli import load, save
from worker.entrypoints.sources import SourceError
from worker.entrypoints.watch_apply import apply, remove, status
from worker.entrypoints.watch_cli import watch
from worker.settings import Settings, SettingsError, load_settings
from worker.streaming.stages import WatchTopicsError


class Command(click.Group):
    """A group whose errors are one line that says what to do; `--debug` shows where they came from."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command and turn the errors that users can mend into one line and exit code 2."""
        from worker.entrypoints.demo_run import DemoError  # noqa: PLC0415 - costs a second, and not every command has it

        if not context.params.get("debug"):
            # Libraries log what we say in one line; the worker sets up its own log.
            logging.basicConfig(level=logging.CRITICAL)
        try:
            return super().invoke(context)
        except (SettingsError, BrokerError, SourceError, WatchTopicsError, DemoError, OSError) as error:
            if context.params.get("debug"):
                raise
            click.echo(f"rasid: {error}", err=True)
            context.exit(EX_USAGE)


def broker_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--broker`."""
    return click.option("--broker", metavar="HOST:PORT", help="Kafka broker (RASID_BROKER).")(function)


@click.group(cls=Command, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="rasid")
@click.option("--debug", is_flag=True, help="Show where an error came from.")
@click.pass_context
def cli(context: click.Context, debug: bool) -> None:
    """Rasid (راصد, one who watches) reads news from Kafka, tags watch topics and raises alerts."""
    context.ensure_object(dict)


@cli.command(epilog=example("rasid worker\nRASID_BROKER=kafka:9092 rasid worker --watch-topics /etc/rasid/watch"))
@broker_option
@click.option("--watch-topics", type=click.Path(path_type=Path), help="Folder with the watch topics.")
@click.pass_context
def worker(context: click.Context, broker: str | None, watch_topics: Path | None) -> None:
    """Run the worker until it is told to stop (SIGTERM or Ctrl-C). Settings: docs/operations.md."""
    context.obj["run_worker"](load_settings(broker=broker, watch_topics=watch_topics))


@cli.command(epilog=example("make demo\nrasid demo --broker localhost:9092"))
@click.option("--broker", metavar="HOST:PORT", help="Use this broker; without it an embedded one is started.")
@click.option("--keep", is_flag=True, help="Leave everything running at the end.")
@click.option(
    "--seeds", type=click.Path(path_type=Path, exists=True), default=Path("seeds"), show_default=True,
    help="Folder with articles/ and expected/.",
)  # fmt: skip
def demo(broker: str | None, keep: bool, seeds: Path) -> None:
    """Run the main job on the seeds: broker, worker, replay, alerts; exit 1 where the outcome differs."""
    from worker.entrypoints.demo import run_demo  # noqa: PLC0415

    signal.signal(signal.SIGTERM, _interrupt)
    console = Console(highlight=False)
    try:
        sys.exit(asyncio.run(run_demo(console, load_settings(), seeds, broker, keep)))
    except KeyboardInterrupt:
        click.echo("\nrasid: interrupted; everything that was started is stopped", err=True)
        sys.exit(EX_INTERRUPTED)


@cli.command(epilog=example("rasid replay seeds/articles\nrasid replay --rate 50 --loop archive-2024-03.jsonl.gz"))
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), help="Articles a second at the most.")
@click.option("--loop", is_flag=True, help="Begin again at the end, until Ctrl-C.")
@click.option("--from-start", is_flag=True, help="Do not go on where an interrupted replay stopped.")
@broker_option
def replay(paths: tuple[Path, ...], rate: float | None, loop: bool, from_start: bool, broker: str | None) -> None:
    """Publish .jsonl(.gz), .txt and .html files, or folders of them, to articles.raw."""
    from worker.entrypoints.replay_command import run_replay  # noqa: PLC0415

    console = Console(stderr=True, highlight=False)
    try:
        asyncio.run(
            run_replay(console, load_settings(broker=broker), paths, rate=rate, loop=loop, from_start=from_start)
        )
    except KeyboardInterrupt:
        console.print("interrupted; the same command goes on from here")
        sys.exit(EX_INTERRUPTED)


@cli.command(
    epilog=example("rasid tag articles.jsonl > tagged.jsonl\ncat articles.jsonl | rasid tag - | jq .matches")
)
@click.argument("files", nargs=-1, required=True, type=click.Path(allow_dash=True))
@click.option("--watch-topics", type=click.Path(path_type=Path), help="Folder with the watch topics.")
def tag(files: tuple[str, ...], watch_topics: Path | None) -> None:
    """Read raw articles as JSON Lines, write tagged articles as JSON Lines, in order, without Kafka.

    A line that is rejected gives {"id", "error": {"reason", "detail"}}, and the run goes on.
    """
    from worker.entrypoints.tag import open_lines, tag_lines  # noqa: PLC0415

    settings = load_settings(watch_topics=watch_topics)
    with (
        quiet_pipe(),
        Progress(console=Console(stderr=True), transient=True, disable=not _is_watched()) as progress,
    ):
        bar = progress.add_task("tagging", total=None)
        for line in tag_lines(settings, open_lines(files, lambda: sys.stdin.buffer)):
            sys.stdout.buffer.write(line + b"\n")
            sys.stdout.buffer.flush()
            progress.advance(bar)


@cli.group()
def kafka() -> None:
    """Create the Kafka topics, see where they stand, save and load them, write their contract."""


@kafka.command("init", epilog=example("rasid kafka init --broker localhost:9092"))
@broker_option
def kafka_init(broker: str | None) -> None:
    """Create the Kafka topics that are missing; what exists is left as it is."""
    from worker.entrypoints.kafka import init_kafka_topics  # noqa: PLC0415

    settings = load_settings(broker=broker)
    created = asyncio.run(init_kafka_topics(settings))
    for name in created:
        click.echo(f"created {name}")
    click.echo(f"{len(created)} Kafka topics created at {settings.broker}, {settings.partitions} partitions each")


@kafka.command("status", epilog=example("rasid kafka status\nrasid kafka status --json | jq '.[].lag'"))
@broker_option
@click.option("--json", "as_json", is_flag=True, help="One JSON document, for scripts.")
def kafka_status(broker: str | None, as_json: bool) -> None:
    """Show every Kafka topic: partitions, messages, and how far behind its agent is."""
    from worker.entrypoints import kafka as commands  # noqa: PLC0415

    settings = load_settings(broker=broker)
    status = asyncio.run(commands.kafka_status(settings))
    if as_json:
        rows = [{**vars(one), "lag": one.lag} for one in status]
        click.echo(msgspec.json.encode(rows).decode())
    else:
        commands.print_status(Console(highlight=False), settings, status)


@kafka.command("contracts", epilog=example("rasid kafka contracts\nrasid kafka contracts --check"))
@click.option("--check", is_flag=True, help="Write nothing; exit 1 where the files are not what the records say.")
@click.option(
    "--folder", type=click.Path(path_type=Path), default=Path("topics/kafka"), show_default=True,
    help="Where the contract stands.",
)  # fmt: skip
def kafka_contracts(check: bool, folder: Path) -> None:
    """Write what is generated from the code: the contract of every Kafka topic, tables of the docs, manifests."""
    from worker.entrypoints.contracts import contract_files, differing, drift, write_files  # noqa: PLC0415
    from worker.entrypoints.kubernetes import kubernetes_files  # noqa: PLC0415
    from worker.entrypoints.reference import PAGE, with_fresh_tables  # noqa: PLC0415

    files, manifests = contract_files(Settings()), kubernetes_files()
    page = PAGE.read_text("utf-8")
    if not check:
        write_files(folder, files)
        write_files(Path(), manifests)
        PAGE.write_text(with_fresh_tables(page), "utf-8")
        click.echo(f"{len(files)} files written to {folder}, {len(manifests)} manifests, and the tables in {PAGE}")
        return
    drifted = [folder / name for name in drift(folder, files)]
    drifted += map(Path, differing(Path(), manifests))
    drifted += [PAGE] if with_fresh_tables(page) != page else []
    for path in drifted:
        click.echo(f"{path} is not what the code says; run `make contracts`", err=True)
    sys.exit(1 if drifted else 0)


for command in (apply, remove, status):
    watch.add_command(command)
for command in (save, load):
    kafka.add_command(command)
cli.add_command(watch)
cli.add_command(alerts)
cli.add_command(dead_letters)


def run(run_worker: Callable[[Settings], None]) -> None:
    """Run the command line.

    Args:
        run_worker: Starts the worker; given from above, since wiring is the bootstrap's work.
    """
    cli(obj={"run_worker": run_worker}, prog_name="rasid")


def _interrupt(*_: Any) -> NoReturn:
    raise KeyboardInterrupt


def _is_watched() -> bool:
    """Return whether a person sees the progress and not the output itself."""
    return sys.stderr.isatty() and not sys.stdout.isatty()
