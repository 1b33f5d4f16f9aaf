"""`rasid watch apply|remove|status`: watch topics put in force through Kafka, and what runs where."""

import asyncio
import getpass
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import msgspec
from aiokafka import AIOKafkaProducer
from rich.console import Console
from rich.table import Table

from worker.adapters.kafka_admin import BrokerError, partition_counts
from worker.adapters.kafka_reader import read_to_end
from worker.adapters.kafka_security import client_arguments, kafka_address
from worker.adapters.topic_files import check_content
from worker.domain.worker_status import AppliedWatchTopic, WorkerStatus
from worker.entrypoints.help import example
from worker.settings import Settings, load_settings
from worker.streaming import kafka_topics
from worker.streaming.codec import encode
from worker.streaming.kafka_topics import KafkaTopic

SILENT_AFTER = timedelta(minutes=2)
"""A worker says what it runs every half minute; one that has not for this long has most likely ended."""

broker_option = click.option("--broker", metavar="HOST:PORT", help="Kafka broker (RASID_BROKER).")


@click.command(epilog=example("rasid watch apply topics/watch/moscow-attack.yaml"))
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@broker_option
def apply(files: Sequence[Path], broker: str | None) -> None:
    """Put watch topics in force at every worker, without a restart.

    Each file is validated and its tests are run first; if anything is wrong, none is applied.
    """
    applied, wrong = [], []
    for file in files:
        watch_topic, problems = check_content(file.read_bytes())
        wrong += [f"{file}: {problem}" for problem in problems]
        if watch_topic is not None:
            applied.append((watch_topic.id, watch_topic.version, file.read_text("utf-8-sig")))
    if wrong:
        click.echo("\n".join(wrong), err=True)
        click.echo("nothing was applied", err=True)
        sys.exit(1)
    now, user = datetime.now(UTC), getpass.getuser()
    records = [(name, encode(AppliedWatchTopic(content=content, at=now, by=user))) for name, _, content in applied]
    settings = load_settings(broker=broker)
    asyncio.run(_write(settings, records))
    for name, version, _ in applied:
        click.echo(f"applied {name}, version {version}; `rasid watch status` shows when workers run it")


@click.command(epilog=example("rasid watch remove moscow-attack"))
@click.argument("ids", nargs=-1, required=True)
@broker_option
def remove(ids: Sequence[str], broker: str | None) -> None:
    """Take back what was applied; a file of the same id in a worker's folder is in force again."""
    settings = load_settings(broker=broker)
    known = asyncio.run(_latest(settings, kafka_topics.WATCH_TOPICS))
    unknown = [name for name in ids if name not in known]
    if unknown:
        click.echo(
            f"never applied: {', '.join(unknown)}; applied are: {', '.join(sorted(known)) or 'none'}", err=True
        )
        sys.exit(1)
    asyncio.run(_write(settings, [(name, None) for name in ids]))
    click.echo(f"removed {', '.join(ids)}")


@click.command(epilog=example("rasid watch status\nrasid watch status --json"))
@broker_option
@click.option("--json", "as_json", is_flag=True, help="One JSON document, for scripts.")
def status(broker: str | None, as_json: bool) -> None:
    """Show which version of which watch topic runs at which worker, and what was rejected where."""
    settings = load_settings(broker=broker)
    latest = asyncio.run(_latest(settings, kafka_topics.WORKER_STATUS))
    workers = [msgspec.json.decode(value, type=WorkerStatus) for _, value in sorted(latest.items())]
    workers = [worker for worker in workers if datetime.now(UTC) - worker.at < SILENT_AFTER]
    if as_json:
        click.echo(msgspec.json.encode(workers))
    else:
        print_status(Console(highlight=False), workers)


def print_status(console: Console, workers: Sequence[WorkerStatus]) -> None:
    """Print a line for each watch topic and version with the workers that run it, and what was rejected."""
    if not workers:
        console.print("no worker has spoken within two minutes; is one running on this broker?")
        return
    table = Table(title=f"{len(workers)} workers")
    for heading in ("watch topic", "version", "from", "workers"):
        table.add_column(heading, no_wrap=heading != "workers")
    places: dict[tuple[str, str, str], list[str]] = {}
    for worker in workers:
        for running in worker.running:
            places.setdefault((running.id, running.version, running.origin.value), []).append(worker.worker)
    for (name, version, origin), names in sorted(places.items()):
        table.add_row(name, version, origin, "all" if len(names) == len(workers) else ", ".join(names))
    console.print(table)
    for worker in workers:
        for rejected in worker.rejected:
            console.print(f"[bold red]rejected[/] at {worker.worker}: {rejected.name} ({rejected.origin.value})")
            for problem in rejected.problems:
                console.print(f"  {problem}", markup=False, soft_wrap=True)


async def _write(settings: Settings, records: Sequence[tuple[str, bytes | None]]) -> None:
    name = await _existing(settings, kafka_topics.WATCH_TOPICS)
    producer = AIOKafkaProducer(**client_arguments(kafka_address(settings)), acks="all")
    await producer.start()
    try:
        for key, value in records:
            await producer.send_and_wait(name, value, key=key.encode())
    finally:
        await producer.stop()


async def _latest(settings: Settings, kafka_topic: KafkaTopic) -> dict[str, bytes]:
    """Return the latest value of each key of a compacted Kafka topic."""
    name = await _existing(settings, kafka_topic)
    latest: dict[str, bytes | None] = {}
    broker = kafka_address(settings)
    for partition in range((await partition_counts(broker))[name]):
        async for key, value in read_to_end(broker, name, partition):
            latest[key.decode()] = value
    return {key: value for key, value in latest.items() if value is not None}


async def _existing(settings: Settings, kafka_topic: KafkaTopic) -> str:
    name = settings.kafka_prefix + kafka_topic.name
    if name not in await partition_counts(kafka_address(settings)):
        raise BrokerError(f"the Kafka topic {name} does not exist at {settings.broker}; run `rasid kafka init`")
    return name
