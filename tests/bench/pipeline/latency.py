"""Articles at a rate, and how long each waits for its alert."""

import asyncio
import math
import random
import time
from collections.abc import Sequence

import msgspec
from aiokafka import AIOKafkaConsumer

from tests.bench.pipeline.lines import Line, Trial, log_of, started
from tests.bench.pipeline.material import Article, messages
from tests.bench.pipeline.trial import OUTPUTS, POLL_SECONDS, Feed, Outputs, producer_of, publish, until
from tests.bench.processes import FailedError
from worker.adapters.kafka_reader import reader
from worker.streaming import kafka_topics

LEFT_OVER_SECONDS = 10.0
"""How long alerts are waited for when all articles are through."""


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds from an article's arrival to its first alert, in order, and what was asked for."""

    rate: float
    articles: int
    expected: int
    """Articles on the subject; a line need not find all of them."""
    milliseconds: list[float]

    def percentile(self, share: float) -> float:
        """Return how long so large a share of the alerts was waited for at most; nothing where none was seen."""
        found = self.milliseconds
        return found[min(len(found) - 1, int(len(found) * share))] if found else math.nan


class _Id(msgspec.Struct):
    id: str


class _Raised(msgspec.Struct):
    articles: list[_Id] = []


class _Event(msgspec.Struct):
    """What is read of an alert event of ours, and of an alert of the peers, whose article is an id."""

    raised: _Raised | None = None
    article: _Id | str | None = None

    def ids(self) -> list[str]:
        """Return the articles that it is about."""
        own = [self.article] if isinstance(self.article, str) else [self.article.id] if self.article else []
        return own + [one.id for one in (self.raised.articles if self.raised else [])]


def latency(
    line: Line, trial: Trial, warm_up: Sequence[Article], articles: Sequence[Article], rate: float, seed: int
) -> Latency:
    """Publish articles at a rate, as by chance (Poisson), and tell how long each waits for its alert.

    The clock starts when the article is handed to the producer and stops when the alert has been read.

    Raises:
        FailedError: The line failed.
    """
    return asyncio.run(_latency(line, trial, warm_up, articles, rate, seed))


async def _latency(
    line: Line, trial: Trial, warm_up: Sequence[Article], articles: Sequence[Article], rate: float, seed: int
) -> Latency:
    def failed(what: str) -> FailedError:
        return FailedError(f"{line.title}: {what}\n{log_of(line, trial)}")

    sent: dict[str, float] = {}
    seen: dict[str, float] = {}
    expected = {one.id for one in articles if one.is_on_subject}
    async with Outputs(trial, [one.name for one in OUTPUTS]) as outputs:
        with started(line, trial) as processes:
            await publish(trial, Feed(list(zip((one.id for one in warm_up), messages(warm_up), strict=True))))
            await until(outputs.count, len(warm_up), processes, failed)
            reading = asyncio.create_task(_read_alerts(trial, line.alerts_in, seen))
            try:
                await _publish_at_rate(trial, articles, rate, seed, sent)
                await until(outputs.count, len(warm_up) + len(articles), processes, failed)
                deadline = time.monotonic() + LEFT_OVER_SECONDS
                while not expected <= seen.keys() and time.monotonic() < deadline:  # noqa: ASYNC110
                    await asyncio.sleep(POLL_SECONDS)
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)
    waited = sorted((seen[one] - sent[one]) * 1_000 for one in expected & seen.keys())
    return Latency(rate=rate, articles=len(articles), expected=len(expected), milliseconds=waited)


async def _publish_at_rate(
    trial: Trial, articles: Sequence[Article], rate: float, seed: int, sent: dict[str, float]
) -> None:
    chance = random.Random(f"{seed} arrivals")
    name = trial.settings.kafka_prefix + kafka_topics.ARTICLES_RAW.name
    producer = producer_of(trial, linger_ms=0)
    await producer.start()
    try:
        due, answers = time.monotonic(), []
        for number, value in enumerate(messages(articles)):
            due += chance.expovariate(rate)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            sent[articles[number].id] = time.monotonic()
            partition = number % trial.settings.partitions
            answers.append(await producer.send(name, value, articles[number].id.encode(), partition=partition))
        await asyncio.gather(*answers)
    finally:
        await producer.stop()


async def _read_alerts(trial: Trial, name: str, seen: dict[str, float]) -> None:
    decoder = msgspec.json.Decoder(_Event)
    consumer: AIOKafkaConsumer = reader(trial.settings.broker, trial.settings.kafka_prefix + name)
    await consumer.start()
    try:
        async for record in consumer:
            now = time.monotonic()
            for article in decoder.decode(record.value).ids() if record.value else ():
                seen.setdefault(article, now)
    finally:
        await consumer.stop()
