"""The deliver agent.

Reads `alerts`, hands each state to the sink, writes what became of it to `deliveries`, keeps nothing,
dead-letters to `alerts.deliver.dlq`.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from worker.adapters import metrics
from worker.adapters.sinks import Sink
from worker.domain.alert import Alert
from worker.domain.delivery import Delivery
from worker.domain.errors import RejectedError
from worker.streaming import kafka_topics
from worker.streaming.codec import decode, encode
from worker.streaming.message import Message, Outgoing
from worker.streaming.reliable import Done, Outcome, Work

NAME = "deliver"
SOURCE = kafka_topics.ALERTS


def deliver_work(sink: Sink, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Work:
    """Return the agent's work: each state of an alert to the sink, in order."""

    def deliver_one(message: Message) -> Outcome:
        if message.value is None:  # a tombstone of the compacted Kafka topic: the alert is forgotten
            return Done()
        try:
            alert = decode(message.value, Alert)
        except RejectedError as rejection:
            return rejection
        sink.deliver(alert)
        metrics.DELIVERIES.labels(sink=sink.name, outcome="delivered").inc()
        delivery = Delivery(
            alert_id=alert.id, revision=alert.revision, sink=sink.name, outcome="delivered", at=clock()
        )
        return Done((Outgoing(kafka_topics.DELIVERIES, alert.id.encode(), encode(delivery)),))

    async def deliver(messages: Sequence[Message]) -> Sequence[Outcome]:
        return [deliver_one(message) for message in messages]

    return deliver
