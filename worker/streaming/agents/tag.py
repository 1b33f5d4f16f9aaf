"""The tag agent.

Reads `articles.extracted`, writes `articles.tagged` and one record a match to `matches`, keeps nothing,
dead-letters to `articles.extracted.tag.dlq`.
"""

import asyncio
import time
from collections.abc import Sequence

from worker.adapters import metrics
from worker.adapters.pool import Pool
from worker.domain.errors import RejectedError
from worker.streaming import kafka_topics
from worker.streaming.child import tag_in_child
from worker.streaming.message import Message, Outgoing
from worker.streaming.reliable import Done, Outcome, Work
from worker.streaming.stages import Tagged

NAME = "tag"
SOURCE = kafka_topics.ARTICLES_EXTRACTED


def tag_work(pool: Pool) -> Work:
    """Return the agent's work: language and matches of each message of a batch in the pool, side by side.

    Args:
        pool: The pool whose processes hold the index over watch topics, and follow it when it changes.
    """

    async def tag_one(message: Message) -> Outcome:
        try:
            tagged = await pool.run(tag_in_child, message.value or b"")
        except RejectedError as rejection:
            return rejection
        return Done(_records(tagged, message), on_confirmed=lambda: _count(tagged))

    async def tag(messages: Sequence[Message]) -> Sequence[Outcome]:
        return await asyncio.gather(*map(tag_one, messages))

    return tag


def _records(tagged: Tagged, message: Message) -> tuple[Outgoing, ...]:
    key = tagged.article_id.encode("utf-8", "surrogatepass")
    return (
        Outgoing(kafka_topics.ARTICLES_TAGGED, key, tagged.value, headers=message.carried),
        *(
            Outgoing(kafka_topics.MATCHES, watch_topic.encode(), value, headers=message.carried)
            for watch_topic, _, value in tagged.matches
        ),
    )


def _count(tagged: Tagged) -> None:
    metrics.STAGE_SECONDS.labels(stage=NAME).observe(tagged.seconds)
    metrics.ARTICLE_LANGUAGE.labels(language=tagged.language).inc()
    metrics.count_source(tagged.source, time.monotonic())
    for watch_topic, level, _ in tagged.matches:
        metrics.MATCHES.labels(watch_topic=watch_topic, level=level).inc()
        metrics.MATCH_LANGUAGE.labels(watch_topic=watch_topic, language=tagged.language).inc()
