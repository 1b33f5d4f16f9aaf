"""What agents remember, and how it comes back after a restart or a rebalance.

Faust's own tables write their changelog through a buffer that may trail the committed offset: after kill -9 the
last updates can be missing. This table is written by the batch loop with confirmed sends, after the alerts
that follow from it and before the ack, so it never runs ahead and never falls behind.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable

from worker.domain.alert import Alert
from worker.streaming.codec import decode

log = logging.getLogger(__name__)

ReadBack = Callable[[int], AsyncIterator[tuple[bytes, bytes | None]]]
"""Yields the (key, value) pairs of one partition of `alert-states`, oldest first, up to its present end."""


class AlertTable:
    """Every alert by partition of `matches` and alert id."""

    def __init__(self, read_back: ReadBack) -> None:
        """Make an empty table that fills each partition from `read_back` when it is first asked for."""
        self._read_back = read_back
        self._alerts: dict[int, dict[str, Alert]] = {}
        self._loading: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def load(self, partition: int) -> None:
        """Read a partition back, unless it is there already."""
        async with self._loading[partition]:
            if partition in self._alerts:
                return
            alerts: dict[str, Alert] = {}
            async for key, value in self._read_back(partition):
                if value is None:
                    alerts.pop(key.decode(), None)
                else:
                    alerts[key.decode()] = decode(value, Alert)
            self._alerts[partition] = alerts
            log.info("alert table: partition %d holds %d alerts", partition, len(alerts))

    def forget(self, partitions: Iterable[int]) -> None:
        """Drop partitions that now belong to another worker; they are read back if they return."""
        for partition in partitions:
            self._alerts.pop(partition, None)

    def is_loaded(self, partition: int) -> bool:
        """Return whether a partition's alerts are in memory."""
        return partition in self._alerts

    def get(self, partition: int, key: str) -> Alert | None:
        """Return an alert of a loaded partition, or None."""
        return self._alerts[partition].get(key)

    def put(self, partition: int, alert: Alert) -> None:
        """Remember an alert whose state is confirmed. One of a partition that was given away is left out."""
        if partition in self._alerts:
            self._alerts[partition][alert.id] = alert
