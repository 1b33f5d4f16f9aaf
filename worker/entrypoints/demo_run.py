"""One run of the demo: the seeds through a worker that runs, what comes out printed as it comes."""

import asyncio
import contextlib
import subprocess
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import msgspec
from aiokafka import ConsumerRecord
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from worker.adapters.kafka_admin import partition_status
from worker.adapters.kafka_reader import follow
from worker.adapters.kafka_security import kafka_address
from worker.domain.alert import Alert
from worker.domain.alert_action import AlertAction
from worker.domain.article import TaggedArticle
from worker.entrypoints.alerts_act import send_action
from worker.entrypoints.demo_setup import fetched_at
from worker.entrypoints.demo_view import Totals, print_alert, print_answer, print_joined, print_totals
from worker.entrypoints.expected import Seen, differences, load_expected
from worker.entrypoints.replay import Published, items_of, publish
from worker.entrypoints.terminal import wants_visual_order
from worker.settings import Settings
from worker.streaming import kafka_topics

START_SECONDS = 60.0
SETTLE_SECONDS = 120.0
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
        self._alert_records = 0
        self._acknowledged = ""
        self._answering: asyncio.Task[None] | None = None

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
                now = datetime.now(UTC)
                self.totals.articles_in = await publish(
                    place.settings,
                    (fetched_at(item, now) for item in items),
                    rate_per_second=20,
                    on_confirmed=confirmed,
                )
                await self._until_settled(place, reading)
                await self._until_answered(place, reading)
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
        names = [prefix + kafka_topic.name for kafka_topic in wanted]
        async for record in follow(kafka_address(settings), names):
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
        before = self.seen.alerts.get(alert.id)
        self.seen.alerts[alert.id] = alert
        self._alert_records += 1
        if before is None:
            self.totals.alerts[alert.watch_topic] += 1
            print_alert(self.console, alert, visual=self.visual)
            if self._answering is None and alert.settings.acknowledge_within_seconds:
                self._acknowledged = alert.id
                self._answering = asyncio.create_task(self._acknowledge(alert))
        joined = alert.article_count - (before.article_count if before else 1)
        if joined > 0:
            self.totals.joined += joined
            print_joined(self.console, alert)
        if before is not None and alert.status != before.status:
            self.totals.answers[alert.status] += 1
            print_answer(self.console, alert)

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
        settings, broker = place.settings, kafka_address(place.settings)
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
            status = await partition_status(broker, settings.kafka_prefix + settings.group, names)
            lag = sum(partition.lag for partition in status)
            alerts_written = sum(one.end for one in status if one.kafka_topic == names[-1])
            if lag == 0 and self._alert_records >= alerts_written:
                return
            if time.monotonic() > deadline:
                raise DemoError(
                    f"{lag} messages are still waiting after {SETTLE_SECONDS:.0f} s; see {place.log_file}"
                )
            await asyncio.sleep(POLL_SECONDS)

    async def _acknowledge(self, alert: Alert) -> None:
        """Answer one alert as a duty officer would with `rasid alerts acknowledge`; the others stay unanswered."""
        self.console.print(
            f"  $ rasid alerts acknowledge {alert.id[:8]} --by demo\n", style="dim", highlight=False
        )
        action = AlertAction(
            id=uuid.uuid4().hex, action="acknowledge", by="demo", at=datetime.now(UTC), alert=alert.id
        )
        await send_action(self.settings, action, alert.watch_topic)

    async def _until_answered(self, place: Place, reading: "asyncio.Task[None]") -> None:
        """Wait until the alert that was answered is acknowledged, and one that was not is escalated."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while not {"acknowledged", "escalated"} <= self.totals.answers.keys():
            self._check_alive(place)
            if reading.done():
                reading.result()
            if time.monotonic() > deadline:
                found = ", ".join(self.totals.answers) or "neither"
                raise DemoError(
                    f"an alert should be acknowledged and another one escalated within {SETTLE_SECONDS:.0f} s; "
                    f"found {found}; see {place.log_file}"
                )
            await asyncio.sleep(POLL_SECONDS)

    def _check_alive(self, place: Place) -> None:
        code = place.worker.poll()
        if code is not None:
            tail = place.log_file.read_text(errors="replace").strip()[-1000:]
            raise DemoError(f"the worker ended with exit code {code}:\n{tail}")


def _at(kafka_topic: str, partition: int | str, offset: int | str) -> str:
    return f"{kafka_topic}[{partition}]@{offset}"


async def _get(url: str) -> str | None:
    """Return the page's text, or None while there is no answer or it is not 200."""
    try:
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            return await response.text() if response.status == 200 else None
    except aiohttp.ClientError:
        return None
