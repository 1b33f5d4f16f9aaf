"""Replay: files of raw articles onto `articles.raw`, confirmed by the broker, resumable, with progress."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from worker.adapters.kafka_admin import BrokerError
from worker.adapters.kafka_producer import producing
from worker.adapters.kafka_security import kafka_address
from worker.entrypoints.sources import Item, read_items, source_files
from worker.settings import Settings
from worker.streaming import kafka_topics

WINDOW = 500
"""Articles under way at once, before their confirmations are awaited."""


@dataclass(frozen=True)
class Published:
    """A raw article that the broker has confirmed."""

    item: Item
    partition: int
    offset: int


class Checkpoint(msgspec.Struct):
    """How far a replay came: the number of articles, in the order of the paths, that were confirmed."""

    paths: list[str]
    confirmed: int = 0


class CheckpointFile:
    """Keeps a replay's place on disk, so that one that was interrupted goes on where it stopped."""

    def __init__(self, settings: Settings, paths: Sequence[Path]) -> None:
        """Name the file after the paths, the broker and the Kafka topic."""
        self.paths = [str(path.resolve()) for path in paths]
        identity = "\n".join([settings.broker, settings.kafka_prefix, *self.paths])
        name = hashlib.sha256(identity.encode()).hexdigest()[:16]
        self.path = settings.data_dir / f"replay-{name}.json"

    def read(self) -> int:
        """Return the number of articles confirmed by an earlier, unfinished replay of the same paths."""
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=Checkpoint).confirmed
        except (OSError, msgspec.DecodeError):
            return 0

    def write(self, confirmed: int) -> None:
        """Remember how many articles are confirmed."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(Checkpoint(self.paths, confirmed)))
        fresh.replace(self.path)

    def remove(self) -> None:
        """Forget the place: the replay is finished."""
        self.path.unlink(missing_ok=True)


def items_of(paths: Sequence[Path]) -> Iterator[Item]:
    """Yield the raw articles of files and folders, in order.

    Raises:
        SourceError: A path cannot be read.
    """
    for file in source_files(paths):
        yield from read_items(file)


async def publish(
    settings: Settings,
    items: Iterator[Item],
    *,
    rate_per_second: float | None = None,
    on_confirmed: Callable[[Sequence[Published]], None] = lambda _: None,
) -> int:
    """Publish raw articles to `articles.raw` and return how many the broker confirmed.

    Args:
        settings: Broker, prefix and sizes.
        items: What to publish.
        rate_per_second: Articles a second at the most.
        on_confirmed: Called with each window of articles that the broker has confirmed, in order.

    Raises:
        SettingsError: What they say of Kafka does not fit together.
        BrokerError: No broker answers, or it refuses an article.
    """
    name = settings.kafka_prefix + kafka_topics.ARTICLES_RAW.name
    try:
        async with producing(kafka_address(settings), settings.max_message_bytes) as producer:
            return await _publish(producer, name, items, rate_per_second, on_confirmed)
    except KafkaError as error:
        raise BrokerError(f"the broker refuses an article on {name}: {type(error).__name__}: {error}") from None


async def _publish(
    producer: AIOKafkaProducer,
    name: str,
    items: Iterator[Item],
    rate_per_second: float | None,
    on_confirmed: Callable[[Sequence[Published]], None],
) -> int:
    window = max(1, min(WINDOW, int(rate_per_second))) if rate_per_second else WINDOW
    started, count = time.monotonic(), 0
    under_way: list[tuple[Item, Awaitable[object]]] = []

    async def confirm() -> None:
        confirmed = [_published(item, await answer) for item, answer in under_way]
        under_way.clear()
        on_confirmed(confirmed)

    for item in items:
        if rate_per_second:
            await asyncio.sleep(max(0.0, started + count / rate_per_second - time.monotonic()))
        under_way.append((item, await producer.send(name, item.value, key=item.key)))
        count += 1
        if len(under_way) >= window:
            await confirm()
    await confirm()
    return count


def _published(item: Item, metadata: object) -> Published:
    return Published(item, metadata.partition, metadata.offset)  # type: ignore[attr-defined]
