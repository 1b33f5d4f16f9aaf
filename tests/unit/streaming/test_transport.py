"""Where reading goes on after a rebalance; tests/e2e/test_late_fetches.py sees a worker do it."""

import asyncio

from worker.streaming import transport
from worker.streaming.transport import seek_to_committed

COMMITTED, FRESH, ZERO, GONE = "with a commit", "without one", "with a commit of nothing", "taken away"
OFFSETS = {COMMITTED: 7, FRESH: None, ZERO: 0}


class Consumer:
    """Knows committed offsets, and notes which partitions were sent to their beginning."""

    def __init__(self, offsets, assigned=None, broker_is_away=False):
        self.offsets = offsets
        self.assigned = frozenset(offsets) if assigned is None else assigned
        self.broker_is_away = broker_is_away
        self.sought = []

    async def seek_to_committed(self):
        return self.offsets

    def assignment(self):
        return self.assigned

    async def seek_to_beginning(self, *places):
        self.sought.append(set(places))
        if self.broker_is_away:
            await asyncio.Event().wait()


async def test_partitions_without_a_commit_are_read_from_their_beginning():
    consumer = Consumer(OFFSETS)
    assert await seek_to_committed(consumer) == OFFSETS
    assert consumer.sought == [{FRESH, ZERO}]


async def test_partitions_with_a_commit_are_left_where_it_is():
    consumer = Consumer({COMMITTED: 7})
    await seek_to_committed(consumer)
    assert consumer.sought == []


async def test_partitions_that_were_taken_away_meanwhile_are_passed_over():
    consumer = Consumer({**OFFSETS, GONE: None}, assigned=frozenset(OFFSETS))
    await seek_to_committed(consumer)
    assert consumer.sought == [{FRESH, ZERO}]


async def test_partition_whose_broker_is_away_does_not_hold_up_the_others(monkeypatch):
    monkeypatch.setattr(transport, "SEEK_SECONDS", 0.01)
    consumer = Consumer(OFFSETS, broker_is_away=True)
    assert await asyncio.wait_for(seek_to_committed(consumer), 10) == OFFSETS
