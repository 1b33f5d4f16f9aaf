"""Bodies of raw articles that were extracted within a day, and what each of them says: bounded, and exact.

A body is known by the digest of all that its content is made of: the body as it is written in the message, its
content type, and the producer's title. SHA-256, because nobody can make two bodies of one digest, and because
processors compute it in half the time of BLAKE2b.
"""

from collections import OrderedDict
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from worker.domain.moment import read_moment

DAY_SECONDS = 86_400.0
ENTRY_BYTES = 600
"""What an entry takes beside its content: key, place, the table's own share. Rounded up."""


class _Written(msgspec.Struct):
    """The members of a message as they are written there; of no other member is the shape asked."""

    content_type: msgspec.Raw = msgspec.Raw()
    body: msgspec.Raw = msgspec.Raw()
    body_base64: msgspec.Raw = msgspec.Raw()
    title: msgspec.Raw = msgspec.Raw()
    fetched_at: Any = None


_DECODER = msgspec.json.Decoder(_Written)


class Body(NamedTuple):
    """What a raw article's body is known by, and when its producer says that it was fetched."""

    key: bytes
    fetched_at: str | None

    def event_seconds(self, received_at_seconds: float) -> float:
        """Return the article's event time: when it was fetched, else when it reached Kafka."""
        received_at = datetime.fromtimestamp(received_at_seconds, UTC)
        fetched_at, _ = read_moment(self.fetched_at, "", received_at)
        return min(fetched_at.timestamp(), received_at_seconds) if fetched_at else received_at_seconds


def read_body(value: bytes) -> Body | None:
    """Return what the body of a raw article is known by; None where the message is no JSON object."""
    try:
        written = _DECODER.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    digest = sha256()
    for part in (written.content_type, written.title, written.body_base64, written.body):
        letters = memoryview(part)
        digest.update(b"%d:" % len(letters))
        digest.update(letters)
    return Body(digest.digest(), written.fetched_at if isinstance(written.fetched_at, str) else None)


class Known(NamedTuple):
    """The first article with a body.

    Attributes:
        place: Where its message lies in Kafka.
        at_seconds: Its event time.
        content: What the body says, encoded.
    """

    place: str
    at_seconds: float
    content: bytes


class KnownBodies:
    """Remembers as many bodies as bytes are allowed; one that was not met for longest is forgotten first."""

    def __init__(self, most_bytes: int) -> None:
        """Know nothing yet.

        Args:
            most_bytes: For keys and contents together; 0 for a memory that remembers nothing.
        """
        self.most_bytes = most_bytes
        self.bytes = 0
        self._known: OrderedDict[bytes, Known] = OrderedDict()

    def __len__(self) -> int:
        """Return how many bodies are known."""
        return len(self._known)

    def find(self, key: bytes, at_seconds: float) -> Known | None:
        """Return the first article with a body, if not more than a day of event time lies between.

        Args:
            key: Of the body: see `read_body`.
            at_seconds: Event time of the article that asks.
        """
        known = self._known.get(key)
        if known is None or abs(at_seconds - known.at_seconds) > DAY_SECONDS:
            return None
        self._known.move_to_end(key)
        return known

    def add(self, key: bytes, known: Known) -> None:
        """Remember a body, in the place of what was known by the same key."""
        self._forget(key)
        self._known[key] = known
        self.bytes += _size(known)
        while self.bytes > self.most_bytes:
            self._forget(next(iter(self._known)))

    def _forget(self, key: bytes) -> None:
        known = self._known.pop(key, None)
        if known is not None:
            self.bytes -= _size(known)


def _size(known: Known) -> int:
    return len(known.content) + ENTRY_BYTES
