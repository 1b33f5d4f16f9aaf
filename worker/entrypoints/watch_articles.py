"""Articles as `rasid watch` reads them: raw ones through the extract stage, stored ones as they are."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from worker.domain.article import ExtractedArticle, Language, RawArticle
from worker.domain.errors import Reason, RejectedError
from worker.entrypoints.sources import SourceError, read_items, source_files
from worker.streaming.codec import decode, encode
from worker.streaming.stages import Stages


class StoredArticle(msgspec.Struct, frozen=True, kw_only=True):
    """What is used of an extracted or tagged article; it is read more leniently than where agents read it."""

    id: str
    text: str
    text_hash: str
    title: str | None = None
    url: str | None = None
    source: str | None = None
    language: Language | None = None
    published_at: datetime | None = None
    received_at: datetime | None = None
    fetched_at: datetime | None = None

    @property
    def day(self) -> str | None:
        """Return the day (UTC) on which it was published, else received or fetched."""
        moment = self.published_at or self.received_at or self.fetched_at
        if moment is None:
            return None
        return (moment.astimezone(UTC) if moment.tzinfo else moment).date().isoformat()

    @property
    def publisher(self) -> str:
        """Return who published it: its source, else the host of its address."""
        return self.source or _host(self.url or "") or "not named"


class _Shape(msgspec.Struct):
    """The fields that tell what kind of article a line holds."""

    id: Any = None
    text: Any = None
    text_hash: Any = None
    error: Any = None


class _Error(msgspec.Struct):
    reason: Reason
    detail: str = ""


def read_article(value: bytes, stages: Stages, now: datetime) -> StoredArticle:
    """Return the article in a line of JSON: raw, extracted or tagged, recognised by its fields.

    Raises:
        RejectedError: The extract stage rejects it, it has not the fields that its kind has, or it is a line that
            `rasid tag` wrote for an article that was rejected.
    """
    shape = _shape(value)
    if isinstance(shape.text, str) and isinstance(shape.text_hash, str):
        return decode(value, StoredArticle)
    if shape.error is not None:
        error = _as_error(shape.error)
        raise RejectedError(error.reason, error.detail, shape.id if isinstance(shape.id, str) else None)
    article = decode(stages.extract(value, now).value, ExtractedArticle)
    return StoredArticle(
        id=article.id,
        text=article.text,
        text_hash=article.text_hash,
        title=article.title,
        url=article.url,
        source=article.source,
        published_at=article.published_at,
        fetched_at=article.fetched_at,
    )


def _shape(value: bytes) -> _Shape:
    try:
        return msgspec.json.decode(value, type=_Shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _Shape()


def _as_error(data: object) -> _Error:
    try:
        return msgspec.convert(data, _Error)
    except msgspec.ValidationError as error:
        raise RejectedError(Reason.WRONG_SHAPE, f"`error` in an article: {error}") from None


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def one_article(name: str, article_id: str | None, stdin: Iterable[bytes], stages: Stages) -> StoredArticle:
    """Return the article that a command was given.

    Args:
        name: A file, or `-` for standard input: plain text, or JSON where it is an article in JSON.
        article_id: Which article of a file with several; the first one when it is None.
        stdin: Standard input.
        stages: The extract stage.

    Raises:
        SourceError: There is no such file or no such article.
        RejectedError: See `read_article`.
    """
    now = datetime.now(UTC)
    values = [_from_input(b"".join(stdin))] if name == "-" else _values(Path(name))
    for value in values:
        if article_id is None or _has_id(value, article_id, stages, now):
            return read_article(value, stages, now)
    raise SourceError(f"{name} holds no article" + (f" with the id {article_id!r}" if article_id else ""))


def _values(path: Path) -> Iterable[bytes]:
    if path.is_dir():
        raise SourceError(f"{path} is a folder; give one file")
    return (item.value for file in source_files([path]) for item in read_items(file))


def _from_input(content: bytes) -> bytes:
    """Return standard input as an article in JSON."""
    if not content.strip():
        raise SourceError("standard input is empty; give an article's text or JSON")
    first = re.sub(rb"^\xef\xbb\xbf", b"", content).strip().splitlines()[0]
    for value in (content, first):
        try:
            if isinstance(msgspec.json.decode(value), dict):
                return value
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
    return encode(RawArticle(content_type="text/plain", body=content.decode("utf-8", "replace")))


def _has_id(value: bytes, article_id: str, stages: Stages, now: datetime) -> bool:
    given = _shape(value).id
    if isinstance(given, str) or given is not None:
        return bool(given == article_id)
    try:
        return read_article(value, stages, now).id == article_id
    except RejectedError:
        return False
