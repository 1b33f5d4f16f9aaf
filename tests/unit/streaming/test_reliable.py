"""The batch loop: nothing is acked before its records, or its dead letter, are confirmed."""

import asyncio
from types import SimpleNamespace

import pytest

from worker.domain.errors import Reason, RejectedError
from worker.streaming import kafka_topics
from worker.streaming.message import Message, Outgoing
from worker.streaming.outbox import Outbox
from worker.streaming.reliable import BATCHES_IN_HAND, BatchLoop, Done

DLQ = "articles.raw.extract.dlq"


class LeftError(Exception):
    """Stands for the end of the process."""


def left(why):
    return pytest.RaisesExc(LeftError, match=why)


class Broker:
    """Takes records, refuses on named Kafka topics, and writes down what happened in which order."""

    def __init__(self, refuse=()):
        self.refuse = set(refuse)
        self.log = []

    async def send(self, record: Outgoing):
        answer = asyncio.get_running_loop().create_future()
        if record.kafka_topic.name in self.refuse:
            answer.set_exception(RuntimeError("refused"))
        else:
            self.log.append((record.kafka_topic.name, record.value))
            answer.set_result(None)
        return answer


def event(offset, value=b"v", log=None):
    log = [] if log is None else log
    message = SimpleNamespace(
        topic="articles.raw", partition=0, offset=offset, timestamp=1.0, key=b"k", value=value, headers=()
    )
    return SimpleNamespace(message=message, ack=lambda: log.append(("ack", offset)))


def loop_over(work, broker, attempts=1, most=32):
    def leave(why):
        raise LeftError(why)

    outbox = Outbox(broker.send, agent="extract", attempts=attempts, timeout_seconds=1)
    return BatchLoop(kafka_topics.ARTICLES_RAW, "extract", work, outbox, batch_messages=most, leave=leave)


async def stream(events):
    for event in events:
        yield event


def out(value=b"out", kafka_topic=kafka_topics.ARTICLES_EXTRACTED):
    return Outgoing(kafka_topic, b"k", value)


async def test_acks_follow_the_confirmed_sends_in_offset_order():
    broker = Broker()

    async def work(messages):
        return [Done((out(bytes([message.offset])),)) for message in messages]

    await loop_over(work, broker).run(stream([event(n, log=broker.log) for n in (5, 6, 7)]))
    assert broker.log == [
        ("articles.extracted", b"\x05"), ("articles.extracted", b"\x06"), ("articles.extracted", b"\x07"),
        ("ack", 5), ("ack", 6), ("ack", 7),
    ]  # fmt: skip


async def test_poison_goes_to_dead_letter_and_its_neighbours_go_on():
    broker = Broker()

    async def work(messages):
        return [
            RejectedError(Reason.NOT_JSON, "not JSON") if message.offset == 1 else Done((out(),))
            for message in messages
        ]

    await loop_over(work, broker).run(stream([event(n, f"original {n}".encode(), broker.log) for n in range(3)]))
    assert [name for name, _ in broker.log] == ["articles.extracted", "articles.extracted", DLQ] + ["ack"] * 3
    assert (DLQ, b"original 1") in broker.log


async def test_record_that_the_broker_refuses_is_dead_lettered_with_the_original_bytes():
    broker = Broker(refuse={"articles.extracted"})

    async def work(messages):
        return [Done((out(b"derived"),))]

    await loop_over(work, broker).run(stream([event(0, b"original", broker.log)]))
    assert broker.log == [(DLQ, b"original"), ("ack", 0)]


async def test_worker_leaves_before_any_ack_when_the_dead_letter_is_refused_too():
    broker = Broker(refuse={DLQ})

    async def work(messages):
        return [RejectedError(Reason.NOT_JSON, "poison"), Done((out(),))]

    with pytest.RaisesGroup(left("dead letter")):
        await loop_over(work, broker).run(stream([event(n, log=broker.log) for n in (0, 1)]))
    assert not [entry for entry in broker.log if entry[0] == "ack"]


async def test_worker_leaves_before_any_ack_when_the_agent_itself_is_broken():
    broker = Broker()

    async def work(messages):
        raise ZeroDivisionError

    with pytest.RaisesGroup(left("ZeroDivisionError")):
        await loop_over(work, broker).run(stream([event(0, log=broker.log)]))
    assert broker.log == []


async def test_missing_outcome_is_a_defect_and_never_an_ack():
    broker = Broker()

    async def work(messages):
        return [Done()]

    with pytest.RaisesGroup(left("2 messages, 1 outcomes")):
        await loop_over(work, broker).run(stream([event(n, log=broker.log) for n in (0, 1)]))
    assert broker.log == []


