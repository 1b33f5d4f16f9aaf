"""The notifier: takes states of alerts in, lets time pass and sends what is due, to each receiver on its own.

What is promised. No notification is lost: it is written before the alert's record is acked and forgotten when its
outcome is written. It is seldom sent twice: a try is written as begun before it is made, so that one whose outcome
was not written is known after a crash. Only that one is sent again, marked `maybe_repeated`, and counted. It came
twice if the worker died, or gave the partition away after `GRACE_SECONDS` without an answer, when the receiver had
taken it and its outcome was not confirmed. (Where a receiver takes a message and then fails to say so, the try is
repeated as any other that failed; no one can tell these two apart, so it is neither marked nor counted.)

A rate limit holds for one worker with all its partitions; of several workers each has its own.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NoReturn

from mode import Service

from worker.adapters import metrics
from worker.adapters.sinks import Sink
from worker.domain.alert import Alert
from worker.domain.delivery import Delivery, DeliveryOutcome
from worker.domain.delivery_desk import DeliveryDesk
from worker.domain.notification import Notification
from worker.domain.receiver import Receiver, Receivers
from worker.domain.silence import Silences
from worker.streaming.delivery_table import DeliveryTable
from worker.streaming.reliable import leave

log = logging.getLogger(__name__)

TICK_SECONDS = 1.0

GRACE_SECONDS = 2.0
"""How long a try in the air may still take when the worker stops or a partition is given away."""

OVERTIME_SECONDS = 5.0
"""Past its receiver's own limit a try is given up here; sinks keep the limit themselves."""


@dataclass
class Flight:
    """A try in the air."""

    partition: int
    desk: DeliveryDesk
    landed: asyncio.Event = field(default_factory=asyncio.Event)
    task: "asyncio.Task[DeliveryOutcome] | None" = None
    is_over: bool = False


