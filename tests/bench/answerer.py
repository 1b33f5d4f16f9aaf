"""Somebody who answers every alert: without an answer each is escalated again and again for 30 days."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec
from aiokafka import AIOKafkaProducer

from worker.adapters.kafka_reader import follow
from worker.adapters.kafka_security import client_arguments, kafka_address
from worker.domain.alert_action import AlertAction
from worker.settings import Settings
from worker.streaming import kafka_topics
from worker.streaming.codec import encode

ANSWERED_AFTER = timedelta(minutes=10)
"""By event time; in truth some articles later, as many as the worker does in a second or two."""
STOP_SECONDS = 20.0


class _Told(msgspec.Struct, frozen=True):
    """What the answerer reads of an alert."""

    id: str
    watch_topic: str
    raised_at: datetime


@contextlib.contextmanager
def answerer(settings: Settings) -> Iterator[None]:
    """Acknowledge every alert as it comes, in a thread of this process, until the way out."""
    loop = asyncio.new_event_loop()
    task = loop.create_task(_answer(settings))

    def run() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(task)
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        with contextlib.suppress(RuntimeError):  # the loop is closed where the task has ended
            loop.call_soon_threadsafe(task.cancel)
        thread.join(STOP_SECONDS)


async def _answer(settings: Settings) -> None:
    producer = AIOKafkaProducer(**client_arguments(kafka_address(settings)), acks="all", linger_ms=5)
    await producer.start()
    answered: set[str] = set()
    try:
        async for record in follow(settings.broker, [kafka_topics.ALERTS.name]):
            if record.value is None or record.key.decode() in answered:
                continue
            told = msgspec.json.decode(record.value, type=_Told)
            answered.add(told.id)
            at = told.raised_at + ANSWERED_AFTER
            action = AlertAction(id=f"ack-{told.id}", action="acknowledge", by="bench", at=at, alert=told.id)
            await producer.send(kafka_topics.ALERT_ACTIONS.name, encode(action), key=told.watch_topic.encode())
    finally:
        await producer.stop()
