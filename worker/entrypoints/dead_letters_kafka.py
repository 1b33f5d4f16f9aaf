"""Dead letters in Kafka as the command line meets them: read, put back where they came from, marked."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from worker.adapters.kafka_admin import BrokerError, partition_counts
from worker.adapters.kafka_producer import ENVELOPE_BYTES
from worker.adapters.kafka_ranges import EPOCH, from_time, ranges_of, records_of
from worker.adapters.kafka_reader import reader
from worker.adapters.kafka_security import client_arguments, kafka_address
from worker.domain.dead_letter_record import (
    DeadLetterMark,
    Headers,
    Letter,
    Place,
    mark_of,
    read_letter,
    redriven_headers,
)
from worker.domain.errors import RejectedError
from worker.entrypoints.alerts_kafka import AlertsKafka
from worker.settings import Settings
from worker.streaming import kafka_topics
from worker.streaming.codec import decode, encode
from worker.streaming.kafka_topics import KafkaTopic
from worker.streaming.outbox import PERMANENT

SOURCES = {
    letters.name: next(
        one for one in kafka_topics.PIPELINE if kafka_topics.dead_letter_topic(one, letters.writer) == letters
    )
    for letters in kafka_topics.DEAD_LETTERS
}
"""The Kafka topic that messages came from, by the name of their dead-letter topic."""


@dataclass(frozen=True)
class Stored:
    """A dead letter with its bytes."""

    letter: Letter
    value: bytes | None
    headers: Headers


class DeadLettersKafka:
    """The dead-letter topics and their marks at the broker of the settings.

    Every method raises BrokerError where the broker does not answer or a Kafka topic is missing.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._broker = kafka_address(settings)
        self.unreadable_marks = 0

    def source_of(self, place: Place) -> KafkaTopic | None:
        """Return the Kafka topic whose dead letters lie at a place; None where no dead letters lie."""
        prefix = self._settings.kafka_prefix
        return (
            SOURCES.get(place.kafka_topic.removeprefix(prefix)) if place.kafka_topic.startswith(prefix) else None
        )

    def name_of(self, kafka_topic: KafkaTopic) -> str:
        """Return the name of a Kafka topic at the broker."""
        return self._settings.kafka_prefix + kafka_topic.name

    async def letters(self, names: Iterable[str], since: datetime | None = None) -> list[Letter]:
        """Return the letters in dead-letter topics, with their marks, oldest first.

        Args:
            names: The dead-letter topics, by their names at the broker.
            since: Letters before this time need not be read.
        """
        letters = []
        places = await self._partitions(names)
        async with self._consumer() as consumer:
            ranges = await ranges_of(consumer, places)
            if since is not None:
                ranges = await from_time(consumer, ranges, since)
            async for record in records_of(consumer, ranges):
                letters.append(_stored(record).letter)
        marks = await self.marks()
        marked = (replace(one, mark=mark_of(one, marks)) for one in letters)
        return sorted(marked, key=lambda one: (one.written_at, one.place))

    async def at(self, places: Iterable[Place]) -> AsyncIterator[Stored]:
        """Yield the letters at places, marks left out; a place where nothing lies any more yields nothing."""
        offsets: dict[TopicPartition, set[int]] = defaultdict(set)
        for place in places:
            offsets[TopicPartition(place.kafka_topic, place.partition)].add(place.offset)
        known = set(await self._partitions({place.topic for place in offsets}))
        async with self._consumer() as consumer:
            ranges = await ranges_of(consumer, [place for place in offsets if place in known])
            narrowed = {
                place: (max(begin, min(offsets[place])), min(end, max(offsets[place]) + 1))
                for place, (begin, end) in ranges.items()
            }
            async for record in records_of(consumer, narrowed):
                if record.offset in offsets[TopicPartition(record.topic, record.partition)]:
                    yield _stored(record)

    async def marks(self) -> dict[str, DeadLetterMark]:
        """Return what was done about dead letters, by place; marks that cannot be read are counted."""
        marks = {}
        self.unreadable_marks = 0
        for key, kept in (await AlertsKafka(self._settings).latest(kafka_topics.DEAD_LETTER_MARKS)).items():
            try:
                marks[key] = decode(kept.value, DeadLetterMark)
            except RejectedError:
                self.unreadable_marks += 1
        return marks

    async def superseded(self, letters: Sequence[Letter]) -> set[Place]:
        """Return the places of letters whose message is not the latest of its key on a compacted Kafka topic.

        To put such a message back would set what the Kafka topic holds back to an older state.
        """
        asked = [
            one
            for one in letters
            if (source := self.source_of(one.place)) is not None
            and source.compacted
            and one.source_partition is not None
            and one.source_offset is not None
        ]
        if not asked:
            return set()
        latest: dict[tuple[TopicPartition, bytes | None], int] = {}
        wanted = {TopicPartition(one.source, one.source_partition or 0) for one in asked}
        known = wanted & set(await self._partitions({place.topic for place in wanted}))
        async with self._consumer() as consumer:
            async for record in records_of(consumer, await ranges_of(consumer, sorted(known))):
                latest[TopicPartition(record.topic, record.partition), record.key] = record.offset
        return {
            one.place
            for one in asked
            if latest.get((TopicPartition(one.source, one.source_partition or 0), one.key), -1)
            > (one.source_offset or 0)
        }

    async def redrive(
        self, letters: Sequence[Letter], by: str, why: str
    ) -> AsyncIterator[tuple[Letter, DeadLetterMark | str]]:
        """Put messages back on the Kafka topics they came from, one after the other, each confirmed and marked.

        A crash between the two leaves one message that is back and not marked.

        Yields:
            Each letter that is still there, with its mark, or with why the broker refuses it for good.
        """
        if not letters:
            return
        by_place = {one.place: one for one in letters}
        counts = await partition_counts(self._broker)
        async with self._producer() as producer:
            async for stored in self.at(by_place):
                letter = by_place[stored.letter.place]
                partition = _partition(letter, SOURCES[self._declared(letter.place.kafka_topic)])
                if letter.source not in counts or (partition or 0) >= counts[letter.source]:
                    yield letter, f"{letter.source}[{partition or 0}] does not exist"
                    continue
                times = letter.times_redriven + 1
                try:
                    sent = await self._send(producer, stored, partition, times)
                except PERMANENT as error:
                    yield letter, f"the broker refuses it: {type(error).__name__}"
                    continue
                mark = DeadLetterMark(
                    place=str(letter.place), letter_at=letter.written_at, outcome="redriven",
                    at=datetime.now(UTC), by=by, why=why, times=times, to=sent,
                )  # fmt: skip
                await self._mark(producer, mark)
                yield letter, mark

    async def drop(self, letters: Sequence[Letter], by: str, why: str) -> list[DeadLetterMark]:
        """Mark letters as dropped, each confirmed, and return the marks."""
        marks = [
            DeadLetterMark(
                place=str(one.place), letter_at=one.written_at, outcome="dropped", at=datetime.now(UTC), by=by,
                why=why, times=one.times_redriven,
            )
            for one in letters
        ]  # fmt: skip
        if not marks:
            return marks
        async with self._producer() as producer:
            for mark in marks:
                await self._mark(producer, mark)
        return marks

    async def _send(self, producer: AIOKafkaProducer, stored: Stored, partition: int | None, times: int) -> str:
        """Send a message back and return where it lies now."""
        letter = stored.letter
        source = SOURCES[self._declared(letter.place.kafka_topic)]
        sent = await producer.send_and_wait(
            letter.source,
            stored.value,
            key=letter.key,
            partition=partition,
            timestamp_ms=_timestamp_ms(letter, source),
            headers=redriven_headers(stored.headers, times),
        )
        return str(Place(sent.topic, sent.partition, sent.offset))

    async def _mark(self, producer: AIOKafkaProducer, mark: DeadLetterMark) -> None:
        name = self._settings.kafka_prefix + kafka_topics.DEAD_LETTER_MARKS.name
        await producer.send_and_wait(name, encode(mark), key=mark.place.encode())

    def _declared(self, name: str) -> str:
        return name.removeprefix(self._settings.kafka_prefix)

    async def _partitions(self, names: Iterable[str]) -> list[TopicPartition]:
        broker = self._broker
        counts = await partition_counts(broker)
        missing = sorted(set(names) - set(counts))
        if missing:
            raise BrokerError(f"the Kafka topic {missing[0]} does not exist at {broker}; run `rasid kafka init`")
        return [TopicPartition(name, partition) for name in names for partition in range(counts[name])]

    @asynccontextmanager
    async def _consumer(self) -> AsyncIterator[AIOKafkaConsumer]:
        consumer = reader(self._broker)
        try:
            await consumer.start()
            yield consumer
        except KafkaError as error:
            raise BrokerError(f"the broker at {self._broker} fails: {error!r}") from None
        finally:
            await consumer.stop()

    @asynccontextmanager
    async def _producer(self) -> AsyncIterator[AIOKafkaProducer]:
        producer = AIOKafkaProducer(
            **client_arguments(self._broker),
            acks="all",
            max_request_size=self._settings.max_message_bytes + ENVELOPE_BYTES,
        )
        try:
            await producer.start()
            yield producer
        except KafkaError as error:
            raise BrokerError(f"the broker at {self._broker} does not take it: {error!r}") from None
        finally:
            await producer.stop()


def _partition(letter: Letter, source: KafkaTopic) -> int | None:
    """Return the partition to send to: that of the desk where a desk reads it, else None: the key decides."""
    return letter.source_partition if source in kafka_topics.OF_DESKS else None


def _timestamp_ms(letter: Letter, source: KafkaTopic) -> int | None:
    """Return the time to send with: an article without dates is as old as its message, and must stay so.

    Where messages are deleted by their age it is now, or the broker might delete the message before it is read.
    """
    return letter.source_at_ms or None if source.retention_ms < 0 else None


def _stored(record: ConsumerRecord) -> Stored:
    place = Place(record.topic, record.partition, record.offset)
    written_at = EPOCH + timedelta(milliseconds=max(0, record.timestamp))
    headers = tuple(record.headers)
    return Stored(read_letter(place, written_at, record.key, record.value, headers), record.value, headers)
