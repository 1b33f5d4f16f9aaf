"""Raw article -> extracted article: the text without page furniture, and the metadata."""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from worker.domain.article import ExtractedArticle, RawArticle, RemovedFurniture, article_id, text_hash
from worker.domain.charset import check_text, decode
from worker.domain.content import Content, article_of, encodable, is_named, newest_day, one_line
from worker.domain.errors import Reason, RejectedError
from worker.domain.furniture import FurnitureRules
from worker.domain.markup import has_tags
from worker.domain.page import Page, read_page
from worker.domain.paragraphs import read_story, split_lines

MAX_ID_BYTES = 512
MAX_REMOVED = 50
MAX_REMOVED_CHARACTERS = 300
CONTENT_TYPES = ("text/html", "text/plain")

_SURROGATES = re.compile("[\ud800-\udfff]")


class _Id(msgspec.Struct):
    id: Any = None


def read_raw_article(value: bytes, max_bytes: int) -> RawArticle:
    """Return the raw article in a message.

    Args:
        value: The message: JSON in UTF-8.
        max_bytes: More than this is refused before it is read.

    Raises:
        RejectedError: TOO_LARGE, NOT_JSON, WRONG_SHAPE, NO_BODY, EMPTY_BODY or UNKNOWN_CONTENT_TYPE.
    """
    if len(value) > max_bytes:
        raise RejectedError(Reason.TOO_LARGE, f"{len(value)} bytes, {max_bytes} are allowed")
    raw = _decode(value)
    if raw.id is not None and len(raw.id.encode("utf-8", "surrogatepass")) > MAX_ID_BYTES:
        raise RejectedError(Reason.WRONG_SHAPE, f"the id is longer than {MAX_ID_BYTES} bytes")
    if raw.body is None and raw.body_base64 is None:
        raise RejectedError(Reason.NO_BODY, "neither `body` nor `body_base64`", raw.id)
    if not (raw.body or "").strip() and not (raw.body_base64 or "").strip():
        raise RejectedError(Reason.EMPTY_BODY, "the body is empty", raw.id)
    _mime_type(raw)
    return raw


def _decode(value: bytes) -> RawArticle:
    try:
        return msgspec.json.decode(value, type=RawArticle)
    except msgspec.ValidationError as error:
        # It stops at the first field of another shape: what comes after need not be JSON.
        if not _is_json(value):
            return _decode_leniently(value, error)
        raise RejectedError(Reason.WRONG_SHAPE, str(error), _given_id(value)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _decode_leniently(value, error)


def _is_json(value: bytes) -> bool:
    try:
        msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _decode_leniently(value: bytes, first: Exception) -> RawArticle:
    """Read JSON that a strict decoder refuses and others write: lone surrogates, a byte order mark."""
    try:
        data = json.loads(value.decode("utf-8-sig"), parse_constant=_refuse)
        fields = {k: _SURROGATES.sub("\ufffd", v) if isinstance(v, str) else v for k, v in data.items()}
        return msgspec.convert(fields, type=RawArticle)
    except (AttributeError, msgspec.ValidationError) as error:
        raise RejectedError(Reason.WRONG_SHAPE, str(error)) from error
    except (ValueError, RecursionError):
        raise RejectedError(Reason.NOT_JSON, str(first)) from first


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _given_id(value: bytes) -> str | None:
    try:
        given = msgspec.json.decode(value, type=_Id).id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return given if isinstance(given, str) and 0 < len(given.encode()) <= MAX_ID_BYTES else None


def _mime_type(raw: RawArticle) -> str:
    mime = raw.content_type.partition(";")[0].strip().lower()
    if mime not in CONTENT_TYPES:
        detail = f"content type {mime[:80]!r}, expected one of {', '.join(CONTENT_TYPES)}"
        raise RejectedError(Reason.UNKNOWN_CONTENT_TYPE, detail, raw.id)
    return mime


@dataclass(frozen=True)
class OpenedArticle:
    """A raw article with its body as text, and whether that is a page."""

    raw: RawArticle
    body: str
    notes: list[str]
    is_page: bool

    @property
    def id(self) -> str:
        """Its id, as far as it is known before the page is read."""
        return article_id(self.raw.id, [self.raw.url], self.body.encode("utf-8"))


def extract(raw: RawArticle, received_at: datetime, rules: FurnitureRules) -> ExtractedArticle:
    """Return the article's text and metadata.

    The producer's own title, source, address and time win over those of the page.

    Args:
        raw: From `read_raw_article`.
        received_at: When the raw article reached Kafka; times much later are not believed.
        rules: From `worker.adapters.furniture_files.load_furniture_rules`.

    Raises:
        RejectedError: As `open_article` and `read_content`.
    """
    return article_of(raw, read_content(open_article(raw), received_at, rules), received_at)


def open_article(raw: RawArticle) -> OpenedArticle:
    """Return a raw article with its body decoded.

    Raises:
        RejectedError: UNKNOWN_CONTENT_TYPE, WRONG_SHAPE (not base64), EMPTY_BODY or NOT_TEXT.
    """
    try:
        is_page = _mime_type(raw) == "text/html"
        body, notes = _read_body(raw)
    except RejectedError as error:
        raise RejectedError(error.reason, error.detail, error.article_id or raw.id or None) from error
    return OpenedArticle(raw, body, notes, is_page and has_tags(body))


def read_content(opened: OpenedArticle, received_at: datetime, rules: FurnitureRules) -> Content:
    """Return what an article's body says.

    Raises:
        RejectedError: NO_ARTICLE, with the article's id.
    """
    raw, until = opened.raw, newest_day(received_at)
    page = Page(needs_url=False)
    if opened.is_page:
        page = read_page(opened.body, raw.url, until, rules)
        if page.lines is None:
            detail = "; ".join(["no article found in the markup", *page.notes])
            raise RejectedError(Reason.NO_ARTICLE, detail, opened.id)
    title = one_line(raw.title) or page.title
    story = read_story(page.lines if page.lines is not None else split_lines(opened.body), rules, title)
    text = "\n".join(story.paragraphs)
    if not any(map(str.isalpha, text)):
        raise RejectedError(Reason.NO_ARTICLE, "no words are left as the article's text", opened.id)
    return Content(
        text=text,
        text_hash=text_hash(text),
        title=title,
        site=one_line(page.site),
        author=one_line(page.author),
        language=page.language,
        canonical_url=page.canonical_url,
        dates=page.dates,
        day=page.day,
        newest_day=until if opened.is_page else None,
        needs_url=page.needs_url,
        url=raw.url if page.needs_url else None,
        body_id=None if is_named(raw, page.canonical_url) else opened.id,
        removed=_bounded([*page.removed, *story.removed]),
        notes=[*opened.notes, *page.notes],
    )


def _read_body(raw: RawArticle) -> tuple[str, list[str]]:
    if raw.body is not None and raw.body.strip():
        check_text(raw.body)
        body = encodable(raw.body)
        return body, [] if body is raw.body else ["lone surrogates replaced"]
    try:
        data = base64.b64decode("".join((raw.body_base64 or "").split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise RejectedError(Reason.WRONG_SHAPE, f"body_base64 is not base64: {error}") from error
    if not data.strip():
        raise RejectedError(Reason.EMPTY_BODY, "the body is empty")
    decoded = decode(data, raw.content_type)
    return decoded.text, decoded.notes


def _bounded(removed: list[RemovedFurniture]) -> list[RemovedFurniture]:
    return [RemovedFurniture(piece.kind, piece.text[:MAX_REMOVED_CHARACTERS]) for piece in removed[:MAX_REMOVED]]
