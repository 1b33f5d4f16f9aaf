"""The alert desks of a worker's partitions: read back when a partition comes, written before anything is acked.

Faust's own tables write their changelog through a buffer that may trail the committed offset: after kill -9 the
last updates can be missing. Here what a desk gives out is confirmed first, what it remembers second, and the ack
comes last, so what is remembered never runs ahead of what was published, nor behind what was committed. Before all
of it goes one record of the whole run, from which the next worker finishes a run that was cut off. A desk that
cannot be written down ends the process: in memory it is ahead of Kafka, where the next worker begins.
"""

import asyncio
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NoReturn

from worker.adapters import metrics
from worker.domain.alert import MatchedArticle
from worker.domain.desk import Desk
from worker.domain.desk_records import RUN_KEY, DeskEntry, DeskOutputs, RunEntry, StoredEntry, is_known
from worker.streaming import kafka_topics
from worker.streaming.codec import decode, encode
from worker.streaming.compacted import ReadBack, latest
from worker.streaming.message import Outgoing
from worker.streaming.outbox import Outbox
from worker.streaming.reliable import leave
from worker.streaming.state_size import StateSize

log = logging.getLogger(__name__)

MOST_RUN_BYTES = 4 * kafka_topics.MIB
"""A run of more is written without a record of its own: half of what one message of `alert-states` may be."""

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the wall clock's time."""
    return datetime.now(UTC)


class Desks:
    """The desk of each partition of `matches`, one thing at a time."""

    def __init__(
        self,
        read_back: ReadBack,
        outbox: Outbox,
        *,
        replay_wait: timedelta,
        clock: Clock = utc_now,
        leave: Callable[[str], NoReturn] = leave,
    ) -> None:
        """Hold no desk yet.

        Args:
            read_back: Reads what a partition's desk remembered.
            outbox: Where a desk's outputs go.
            replay_wait: See `DeskClock`.
            clock: The wall clock.
            leave: Ends the process; tests pass their own.
        """
        self._read_back = read_back
        self._outbox = outbox
        self._replay_wait = replay_wait
        self._clock = clock
        self._leave = leave
        self._desks: dict[int, Desk] = {}
        self._locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._size = StateSize(kafka_topics.ALERT_STATES)

    async def load(self, partition: int) -> None:
        """Read a partition's desk back, unless it is there already."""
        async with self._locks[partition]:
            await self._load(partition)

    async def forget(self, partitions: Iterable[int]) -> None:
        """Drop partitions that now belong to another worker; they are read back if they return.

        Waits for what is under way at their desks: a partition that is still being read back would else be kept,
        and be taken for the present one when it returns.
        """
        for partition in partitions:
            async with self._locks[partition]:
                self._desks.pop(partition, None)
                self._size.forget(partition)

    def is_loaded(self, partition: int) -> bool:
        """Return whether a partition's desk is in memory."""
        return partition in self._desks

    async def run(self, partition: int, do: Callable[[Desk, datetime], None]) -> None:
        """Do something at a partition's desk, then all that is due, and write down what follows."""
        async with self._locks[partition]:
            await self._load(partition)
            await self._run(partition, self._desks[partition], do)

    async def tick(self) -> None:
        """Do what is due at every desk by now: timers, and matches that have waited long enough."""
        for partition in list(self._desks):
            async with self._locks[partition]:
                desk = self._desks.get(partition)
                if desk is not None:
                    await self._run(partition, desk, lambda _, __: None)

    def take_figures(self) -> None:
        """Set the gauges of what the desks hold; cheap, because each desk counts as it goes."""
        now = self._clock()
        standing: Counter[tuple[str, str, str]] = Counter()
        unanswered: dict[tuple[str, str], datetime] = {}
        stories = [0, 0]
        for desk in self._desks.values():
            standing.update(desk.census.counts)
            for place, raised_at in desk.census.oldest_unanswered().items():
                unanswered[place] = min(raised_at, unanswered.get(place, raised_at))
            stories = [sum(pair) for pair in zip(stories, desk.stories, strict=True)]
        metrics.ALERTS.clear()
        for (watch_topic, severity, status), count in standing.items():
            metrics.ALERTS.labels(watch_topic=watch_topic, severity=severity, status=status).set(count)
        metrics.UNACKNOWLEDGED_ALERT_SECONDS.clear()
        for (watch_topic, severity), raised_at in unanswered.items():
            seconds = max(0.0, (now - raised_at).total_seconds())
            metrics.UNACKNOWLEDGED_ALERT_SECONDS.labels(watch_topic=watch_topic, severity=severity).set(seconds)
        for state, count in zip(("open", "closed"), stories, strict=True):
            metrics.STORIES.labels(state=state).set(count)
        self._size.take()

    async def _run(self, partition: int, desk: Desk, do: Callable[[Desk, datetime], None]) -> None:
        started, now = time.perf_counter(), self._clock()
        do(desk, now)
        desk.advance(now)
        outputs = desk.drain()
        if outputs:
            metrics.STAGE_SECONDS.labels(stage="alert").observe(time.perf_counter() - started)
            written = await self._write(partition, outputs)
            for record in written:
                self._size.put(partition, record.key or b"", record.value)
            _count(outputs, self._clock())

    async def _write(self, partition: int, outputs: DeskOutputs) -> Sequence[Outgoing]:
        """Write what a desk has done, and return what it remembers of it."""
        run = _run_record(partition, outputs)
        await self._send(run)
        return await self._tell(partition, outputs, run)

    async def _tell(self, partition: int, outputs: DeskOutputs, run: Sequence[Outgoing]) -> Sequence[Outgoing]:
        """Tell the world, then remember, and at last forget the record of the run."""
        remembered = _remembered(partition, outputs)
        await self._send(_published(partition, outputs))
        await self._send([*remembered, *(replace(record, value=None) for record in run)])
        return remembered

    async def _finish(self, partition: int, run: bytes) -> None:
        """Finish a run that was cut off, as it was written down."""
        outputs = DeskOutputs.of_run(decode(run, RunEntry).content)
        record = Outgoing(kafka_topics.ALERT_STATES, RUN_KEY.encode(), run, partition)
        await self._tell(partition, outputs, [record])
        log.info("alert desk: partition %d finished a run that was cut off", partition)

    async def _send(self, records: Sequence[Outgoing]) -> None:
        if not records:
            return
        (error,) = await self._outbox.send([records])
        if error is not None:
            self._leave(f"what the alert desk has done cannot be written: {error!r}")

    async def _load(self, partition: int) -> None:
        if partition in self._desks:
            return
        entries = await latest(self._read_back(partition))
        run = entries.get(RUN_KEY.encode())
        if run is not None:
            await self._finish(partition, run)
            entries = await latest(self._read_back(partition))
        desk, now = Desk(self._replay_wait), self._clock()
        known = [value for key, value in entries.items() if is_known(key.decode())]
        for value in known:
            desk.restore(decode(value, StoredEntry).content, now)
        if len(known) < len(entries):
            strange = len(entries) - len(known)
            log.warning("alert desk: partition %d: %d records of a newer worker are left", partition, strange)
        self._desks[partition] = desk
        self._size.load(partition, entries.items())
        log.info("alert desk: partition %d holds %d alerts", partition, len(desk))


