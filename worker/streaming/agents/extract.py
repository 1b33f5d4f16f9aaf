"""The extract agent.

Reads `articles.raw`, writes `articles.extracted`, keeps nothing, dead-letters to `articles.raw.extract.dlq`
whatever yields no text: see `worker.domain.errors.Reason`. What no watch topic could match may be passed over:
nothing is written of it, and it stays in `articles.raw`.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence

from worker.adapters import metrics
from worker.adapters.pool import Pool
from worker.domain.errors import RejectedError
from worker.streaming import kafka_topics
from worker.streaming.child import extract_in_child
from worker.streaming.message import ORIGIN_HEADER, Message, Outgoing
from worker.streaming.reliable import Done, Outcome, Work
from worker.streaming.stages import Extracted, PassedOver

log = logging.getLogger(__name__)

NAME = "extract"
SOURCE = kafka_topics.ARTICLES_RAW


Stage = Callable[[bytes, float], Extracted | PassedOver]


def extract_work(pool: Pool, stage: Stage = extract_in_child) -> Work:
    """Return the agent's work: each message of a batch in the pool, side by side.

    Args:
        pool: The pool whose processes run the stage.
        stage: `extract_in_child`, or `extract_candidate_in_child` to pass over what no watch topic could match.
    """

    async def extract_one(message: Message) -> Outcome:
        try:
            extracted = await pool.run(stage, message.value or b"", message.timestamp_seconds)
        except RejectedError as rejection:
            return rejection
        metrics.STAGE_SECONDS.labels(stage=NAME).observe(extracted.seconds)
        if isinstance(extracted, PassedOver):
            log.debug("passed over: %s, article %s", message.place, extracted.article_id)
            return Done(outcome="passed_over")
        key = extracted.article_id.encode("utf-8", "surrogatepass")
        origin = ((ORIGIN_HEADER, message.place.encode()),)
        return Done((Outgoing(kafka_topics.ARTICLES_EXTRACTED, key, extracted.value, headers=origin),))

    async def extract(messages: Sequence[Message]) -> Sequence[Outcome]:
        return await asyncio.gather(*map(extract_one, messages))

    return extract
