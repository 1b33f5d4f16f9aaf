"""What a table holds is told by kind, follows each write, and goes with its partitions."""

import pytest

from worker.adapters import metrics
from worker.streaming import kafka_topics
from worker.streaming.state_size import StateSize


@pytest.fixture
def size():
    metrics.STATE_ENTRIES.clear()
    metrics.STATE_BYTES.clear()
    return StateSize(kafka_topics.ALERT_STATES)


def told(size):
    size.take()
    samples = [next(iter(gauge.collect())).samples for gauge in (metrics.STATE_ENTRIES, metrics.STATE_BYTES)]
    return {one.labels["kind"]: (one.value, two.value) for one, two in zip(*samples, strict=True)}


def test_keys_and_values_count_and_a_second_value_replaces_the_first(size):
    size.put(0, b"alert/1", b"x" * 93)
    size.put(1, b"held/a/1", b"y" * 92)
    assert told(size) == {"alert": (1, 100), "held": (1, 100)}
    size.put(0, b"alert/1", b"x" * 43)
    assert told(size)["alert"] == (1, 50)


def test_what_is_forgotten_leaves_nothing(size):
    size.put(0, b"held/a/1", b"y")
    size.put(0, b"held/a/1", None)
    size.put(0, b"held/b/2", None)
    assert told(size) == {"held": (0, 0)}


def test_partition_that_is_read_back_replaces_what_was_known_of_it_and_goes_when_it_is_given_away(size):
    size.put(0, b"alert/1", b"x")
    size.load(0, [(b"alert/2", b"x" * 3), (b"surge/moscow", b"x" * 8)])
    size.put(1, b"alert/3", b"x" * 3)
    assert told(size) == {"alert": (2, 20), "surge": (1, 20)}
    size.forget(0)
    assert told(size) == {"alert": (1, 10), "surge": (0, 0)}
