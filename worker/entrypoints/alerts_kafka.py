"""Alerts in Kafka as the command line meets them: read to their end, followed, acted on."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from worker.adapters.kafka_admin import BrokerError, partition_counts
from worker.adapters.kafka_reader import reader
from worker.adapters.kafka_security import client_arguments, kafka_address
from worker.domain.alert_action import AlertAction
from worker.domain.alert_event import AlertEvent
from worker.domain.errors import RejectedError
from worker.settings import Settings
from worker.streaming import kafka_topics
from worker.streaming.codec import decode, encode
from worker.streaming.kafka_topics import KafkaTopic

POLL_MS = 500

CLOCKS_DIFFER = timedelta(hours=1)
"""How far a worker's clock, which stamps events in Kafka, may be behind those that stamped the articles."""


@dataclass(frozen=True)
class Kept:
    """The latest value of a key, and the partition that it lies in."""

    value: bytes
    partition: int


@dataclass(frozen=True)
class ActionToSend:
    """An action with its key; without a partition the key decides."""

    action: AlertAction
    key: str
    partition: int | None = None


class AlertsKafka:
    """The Kafka topics of alerts at the broker of the settings.

    Every method raises BrokerError where the broker does not answer or a Kafka topic is missing.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def latest(self, kafka_topic: KafkaTopic) -> dict[str, Kept]:
        """Return the latest value of each key of a compacted Kafka topic; a removed key is absent."""
        latest: dict[str, Kept] = {}
        async with self._consumer(kafka_topic) as (consumer, places):
            ends = await consumer.end_offsets(places)
            async for record in _to_ends(consumer, ends):
                key = (record.key or b"").decode(errors="replace")
                if record.value is None:
                    latest.pop(key, None)
                else:
                    latest[key] = Kept(record.value, record.partition)
        return latest

    async def events_of(self, alert: str, partition: int, since: datetime) -> list[AlertEvent]:
        """Return the events of an alert, oldest first.

        Args:
            alert: Its id.
            partition: Where its events lie: the partition of the alert itself.
            since: When it was raised. No event was written before it, so none is read from before it.
        """
        events = []
        async with self._consumer(kafka_topics.ALERT_EVENTS) as (consumer, places):
            (place,) = [one for one in places if one.partition == partition]
            ends = await consumer.end_offsets([place])
            earliest = int((since - CLOCKS_DIFFER).timestamp() * 1000)
            found = (await consumer.offsets_for_times({place: earliest}))[place]
            if found is not None and found.offset >= 0:
                consumer.seek(place, found.offset)
            async for record in _to_ends(consumer, ends):
                # Looking for the id in the bytes spares the decoding of all the others.
                event = _event(record) if alert.encode() in (record.value or b"") else None
                if event is not None and event.alert == alert:
                    events.append(event)
        return events

    async def event_ends(self) -> dict[int, int]:
        """Return the present end of each partition of `alert-events`."""
        async with self._consumer(kafka_topics.ALERT_EVENTS) as (consumer, places):
            return {place.partition: end for place, end in (await consumer.end_offsets(places)).items()}

    async def follow_events(self, starts: Mapping[int, int]) -> AsyncIterator[AlertEvent]:
        """Yield every event as it comes, without end; partitions without a start are read from the beginning."""
        async with self._consumer(kafka_topics.ALERT_EVENTS) as (consumer, places):
            for place in places:
                if place.partition in starts:
                    consumer.seek(place, starts[place.partition])
            async for record in consumer:
                event = _event(record)
                if event is not None:
                    yield event

    async def act(self, to_send: Sequence[ActionToSend], timeout_seconds: float) -> dict[str, AlertEvent]:
        """Send actions and wait for what becomes of them.

        Returns:
            The event that answers each action, by the action's id; one that is not answered in time is absent.
        """
        async with self._consumer(kafka_topics.ALERT_EVENTS) as (consumer, places):
            # Before anything is sent, or a quick answer would lie behind us.
            for place, end in (await consumer.end_offsets(places)).items():
                consumer.seek(place, end)
            await self.send(to_send)
            return await _answers(consumer, {one.action.id for one in to_send}, timeout_seconds)

    async def send(self, to_send: Sequence[ActionToSend]) -> None:
        """Send actions, each confirmed by the broker; what becomes of them is told by `act`."""
        broker, name = kafka_address(self._settings), self._settings.kafka_prefix + kafka_topics.ALERT_ACTIONS.name
        try:
            async with AIOKafkaProducer(**client_arguments(broker), acks="all") as producer:
                for one in to_send:
                    await producer.send_and_wait(
                        name, encode(one.action), key=one.key.encode(), partition=one.partition
                    )
        except KafkaError as error:
            raise BrokerError(f"the broker at {broker} does not take the action: {error!r}") from None

    @asynccontextmanager
    async def _consumer(
        self, kafka_topic: KafkaTopic
    ) -> AsyncIterator[tuple[AIOKafkaConsumer, list[TopicPartition]]]:
        """Yield a consumer that stands at the beginning of every partition of a Kafka topic."""
        broker, name = kafka_address(self._settings), self._settings.kafka_prefix + kafka_topic.name
        try:
            count = (await partition_counts(broker)).get(name)
            if count is None:
                raise BrokerError(f"the Kafka topic {name} does not exist at {broker}; run `rasid kafka init`")
            places = [TopicPartition(name, partition) for partition in range(count)]
            consumer = reader(broker)
            await consumer.start()
            try:
                # One consumer of all partitions: they are fetched in the same requests.
                consumer.assign(places)
                await consumer.seek_to_beginning(*places)
                yield consumer, places
            finally:
                await consumer.stop()
        except KafkaError as error:
            raise BrokerError(f"the broker at {broker} fails with {name}: {error!r}") from None


async def _to_ends(
    consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]
) -> AsyncIterator[ConsumerRecord]:
    """Yield records from where the consumer stands up to the ends given."""
    unread = dict(ends)
    while True:
        # Compaction leaves holes, so the consumer's position tells the end and not the count of records.
        unread = {place: end for place, end in unread.items() if await consumer.position(place) < end}
        if not unread:
            return
        for records in (await consumer.getmany(*unread, timeout_ms=POLL_MS)).values():
            for record in records:
                yield record


async def _answers(
    consumer: AIOKafkaConsumer, actions: Collection[str], timeout_seconds: float
) -> dict[str, AlertEvent]:
    answers: dict[str, AlertEvent] = {}
    clock = asyncio.get_running_loop().time
    deadline = clock() + timeout_seconds
    while len(answers) < len(actions) and clock() < deadline:
        timeout_ms = min(POLL_MS, int((deadline - clock()) * 1000) + 1)
        for records in (await consumer.getmany(timeout_ms=timeout_ms)).values():
            for event in filter(None, map(_event, records)):
                if event.action is not None and event.action in actions:
                    answers.setdefault(event.action, event)
    return answers


def _event(record: ConsumerRecord) -> AlertEvent | None:
    """Return the event in a record, None for one that a worker of another version wrote in another form."""
    try:
        return decode(record.value, AlertEvent)
    except RejectedError:
        return None
