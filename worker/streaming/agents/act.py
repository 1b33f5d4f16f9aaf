"""The act agent.

Reads `alert-actions`, puts each before the alert desk of its partition (desks.py), which answers in
`alert-events`: a change, or a refusal that says why. Dead-letters to `alert-actions.act.dlq`. Actions have the key
and the number of partitions of `matches`, so they come to the worker that has the desk.
"""

from collections.abc import Sequence
from functools import partial

from worker.domain.alert_action import AlertAction
from worker.domain.desk import Desk
from worker.domain.errors import RejectedError
from worker.streaming import kafka_topics
from worker.streaming.codec import decode
from worker.streaming.desks import Desks
from worker.streaming.message import Message
from worker.streaming.reliable import Done, Outcome, Work

NAME = "act"
SOURCE = kafka_topics.ALERT_ACTIONS


def act_work(desks: Desks) -> Work:
    """Return the agent's work: one action after the other, each at its partition's desk."""

    async def act(messages: Sequence[Message]) -> Sequence[Outcome]:
        return [await act_one(message) for message in messages]

    async def act_one(message: Message) -> Outcome:
        try:
            action = decode(message.value, AlertAction)
        except RejectedError as rejection:
            return rejection
        await desks.run(message.partition, partial(_act, action=action, message=message))
        return Done()

    return act


def _act(desk: Desk, _now: object, *, action: AlertAction, message: Message) -> None:
    watch_topic = (message.key or b"").decode(errors="replace")
    desk.act(action, watch_topic, message.received_at)
