"""One line on a broker: a backlog worked off as fast as it goes, or articles at a rate, with their latency."""

import asyncio
import re
import subprocess
import time
import urllib.request
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

import msgspec
from aiokafka import AIOKafkaProducer, TopicPartition

from tests.bench.pipeline.lines import Line, Trial, log_of, started
from tests.bench.pipeline.material import Article, messages
from tests.bench.processes import FailedError
from tests.bench.usage import Cpu, cpu, pss
from worker.adapters.kafka_reader import reader
from worker.streaming import kafka_topics

POLL_SECONDS = 0.05
METRICS_SECONDS = 0.2
STALL_SECONDS = 900.0
"""As long as ten thousand watch topics take to load, and more."""
SETTLE_SECONDS = 1.5
"""For the last alerts and commits, when all articles are through."""
_PASSED_OVER = re.compile(r'^rasid_articles_total\{outcome="passed_over",stage="extract"\} (\S+)$', re.MULTILINE)
REJECTED = kafka_topics.DEAD_LETTERS[:2]
OUTPUTS = (kafka_topics.ARTICLES_TAGGED, *REJECTED)


class Throughput(msgspec.Struct, frozen=True, kw_only=True):
    """What a line did with a backlog after its warm-up. CPU seconds and bytes are of the measured articles."""

    articles: int
    seconds: float
    round: int = 0
    cpu_own: float
    """Of the processes that were started."""
    cpu_started: float
    """Of those that they started: a worker's pool."""
    cpu_broker: float
    pss: int
    matches: int = 0
    bytes_an_article: dict[str, float] = {}

    @property
    def per_second(self) -> float:
        """Articles a second in all."""
        return self.articles / self.seconds

    @property
    def per_core(self) -> float:
        """Articles a second of CPU time, the broker's left out."""
        return self.articles / (self.cpu_own + self.cpu_started)


class Feed(NamedTuple):
    """A backlog: keys and values, where they go, and how many outputs only warm up.

    `is_keyed`: each message goes to the partition of its key, as matches must; else to the partitions in turn.
    """

    values: Sequence[tuple[str, bytes]]
    kafka_topic: str = kafka_topics.ARTICLES_RAW.name
    warm_up: int = 0
    outputs: str = ""
    """Kafka topic in which there is one message for each; by default those of tagged and of rejected articles."""
    is_keyed: bool = False


async def publish(trial: Trial, given: Feed) -> None:
    """Publish messages and wait until the broker has them."""
    producer = producer_of(trial)
    name = trial.settings.kafka_prefix + given.kafka_topic
    await producer.start()
    try:
        for start in range(0, len(given.values), 200):
            answers = [
                await producer.send(
                    name,
                    value,
                    key.encode(),
                    partition=None if given.is_keyed else (start + number) % trial.settings.partitions,
                )
                for number, (key, value) in enumerate(given.values[start : start + 200])
            ]
            await asyncio.gather(*answers)
    finally:
        await producer.stop()


def producer_of(trial: Trial, linger_ms: int = 5) -> AIOKafkaProducer:
    """Return a producer for a trial's raw articles; start it first."""
    return AIOKafkaProducer(
        bootstrap_servers=trial.settings.broker,
        acks="all",
        linger_ms=linger_ms,
        max_batch_size=1024**2,
        max_request_size=trial.settings.max_message_bytes + 1024**2,
    )


class Outputs:
    """Counts messages of Kafka topics by the ends of their partitions."""

    def __init__(self, trial: Trial, names: Sequence[str]) -> None:
        self._consumer = reader(trial.settings.broker)
        self._places = [
            TopicPartition(trial.settings.kafka_prefix + name, partition)
            for name in names
            for partition in range(trial.settings.partitions)
        ]

    async def __aenter__(self) -> "Outputs":
        await self._consumer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def count(self) -> int:
        """Return how many messages were written until now."""
        return sum((await self._consumer.end_offsets(self._places)).values())


def used(processes: Sequence["subprocess.Popen[bytes]"]) -> Cpu:
    """Return what the processes of a line have used."""
    return sum((cpu(process.pid) for process in processes), Cpu())


async def passed_over(trial: Trial) -> int:
    """Return how many articles a worker has passed over; 0 where it does not answer."""
    await asyncio.sleep(METRICS_SECONDS)
    text = await asyncio.to_thread(_metrics, trial)
    return sum(int(float(count)) for count in _PASSED_OVER.findall(text))


def _metrics(trial: Trial) -> str:
    try:
        with urllib.request.urlopen(f"{trial.web_address}/metrics", timeout=20) as answer:
            return str(answer.read().decode())
    except OSError:
        return ""


