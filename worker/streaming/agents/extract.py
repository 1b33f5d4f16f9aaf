"""The extract agent.

Reads `articles.raw`, writes `articles.extracted`, keeps bodies that it may forget at any time, dead-letters to
`articles.raw.extract.dlq` whatever yields no text: see `worker.domain.errors.Reason`. What no watch topic could
match may be passed over: nothing is written of it, and it stays in `articles.raw`.
"""

import asyncio
import logging
from collections.abc import Sequence

from worker.adapters import metrics
from worker.domain.errors import RejectedError
from worker.streaming import kafka_topics
from worker.streaming.extractions import Extractions
from worker.streaming.message import COPY_HEADER, ORIGIN_HEADER, Headers, Message, Outgoing
from worker.streaming.reliable import Done, Outcome, Work
from worker.streaming.stages import PassedOver

log = logging.getLogger(__name__)

NAME = "extract"
SOURCE = kafka_topics.ARTICLES_RAW


def extract_work(extractions: Extractions) -> Work:
    """Return the agent's work: each message of a batch in the pool, side by side."""

    async def extract_one(message: Message) -> Outcome:
        try:
            extraction = await extractions.of(message)
        except RejectedError as rejection:
            return rejection
        extracted = extraction.outcome
        metrics.STAGE_SECONDS.labels(stage=NAME).observe(extracted.seconds)
        if isinstance(extracted, PassedOver):
            log.debug("passed over: %s, article %s", message.place, extracted.article_id)
            return Done(outcome="passed_over")
        key = extracted.article_id.encode("utf-8", "surrogatepass")
        headers: Headers = ((ORIGIN_HEADER, message.place.encode()),)
        if extraction.copy_of is not None:
            headers += ((COPY_HEADER, extraction.copy_of.encode()),)
        record = Outgoing(kafka_topics.ARTICLES_EXTRACTED, key, extracted.value, headers=headers)
        return Done((record,), on_confirmed=metrics.COPIES.inc if extraction.copy_of is not None else None)

    async def extract(messages: Sequence[Message]) -> Sequence[Outcome]:
        return await asyncio.gather(*map(extract_one, messages))

    return extract
