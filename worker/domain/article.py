"""The article on its way through the pipeline: raw, extracted, tagged."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from courlan import normalize_url

Score = Annotated[float, msgspec.Meta(description="Sum of the weights of the groups that were found.")]
Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$", description="SHA-256 in hexadecimal.")]


class RawArticle(msgspec.Struct, frozen=True, omit_defaults=True):
    """An article as it was fetched: what producers write to `articles.raw`.

    One of `body` and `body_base64` is required. Times are RFC 3339; one that is not is dropped and noted,
    because a bad date is no reason to lose an article.
    """

    content_type: Annotated[
        str, msgspec.Meta(description="text/html or text/plain, with or without a charset parameter.")
    ] = "text/html"
    body: Annotated[str | None, msgspec.Meta(description="The page or the text.")] = None
    body_base64: Annotated[
        str | None,
        msgspec.Meta(description="The page's bytes as they came; their charset is found from them."),
    ] = None
    id: Annotated[
        str | None,
        msgspec.Meta(description="At most 512 bytes. Derived from the URL, else from the body, when absent."),
    ] = None
    url: str | None = None
    title: str | None = None
    source: Annotated[str | None, msgspec.Meta(description="Who published it: a name or a host.")] = None
    published_at: Annotated[str | None, msgspec.Meta(description="RFC 3339.")] = None
    fetched_at: Annotated[str | None, msgspec.Meta(description="RFC 3339.")] = None


class RemovedFurniture(msgspec.Struct, frozen=True):
    """A piece of page furniture that was taken out of the text."""

    kind: Annotated[str, msgspec.Meta(description="The rule's name: related, caption, advertisement, …")]
    text: str


class ExtractedArticle(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The article's text and metadata: the message of `articles.extracted`.

    `text` holds one paragraph a line, without page furniture.
    """

    id: str
    text: str
    text_hash: Annotated[Sha256, msgspec.Meta(description="Of `text` in UTF-8. Equal hashes are copies.")]
    received_at: Annotated[datetime, msgspec.Meta(description="When the raw article reached Kafka.")]
    url: str | None = None
    title: str | None = None
    source: str | None = None
    author: str | None = None
    declared_language: Annotated[str | None, msgspec.Meta(description="What the page says of itself.")] = None
    published_at: datetime | None = None
    fetched_at: datetime | None = None
    removed: Annotated[
        list[RemovedFurniture], msgspec.Meta(description="What was taken out of the text, in order.")
    ] = msgspec.field(default_factory=list)
    notes: Annotated[list[str], msgspec.Meta(description="What was odd about the input and how it was read.")] = (
        msgspec.field(default_factory=list)
    )


class Language(msgspec.Struct, frozen=True):
    """The language of a text: an ISO 639-1 code, or `und` with confidence 0."""

    code: str
    confidence: float


class Span(msgspec.Struct, frozen=True):
    """Where a term was found. `start` and `end` count code points of the original text."""

    start: int
    end: int
    text: str
    group: str
    term: str


class Sentence(msgspec.Struct, frozen=True):
    """A sentence that holds spans; the spans count from the sentence's own start."""

    text: str
    spans: list[Span]


class Match(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A watch topic found in an article, with the evidence."""

    watch_topic: str
    version: Annotated[str, msgspec.Meta(description="Content hash of the watch topic that matched.")]
    score: Score
    level: Annotated[str, msgspec.Meta(pattern="^(tag|alert)$")]
    spans: Annotated[list[Span], msgspec.Meta(description="Into `text`.")]
    title_spans: Annotated[list[Span], msgspec.Meta(description="Into `title`.")] = msgspec.field(
        default_factory=list
    )
    groups: Annotated[list[str], msgspec.Meta(description="The groups that were found.")] = msgspec.field(
        default_factory=list
    )


class TaggedArticle(msgspec.Struct, frozen=True, kw_only=True):
    """An article with its language and its matches: the message of `articles.tagged`."""

    id: str
    url: str | None
    title: str | None
    language: Language
    text: str
    matches: list[Match]
    text_hash: Sha256
    received_at: datetime
    source: str | None = None
    author: str | None = None
    declared_language: str | None = None
    published_at: datetime | None = None
    fetched_at: datetime | None = None
    removed: list[RemovedFurniture] = msgspec.field(default_factory=list)
    notes: list[str] = msgspec.field(default_factory=list)


def text_hash(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, in hexadecimal: equal for copies, whatever way they came."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def canonical_url(url: str) -> str:
    """Return one spelling for all spellings of an address.

    Host in lower case, no default port, no fragment, query in order and without trackers (courlan's list).
    An address that cannot be read is returned as it came, without white space around it.
    """
    try:
        return str(normalize_url(url.strip())).partition("#")[0]
    except ValueError:
        return url.strip()


def article_id(given: str | None, urls: Sequence[str | None], body: bytes) -> str:
    """Return the article's id: the same article always gets the same one.

    Args:
        given: The producer's own id, used as it is.
        urls: Addresses, best first; the first one that is there counts.
        body: The body's bytes, used when nothing else names the article.
    """
    if given:
        return given
    for url in urls:
        if url and url.strip():
            return "u" + hashlib.sha256(canonical_url(url).encode("utf-8", "surrogatepass")).hexdigest()[:31]
    return "b" + hashlib.sha256(body).hexdigest()[:31]