def _run_record(partition: int, outputs: DeskOutputs) -> list[Outgoing]:
    """Return the record of a run, or none where nothing is told or it would be too large."""
    if not outputs.events:
        return []
    value = encode(DeskEntry(outputs.as_run()))
    if len(value) > MOST_RUN_BYTES:
        return []
    return [Outgoing(kafka_topics.ALERT_STATES, RUN_KEY.encode(), value, partition)]


def _published(partition: int, outputs: DeskOutputs) -> list[Outgoing]:
    """Return what the world is told; an alert goes to the partition of its matches."""
    return [
        *(
            Outgoing(kafka_topics.ALERT_EVENTS, event.watch_topic.encode(), encode(event), partition)
            for event in outputs.events
        ),
        *(
            Outgoing(kafka_topics.ALERTS, alert.id.encode(), encode(alert), partition)
            for alert in outputs.alerts.values()
        ),
        *(Outgoing(kafka_topics.SILENCES, silence.id.encode(), encode(silence)) for silence in outputs.silences),
    ]


def _remembered(partition: int, outputs: DeskOutputs) -> list[Outgoing]:
    values = {key: encode(DeskEntry(one)) if one is not None else None for key, one in outputs.stored.items()}
    return [Outgoing(kafka_topics.ALERT_STATES, key.encode(), value, partition) for key, value in values.items()]


def _count(outputs: DeskOutputs, now: datetime) -> None:
    for event in outputs.events:
        alert = outputs.alerts.get(event.alert or "")
        # What changes no alert is filed under a key that its sender chose: an open set, so no label.
        watch_topic, severity = (alert.watch_topic, alert.severity) if alert else ("", "")
        metrics.ALERT_CHANGES.labels(watch_topic=watch_topic, severity=severity, change=event.change).inc()
        if event.raised is not None:
            if event.raised.kind == "surge":
                metrics.SURGES.labels(watch_topic=watch_topic).inc()
            _observe_delay(event.raised.articles[0], now)


def _observe_delay(article: MatchedArticle, now: datetime) -> None:
    times = {"arrival": article.received_at, "publication": article.published_at}
    for since, at in times.items():
        if at is not None:
            metrics.ALERT_DELAY_SECONDS.labels(since=since).observe(max(0.0, (now - at).total_seconds()))
