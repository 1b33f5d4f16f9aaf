"""The one way to give up a message: its original bytes, with the reason and the origin in the headers."""

from worker import __version__
from worker.domain.errors import RejectedError
from worker.streaming.kafka_topics import KafkaTopic, dead_letter_topic
from worker.streaming.message import Message, Outgoing

HEADER_PREFIX = "rasid."
DETAIL_BYTES = 1_000
"""Longest detail in a header; it may quote the input, and the input may be anything."""


def dead_letter(source: KafkaTopic, agent: str, message: Message, rejection: RejectedError) -> Outgoing:
    """Return the record for the agent's dead-letter topic.

    Args:
        source: The Kafka topic that the message was read from.
        agent: The agent that gives up.
        message: The message, whose key, value and headers are kept as they came.
        rejection: Why.
    """
    origin = {
        "reason": rejection.reason.value,
        "detail": rejection.detail,
        "agent": agent,
        "kafka-topic": message.kafka_topic,
        "partition": str(message.partition),
        "offset": str(message.offset),
        "timestamp-ms": str(round(message.timestamp_seconds * 1000)),
        "worker": __version__,
    }
    headers = {
        HEADER_PREFIX + name: text.encode("utf-8", "backslashreplace")[:DETAIL_BYTES]
        for name, text in origin.items()
    }
    kept = tuple(header for header in message.headers if header[0] not in headers)
    # Kafka holds messages with neither key nor value, but no client of ours sends one.
    value = b"" if message.key is None and message.value is None else message.value
    return Outgoing(dead_letter_topic(source, agent), message.key, value, headers=(*kept, *headers.items()))
