"""A producer for whoever writes many messages at once, each of them confirmed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from worker.adapters.kafka_admin import BrokerError
from worker.adapters.kafka_probe import why_no_answer
from worker.adapters.kafka_security import KafkaAddress, client_arguments

LINGER_MS = 5
"""How long a message waits for others to travel with."""

ENVELOPE_BYTES = 1024**2
"""What a request may take beside the largest message: its key, its headers, the batch around it."""


@asynccontextmanager
async def producing(address: KafkaAddress, max_message_bytes: int) -> AsyncIterator[AIOKafkaProducer]:
    """Yield a started producer whose messages all copies of a partition must have; stop it on the way out.

    Args:
        address: The way into Kafka.
        max_message_bytes: The largest message.

    Raises:
        BrokerError: No broker answers.
    """
    producer = AIOKafkaProducer(
        **client_arguments(address),
        acks="all",
        linger_ms=LINGER_MS,
        max_request_size=max_message_bytes + ENVELOPE_BYTES,
    )
    try:
        try:
            await producer.start()
        except KafkaError as error:
            raise BrokerError(await why_no_answer(address, error)) from None
        yield producer
    finally:
        await producer.stop()
