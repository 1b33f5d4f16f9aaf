"""A message as agents see it and a record as they send it: bytes and their origin, free of any client library."""

from dataclasses import dataclass
from datetime import UTC, datetime

from worker.streaming.kafka_topics import KafkaTopic

Headers = tuple[tuple[str, bytes | None], ...]
"""A name may come more than once, as in Kafka."""

ORIGIN_HEADER = "rasid.origin"
"""Where the raw article lies in Kafka; carried from stage to stage for the audit trail."""

COPY_HEADER = "rasid.copy-of"
"""Where the first raw article with the same body lies in Kafka, on records that were made from its extraction."""


@dataclass(frozen=True)
class Message:
    """A message that was read: the bytes as they came, and where from."""

    kafka_topic: str
    partition: int
    offset: int
    timestamp_seconds: float
    key: bytes | None
    value: bytes | None
    headers: Headers = ()

    @property
    def origin(self) -> Headers:
        """The header that says where the raw article lies; none in the raw article itself."""
        return self._last(ORIGIN_HEADER)

    @property
    def carried(self) -> Headers:
        """The headers that go along with what is made from the message: its origin, and of what it is a copy."""
        return self.origin + self._last(COPY_HEADER)

    @property
    def place(self) -> str:
        """Where the message lies in Kafka."""
        return f"{self.kafka_topic}[{self.partition}]@{self.offset}"

    @property
    def received_at(self) -> datetime:
        """When the message reached Kafka."""
        return datetime.fromtimestamp(self.timestamp_seconds, UTC)

    def _last(self, name: str) -> Headers:
        return tuple(header for header in self.headers if header[0] == name)[-1:]


@dataclass(frozen=True)
class Outgoing:
    """A record to send; without a partition the key decides."""

    kafka_topic: KafkaTopic
    key: bytes | None
    value: bytes | None
    partition: int | None = None
    headers: Headers = ()
