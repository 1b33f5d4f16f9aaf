"""The watchdog: ends a worker that has messages to read and gets no further.

When every buffer is full Faust stops polling, and past the poll interval the client gives up its partitions,
leaves its group and never comes back: a stuck worker that looks alive (docs/adr/0001). What follows from its
messages is unknown then, so the process ends without an ack and its partitions go to others.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import NoReturn

from aiokafka.errors import KafkaError

from worker.adapters.kafka_admin import BrokerError, PartitionStatus
from worker.adapters.kafka_lag import Place
from worker.streaming.reliable import leave

log = logging.getLogger(__name__)


class Watchdog:
    """Watches the commits of the partitions in hand, and that a worker between two assignments gets the next."""

    def __init__(
        self,
        status: Callable[[], Awaitable[Sequence[PartitionStatus]]],
        assigned: Callable[[], frozenset[Place] | None],
        stall_seconds: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        leave: Callable[[str], NoReturn] = leave,
    ) -> None:
        """Watch nothing yet; `look` is to be called every so often.

        Args:
            status: Where the partitions and the consumer group stand.
            assigned: The partitions that this worker reads now; None from when they were taken away until Kafka
                has said which are its next, if any.
            stall_seconds: How long a partition with lag may stand still.
            clock: Seconds that never go back.
            leave: Ends the process; tests pass their own.
        """
        self._status = status
        self._assigned = assigned
        self._stall_seconds = stall_seconds
        self._clock = clock
        self._leave = leave
        self._moved_at: dict[Place, tuple[int | None, float]] = {}
        self._unassigned_at: float | None = None

    async def look(self) -> None:
        """Look once. While the broker does not answer nothing can be known, and nobody is blamed for that time."""
        assigned = self._assigned()
        try:
            status = await self._status() if assigned is None or assigned else ()
        except (BrokerError, KafkaError, OSError) as error:
            log.warning("the watchdog sees nothing, the broker does not answer: %r", error)
            self._moved_at.clear()
            self._unassigned_at = None
            return
        now = self._clock()
        if assigned is not None:
            self._unassigned_at = None
        elif self._unassigned_at is None:
            self._unassigned_at = now
        elif now - self._unassigned_at >= self._stall_seconds:
            self._leave(f"Kafka has assigned no partitions for {now - self._unassigned_at:.0f} s")
        before, self._moved_at = self._moved_at, {}
        for one in status:
            place = (one.kafka_topic, one.partition)
            if place not in (assigned or ()) or one.lag == 0:
                continue
            committed, since = before.get(place, (one.committed, now))
            since = since if committed == one.committed else now
            self._moved_at[place] = (one.committed, since)
            if now - since >= self._stall_seconds:
                self._leave(
                    f"{one.kafka_topic}[{one.partition}] has {one.lag} messages to read and has not moved for "
                    f"{now - since:.0f} s"
                )
