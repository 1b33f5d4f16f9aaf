"""The deliver agent.

Reads `alerts`, has the notifier take each state of an alert in, which writes what follows from it to
`delivery-states` before the ack and sends in the background, every try to `deliveries`. Dead-letters to
`alerts.deliver.dlq`.
"""

from collections.abc import Sequence

from worker.domain.alert import Alert
from worker.domain.errors import RejectedError
from worker.streaming import kafka_topics
from worker.streaming.codec import decode
from worker.streaming.message import Message
from worker.streaming.notifier import Notifier
from worker.streaming.reliable import Done, Outcome, Work

NAME = "deliver"
SOURCE = kafka_topics.ALERTS


def deliver_work(notifier: Notifier) -> Work:
    """Return the agent's work: the states of alerts to the notifier, in order, partition by partition."""

    async def deliver(messages: Sequence[Message]) -> Sequence[Outcome]:
        outcomes: list[Outcome] = []
        alerts: dict[int, list[Alert]] = {}
        for message in messages:
            outcome: Outcome = Done()
            if message.value is not None:  # else a tombstone of the compacted Kafka topic
                try:
                    alerts.setdefault(message.partition, []).append(decode(message.value, Alert))
                except RejectedError as rejection:
                    outcome = rejection
            outcomes.append(outcome)
        for partition, states in alerts.items():
            await notifier.take(partition, states)
        return outcomes

    return deliver
