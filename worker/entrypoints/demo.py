"""`rasid demo`: the main job on the seeds, with everything it needs started and stopped again."""

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import msgspec
from aiokafka import ConsumerRecord
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from worker.adapters.embedded_broker import free_port, start_broker, stop_process
from worker.adapters.kafka_admin import delete_kafka_topics, partition_status
from worker.adapters.kafka_reader import follow
from worker.domain.alert import Alert
from worker.domain.article import TaggedArticle
from worker.entrypoints.demo_view import Totals, print_alert, print_copy, print_totals
from worker.entrypoints.expected import Seen, differences, load_expected
from worker.entrypoints.kafka import init_kafka_topics
from worker.entrypoints.replay import Published, items_of, publish
from worker.entrypoints.terminal import wants_visual_order
from worker.settings import Settings
from worker.streaming import kafka_topics

START_SECONDS = 60.0
SETTLE_SECONDS = 120.0
STOP_SECONDS = 30.0
POLL_SECONDS = 0.25


class DemoError(Exception):
    """The demo cannot go on; the message says why and where to look."""


@dataclass(frozen=True)
class Place:
    """What the demo has started, and where it is."""

    settings: Settings
    worker: "subprocess.Popen[bytes]"
    log_file: Path

    @property
    def web(self) -> str:
        """The worker's web address."""
        return f"http://{self.settings.web_host}:{self.settings.web_port}"


class Demo:
    """One run of the demo."""

    def __init__(self, console: Console, settings: Settings, seeds: Path) -> None:
        """Print to `console` and replay the articles under `seeds`."""
        self.console = console
        self.seeds = seeds
        self.settings = settings
        self.visual = wants_visual_order(console, settings.terminal_order)
        self.totals = Totals()
        self.seen = Seen()
        # By place in Kafka: a dead letter may be read before the demo knows where its seed was put.
        self._names: dict[str, str] = {}
        self._rejected: dict[str, str] = {}

    async def run(self, place: Place) -> list[str]:
        """Replay the seeds through a running worker; return what differs from seeds/expected."""
        started = time.monotonic()
        await self._until_ready(place)
        items = list(items_of([self.seeds / "articles"]))
        raw_name = place.settings.kafka_prefix + kafka_topics.ARTICLES_RAW.name
        with Progress(
            TextColumn("replaying seeds"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
            console=self.console, transient=not self.console.is_terminal,
        ) as progress:  # fmt: skip
            bar = progress.add_task("replay", total=len(items))

            def confirmed(published: Sequence[Published]) -> None:
                for one in published:
                    self._names[_at(raw_name, one.partition, one.offset)] = one.item.name
                progress.advance(bar, len(published))

            reading = asyncio.create_task(self._read(place.settings))
            try:
                # A few a second, so that a person can follow; the worker itself needs no such pause.
                self.totals.articles_in = await publish(
                    place.settings, iter(items), rate_per_second=20, on_confirmed=confirmed
                )
                await self._until_settled(place, reading)
            finally:
                reading.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await reading
        # One that another agent gave up lies behind no seed's own place; it is named by where it came from.
        self.seen.dead_letters = {self._names.get(at, at): reason for at, reason in self._rejected.items()}
        metrics_text = await _get(place.web + "/metrics")
        print_totals(self.console, self.totals, metrics_text or "", time.monotonic() - started)
        return differences(load_expected(self.seeds / "expected" / "seeds.jsonl"), self.seen)

    async def _read(self, settings: Settings) -> None:
        prefix = settings.kafka_prefix
        wanted = [
            kafka_topics.ARTICLES_EXTRACTED, kafka_topics.ARTICLES_TAGGED, kafka_topics.ALERTS,
            *kafka_topics.DEAD_LETTERS,
        ]  # fmt: skip
        async for record in follow(settings.broker, [prefix + kafka_topic.name for kafka_topic in wanted]):
            self._take(record.topic.removeprefix(prefix), record)

    def _take(self, name: str, record: ConsumerRecord) -> None:
        if name == kafka_topics.ARTICLES_EXTRACTED.name:
            self.totals.extracted += 1
        elif name == kafka_topics.ARTICLES_TAGGED.name:
            article = msgspec.json.decode(record.value, type=TaggedArticle)
            self.seen.tagged[article.id] = article
            self.totals.add_tagged(article)
        elif name == kafka_topics.ALERTS.name:
            self._take_alert(msgspec.json.decode(record.value, type=Alert))
        else:
            headers = {key: value.decode(errors="replace") for key, value in record.headers}
            at = _at(headers["rasid.kafka-topic"], headers["rasid.partition"], headers["rasid.offset"])
            self._rejected[at] = headers["rasid.reason"]
            self.totals.dead_letters[headers["rasid.reason"]] += 1

    def _take_alert(self, alert: Alert) -> None:
        self.seen.alerts[alert.id] = alert
        if alert.change == "raised":
            self.totals.alerts[alert.watch_topic] += 1
            print_alert(self.console, alert, visual=self.visual)
        else:
            self.totals.copies += 1
            print_copy(self.console, alert)

    async def _until_ready(self, place: Place) -> None:
        with self.console.status("waiting for the worker to be ready (a few seconds)"):
            deadline = time.monotonic() + START_SECONDS
            while await _get(place.web + "/readyz") is None:
                self._check_alive(place)
                if time.monotonic() > deadline:
                    raise DemoError(f"the worker was not ready within {START_SECONDS:.0f} s; see {place.log_file}")
                await asyncio.sleep(POLL_SECONDS)

    async def _until_settled(self, place: Place, reading: "asyncio.Task[None]") -> None:
        """Wait until each agent has read all that was written for it, and the demo too."""
        settings = place.settings
        sources = (
            kafka_topics.ARTICLES_RAW,
            kafka_topics.ARTICLES_EXTRACTED,
            kafka_topics.MATCHES,
            kafka_topics.ALERTS,
        )
        names = [settings.kafka_prefix + kafka_topic.name for kafka_topic in sources]
        deadline = time.monotonic() + SETTLE_SECONDS
        while True:
            self._check_alive(place)
            if reading.done():
                reading.result()
            status = await partition_status(settings.broker, settings.kafka_prefix + settings.group, names)
            lag = sum(partition.lag for partition in status)
            alerts_written = sum(one.end for one in status if one.kafka_topic == names[-1])
            if lag == 0 and sum(self.totals.alerts.values()) + self.totals.copies >= alerts_written:
                return
            if time.monotonic() > deadline:
                raise DemoError(
                    f"{lag} messages are still waiting after {SETTLE_SECONDS:.0f} s; see {place.log_file}"
                )
            await asyncio.sleep(POLL_SECONDS)

    def _check_alive(self, place: Place) -> None:
        code = place.worker.poll()
        if code is not None:
            tail = place.log_file.read_text(errors="replace").strip()[-1000:]
            raise DemoError(f"the worker ended with exit code {code}:\n{tail}")


async def run_demo(console: Console, settings: Settings, seeds: Path, broker: str | None, keep: bool) -> int:
    """Run the demo from start to end.

    Args:
        console: Where it prints.
        settings: The worker's settings; broker, ports and folders are the demo's own.
        seeds: The folder with `articles` and `expected`.
        broker: A broker that is there already, or None to start the embedded one.
        keep: Leave everything running at the end, and say where it is.

    Returns:
        The exit code: 0, or 1 where the outcome differs from seeds/expected.

    Raises:
        DemoError: The worker fails.
        BrokerError: There is no broker.
    """
    folder = Path(tempfile.mkdtemp(prefix="rasid-demo-"))
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        if broker:
            address, broker_pid = broker, None
        else:
            address, process = start_broker(folder / "broker")
            broker_pid = process.pid
            stack.callback(stop_process, process, STOP_SECONDS)
        place_settings = msgspec.structs.replace(
            settings,
            broker=address,
            kafka_prefix=f"demo-{time.time_ns() // 1_000_000}." if broker else "",
            web_port=free_port(),
            data_dir=folder / "worker",
        )
        console.print(f"[bold]broker[/]  {address}  ({'yours' if broker else 'embedded, started for this demo'})")
        created = await init_kafka_topics(place_settings)
        if broker:
            stack.push_async_callback(delete_kafka_topics, broker, created)
        console.print(f"[bold]topics[/]  {len(created)} Kafka topics created")
        place = _start_worker(place_settings, folder / "worker.log")
        stack.callback(stop_process, place.worker, STOP_SECONDS)
        console.print(f"[bold]worker[/]  pid {place.worker.pid}, {place.web}/metrics\n")
        found = await Demo(console, settings, seeds).run(place)
        _print_outcome(console, found)
        if keep:
            stack.pop_all()
            _print_kept(console, place, broker_pid, folder)
    return 1 if found else 0


def _start_worker(settings: Settings, log_file: Path) -> Place:
    environment = dict(os.environ)
    for name in ("broker", "kafka_prefix", "web_host", "web_port", "data_dir", "group"):
        environment[f"RASID_{name.upper()}"] = str(getattr(settings, name))
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "worker", "worker"],
            env=environment, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the demo, which then stops the worker
        )  # fmt: skip
    return Place(settings, process, log_file)


