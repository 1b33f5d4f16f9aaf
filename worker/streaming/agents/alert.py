"""The alert agent.

Reads `matches`, puts each before the alert desk of its partition (desks.py), which writes `alerts`, `alert-events`
and `alert-states`; dead-letters to `matches.alert.dlq`. All matches of a watch topic lie in one partition, so one
worker sees them all.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from worker.domain.alert import MatchRecord
from worker.domain.desk import Desk
from worker.domain.errors import RejectedError
from worker.streaming import kafka_topics
from worker.streaming.codec import decode
from worker.streaming.desks import Desks
from worker.streaming.message import Message
from worker.streaming.reliable import Done, Outcome, Work

NAME = "alert"
SOURCE = kafka_topics.MATCHES

Taken = tuple[MatchRecord, tuple[str, ...]]


def alert_work(desks: Desks) -> Work:
    """Return the agent's work: the matches of a batch before the desks of their partitions, in order."""

    async def alert(messages: Sequence[Message]) -> Sequence[Outcome]:
        outcomes: list[Outcome] = []
        taken: defaultdict[int, list[Taken]] = defaultdict(list)
        for message in messages:
            try:
                taken[message.partition].append((decode(message.value, MatchRecord), _origins(message)))
                outcomes.append(Done())
            except RejectedError as rejection:
                outcomes.append(rejection)
        for partition, matches in taken.items():
            await desks.run(partition, partial(_take, matches=matches))
        return outcomes

    return alert


def _take(desk: Desk, now: datetime, *, matches: Sequence[Taken]) -> None:
    for match, origins in matches:
        desk.take(match, origins, now)


def _origins(message: Message) -> tuple[str, ...]:
    """Return where the article and its match lie in Kafka, for the audit trail."""
    articles = [(place or b"").decode(errors="replace") for _, place in message.origin]
    return (*filter(None, articles), message.place)
