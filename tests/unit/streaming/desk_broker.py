"""A broker in memory, for the tests of the desks."""

import asyncio
from datetime import timedelta

import msgspec

from tests.records import MARCH_24, match_record
from worker.domain.alert_event import AlertEvent
from worker.streaming import kafka_topics
from worker.streaming.desks import Desks
from worker.streaming.outbox import Outbox


class LeftError(Exception):
    """The process would have ended."""


class Broker:
    """Keeps what is sent, refuses what it is told to, and reads `alert-states` back."""

    def __init__(self):
        self.records = []
        self.refused = None
        self.reads = 0
        self.now = MARCH_24

    def desks(self):
        def leave(why):
            raise LeftError(why)

        return Desks(
            self.read_back,
            Outbox(self.send, agent="alert", attempts=1, timeout_seconds=1),
            replay_wait=timedelta(seconds=5),
            clock=lambda: self.now,
            leave=leave,
        )

    async def send(self, record):
        if record.kafka_topic is self.refused:
            raise OSError("no broker")
        self.records.append(record)
        answer = asyncio.get_running_loop().create_future()
        answer.set_result(None)
        return answer

    async def read_back(self, partition):
        self.reads += 1
        for record in list(self.of(kafka_topics.ALERT_STATES)):
            await asyncio.sleep(0)
            if record.partition == partition:
                yield record.key, record.value

    def of(self, kafka_topic):
        return [record for record in self.records if record.kafka_topic is kafka_topic]

    def changes(self):
        events = [msgspec.json.decode(one.value, type=AlertEvent) for one in self.of(kafka_topics.ALERT_EVENTS)]
        return [event.change for event in events]


async def taken(desks, article="a1", partition=0, **fields):
    match = match_record(article, **fields)
    await desks.run(partition, lambda desk, now: desk.take(match, ("articles.raw[0]@7", "matches[0]@1"), now))
