"""The extract agent.

Reads `articles.raw`, writes `articles.extracted`, keeps nothing, dead-letters to `articles.raw.extract.dlq`
whatever yields no text: see `worker.domain.errors.Reason`.
"""

import asyncio
from collections.abc import Sequence

from worker.adapters import metrics
from worker.adapters.pool import Pool
from worker.domain.errors import RejectedError
from worker.streaming import kafka_topics
from worker.streaming.child import extract_in_child
from worker.streaming.message import ORIGIN_HEADER, Message, Outgoing
from worker.streaming.reliable import Done, Outcome, Work

NAME = "extract"
SOURCE = kafka_topics.ARTICLES_RAW


def extract_work(pool: Pool) -> Work:
    """Return the agent's work: each message of a batch in the pool, side by side."""

    async def extract_one(message: Message) -> Outcome:
        try:
            extracted = await pool.run(extract_in_child, message.value or b"", message.timestamp_seconds)
        except RejectedError as rejection:
            return rejection
        metrics.STAGE_SECONDS.labels(stage=NAME).observe(extracted.seconds)
        key = extracted.article_id.encode("utf-8", "surrogatepass")
        origin = ((ORIGIN_HEADER, message.place.encode()),)
        return Done((Outgoing(kafka_topics.ARTICLES_EXTRACTED, key, extracted.value, headers=origin),))

    async def extract(messages: Sequence[Message]) -> Sequence[Outcome]:
        return await asyncio.gather(*map(extract_one, messages))

    return extract