async def test_state_is_sent_only_after_what_was_published_from_it():
    broker = Broker()
    state = out(b"state", kafka_topics.ALERT_STATES)
    alert = out(b"alert", kafka_topics.ALERTS)

    async def work(messages):
        return [Done((alert,), (state,), lambda: broker.log.append("confirmed"))] * 2

    await loop_over(work, broker).run(stream([event(n, log=broker.log) for n in (0, 1)]))
    assert [entry[0] for entry in broker.log[:4]] == ["alerts", "alerts", "alert-states", "alert-states"]
    assert broker.log[4:] == ["confirmed", "confirmed", ("ack", 0), ("ack", 1)]


async def test_state_is_not_sent_when_its_alert_was_refused():
    broker = Broker(refuse={"alerts"})
    confirmed = []

    async def work(messages):
        done = Done(
            (out(b"alert", kafka_topics.ALERTS),),
            (out(b"state", kafka_topics.ALERT_STATES),),
            lambda: confirmed.append(1),
        )
        return [done]

    await loop_over(work, broker).run(stream([event(0, b"original", broker.log)]))
    assert broker.log == [(DLQ, b"original"), ("ack", 0)]
    assert confirmed == []


async def test_message_of_an_event_keeps_bytes_and_origin():
    seen = []

    async def work(messages):
        seen.extend(messages)
        return [Done()]

    await loop_over(work, Broker()).run(stream([event(9, b"\xff\x00")]))
    assert seen == [Message("articles.raw", 0, 9, 1.0, b"k", b"\xff\x00", ())]


async def test_messages_are_in_hand_until_they_are_acked_with_the_time_of_the_oldest_of_each_partition():
    broker, seen = Broker(), []

    async def work(messages):
        seen.append(dict(loop.in_hand))
        return [Done() for _ in messages]

    loop = loop_over(work, broker)
    events = [event(n) for n in (5, 6, 7)]
    events[1].message.timestamp = 0.5
    events[2].message.partition = 3
    await loop.run(stream(events))
    first, third = {("articles.raw", 0): 1.0}, {("articles.raw", 3): 1.0}
    assert seen == [first | third, third]
    assert loop.in_hand == {}


async def test_messages_that_come_while_a_batch_is_worked_on_are_the_next_batch_up_to_the_most():
    batches = []

    async def work(messages):
        batches.append([message.offset for message in messages])
        await asyncio.sleep(0)
        return [Done() for _ in messages]

    await loop_over(work, Broker(), most=3).run(stream([event(n) for n in range(8)]))
    assert batches == [[0, 1, 2], [3, 4, 5], [6, 7]]


async def test_a_slow_message_holds_up_its_own_partition_and_no_other():
    log, slow = [], asyncio.Event()

    async def work(messages):
        if messages[0].partition == 0:
            await slow.wait()
        return [Done() for _ in messages]

    def at(partition, offset):
        one = event(offset)
        one.message.partition = partition
        one.ack = lambda: log.append((partition, offset))
        return one

    async def events():
        for offset in range(3):
            for partition in range(2):
                yield at(partition, offset)
                await asyncio.sleep(0)
        await asyncio.sleep(0.01)
        log.append("slow one done")
        slow.set()

    await loop_over(work, Broker()).run(events())
    assert log == [(1, 0), (1, 1), (1, 2), "slow one done", (0, 0), (0, 1), (0, 2)]


async def test_no_more_is_taken_while_four_batches_are_in_hand():
    taken, go = [], asyncio.Event()

    async def work(messages):
        await go.wait()
        return [Done() for _ in messages]

    async def events():
        for offset in range(20):
            taken.append(offset)
            yield event(offset)

    running = asyncio.create_task(loop_over(work, Broker(), most=2).run(events()))
    await asyncio.sleep(0.01)
    assert len(taken) == 2 * BATCHES_IN_HAND + 1  # the last of them waits at the door
    go.set()
    await running
    assert len(taken) == 20


async def test_a_loop_that_was_cancelled_acks_nothing_and_can_run_again():
    log = []

    async def work(messages):
        if messages[0].offset == 0:
            await asyncio.Event().wait()
        return [Done() for _ in messages]

    loop = loop_over(work, Broker())
    running = asyncio.create_task(loop.run(stream([event(0, log=log)])))
    await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await loop.run(stream([event(1, log=log)]))
    assert log == [("ack", 1)]