class Notifier(Service):  # type: ignore[misc]
    """Notifies receivers of alerts."""

    def __init__(
        self,
        receivers: Receivers,
        sinks: Mapping[str, Sink],
        table: DeliveryTable,
        silences: Silences,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        leave: Callable[[str], NoReturn] = leave,
    ) -> None:
        """Connect the parts; nothing is sent before the service starts and partitions are assigned.

        Args:
            receivers: To whom.
            sinks: One for each receiver, by its name.
            table: What is remembered.
            silences: What is held back; the same object that the table's desks have.
            clock: Tells the time.
            leave: Ends the process; tests pass their own.
        """
        super().__init__()
        self._receivers = receivers
        self._sinks = sinks
        self._table = table
        self._silences = silences
        self._clock = clock
        self._leave = leave
        self._assigned: set[int] = set()
        self._flights: dict[str, Flight] = {}
        self._wakes = {name: asyncio.Event() for name in receivers.by_name}
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        for name in receivers.by_name:
            for kind in ("delivered", "retry", "rejected"):
                metrics.DELIVERIES.labels(receiver=name, outcome=kind)

    async def take(self, partition: int, alerts: Sequence[Alert]) -> None:
        """Take in states of alerts, in order; when this returns all that follows from them is written."""
        unknown: list[str] = []
        async with self._table.change(partition) as change:
            for alert in alerts:
                unknown += change.desk.apply(alert, self._clock())
        if partition not in self._assigned and self._tasks:
            await self._table.forget(partition)  # it is another's by now: nothing is sent for it from here
        for name in unknown:
            log.error("no receiver is called %s, the default gets what was for it", name)
            metrics.UNKNOWN_RECEIVERS.inc()
        self._wake_ready()

    async def assigned(self, partitions: Collection[int]) -> None:
        """Read back the partitions that are in this worker's hands now, and send for them from then on."""
        came = set(partitions) - self._assigned
        self._assigned = set(partitions)
        for partition in came:  # a late change may have read it back while it was another worker's
            await self._table.forget(partition)
        await asyncio.gather(*map(self._table.load, partitions))

    async def revoked(self, partitions: Collection[int]) -> None:
        """Stop sending for partitions and forget them; takes `GRACE_SECONDS` at the most, and confirmed writes."""
        self._assigned -= set(partitions)
        await self._land([flight for flight in self._flights.values() if flight.partition in partitions])
        for partition in partitions:
            await self._table.forget(partition)

    def is_ready(self, partitions: Iterable[int]) -> bool:
        """Return whether partitions are in memory."""
        return all(partition in self._table.desks for partition in partitions)

    async def tick(self) -> None:
        """Let time pass: queue what is due, and wake those who have something to send."""
        self._silences.forget_ended(self._clock())
        for partition in sorted(self._assigned):
            elsewhere = {name: self._sent_elsewhere(name, partition) for name in self._receivers.by_name}
            async with self._table.change(partition) as change:
                change.desk.tick(self._clock(), elsewhere)
        for name in self._receivers.by_name:
            waiting = sum(desk.waiting(name) for desk in self._mine().values())
            metrics.WAITING_NOTIFICATIONS.labels(receiver=name).set(waiting)
            since = min(filter(None, (desk.oldest_at(name) for desk in self._mine().values())), default=None)
            age_seconds = (self._clock() - since).total_seconds() if since else 0.0
            metrics.OLDEST_NOTIFICATION_SECONDS.labels(receiver=name).set(max(0.0, age_seconds))
        self._wake_ready()

    def take_figures(self) -> None:
        """Set the gauges of what the delivery desks hold."""
        self._table.size.take()

    async def send_one(self, name: str) -> bool:
        """Make the next try at a receiver, if there is one to make now; return whether there was."""
        for partition in self._ready_partitions(name):
            flight = await self._begin(name, partition)
            if flight is not None:
                return True
        return False

    async def on_start(self) -> None:
        """Start the clock and one task a receiver."""
        self._stopping.clear()
        self._tasks = [asyncio.create_task(self._guarded(self._tick_on()))]
        for name in self._receivers.by_name:
            self._tasks.append(asyncio.create_task(self._guarded(self._serve(name))))

    async def on_stop(self) -> None:
        """Stop: tries in the air have `GRACE_SECONDS`, then they are left to the next worker as begun."""
        self._stopping.set()
        for wake in self._wakes.values():
            wake.set()
        await self._land(list(self._flights.values()))
        # Not cancelled: a change that breaks off in the middle of its write would have to be read back.
        await asyncio.gather(*self._tasks)
        self._tasks = []

    async def _guarded(self, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception as error:
            log.exception("defect in the notifier")
            self._leave(f"defect in the notifier: {error!r}")

    async def _tick_on(self) -> None:
        while not self._stopping.is_set():
            await self.tick()
            with_end = asyncio.create_task(self._stopping.wait())
            await asyncio.wait([with_end], timeout=TICK_SECONDS)
            with_end.cancel()

    async def _serve(self, name: str) -> None:
        wake = self._wakes[name]
        while not self._stopping.is_set():
            wake.clear()
            if not await self.send_one(name) and not self._stopping.is_set():
                await wake.wait()

    async def _begin(self, name: str, partition: int) -> Flight | None:
        elsewhere = self._sent_elsewhere(name, partition)
        async with self._table.change(partition) as change:
            if partition not in self._assigned or self._stopping.is_set():
                return None
            notification = change.desk.begin(name, self._clock(), elsewhere)
            if notification is None:
                return None
            # Entered under the lock, so that whoever gives the partition away next sees it.
            flight = self._flights[name] = Flight(partition, change.desk)
        try:
            flight.task = asyncio.create_task(self._outcome(self._receivers.by_name[name], notification))
            if flight.is_over:
                flight.task.cancel()
            await asyncio.wait([flight.task])
            if flight.task.cancelled():
                log.warning("%s: gave no answer before the end; the next worker repeats %s", name, notification.id)
            else:
                await self._finish(name, flight, flight.task.result())
        finally:
            del self._flights[name]
            flight.landed.set()
        return flight

    async def _outcome(self, receiver: Receiver, notification: Notification) -> DeliveryOutcome:
        limit_seconds = receiver.timeout_seconds + OVERTIME_SECONDS
        try:
            return await asyncio.wait_for(self._sinks[receiver.name].deliver(notification), limit_seconds)
        except TimeoutError:
            return DeliveryOutcome("retry", f"no answer in {limit_seconds:g} s")
        except Exception as error:  # what it says may hold a secret
            log.error("defect in the sink of %s: %s", receiver.name, type(error).__name__)  # noqa: TRY400
            return DeliveryOutcome("retry", f"defect in the sink: {type(error).__name__}")

    async def _finish(self, name: str, flight: Flight, outcome: DeliveryOutcome) -> None:
        async with self._table.change(flight.partition) as change:
            if change.desk is not flight.desk:
                return  # it was read back since, and the try counts as begun
            delivery = change.desk.finish(name, outcome, self._clock())
            change.deliveries.append(delivery)
        _tell(delivery)

    async def _land(self, flights: Sequence[Flight]) -> None:
        """Wait for tries in the air, and break off those that take too long."""
        landings = [asyncio.create_task(flight.landed.wait()) for flight in flights]
        if not landings:
            return
        await asyncio.wait(landings, timeout=GRACE_SECONDS)
        for flight in flights:
            flight.is_over = True  # also of one whose begin is still being written
            if not flight.landed.is_set() and flight.task is not None:
                flight.task.cancel()
        await asyncio.wait(landings)

    def _mine(self) -> dict[int, DeliveryDesk]:
        return {one: desk for one, desk in self._table.desks.items() if one in self._assigned}

    def _ready_partitions(self, name: str) -> list[int]:
        """Partitions with something to try now, the one that has been ready for longest first."""
        now = self._clock()
        ready: list[tuple[datetime, int]] = []
        for partition, desk in self._mine().items():
            next_at = desk.next_at(name, now, self._sent_elsewhere(name, partition))
            if next_at is not None and next_at <= now:
                ready.append((desk.oldest_at(name) or now, partition))
        return [partition for _, partition in sorted(ready)]

    def _wake_ready(self) -> None:
        for name, wake in self._wakes.items():
            if self._ready_partitions(name):
                wake.set()

    def _sent_elsewhere(self, name: str, partition: int) -> list[datetime]:
        if self._receivers.by_name[name].rate_limit is None:
            return []
        return [time for one, desk in self._mine().items() if one != partition for time in desk.sent_at(name)]


def _tell(delivery: Delivery) -> None:
    metrics.DELIVERIES.labels(receiver=delivery.receiver, outcome=delivery.outcome).inc()
    if delivery.outcome == "rejected":
        log.error("%s rejected notification %s: %s", delivery.receiver, delivery.notification, delivery.why)
    elif delivery.outcome == "retry":
        log.warning(
            "%s: try %d of notification %s failed, the next at %s: %s",
            delivery.receiver, delivery.attempt, delivery.notification, delivery.next_try_at, delivery.why,
        )  # fmt: skip
    elif delivery.maybe_repeated:
        metrics.MAYBE_REPEATED.labels(receiver=delivery.receiver).inc()
