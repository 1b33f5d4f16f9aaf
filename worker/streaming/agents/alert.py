"""The alert agent.

Reads `matches`, writes `alerts`, keeps every alert in the alert table (`alert-states`), dead-letters to
`matches.alert.dlq`. All matches of a watch topic lie in one partition, so one worker sees them all.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial

from worker.adapters import metrics
from worker.domain.alert import Alert, MatchRecord, alert_id, step
from worker.domain.errors import RejectedError
from worker.streaming import kafka_topics
from worker.streaming.codec import decode, encode
from worker.streaming.message import Message, Outgoing
from worker.streaming.reliable import Done, Outcome, Work
from worker.streaming.tables import AlertTable

NAME = "alert"
SOURCE = kafka_topics.MATCHES


def alert_work(table: AlertTable, clock: Callable[[], float] = time.time) -> Work:
    """Return the agent's work: each match applied to the alert of its watch topic and story, in order."""

    async def alert(messages: Sequence[Message]) -> Sequence[Outcome]:
        for number in {message.partition for message in messages}:
            await table.load(number)
        in_this_batch: dict[str, Alert] = {}
        return [_apply(message, in_this_batch) for message in messages]

    def _apply(message: Message, in_this_batch: dict[str, Alert]) -> Outcome:
        started = time.perf_counter()
        try:
            match = decode(message.value, MatchRecord)
        except RejectedError as rejection:
            return rejection
        key = alert_id(match.watch_topic, match.story)
        before = in_this_batch.get(key) or table.get(message.partition, key)
        after = step(before, match)
        metrics.STAGE_SECONDS.labels(stage=NAME).observe(time.perf_counter() - started)
        if after is None:
            return Done()
        in_this_batch[key] = after
        value = encode(after)
        return Done(
            (Outgoing(kafka_topics.ALERTS, key.encode(), value),),
            (Outgoing(kafka_topics.ALERT_STATES, key.encode(), value, message.partition),),
            partial(_confirmed, message.partition, after, match),
        )

    def _confirmed(partition: int, alert: Alert, match: MatchRecord) -> None:
        table.put(partition, alert)
        metrics.ALERTS.labels(watch_topic=alert.watch_topic, severity=alert.severity, change=alert.change).inc()
        if alert.change == "raised":
            _observe_delay(match, clock())

    return alert


def _observe_delay(match: MatchRecord, now_seconds: float) -> None:
    article = match.article
    since_arrival = now_seconds - article.received_at.timestamp()
    metrics.ALERT_DELAY_SECONDS.labels(since="arrival").observe(max(0.0, since_arrival))
    if article.published_at is not None:
        since_publication = now_seconds - article.published_at.timestamp()
        metrics.ALERT_DELAY_SECONDS.labels(since="publication").observe(max(0.0, since_publication))
