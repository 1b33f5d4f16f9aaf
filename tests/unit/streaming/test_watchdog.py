"""The watchdog ends a worker that stands still before messages, and no other."""

import pytest

from worker.adapters.kafka_admin import BrokerError, PartitionStatus
from worker.streaming.watchdog import Watchdog

PLACE = ("articles.raw", 0)


class LeftError(Exception):
    """The process would have ended."""


class Worker:
    """A worker whose partition stands where the test says."""

    def __init__(self):
        self.now, self.end, self.committed = 0.0, 10, 0
        self.assigned = {PLACE}
        self.is_broker_there = True
        self.watchdog = Watchdog(self.status, lambda: self.assigned, 60, clock=lambda: self.now, leave=self.leave)

    async def status(self):
        if not self.is_broker_there:
            raise BrokerError("no Kafka broker answers")
        return [PartitionStatus(*PLACE, 0, self.end, self.committed)]

    def leave(self, why):
        raise LeftError(why)

    async def look_for(self, seconds, *, committed_each=0):
        for _ in range(0, seconds, 10):
            await self.watchdog.look()
            self.now += 10
            if committed_each:
                self.committed += committed_each
        await self.watchdog.look()

    async def survives(self, seconds, *, committed_each=0):
        try:
            await self.look_for(seconds, committed_each=committed_each)
        except LeftError:
            return False
        return True


@pytest.fixture
def worker():
    return Worker()


async def test_partition_with_lag_that_does_not_move_ends_the_worker(worker):
    await worker.look_for(50)
    with pytest.raises(LeftError, match=r"articles.raw\[0\] has 10 messages to read and has not moved for 60 s"):
        await worker.look_for(20)


async def test_slow_progress_is_progress(worker):
    worker.end = 10_000
    assert await worker.survives(3_600, committed_each=1)


async def test_partition_that_was_never_committed_counts_from_its_beginning(worker):
    worker.committed = None
    with pytest.raises(LeftError, match="has 10 messages"):
        await worker.look_for(80)


async def test_idle_partition_is_left_in_peace(worker):
    worker.committed = worker.end
    assert await worker.survives(3_600)


async def test_partition_of_another_worker_is_none_of_its_business(worker):
    worker.assigned = set()
    assert await worker.survives(3_600)


async def test_worker_that_lost_its_partitions_and_gets_no_others_ends(worker):
    worker.assigned = None
    await worker.look_for(50)
    with pytest.raises(LeftError, match="has assigned no partitions for 60 s"):
        await worker.look_for(20)


async def test_worker_without_a_partition_to_read_is_left_in_peace(worker):
    worker.assigned = None
    assert await worker.survives(50)
    worker.assigned = set()
    assert await worker.survives(3_600)


async def test_worker_that_waits_for_partitions_while_there_is_no_broker_is_left_in_peace(worker):
    worker.assigned = None
    worker.is_broker_there = False
    assert await worker.survives(3_600)
    worker.is_broker_there = True
    assert await worker.survives(50)


async def test_time_without_a_broker_is_not_held_against_the_worker(worker):
    assert await worker.survives(50)
    worker.is_broker_there = False
    assert await worker.survives(600)
    worker.is_broker_there = True
    assert await worker.survives(50)


async def test_partition_that_comes_back_after_a_rebalance_counts_anew(worker):
    assert await worker.survives(50)
    worker.assigned = set()
    assert await worker.survives(20)
    worker.assigned = {PLACE}
    assert await worker.survives(50)