async def until(
    count: Callable[[], Awaitable[int]],
    wanted: int,
    processes: Sequence["subprocess.Popen[bytes]"],
    failed: Callable[[str], FailedError],
) -> int:
    """Wait until something has counted up to `wanted`, and return the count.

    Raises:
        FailedError: A process has ended, or nothing has moved for too long.
    """
    last, moved_at = -1, time.monotonic()
    while True:
        done = await count()
        if done >= wanted:
            return done
        if done > last:
            last, moved_at = done, time.monotonic()
        if any(process.poll() is not None for process in processes):
            raise failed("a process has ended")
        if time.monotonic() - moved_at > STALL_SECONDS:
            raise failed(f"standing still at {done} of {wanted}")
        await asyncio.sleep(POLL_SECONDS)


def throughput(
    line: Line, trial: Trial, articles: Sequence[Article], warm_up: int, *, weigh: bool = False
) -> Throughput:
    """Work off a backlog of articles, the first `warm_up` of which are not measured; see `feed`.

    `weigh` says whether to read back what was written, and tell its size.

    Raises:
        FailedError: The line failed.
    """
    values = list(zip((article.id for article in articles), messages(articles), strict=True))
    found = feed(line, trial, Feed(values, warm_up=warm_up))
    if not weigh:
        return found
    sizes = asyncio.run(_weighed(trial))
    return msgspec.structs.replace(
        found,
        matches=sizes.get("matches", sizes.get("alerts", (0, 0)))[0],
        bytes_an_article={name: size / len(articles) for name, (_, size) in sizes.items()},
    )


def feed(line: Line, trial: Trial, given: Feed) -> Throughput:
    """Work off a backlog.

    Raises:
        FailedError: The line failed.
    """
    return asyncio.run(_feed(line, trial, given))


async def _feed(line: Line, trial: Trial, given: Feed) -> Throughput:
    await publish(trial, given)

    def failed(what: str) -> FailedError:
        return FailedError(f"{line.title}: {what}\n{log_of(line, trial)}")

    names = [given.outputs] if given.outputs else [one.name for one in OUTPUTS]
    # A worker's extract agent runs ahead of its tag agent: by the outputs alone, what it has done before the clock
    # starts would count for nothing.
    first_names = names if given.outputs else [line.first_out, *(one.name for one in REJECTED)]
    async with Outputs(trial, names) as outputs, Outputs(trial, first_names) as first_outputs:
        with started(line, trial) as processes:

            async def begun() -> int:
                return await first_outputs.count() + (await passed_over(trial) if line.passes_over else 0)

            async def done() -> int:
                return await outputs.count() + (await passed_over(trial) if line.passes_over else 0)

            first = await until(begun, given.warm_up, processes, failed)
            began, before, broker_before = time.monotonic(), used(processes), cpu(trial.broker.pid)
            last = await until(done, len(given.values), processes, failed)
            seconds, taken = time.monotonic() - began, used(processes) - before
            broker = cpu(trial.broker.pid) - broker_before
            memory = sum(pss(process.pid) for process in processes)
            await asyncio.sleep(SETTLE_SECONDS)  # the last alerts, and commits
    return Throughput(
        articles=last - first,
        seconds=seconds,
        cpu_own=taken.own,
        cpu_started=taken.started,
        cpu_broker=broker.all,
        pss=memory,
    )


async def _weighed(trial: Trial) -> dict[str, tuple[int, int]]:
    """Return for each Kafka topic that holds anything how many messages and how many bytes of keys and values."""
    names = [one.name for one in kafka_topics.ALL]
    consumer = reader(trial.settings.broker)
    await consumer.start()
    found: dict[str, tuple[int, int]] = {}
    try:
        places = [
            TopicPartition(trial.settings.kafka_prefix + name, partition)
            for name in names
            for partition in range(trial.settings.partitions)
        ]
        ends = await consumer.end_offsets(places)
        filled = [place for place in places if ends[place]]
        consumer.assign(filled)
        await consumer.seek_to_beginning(*filled)
        left = set(filled)
        while left:
            for place, records in (await consumer.getmany(timeout_ms=200)).items():
                name = place.topic.removeprefix(trial.settings.kafka_prefix)
                count, size = found.get(name, (0, 0))
                size += sum(len(record.key or b"") + len(record.value or b"") for record in records)
                found[name] = (count + len(records), size)
            left = {place for place in left if await consumer.position(place) < ends[place]}
    finally:
        await consumer.stop()
    return found
