"""The lag of the partitions in hand: messages that are not committed, and the age of the oldest that is not acked.

Messages by Kafka's own offsets, read every so often. Age of what is in hand by the messages' timestamps; of what
is not read yet no timestamp is known, so it counts from when the partition's end was first seen behind it.
"""

import logging
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Collection, Mapping

from worker.adapters import metrics
from worker.adapters.kafka_lag import Place, Progress

log = logging.getLogger(__name__)

ENDS_KEPT = 1_000
"""Looks at a partition's end that are remembered, of those behind what is committed: nearly three hours."""


class Lag:
    """Follows the lag of this worker's partitions, for the metrics."""

    def __init__(
        self,
        read: Callable[[Collection[Place]], Awaitable[Mapping[Place, Progress]]],
        assigned: Callable[[], frozenset[Place]],
        in_hand: Callable[[], Mapping[Place, float]],
        *,
        prefix: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Follow nothing yet; `look` is to be called every so often, `take` before the metrics are read.

        Args:
            read: Where the consumer group stands.
            assigned: The partitions that this worker reads now.
            in_hand: The timestamp of the oldest message of each partition that an agent works on, in seconds.
            prefix: Left away from the names of Kafka topics.
            clock: The wall clock, which messages have their timestamps from.
        """
        self._read = read
        self._assigned = assigned
        self._in_hand = in_hand
        self._prefix = prefix
        self._clock = clock
        self._progress: dict[Place, Progress] = {}
        self._looked_at = 0.0
        self._ends: defaultdict[Place, deque[tuple[int, float]]] = defaultdict(lambda: deque(maxlen=ENDS_KEPT))

    async def look(self) -> None:
        """Look once. While Kafka does not answer nothing is known, and nothing is told."""
        assigned = self._assigned()
        try:
            progress = await self._read(assigned) if assigned else {}
        except Exception as error:  # whatever it is, the worker goes on without this figure
            log.warning("the lag cannot be read, the broker does not answer: %r", error)
            metrics.LAG_READS.labels(outcome="failed").inc()
            self._progress = {}
            return
        metrics.LAG_READS.labels(outcome="done").inc()
        self._progress = dict(progress)
        for gone in self._ends.keys() - self._progress.keys():
            del self._ends[gone]
        now = self._looked_at = self._clock()
        for place, one in self._progress.items():
            self._remember_end(self._ends[place], one, now)

    def take(self) -> None:
        """Set the gauges."""
        assigned, now = self._assigned(), self._clock()
        metrics.CONSUMER_LAG.clear()
        metrics.CONSUMER_LAG_SECONDS.clear()
        seconds: defaultdict[str, float] = defaultdict(float)
        in_hand = self._in_hand()
        for place in assigned:
            name = place[0].removeprefix(self._prefix)
            if place in self._progress:
                metrics.CONSUMER_LAG.labels(kafka_topic=name, partition=place[1]).set(self._progress[place].lag)
            age = now - in_hand[place] if place in in_hand else self._waiting_for(place)
            seconds[name] = max(seconds[name], age)
        for name, age in seconds.items():
            metrics.CONSUMER_LAG_SECONDS.labels(kafka_topic=name).set(age)

    def _waiting_for(self, place: Place) -> float:
        """Return for how long the end had been seen behind what was committed, at the latest look."""
        one = self._progress.get(place)
        if one is None or not one.lag or not self._ends[place]:
            return 0.0
        return self._looked_at - self._ends[place][0][1]

    @staticmethod
    def _remember_end(ends: "deque[tuple[int, float]]", one: Progress, now: float) -> None:
        while ends and ends[0][0] <= one.committed:
            ends.popleft()
        if one.lag and (not ends or ends[-1][0] < one.end) and len(ends) < ENDS_KEPT:
            ends.append((one.end, now))