def _at(kafka_topic: str, partition: int | str, offset: int | str) -> str:
    return f"{kafka_topic}[{partition}]@{offset}"


async def _get(url: str) -> str | None:
    """Return the page's text, or None while there is no answer or it is not 200."""
    try:
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            return await response.text() if response.status == 200 else None
    except aiohttp.ClientError:
        return None


def _print_outcome(console: Console, found: Sequence[str]) -> None:
    if not found:
        console.print("[green]All as seeds/expected says.[/]")
        return
    console.print(f"[bold red]Not as seeds/expected says ({len(found)}):[/]")
    for line in found:
        console.print(f"  {line}", markup=False, soft_wrap=True)


def _print_kept(console: Console, place: Place, broker_pid: int | None, folder: Path) -> None:
    stop = f"kill {place.worker.pid}"
    if broker_pid is not None:
        stop += f"; sleep 5; kill {broker_pid}"  # the worker commits before it ends, so its broker goes last
    console.print("\n[bold]Left running[/]")
    for name, value in (
        ("broker", place.settings.broker),
        ("metrics", place.web + "/metrics"),
        ("ready", place.web + "/readyz"),
        ("log", str(place.log_file)),
        ("publish", f"rasid replay --broker {place.settings.broker} PATH"),
        ("stop", f"{stop}; rm -r {folder}"),
    ):
        console.print(f"  {name:8} {value}", markup=False, highlight=False, soft_wrap=True)
