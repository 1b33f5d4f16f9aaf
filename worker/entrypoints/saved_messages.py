"""Saved Kafka topics: a folder with a file of JSON Lines for each, gzipped, and `saved.json`, written last.

A line is one message with its place and its time. Bytes that are UTF-8 are text in it; others are base64.
"""

import base64
import gzip
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from worker.entrypoints.sources import SourceError

FORMAT = 1
CONTENTS = "saved.json"


class SavedBytes(msgspec.Struct, frozen=True, omit_defaults=True):
    """Bytes as JSON holds them; neither field where there are none, as in a message that deletes its key."""

    text: str | None = None
    base64: str | None = None


class SavedMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message: a line of a file."""

    partition: int
    offset: int
    timestamp_ms: int
    key: SavedBytes = SavedBytes()
    value: SavedBytes = SavedBytes()
    headers: tuple[tuple[str, SavedBytes], ...] = ()


class SavedKafkaTopic(msgspec.Struct, frozen=True):
    """What was saved of one Kafka topic."""

    name: Annotated[str, Meta(description="Without RASID_KAFKA_PREFIX.")]
    partitions: int
    messages: int
    committed: Annotated[
        dict[int, int], Meta(description="By partition, the offset that the group would have read next.")
    ]


class Saved(msgspec.Struct, frozen=True):
    """The contents of the folder: `saved.json`."""

    format: int
    saved_at: Annotated[datetime, Meta(description="When it began: what was committed then counts as done.")]
    kafka_topics: tuple[SavedKafkaTopic, ...]


_LINES = msgspec.json.Encoder()
_MESSAGES = msgspec.json.Decoder(SavedMessage)


def saved_bytes(value: bytes | None) -> SavedBytes:
    """Return bytes as JSON can hold them."""
    if value is None:
        return SavedBytes()
    try:
        return SavedBytes(text=value.decode())
    except UnicodeDecodeError:
        return SavedBytes(base64=base64.b64encode(value).decode())


def bytes_of(saved: SavedBytes) -> bytes | None:
    """Return the bytes again.

    Raises:
        ValueError: It is no base64.
    """
    if saved.base64 is not None:
        return base64.b64decode(saved.base64, validate=True)
    return None if saved.text is None else saved.text.encode()


def file_of(folder: Path, name: str) -> Path:
    """Return the file with the messages of a Kafka topic."""
    return folder / f"{name}.jsonl.gz"


def line_of(message: SavedMessage) -> bytes:
    """Return a message as a line of JSON."""
    return _LINES.encode(message) + b"\n"


def new_folder(folder: Path) -> None:
    """Make the folder that is to be filled.

    Raises:
        SourceError: Something is in it.
        OSError: It cannot be made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise SourceError(f"{folder} is not empty; name a folder of its own")


def write_contents(folder: Path, saved: Saved) -> None:
    """Write what the folder holds: from then on it can be loaded."""
    fresh = folder / f"{CONTENTS}.new"
    fresh.write_bytes(msgspec.json.format(msgspec.json.encode(saved)) + b"\n")
    fresh.replace(folder / CONTENTS)


def read_contents(folder: Path) -> Saved:
    """Return what a folder holds.

    Raises:
        SourceError: It was not saved to its end, or by a version that writes another format.
    """
    try:
        saved = msgspec.json.decode((folder / CONTENTS).read_bytes(), type=Saved)
    except FileNotFoundError:
        raise SourceError(f"{folder} has no {CONTENTS}: no saved Kafka topics, or not saved to the end") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SourceError(f"{folder / CONTENTS} cannot be read: {error}") from None
    if saved.format != FORMAT:
        raise SourceError(f"{folder} is of format {saved.format}; this version reads {FORMAT}")
    return saved


def read_messages(folder: Path, saved: SavedKafkaTopic) -> Iterator[SavedMessage]:
    """Yield the messages of a Kafka topic, in order within each partition.

    Raises:
        SourceError: The file is cut off or damaged.
    """
    path, count = file_of(folder, saved.name), 0
    try:
        with gzip.open(path, "rb") as lines:
            for line in lines:
                yield _MESSAGES.decode(line)
                count += 1
    except (OSError, EOFError, zlib.error, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SourceError(f"{path} is damaged behind line {count}: {error}") from None
    if count != saved.messages:
        raise SourceError(f"{path} holds {count} messages in place of {saved.messages}")
