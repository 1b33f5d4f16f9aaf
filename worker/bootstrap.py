"""The only place that wires everything together: settings in, a running worker out."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import faust
from prometheus_client import GCCollector, PlatformCollector, ProcessCollector

from worker.adapters import metrics
from worker.adapters.kafka_admin import BrokerError, partition_counts
from worker.adapters.kafka_reader import follow, read_to_end
from worker.adapters.pool import Pool
from worker.adapters.roster_file import check_source
from worker.adapters.sinks.log import LogSink
from worker.adapters.telemetry import configure_logging
from worker.domain.roster import Checked, Roster, Source
from worker.domain.worker_status import worker_status
from worker.entrypoints.web import WebServer
from worker.settings import Settings
from worker.streaming import kafka_topics
from worker.streaming.agents import alert, deliver, extract, tag
from worker.streaming.app import add_agent, create_app, send
from worker.streaming.child import start_child
from worker.streaming.codec import encode
from worker.streaming.kafka_topics import KafkaTopic
from worker.streaming.message import Outgoing
from worker.streaming.outbox import Outbox
from worker.streaming.reliable import BatchLoop, Work
from worker.streaming.roster_follower import RosterFollower
from worker.streaming.stages import WatchTopicsError
from worker.streaming.tables import AlertTable

log = logging.getLogger(__name__)


def run_worker(settings: Settings) -> None:
    """Run the worker until it is told to stop.

    Raises:
        WatchTopicsError: The folder of watch topics cannot be read.
        BrokerError: The broker cannot be reached, or its Kafka topics are missing or of another shape.
        SystemExit: The worker has stopped; the code tells how.
    """
    configure_logging(settings)
    # Until Faust sets its own handler: told to stop while it starts, the worker takes its children along.
    signal.signal(signal.SIGTERM, lambda signum, _: sys.exit(128 + signum))
    asyncio.run(_check_kafka_topics(settings))
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        worker = _Worker(settings, stack)
        # Services start in this order: the checks answer first, and the follower sends by the app's producer.
        runner = faust.Worker(
            worker.app, worker.web, worker.follower, override_logging=False, redirect_stdouts=False, quiet=True
        )
        runner.spinner = None  # it writes to standard output even when quiet
        runner.execute_from_commandline()


class _Worker:
    """The parts of one worker, connected; the stack ends what they have started."""

    def __init__(self, settings: Settings, stack: contextlib.ExitStack) -> None:
        self.settings = settings
        self.app = create_app(settings)
        roster_file = (settings.data_dir / "watch-topics.json").absolute()
        self.pool: Pool | None = None
        self.follower = RosterFollower(
            settings.watch_topics,
            roster_file,
            poll_seconds=settings.watch_topics_poll_seconds,
            check=self._check,
            applied=self._applied,
            publish=self._publish_status,
        )
        roster_file.unlink(missing_ok=True)
        asyncio.run(self._first_roster())
        self.pool = Pool(settings, start_child, roster_file, settings.max_article_bytes)
        stack.callback(self.pool.close)
        self.pool.warm_up()
        self.table = AlertTable(self._read_back)
        self._assigned: set[int] | None = None
        self._recovery: asyncio.Future[list[None]] | None = None
        self._follow_rebalances()
        self._add_agents(self.pool)
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=metrics.REGISTRY)
        self.web = WebServer(settings.web_host, settings.web_port, metrics.REGISTRY, self._alive, self._ready)

    async def _first_roster(self) -> None:
        """Find out what is in force before the first article: the pool's processes start with it."""
        name = self._name(kafka_topics.WATCH_TOPICS)
        counts = await partition_counts(self.settings.broker)
        for partition in range(counts[name]):
            async for key, value in read_to_end(self.settings.broker, name, partition):
                self.follower.take_applied(key, value)
        if not await self.follower.refresh():
            raise WatchTopicsError(f"the folder of watch topics, {self.settings.watch_topics}, cannot be read")

    async def _check(self, source: Source) -> Checked:
        """Check a source in the pool, where a time limit holds; before there is one, here."""
        return check_source(source) if self.pool is None else await self.pool.run(check_source, source)

    async def _applied(self) -> AsyncIterator[tuple[bytes | None, bytes | None]]:
        async for record in follow(self.settings.broker, [self._name(kafka_topics.WATCH_TOPICS)]):
            yield record.key, record.value

    async def _publish_status(self, roster: Roster) -> None:
        status = worker_status(f"{socket.gethostname()}-{os.getpid()}", roster, datetime.now(UTC))
        record = Outgoing(kafka_topics.WORKER_STATUS, status.worker.encode(), encode(status))
        for error in await self._outbox("status").send([[record]]):
            if error is not None:
                log.warning("the worker's status cannot be written: %r", error)

    def _name(self, kafka_topic: KafkaTopic) -> str:
        return self.settings.kafka_prefix + kafka_topic.name

    def _outbox(self, agent: str) -> Outbox:
        return Outbox(
            partial(send, self.app, self.settings),
            agent=agent,
            attempts=self.settings.send_attempts,
            timeout_seconds=self.settings.send_timeout_seconds,
        )

    def _add_agents(self, pool: Pool) -> None:
        works: tuple[tuple[Any, Work], ...] = (
            (extract, extract.extract_work(pool)),
            (tag, tag.tag_work(pool, lambda: self.follower.version)),
            (alert, alert.alert_work(self.table)),
            (deliver, deliver.deliver_work(LogSink())),
        )
        for module, work in works:
            loop = BatchLoop(module.SOURCE, module.NAME, work, self._outbox(module.NAME))
            add_agent(self.app, self.settings, module.SOURCE, module.NAME, loop)

    def _follow_rebalances(self) -> None:
        matches = self._name(kafka_topics.MATCHES)

        async def revoked(_: Any, revoked: set[Any], **__: Any) -> None:
            self.table.forget(place.partition for place in revoked if place.topic == matches)
            self._assigned = None

        async def assigned(_: Any, assigned: set[Any], **__: Any) -> None:
            self._assigned = {place.partition for place in assigned if place.topic == matches}
            metrics.ASSIGNED_PARTITIONS.set(len(assigned))
            self._recovery = asyncio.gather(*map(self.table.load, self._assigned))

        self.app.on_partitions_revoked.connect(revoked, weak=False)
        self.app.on_partitions_assigned.connect(assigned, weak=False)

    def _read_back(self, partition: int) -> AsyncIterator[tuple[bytes, bytes | None]]:
        return read_to_end(self.settings.broker, self._name(kafka_topics.ALERT_STATES), partition)

    def _alive(self) -> str | None:
        return "the stream has crashed" if self.app.crashed else None

    def _ready(self) -> str | None:
        if self._assigned is None or self.app.rebalancing:
            return "no partitions are assigned yet"
        if not all(map(self.table.is_loaded, self._assigned)):
            return "alerts are still being read back"
        if self.pool is None or not self.pool.is_warm:
            return "the process pool is still starting"
        return None


async def _check_kafka_topics(settings: Settings) -> None:
    """Refuse to start where agents would fail later, one message at a time."""
    counts = await partition_counts(settings.broker)
    names = [settings.kafka_prefix + kafka_topic.name for kafka_topic in kafka_topics.ALL]
    missing = [name for name in names if name not in counts]
    if missing:
        raise BrokerError(f"Kafka topics are missing: {', '.join(missing)}; run `rasid kafka init`")
    matches, states = (
        counts[settings.kafka_prefix + kafka_topic.name]
        for kafka_topic in (kafka_topics.MATCHES, kafka_topics.ALERT_STATES)
    )
    if matches != states:
        raise BrokerError(
            f"matches has {matches} partitions and alert-states {states}; they must have the same number"
        )
