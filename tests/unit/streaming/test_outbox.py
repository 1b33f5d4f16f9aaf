"""Confirmed sends: in order, repeated from the first failure on, given up with the error."""

import asyncio

import pytest
from aiokafka.errors import MessageSizeTooLargeError

from worker.streaming import kafka_topics, outbox
from worker.streaming.message import Outgoing
from worker.streaming.outbox import Outbox


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch):
    monkeypatch.setattr(outbox, "FIRST_PAUSE_SECONDS", 0.0)


def record(value: str) -> Outgoing:
    return Outgoing(kafka_topics.ALERTS, b"k", value.encode())


class Producer:
    """Confirms records unless `fails` says otherwise for the nth send."""

    def __init__(self, fails=lambda number, value: None):
        self.sent = []
        self.fails = fails

    async def send(self, outgoing):
        value = outgoing.value.decode()
        self.sent.append(value)
        answer = asyncio.get_running_loop().create_future()
        error = self.fails(len(self.sent), value)
        if error is None:
            answer.set_result(None)
        else:
            answer.set_exception(error)
        return answer


def sender(producer, attempts=3, timeout_seconds=1.0):
    return Outbox(producer.send, agent="alert", attempts=attempts, timeout_seconds=timeout_seconds)


async def test_all_confirmed_gives_no_errors():
    producer = Producer()
    assert await sender(producer).send([[record("a"), record("b")], [], [record("c")]]) == [None, None, None]
    assert producer.sent == ["a", "b", "c"]


async def test_failure_repeats_everything_behind_it_so_that_order_holds():
    producer = Producer(lambda number, value: OSError("gone") if number == 2 else None)
    assert await sender(producer).send([[record("a")], [record("b")], [record("c")]]) == [None, None, None]
    assert producer.sent == ["a", "b", "c", "b", "c"]


async def test_error_that_stays_is_returned_for_its_message_alone():
    producer = Producer(lambda number, value: OSError("gone") if value == "b" else None)
    errors = await sender(producer).send([[record("a")], [record("b")], [record("c")]])
    assert [type(error) for error in errors] == [type(None), OSError, type(None)]
    assert producer.sent.count("b") == 3


async def test_refusal_for_good_is_not_repeated():
    def fails(number, value):
        error = RuntimeError("wrapped by Faust")
        error.__cause__ = MessageSizeTooLargeError()
        return error

    producer = Producer(fails)
    errors = await sender(producer).send([[record("a")]])
    assert isinstance(errors[0], RuntimeError)
    assert producer.sent == ["a"]


async def test_broker_that_never_answers_is_an_error_after_the_timeout():
    class Silent(Producer):
        async def send(self, outgoing):
            self.sent.append("x")
            return asyncio.get_running_loop().create_future()

    errors = await sender(Silent(), attempts=1, timeout_seconds=0.01).send([[record("a")]])
    assert isinstance(errors[0], TimeoutError)


async def test_error_at_hand_over_counts_as_a_failed_send():
    class Broken(Producer):
        async def send(self, outgoing):
            self.sent.append("x")
            raise ConnectionError

    broken = Broken()
    errors = await sender(broken, attempts=2).send([[record("a")]])
    assert isinstance(errors[0], ConnectionError)
    assert len(broken.sent) == 2
