"""The only place that wires everything together: settings in, a running worker out."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import faust
from prometheus_client import GCCollector, PlatformCollector, ProcessCollector

from worker.adapters import metrics
from worker.adapters.kafka_admin import BrokerError, partition_counts
from worker.adapters.kafka_reader import read_to_end
from worker.adapters.pool import Pool
from worker.adapters.sinks.log import LogSink
from worker.adapters.telemetry import configure_logging
from worker.entrypoints.web import WebServer
from worker.settings import Settings
from worker.streaming import kafka_topics
from worker.streaming.agents import alert, deliver, extract, tag
from worker.streaming.app import add_agent, create_app, send
from worker.streaming.outbox import Outbox
from worker.streaming.reliable import BatchLoop, Work
from worker.streaming.stages import load_stages, start_child
from worker.streaming.tables import AlertTable


def run_worker(settings: Settings) -> None:
    """Run the worker until it is told to stop.

    Raises:
        WatchTopicsError: A watch topic is not valid.
        BrokerError: The broker cannot be reached, or its Kafka topics are missing or of another shape.
        SystemExit: The worker has stopped; the code tells how.
    """
    configure_logging(settings)
    metrics.WATCH_TOPICS.set(len(load_stages(settings.watch_topics, settings.max_article_bytes).watch_topics))
    asyncio.run(_check_kafka_topics(settings))
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    worker = _Worker(settings)
    try:
        runner = faust.Worker(worker.app, worker.web, override_logging=False, redirect_stdouts=False, quiet=True)
        runner.spinner = None  # it writes to standard output even when quiet
        runner.execute_from_commandline()
    finally:
        worker.pool.close()


class _Worker:
    """The parts of one worker, connected."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.app = create_app(settings)
        self.pool = Pool(settings, start_child, Path(settings.watch_topics).absolute(), settings.max_article_bytes)
        self.pool.warm_up()
        self.table = AlertTable(self._read_back)
        self._assigned: set[int] | None = None
        self._recovery: asyncio.Future[list[None]] | None = None
        self._follow_rebalances()
        self._add_agents()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=metrics.REGISTRY)
        self.web = WebServer(settings.web_host, settings.web_port, metrics.REGISTRY, self._alive, self._ready)

    def _add_agents(self) -> None:
        works: tuple[tuple[Any, Work], ...] = (
            (extract, extract.extract_work(self.pool)),
            (tag, tag.tag_work(self.pool)),
            (alert, alert.alert_work(self.table)),
            (deliver, deliver.deliver_work(LogSink())),
        )
        for module, work in works:
            outbox = Outbox(
                partial(send, self.app, self.settings),
                agent=module.NAME,
                attempts=self.settings.send_attempts,
                timeout_seconds=self.settings.send_timeout_seconds,
            )
            loop = BatchLoop(module.SOURCE, module.NAME, work, outbox)
            add_agent(self.app, self.settings, module.SOURCE, module.NAME, loop)

    def _follow_rebalances(self) -> None:
        matches = self.settings.kafka_prefix + kafka_topics.MATCHES.name

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
        name = self.settings.kafka_prefix + kafka_topics.ALERT_STATES.name
        return read_to_end(self.settings.broker, name, partition)

    def _alive(self) -> str | None:
        return "the stream has crashed" if self.app.crashed else None

    def _ready(self) -> str | None:
        if self._assigned is None or self.app.rebalancing:
            return "no partitions are assigned yet"
        if not all(map(self.table.is_loaded, self._assigned)):
            return "alerts are still being read back"
        if not self.pool.is_warm:
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
