"""A message as agents see it and a record as they send it: bytes and their origin, free of any client library."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from worker.streaming.kafka_topics import KafkaTopic

ORIGIN_HEADER = "rasid.origin"
"""Where the raw article lies in Kafka; carried from stage to stage for the audit trail."""


@dataclass(frozen=True)
class Message:
    """A message that was read: the bytes as they came, and where from."""

    kafka_topic: str
    partition: int
    offset: int
    timestamp_seconds: float
    key: bytes | None
    value: bytes | None
    headers: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """Where the message lies in Kafka."""
        return f"{self.kafka_topic}[{self.partition}]@{self.offset}"

    @property
    def received_at(self) -> datetime:
        """When the message reached Kafka."""
        return datetime.fromtimestamp(self.timestamp_seconds, UTC)


@dataclass(frozen=True)
class Outgoing:
    """A record to send; without a partition the key decides."""

    kafka_topic: KafkaTopic
    key: bytes | None
    value: bytes | None
    partition: int | None = None
    headers: Mapping[str, bytes] = field(default_factory=dict)
