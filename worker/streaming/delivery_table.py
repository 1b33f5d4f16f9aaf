"""The delivery desks of the partitions in hand: read back when a partition comes, written before anything goes on.

A desk is changed by the agent's batches, by time passing and by the outcomes of tries. Each such change holds the
partition's lock until the broker has confirmed what must be remembered of it. So no two interleave, and what is in
memory differs from what is written only inside of one change. Where a write fails for good the process leaves:
what is not written is not acked.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NoReturn

from worker.domain.delivery import Delivery
from worker.domain.delivery_desk import DeliveryDesk
from worker.domain.delivery_state import DeliveryState, StoredState
from worker.streaming import kafka_topics
from worker.streaming.codec import decode, encode
from worker.streaming.compacted import ReadBack, latest
from worker.streaming.message import Outgoing
from worker.streaming.outbox import Outbox
from worker.streaming.reliable import leave
from worker.streaming.state_size import StateSize

log = logging.getLogger(__name__)

Restore = Callable[[Iterable[DeliveryState]], DeliveryDesk]
"""Makes a desk of what was written of it; see `delivery_recovery.restored`."""


@dataclass
class Change:
    """One change of a desk, while its partition is locked.

    Attributes:
        desk: What is changed.
        deliveries: Records for `deliveries`, written before what the desk remembers.
    """

    desk: DeliveryDesk
    deliveries: list[Delivery] = field(default_factory=list)


class DeliveryTable:
    """Every delivery desk by partition of `alerts`."""

    def __init__(
        self, read_back: ReadBack, restore: Restore, outbox: Outbox, leave: Callable[[str], NoReturn] = leave
    ) -> None:
        """Make an empty table.

        Args:
            read_back: The pairs of one partition of `delivery-states`.
            restore: Makes a desk of them.
            outbox: Where changes go.
            leave: Ends the process; tests pass their own.
        """
        self._read_back = read_back
        self._restore = restore
        self._outbox = outbox
        self._leave = leave
        self._desks: dict[int, DeliveryDesk] = {}
        self._locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.size = StateSize(kafka_topics.DELIVERY_STATES)

    async def load(self, partition: int) -> None:
        """Read a partition back, unless it is there already."""
        async with self._locks[partition]:
            await self._load(partition)

    async def forget(self, partition: int) -> None:
        """Drop a partition, after the change in progress is written; it is read back if it returns."""
        async with self._locks[partition]:
            self._desks.pop(partition, None)
            self.size.forget(partition)

    @property
    def desks(self) -> dict[int, DeliveryDesk]:
        """The desks in memory by partition, to look at; changed only by `change`."""
        return self._desks

    @asynccontextmanager
    async def change(self, partition: int) -> AsyncIterator[Change]:
        """Lock a partition, read back if need be, for one change; at the end it is written and confirmed.

        If the change breaks off, the desk is dropped: it may differ from what is written, which is read back.
        """
        async with self._locks[partition]:
            desk = await self._load(partition)
            change = Change(desk)
            try:
                yield change
                await self._write(partition, change)
            except BaseException:
                self._desks.pop(partition, None)
                self.size.forget(partition)
                raise

    async def _load(self, partition: int) -> DeliveryDesk:
        if partition in self._desks:
            return self._desks[partition]
        entries = await latest(self._read_back(partition))
        self.size.load(partition, entries.items())
        desk = self._restore(decode(value, StoredState) for value in entries.values())
        await self._write(partition, Change(desk))
        self._desks[partition] = desk
        log.info("delivery table: partition %d holds %d records", partition, len(entries))
        return desk

    async def _write(self, partition: int, change: Change) -> None:
        """Write the outcomes, then what is remembered, which forgets what is delivered."""
        outcomes = [
            Outgoing(kafka_topics.DELIVERIES, delivery.notification.encode(), encode(delivery))
            for delivery in change.deliveries
        ]
        states = [
            Outgoing(kafka_topics.DELIVERY_STATES, key.encode(), encode(state) if state else None, partition)
            for key, state in change.desk.take_changes()
        ]
        for records in filter(None, (outcomes, states)):
            for error in await self._outbox.send([[record] for record in records]):
                if error is not None:
                    self._leave(f"what the deliver agent must remember cannot be written: {error!r}")
        for state in states:
            self.size.put(partition, state.key or b"", state.value)
