"""What an article's body says, whoever brings it; and the article that it makes of one who does.

Apart from the rest of extraction, so that a copy of a body need not be extracted again.
"""

import re
from datetime import UTC, datetime, timedelta

import msgspec

from worker.domain.article import ExtractedArticle, RawArticle, RemovedFurniture, article_id
from worker.domain.moment import read_moment
from worker.domain.paragraphs import split_lines

# Longer than any headline, byline or address that is one.
MAX_FIELD_CHARACTERS = 1_000
MAX_URL_CHARACTERS = 4_000

_SURROGATES = re.compile("[\ud800-\udfff]")


class Content(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the body of a raw article says, with the producer's title if there is one.

    Attributes:
        dates: When the page says it was published, as it is written there; the best first.
        day: The day of publication that was found otherwise, none later than `newest_day`.
        newest_day: None where the body is no page.
        needs_url: Whether `site`, `canonical_url` and `day` may rest on the producer's `url`.
        body_id: The article's id; only where nothing else gives it one.
    """

    text: str
    text_hash: str
    title: str | None = None
    site: str | None = None
    author: str | None = None
    language: str | None = None
    canonical_url: str | None = None
    dates: list[str] = msgspec.field(default_factory=list)
    day: str | None = None
    newest_day: str | None = None
    needs_url: bool = False
    url: str | None = None
    body_id: str | None = None
    removed: list[RemovedFurniture] = msgspec.field(default_factory=list)
    notes: list[str] = msgspec.field(default_factory=list)


def newest_day(received_at: datetime) -> str:
    """Return the latest day on which an article that came in then can have been published: 2024-03-22."""
    return (_with_zone(received_at) + timedelta(days=1)).strftime("%Y-%m-%d")


def holds_for(content: Content, raw: RawArticle, received_at: datetime) -> bool:
    """Say whether extraction would find the same content in the same body with the same title, brought by another.

    It may differ by the address that it was fetched from, and by the day, where the page does not say for itself
    where and when it was published.
    """
    if content.needs_url and raw.url != content.url:
        return False
    if content.body_id is None and not is_named(raw, content.canonical_url):
        return False
    if content.newest_day in {None, newest_day(received_at)}:
        return True
    return any(read_moment(date, "", _with_zone(received_at))[0] for date in content.dates)


def article_of(raw: RawArticle, content: Content, received_at: datetime) -> ExtractedArticle:
    """Return the article that a body's content makes with what its producer says of it.

    Args:
        raw: The raw article that has this body and title.
        content: What its body says: see `holds_for`.
        received_at: When the raw article reached Kafka; times much later are not believed.
    """
    received_at = _with_zone(received_at)
    notes = list(content.notes)
    urls = [raw.url, content.canonical_url]
    page_date = _page_date(content, received_at, notes)
    published_at = _moment(raw.published_at, "published_at", received_at, notes) or page_date
    return ExtractedArticle(
        id=article_id(raw.id, urls, b"") if is_named(raw, content.canonical_url) else content.body_id or "",
        text=content.text,
        text_hash=content.text_hash,
        received_at=received_at,
        url=_address(raw.url, notes) or content.canonical_url,
        title=content.title,
        source=one_line(raw.source) or content.site,
        author=content.author,
        declared_language=content.language,
        published_at=published_at,
        fetched_at=_moment(raw.fetched_at, "fetched_at", received_at, notes),
        removed=content.removed,
        notes=notes,
    )


def is_named(raw: RawArticle, canonical_url: str | None) -> bool:
    """Say whether anything but the body gives an article its id."""
    return bool(raw.id or (raw.url or "").strip() or canonical_url)


def one_line(value: str | None) -> str | None:
    """Return a field of an article as one line of bounded length, or None."""
    if value is None:
        return None
    lines = split_lines(encodable(value[: 4 * MAX_FIELD_CHARACTERS]))
    return " ".join(filter(None, lines))[:MAX_FIELD_CHARACTERS].strip() or None


def encodable(text: str) -> str:
    """Return the text as one that UTF-8 can hold: the same object, unless it has lone surrogates."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return _SURROGATES.sub("\ufffd", text)
    return text


def _page_date(content: Content, received_at: datetime, notes: list[str]) -> datetime | None:
    """Return when the page was published; what cannot be believed of what it says is noted."""
    for value in filter(None, [*content.dates, content.day]):
        moment, note = read_moment(value, "the page's date", received_at)
        if moment is not None:
            return moment
        if note is not None and note not in notes:
            notes.append(note)
    return None


def _moment(value: str | None, name: str, received_at: datetime, notes: list[str]) -> datetime | None:
    moment, note = read_moment(value, name, received_at)
    if note is not None:
        notes.append(note)
    return moment


def _address(url: str | None, notes: list[str]) -> str | None:
    if url is None or not url.strip():
        return None
    if len(url) > MAX_URL_CHARACTERS:
        notes.append(f"url dropped: longer than {MAX_URL_CHARACTERS} characters")
        return None
    return encodable(url.strip())


def _with_zone(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
