"""A notifier with a clock, a broker and receivers that a test holds in its hands."""

import asyncio
from datetime import datetime, timedelta
from functools import partial

import msgspec

from tests.unit.domain.alert_maker import NOON, RECEIVERS
from worker.domain.delivery import Delivery, DeliveryOutcome
from worker.domain.delivery_recovery import restored
from worker.domain.notification import Notification
from worker.domain.receiver import Receivers
from worker.domain.silence import Silences
from worker.streaming import kafka_topics
from worker.streaming.delivery_table import DeliveryTable
from worker.streaming.notifier import Notifier
from worker.streaming.outbox import Outbox

DELIVERED, RETRY, REJECTED = (DeliveryOutcome(kind) for kind in ("delivered", "retry", "rejected"))


class Left(BaseException):
    """The process has ended."""


def leave(why: str):
    raise Left(why)


class Clock:
    def __init__(self):
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **passed: float) -> None:
        self.now += timedelta(**passed)


class Broker:
    """Confirms every record and keeps it, or fails while `broken`."""

    def __init__(self):
        self.records = []
        self.broken = False
        self.held: asyncio.Event | None = None

    async def send(self, record):
        if self.held is not None:
            await self.held.wait()
        answer = asyncio.get_running_loop().create_future()
        if self.broken:
            answer.set_exception(OSError("the broker is gone"))
        else:
            self.records.append(record)
            answer.set_result(None)
        return answer

    async def read_back(self, partition):
        for record in list(self.records):
            if record.kafka_topic is kafka_topics.DELIVERY_STATES and record.partition == partition:
                await asyncio.sleep(0)
                yield record.key, record.value

    def states(self) -> dict[bytes, bytes]:
        latest = {}
        for record in self.records:
            if record.kafka_topic is kafka_topics.DELIVERY_STATES:
                latest[record.key] = record.value
        return {key: value for key, value in latest.items() if value is not None}

    def deliveries(self) -> list[Delivery]:
        return [
            msgspec.json.decode(record.value, type=Delivery)
            for record in self.records
            if record.kafka_topic is kafka_topics.DELIVERIES
        ]


class HeldSink:
    """Keeps what it gets and answers as it is told; it hangs while `answer` is None."""

    def __init__(self, name: str):
        self.name = name
        self.got: list[Notification] = []
        self.answer: DeliveryOutcome | Exception | None = DELIVERED

    async def deliver(self, notification: Notification) -> DeliveryOutcome:
        self.got.append(notification)
        if self.answer is None:
            await asyncio.Event().wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Worker:
    """One worker's notifier on a broker that outlives it."""

    def __init__(self, broker: Broker, clock: Clock, receivers: Receivers = RECEIVERS):
        self.sinks = {name: HeldSink(name) for name in receivers.by_name}
        self.silences = Silences()
        outbox = Outbox(broker.send, agent="deliver", attempts=1, timeout_seconds=1)
        restore = partial(restore_now, receivers, self.silences, clock)
        self.table = DeliveryTable(broker.read_back, restore, outbox, leave)
        self.notifier = Notifier(receivers, self.sinks, self.table, self.silences, clock=clock, leave=leave)


def restore_now(receivers, silences, clock, states):
    return restored(states, receivers, silences, clock())


async def until(holds) -> None:
    """Let others run until something holds."""
    for _ in range(500):
        if holds():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never came about")
