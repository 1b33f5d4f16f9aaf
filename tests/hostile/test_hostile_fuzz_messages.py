"""Messages of every type: records, or a rejection; garbled keys, headers and times stop no agent."""

import sys
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.hostile.fuzzing import ROOT, fuzzed, mutated, within_the_limit
from worker.domain.errors import Reason, RejectedError
from worker.streaming.codec import decode, encode
from worker.streaming.dead_letter import dead_letter
from worker.streaming.kafka_topics import ALERT_ACTIONS, ALL
from worker.streaming.reliable import message_of

TYPES = sorted({topic.message for topic in ALL if topic.message}, key=lambda record: record.__name__)
EXAMPLES = {record: (ROOT / f"topics/kafka/examples/{record.__name__}.json").read_bytes() for record in TYPES}
BY_NAME = pytest.mark.parametrize("record", TYPES, ids=lambda record: record.__name__)
DEEP = sys.getrecursionlimit() * 100


def decoded(value, record):
    """Return the record, or None where it was rejected for its shape."""
    try:
        return decode(value, record)
    except RejectedError as error:
        rejection = error
    assert rejection.reason in (Reason.NOT_JSON, Reason.WRONG_SHAPE)
    return None


@BY_NAME
def test_fuzz_mutated_messages(record):
    @fuzzed(60)
    @given(mutated(st.just(EXAMPLES[record]), most=3))
    def check(value):
        with within_the_limit():
            read = decoded(value, record)
            if read is not None:
                assert decode(encode(read), record) == read

    check()


@BY_NAME
@pytest.mark.parametrize("deep", [b'{"zzz":' * DEEP, b'{"zzz":' + b"[" * DEEP + b"]" * DEEP + b"}", b"[" * DEEP])
def test_a_message_nested_too_deep_is_rejected_and_ends_no_worker(record, deep):
    assert decoded(deep, record) is None


def event(**fields):
    given = {
        "topic": "alert-actions",
        "partition": 0,
        "offset": 7,
        "timestamp": 1.7e9,
        "key": b"k",
        "value": b"{",
        "headers": [],
    } | fields
    return SimpleNamespace(message=SimpleNamespace(**given))


@pytest.mark.parametrize("timestamp", [None, -1.0, -0.001, 0.0, 1e12, 9.2e15, 253402300799.0])
def test_a_message_has_a_time_whatever_its_producer_wrote(timestamp):
    message = message_of(event(timestamp=timestamp))
    assert 1970 <= message.received_at.year < 2200


def test_a_time_in_the_future_does_not_carry_the_worker_there():
    now = message_of(event(timestamp=4e9)).received_at
    assert now < message_of(event(timestamp=4e9)).received_at.replace(year=now.year + 1)
    assert now.year < 2090


@fuzzed(150)
@given(
    st.none() | st.binary(max_size=60),
    st.none() | st.binary(max_size=60),
    st.lists(st.tuples(st.text(max_size=12), st.none() | st.binary(max_size=30)), max_size=5),
)
def test_fuzz_garbled_keys_and_headers_are_kept_in_a_dead_letter(key, value, headers):
    message = message_of(event(key=key, value=value, headers=headers))
    letter = dead_letter(ALERT_ACTIONS, "act", message, RejectedError(Reason.NOT_JSON, "\ud800\n\x1b[31m" * 500))
    # A record with neither key nor value cannot be sent by our client: its letter has a value of no bytes.
    assert letter.key == key
    assert letter.value == (b"" if key is None and value is None else value)
    assert len(dict(letter.headers)["rasid.detail"]) <= 1_000
    assert [one for one in letter.headers if not one[0].startswith("rasid.")] == [
        one for one in headers if not one[0].startswith("rasid.")
    ]
