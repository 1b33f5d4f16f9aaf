"""The only place that wires everything together: settings in, a running worker out."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import faust
from prometheus_client import GCCollector, PlatformCollector, ProcessCollector

from worker.adapters import metrics
from worker.adapters.kafka_admin import BrokerError, PartitionStatus, partition_counts, partition_status
from worker.adapters.kafka_lag import LagReader, Place
from worker.adapters.kafka_reader import follow, read_to_end
from worker.adapters.kafka_security import KafkaAddress, kafka_address
from worker.adapters.pool import Pool
from worker.adapters.pool_figures import take_pool_figures
from worker.adapters.receiver_files import load_receivers
from worker.adapters.roster_file import check_source
from worker.adapters.sinks.factory import make_sink
from worker.adapters.telemetry import configure_logging
from worker.adapters.write_guard import ask_before_writing
from worker.domain.delivery_recovery import restored
from worker.domain.known_bodies import KnownBodies
from worker.domain.receiver import Receivers
from worker.domain.roster import Checked, Roster, Source
from worker.domain.silence import Silences
from worker.domain.worker_status import worker_status
from worker.entrypoints.web import WebServer
from worker.settings import Settings, SettingsError
from worker.streaming import kafka_topics
from worker.streaming.agents import act, alert, deliver, extract, tag
from worker.streaming.app import add_agent, create_app, send
from worker.streaming.child import extract_candidate_in_child, extract_in_child, start_child
from worker.streaming.codec import encode
from worker.streaming.delivery_table import DeliveryTable
from worker.streaming.desks import Desks, utc_now
from worker.streaming.extractions import Extractions, in_pool
from worker.streaming.kafka_topics import KafkaTopic
from worker.streaming.lag import Lag
from worker.streaming.lease import Lease
from worker.streaming.message import Outgoing
from worker.streaming.notifier import Notifier
from worker.streaming.outbox import Answer, Outbox
from worker.streaming.reliable import BatchLoop, Work, leave
from worker.streaming.roster_follower import RosterFollower
from worker.streaming.silence_follower import SilenceFollower
from worker.streaming.stages import WatchTopicsError
from worker.streaming.ticker import Ticker
from worker.streaming.watchdog import Watchdog

log = logging.getLogger(__name__)

DESK_TICK_SECONDS = 0.5
"""How often timers are looked at; a replayed match waits up to this much longer than it must."""

WATCHDOG_TICK_SECONDS = 30.0

LEASE_TICK_SECONDS = 1.0

LAG_TICK_SECONDS = 10.0


def run_worker(settings: Settings) -> None:
    """Run the worker until it is told to stop.

    Raises:
        WatchTopicsError: The folder of watch topics cannot be read.
        SettingsError: The file of receivers is wrong, or what the settings say of Kafka.
        BrokerError: The broker cannot be reached, or its Kafka topics are missing or of another shape.
        SystemExit: The worker has stopped; the code tells how.
    """
    configure_logging(settings)
    # The processes of the pool read what strangers wrote: they inherit no password.
    os.environ.pop("RASID_KAFKA_PASSWORD", None)
    # Until Faust sets its own handler: told to stop while it starts, the worker takes its children along.
    signal.signal(signal.SIGTERM, lambda signum, _: sys.exit(128 + signum))
    broker = kafka_address(settings)
    if broker.security.shows_password:
        log.warning("RASID_KAFKA_SECURITY=sasl_plaintext with PLAIN: everybody on the way can read the password")
        # aiokafka says the same at every connection.
        logging.getLogger("aiokafka.conn").addFilter(lambda record: "in the clear" not in record.getMessage())
    asyncio.run(_check_kafka_topics(settings, broker))
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        worker = _Worker(settings, broker, stack)
        # The checks answer first. The app starts last, whatever its place here, and stops before all others.
        services = (
            worker.app, worker.lease_clock, worker.web, worker.follower, worker.ticker, worker.silence_follower,
            worker.notifier, worker.watchdog, worker.lag,
        )  # fmt: skip
        runner = faust.Worker(*services, override_logging=False, redirect_stdouts=False, quiet=True)
        runner.spinner = None  # it writes to standard output even when quiet
        runner.execute_from_commandline()


class _Worker:
    """The parts of one worker, connected; the stack ends what they have started."""

    def __init__(self, settings: Settings, broker: KafkaAddress, stack: contextlib.ExitStack) -> None:
        self.settings = settings
        self.broker = broker
        self.app = create_app(settings, broker)
        self.lease = Lease(settings.session_timeout_seconds)
        self.lease_clock = Ticker("lease", self.lease.renew, LEASE_TICK_SECONDS)
        roster_file = (settings.data_dir / "watch-topics.json").absolute()
        self.pool: Pool | None = None
        self.follower = RosterFollower(
            settings.watch_topics,
            roster_file,
            poll_seconds=settings.watch_topics_poll_seconds,
            check=self._check,
            applied=partial(self._follow, kafka_topics.WATCH_TOPICS),
            publish=self._publish_status,
        )
        roster_file.unlink(missing_ok=True)
        asyncio.run(self._first_roster())
        self.pool = Pool(settings, start_child, roster_file, settings.max_article_bytes)
        stack.callback(self.pool.close)
        self.pool.warm_up()
        self.desks = Desks(
            partial(self._read_back, kafka_topics.ALERT_STATES),
            self._outbox(alert.NAME),
            replay_wait=timedelta(seconds=settings.replay_wait_seconds),
        )
        self.ticker = Ticker("alert desks' clock", self.desks.tick, DESK_TICK_SECONDS)
        silences = Silences()
        self.silence_follower = SilenceFollower(
            silences,
            present=partial(self._read_to_end, kafka_topics.SILENCES),
            follow=partial(self._follow, kafka_topics.SILENCES),
        )
        asyncio.run(self.silence_follower.load())
        self.notifier = self._make_notifier(silences, _receivers(settings))
        watchdog = Watchdog(self._group_status, lambda: self._places, settings.stall_seconds)
        self.watchdog = Ticker("watchdog", watchdog.look, WATCHDOG_TICK_SECONDS)
        self._places: frozenset[Place] | None = None
        self._assigned: set[int] | None = None
        self._recovery: asyncio.Future[list[None]] | None = None
        self._follow_rebalances()
        stage = extract_candidate_in_child if settings.extract == "candidates" else extract_in_child
        self.extractions = Extractions(in_pool(self.pool, stage), KnownBodies(settings.known_bodies_bytes))
        self._loops: list[BatchLoop] = []
        self._add_agents(self.pool)
        self.lag = self._follow_figures(self.pool)
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=metrics.REGISTRY)
        self.web = WebServer(settings.web_host, settings.web_port, metrics.REGISTRY, self._alive, self._ready)

    async def _first_roster(self) -> None:
        """Find out what is in force before the first article: the pool's processes start with it."""
        async for key, value in self._read_to_end(kafka_topics.WATCH_TOPICS):
            self.follower.take_applied(key, value)
        if not await self.follower.refresh():
            raise WatchTopicsError(f"the folder of watch topics, {self.settings.watch_topics}, cannot be read")

    async def _check(self, source: Source) -> Checked:
        """Check a source in the pool, where a time limit holds; before there is one, here."""
        return check_source(source) if self.pool is None else await self.pool.run(check_source, source)

    async def _read_to_end(self, kafka_topic: KafkaTopic) -> AsyncIterator[tuple[bytes | None, bytes | None]]:
        name = self._name(kafka_topic)
        counts = await partition_counts(self.broker)
        for partition in range(counts[name]):
            async for key, value in read_to_end(self.broker, name, partition):
                yield key, value

    async def _follow(self, kafka_topic: KafkaTopic) -> AsyncIterator[tuple[bytes | None, bytes | None]]:
        async for record in follow(self.broker, [self._name(kafka_topic)]):
            yield record.key, record.value

    async def _publish_status(self, roster: Roster) -> None:
        status = worker_status(f"{socket.gethostname()}-{os.getpid()}", roster, datetime.now(UTC))
        record = Outgoing(kafka_topics.WORKER_STATUS, status.worker.encode(), encode(status))
        for error in await self._outbox("status").send([[record]]):
            if error is not None:
                log.warning("the worker's status cannot be written: %r", error)

    async def _group_status(self) -> list[PartitionStatus]:
        group = self.settings.kafka_prefix + self.settings.group
        return await partition_status(self.broker, group, sorted({name for name, _ in self._places or ()}))

    def _name(self, kafka_topic: KafkaTopic) -> str:
        return self.settings.kafka_prefix + kafka_topic.name

    async def _send(self, record: Outgoing) -> Answer:
        producer = await self.app.maybe_start_producer()
        ask_before_writing(producer._producer.client, self.lease.check)
        return await send(producer, self.settings, record)

    def _outbox(self, agent: str) -> Outbox:
        return Outbox(
            self._send,
            agent=agent,
            attempts=self.settings.send_attempts,
            timeout_seconds=self.settings.send_timeout_seconds,
        )

    def _add_agents(self, pool: Pool) -> None:
        works: tuple[tuple[Any, Work], ...] = (
            (extract, extract.extract_work(self.extractions)),
            (tag, tag.tag_work(pool)),
            (alert, alert.alert_work(self.desks)),
            (act, act.act_work(self.desks)),
            (deliver, deliver.deliver_work(self.notifier)),
        )
        for module, work in works:
            outbox = self._outbox(module.NAME)
            loop = BatchLoop(module.SOURCE, module.NAME, work, outbox, batch_messages=self.settings.batch_articles)
            self._loops.append(loop)
            add_agent(self.app, self.settings, module.SOURCE, module.NAME, loop)

    def _follow_figures(self, pool: Pool) -> Ticker:
        """Have the gauges set before they are read, and the lag looked at by what is returned."""
        reader = LagReader(self.broker, self.settings.kafka_prefix + self.settings.group)
        lag = Lag(
            reader.read,
            lambda: self._places or frozenset(),
            lambda: {place: since for loop in self._loops for place, since in loop.in_hand.items()},
            prefix=self.settings.kafka_prefix,
        )
        for take in (
            self.desks.take_figures, self.notifier.take_figures, lag.take, partial(take_pool_figures, pool),
            self.extractions.take_figures, lambda: metrics.READY.set(self._ready() is None),
        ):  # fmt: skip
            metrics.before_scrape(take)
        return Ticker("lag", lag.look, LAG_TICK_SECONDS, close=reader.close)

    def _follow_rebalances(self) -> None:
        async def revoked(_: Any, revoked: set[Any], **__: Any) -> None:
            self._assigned, self._places = None, None
            await self.desks.forget(self._partitions(revoked, kafka_topics.MATCHES))
            await self.notifier.revoked(self._partitions(revoked, kafka_topics.ALERTS))

        async def assigned(_: Any, assigned: set[Any], **__: Any) -> None:
            self._assigned = self._partitions(assigned, alert.SOURCE)
            # Faust gives Kafka topics with the same number of partitions to the same workers.
            if self._partitions(assigned, act.SOURCE) != self._assigned:
                leave(f"matches and their alert-actions were given to different workers: {assigned}")
            self._places = frozenset((place.topic, place.partition) for place in assigned)
            metrics.ASSIGNED_PARTITIONS.set(len(assigned))
            metrics.REBALANCES.inc()
            self._recovery = asyncio.gather(
                *map(self.desks.load, self._assigned),
                self.notifier.assigned(self._partitions(assigned, kafka_topics.ALERTS)),
            )

        async def before_shutdown(*_: Any, **__: Any) -> None:
            # Told to stop, Faust ends the app first, and with it the producer by which these may still write.
            for service in (self.watchdog, self.notifier, self.silence_follower, self.ticker, self.follower):
                await service.stop()

        self.app.on_before_shutdown.connect(before_shutdown, weak=False)
        self.app.on_partitions_revoked.connect(revoked, weak=False)
        self.app.on_partitions_assigned.connect(assigned, weak=False)

    def _partitions(self, places: set[Any], kafka_topic: KafkaTopic) -> set[int]:
        name = self._name(kafka_topic)
        return {place.partition for place in places if place.topic == name}

    def _make_notifier(self, silences: Silences, receivers: Receivers) -> Notifier:
        sinks = {name: make_sink(receiver) for name, receiver in receivers.by_name.items()}
        table = DeliveryTable(
            partial(self._read_back, kafka_topics.DELIVERY_STATES),
            lambda states: restored(states, receivers, silences, utc_now()),
            self._outbox(deliver.NAME),
        )
        return Notifier(receivers, sinks, table, silences)

    def _read_back(self, kafka_topic: KafkaTopic, partition: int) -> AsyncIterator[tuple[bytes, bytes | None]]:
        return read_to_end(self.broker, self._name(kafka_topic), partition)

    def _alive(self) -> str | None:
        return "the stream has crashed" if self.app.crashed else None

    def _ready(self) -> str | None:
        if self._assigned is None or self.app.rebalancing:
            return "no partitions are assigned yet"
        if not all(map(self.desks.is_loaded, self._assigned)) or not self.notifier.is_ready(self._assigned):
            return "alerts are still being read back"
        if self.pool is None or not self.pool.is_warm:
            return "the process pool is still starting"
        return None


def _receivers(settings: Settings) -> Receivers:
    """Return the receivers of notifications.

    Raises:
        SettingsError: The file is wrong; the message tells every problem.
    """
    loaded = load_receivers(settings.receivers, os.environ)
    if loaded.receivers is None:
        raise SettingsError("\n".join(map(str, loaded.problems)))
    return loaded.receivers


async def _check_kafka_topics(settings: Settings, broker: KafkaAddress) -> None:
    """Refuse to start where agents would fail later, one message at a time."""
    counts = await partition_counts(broker)
    names = [settings.kafka_prefix + kafka_topic.name for kafka_topic in kafka_topics.ALL]
    missing = [name for name in names if name not in counts]
    if missing:
        raise BrokerError(
            f"Kafka topics are missing: {', '.join(missing)}; "
            "run `rasid kafka init`, or let this Kafka user describe them"
        )
    of_desks = {one.name: counts[settings.kafka_prefix + one.name] for one in kafka_topics.OF_DESKS}
    if len(set(of_desks.values())) > 1:
        found = ", ".join(f"{name} {count}" for name, count in of_desks.items())
        raise BrokerError(f"these Kafka topics must have the same number of partitions: {found}")
