"""The lag is of this worker's partitions alone, and the age of the oldest message is what can be known of it."""

import pytest

from worker.adapters import metrics
from worker.adapters.kafka_lag import Progress
from worker.streaming.lag import Lag

RAW_0, RAW_1, MATCHES_0 = ("p.articles.raw", 0), ("p.articles.raw", 1), ("p.matches", 0)


class Kafka:
    """What Kafka says, and what the worker has in hand."""

    def __init__(self):
        self.now = 1000.0
        self.assigned = {RAW_0}
        self.progress = {}
        self.in_hand = {}
        self.fails = False
        self.lag = Lag(
            self.read, lambda: frozenset(self.assigned), lambda: self.in_hand, prefix="p.", clock=lambda: self.now
        )

    async def read(self, places):
        if self.fails:
            raise OSError("no broker")
        return {place: Progress(*self.progress.get(place, (0, 0))) for place in places}

    async def look_after(self, seconds, **progress):
        self.now += seconds
        self.progress |= {
            {"raw_0": RAW_0, "raw_1": RAW_1, "matches_0": MATCHES_0}[k]: v for k, v in progress.items()
        }
        await self.lag.look()


@pytest.fixture
def kafka():
    return Kafka()


def shown(kafka, gauge):
    kafka.lag.take()
    return {tuple(sample.labels.values()): sample.value for sample in next(iter(gauge.collect())).samples}


async def test_messages_that_are_not_committed_are_told_by_partition_without_the_prefix(kafka):
    kafka.assigned = {RAW_0, RAW_1, MATCHES_0}
    await kafka.look_after(10, raw_0=(5, 9), raw_1=(7, 7), matches_0=(0, 1))
    assert shown(kafka, metrics.CONSUMER_LAG) == {
        ("articles.raw", "0"): 4, ("articles.raw", "1"): 0, ("matches", "0"): 1,
    }  # fmt: skip


async def test_partition_that_went_to_another_worker_is_that_ones_to_tell(kafka):
    await kafka.look_after(10, raw_0=(5, 9))
    kafka.assigned = set()
    assert shown(kafka, metrics.CONSUMER_LAG) == shown(kafka, metrics.CONSUMER_LAG_SECONDS) == {}


async def test_age_of_what_is_in_hand_is_by_its_own_timestamp(kafka):
    await kafka.look_after(10, raw_0=(5, 9))
    kafka.in_hand = {RAW_0: kafka.now - 3600}
    assert shown(kafka, metrics.CONSUMER_LAG_SECONDS) == {("articles.raw",): 3600}


async def test_age_of_what_is_not_read_counts_from_when_the_end_was_first_behind_it(kafka):
    await kafka.look_after(10, raw_0=(9, 9))
    await kafka.look_after(10, raw_0=(9, 12))
    await kafka.look_after(10, raw_0=(9, 20))
    await kafka.look_after(10, raw_0=(9, 20))
    kafka.now += 9  # what was not done at the latest look may be done now
    assert shown(kafka, metrics.CONSUMER_LAG_SECONDS) == {("articles.raw",): 20}
    await kafka.look_after(1, raw_0=(12, 20))  # those of the first look are done, those of the second are not
    assert shown(kafka, metrics.CONSUMER_LAG_SECONDS) == {("articles.raw",): 20}
    await kafka.look_after(10, raw_0=(20, 20))
    assert shown(kafka, metrics.CONSUMER_LAG_SECONDS) == {("articles.raw",): 0}


async def test_largest_age_of_the_partitions_is_told(kafka):
    kafka.assigned = {RAW_0, RAW_1}
    await kafka.look_after(10, raw_0=(0, 1), raw_1=(3, 3))
    await kafka.look_after(5)
    assert shown(kafka, metrics.CONSUMER_LAG_SECONDS) == {("articles.raw",): 5}


async def test_message_from_the_future_has_no_age(kafka):
    await kafka.look_after(10, raw_0=(0, 1))
    kafka.in_hand = {RAW_0: kafka.now + 60}
    assert shown(kafka, metrics.CONSUMER_LAG_SECONDS) == {("articles.raw",): 0}


async def test_while_kafka_does_not_answer_nothing_is_told_and_the_failure_is_counted(kafka):
    await kafka.look_after(10, raw_0=(5, 9))
    failed = metrics.REGISTRY.get_sample_value("rasid_lag_reads_total", {"outcome": "failed"})
    kafka.fails = True
    await kafka.look_after(10)
    assert shown(kafka, metrics.CONSUMER_LAG) == {}
    assert metrics.REGISTRY.get_sample_value("rasid_lag_reads_total", {"outcome": "failed"}) == failed + 1
    kafka.fails = False
    await kafka.look_after(10)
    assert shown(kafka, metrics.CONSUMER_LAG) == {("articles.raw", "0"): 4}


async def test_without_partitions_kafka_is_not_asked(kafka):
    kafka.assigned, kafka.fails = set(), True
    failed = metrics.REGISTRY.get_sample_value("rasid_lag_reads_total", {"outcome": "failed"})
    await kafka.look_after(10)
    assert metrics.REGISTRY.get_sample_value("rasid_lag_reads_total", {"outcome": "failed"}) == failed
