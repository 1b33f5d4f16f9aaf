"""A news page -> the lines of its story and what it says about itself."""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import msgspec
import trafilatura
from courlan import validate_url
from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring, tostring

from worker.domain.article import RemovedFurniture
from worker.domain.furniture import FurnitureRules
from worker.domain.markup import clean_markup, text_of
from worker.domain.moment import MAX_CHARACTERS
from worker.domain.page_furniture import remove_page_furniture
from worker.domain.paragraphs import split_lines

# libxml2 gives up below this depth, and loses what is deeper; browsers stop at 512.
MAX_DEPTH = 250
# In a page that could not be parsed, a line shorter than this is more likely navigation than story.
MIN_UNPARSED_LINE_CHARACTERS = 60

# Less than this may be all menu: then the words outside links and forms are counted, a flash of news has as
# many as this.
SHORT_CHARACTERS = 500
MIN_OWN_LETTERS = 10

# trafilatura cuts longer ones.
MAX_PLAIN_URL_CHARACTERS = 10_000

# trafilatura's rescue of short pages gives all of an article as one line, or a line for each piece of markup.
# It is tried below 250 characters and may find some times as much.
RESCUED_CHARACTERS = 2_000

# Options as trafilatura's own parser has them. One class for every element saves lxml the look-up by name.
_PARSER = HTMLParser(
    collect_ids=False,
    default_doctype=False,  # type: ignore[call-arg]  # lxml has it, its stubs do not
    encoding="utf-8",
    remove_comments=True,
    remove_pis=True,
)
_PARSER.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))
# A third of trafilatura's time for metadata goes to what nobody here reads: categories, tags and the licence. It
# has no option to leave them out. The version is pinned, and a test compares what is read.
LEFT_OUT: dict[str, Callable[..., Any]] = {
    "extract_catstags": lambda _kind, _tree: [],
    "extract_license": lambda _tree: None,
}
for _name, _instead in LEFT_OUT.items():
    setattr(trafilatura.metadata, _name, _instead)
_TOO_DEEP = etree.XPath(f"boolean({'/*' * MAX_DEPTH})")

_OWN_WORDS = etree.XPath(
    "//body//text()[not(ancestor::a or ancestor::nav or ancestor::footer or ancestor::form or ancestor::button"
    " or ancestor::select or ancestor::script or ancestor::noscript or ancestor::menu or ancestor::label)]"
)

# Characters without width that trafilatura drops as unprintable, and printable ones that stand for them
# meanwhile: Persian words need the non-joiner, and bidi controls belong to the text. The stand-ins are signs
# of SignWriting, which no news page uses; a page that does use them is left as it is.
_WIDTHLESS = (
    "\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\u00ad"
)
_STAND_INS = "".join(chr(0x1D800 + i) for i in range(len(_WIDTHLESS)))
_SHOW = str.maketrans(_STAND_INS, _WIDTHLESS)
_WIDTHLESS_REFERENCE = re.compile(
    r"&(?:#8203|#8204|#8205|#8206|#8207|#x200[b-fB-F]|#823[4-8]|#x202[a-eA-E]|#829[4-7]|#x206[6-9]|zwnj|zwj|lrm|rlm|shy|#173|#xad);"
)
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(?![a-zA-Z])")


@dataclass
class Page:
    """What was read from a page; `lines` is None when there is no article in it.

    Attributes:
        dates: When the page says it was published, as it is written there; the best first.
        day: The day that trafilatura found, which it also looks for in the address and in the text.
        needs_url: Whether `site`, `canonical_url` and `day` may rest on the address it was fetched from.
    """

    lines: list[str] | None = None
    title: str | None = None
    author: str | None = None
    site: str | None = None
    canonical_url: str | None = None
    language: str | None = None
    dates: list[str] = field(default_factory=list)
    day: str | None = None
    needs_url: bool = True
    removed: list[RemovedFurniture] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_page(page: str, url: str | None, newest_day: str, rules: FurnitureRules) -> Page:
    """Return the story's lines and the metadata of a page.

    Args:
        page: The page's markup, whatever its size.
        url: Where it was fetched, if known.
        newest_day: No date of publication is later: 2024-03-22.
        rules: The furniture to take out of the tree.
    """
    markup = clean_markup(page)
    read = Page(notes=markup.notes)
    text, hidden = _hide_widthless(markup.text)
    tree = _parse(text)
    if tree is None:
        return read
    if _TOO_DEEP(tree):
        read.needs_url = False
        read.notes.append(f"nested more than {MAX_DEPTH} levels deep: read without its structure")
        lines = split_lines(text_of(markup.text))
        read.lines = [line for line in lines if len(line) >= MIN_UNPARSED_LINE_CHARACTERS] or None
        return read
    read.language = _declared_language(tree)
    # trafilatura prefers og:url, which often carries the tracker of the network it was made for.
    read.canonical_url = _absolute(tree.xpath("string(.//link[@rel='canonical']/@href)"))
    remove_page_furniture(tree, rules, lambda kind, text: read.removed.append(RemovedFurniture(kind, text)))
    document = trafilatura.bare_extraction(
        tree,
        url=url,
        fast=True,
        include_comments=False,
        include_tables=False,
        with_metadata=True,
        date_extraction_params={
            "original_date": True,
            "extensive_search": False,
            "max_date": newest_day,
        },
    )
    if document is None or (len(document.text or "") < SHORT_CHARACTERS and not _has_own_words(tree)):
        return read
    if len(document.text or "") < RESCUED_CHARACTERS:
        document.text = _by_blocks(document.text or "", tree)
    read.needs_url = not _names_its_address(tree, url, document.url)
    _take(document, read, hidden=hidden)
    read.dates, read.day = _written_dates(markup.json_ld, tree), document.date
    return read


def _hide_widthless(text: str) -> tuple[str, bool]:
    if "&" in text:
        text = _WIDTHLESS_REFERENCE.sub(lambda found: _unescape(found[0]), text)
    # A look for each is quicker than an expression for all: most pages have none, the others one or two.
    found = [(sign, instead) for sign, instead in zip(_WIDTHLESS, _STAND_INS, strict=True) if sign in text]
    if not found or any(instead in text for instead in _STAND_INS):
        return text, False
    for sign, instead in found:
        text = text.replace(sign, instead)
    return text, True


def _unescape(reference: str) -> str:
    return html.unescape(reference)


def _parse(text: str) -> HtmlElement | None:
    try:
        # As bytes: a string with an XML declaration of its encoding is refused.
        tree = document_fromstring(text.encode("utf-8"), parser=_PARSER)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None
    return tree if isinstance(tree, HtmlElement) else None


def _has_own_words(tree: HtmlElement) -> bool:
    """Tell whether a page says anything outside its links and forms; trafilatura rescues even a bare menu."""
    own: Any = _OWN_WORDS(tree)
    return sum(map(str.isalpha, "".join(own))) >= MIN_OWN_LETTERS


def _by_blocks(text: str, tree: HtmlElement) -> str:
    """Return the text with the lines that the page's blocks have, if they make up all of it; else as it is."""
    whole = "".join(text.split())
    kept: list[str] = []
    position = 0
    for line in split_lines(text_of(tostring(tree, encoding="unicode"))):
        block = "".join(line.split())
        if block and whole.startswith(block, position):
            kept.append(line)
            position += len(block)
    return "\n".join(kept) if position == len(whole) else text


def _names_its_address(tree: HtmlElement, url: str | None, found: str | None) -> bool:
    """Say whether trafilatura has the address, and what follows from it, from the page and not from our `url`."""
    url = url or ""
    # It returns our own, where the page has none, with references resolved and unprintable characters gone.
    is_plain = url.isprintable() and ";" not in url and len(url) < MAX_PLAIN_URL_CHARACTERS
    if found and is_plain and " ".join(html.unescape(url).split()) != found:
        return True
    canonical = tree.find(".//head//link[@rel='canonical']")
    return canonical is not None and bool(validate_url(canonical.get("href") or "")[0])


def _take(document: Any, read: Page, *, hidden: bool) -> None:
    def shown(value: str | None) -> str | None:
        """Return a field in one line with what was hidden in it, None when nothing is left."""
        if not value:
            return None
        value = " ".join((value.translate(_SHOW) if hidden else value).split())
        return value or None

    text = document.text or ""
    if hidden:
        text = text.translate(_SHOW)
    lines = split_lines(text)
    if document.body is not None and next(document.body.iter("item"), None) is not None:
        lines = [line.removeprefix("- ") for line in lines]
    read.lines = lines
    read.title = shown(document.title)
    read.author = shown(document.author)
    read.site = shown(document.sitename) or shown(document.hostname)
    read.canonical_url = read.canonical_url or _absolute(document.url)


def _absolute(url: str | None) -> str | None:
    url = (url or "").strip()
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.netloc else None


def _declared_language(tree: HtmlElement) -> str | None:
    declared = [
        tree.get("lang"),
        tree.get("{http://www.w3.org/XML/1998/namespace}lang"),
        tree.get("xml:lang"),
    ]
    for meta in tree.iterfind(".//head/meta[@content]"):
        if (meta.get("http-equiv") or "").lower() == "content-language" or meta.get("property") == "og:locale":
            declared.append(meta.get("content"))
    for value in declared:
        found = _LANGUAGE.match((value or "").strip())
        if found:
            return found[0].lower()
    return None


def _written_dates(json_ld: list[str], tree: HtmlElement) -> list[str]:
    """Return the times of publication that a page gives: JSON-LD has it to the second, meta tags often."""
    written = [_json_ld_date(block) for block in json_ld]
    for meta in tree.iterfind(".//meta[@content]"):
        if (meta.get("property") or meta.get("name") or "").lower() in {
            "article:published_time",
            "datepublished",
        }:
            written.append(meta.get("content"))
    return [value.strip()[: MAX_CHARACTERS + 1] for value in written if value]


def _json_ld_date(block: str) -> str | None:
    try:
        data = msgspec.json.decode(block.strip().encode("utf-8"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    todo: list[Any] = [data]
    for _ in range(200):  # a bound; articles stand near the top
        if not todo:
            break
        node = todo.pop(0)
        if isinstance(node, list):
            todo.extend(node[:50])
        elif isinstance(node, dict):
            value = node.get("datePublished")
            if isinstance(value, str):
                return value
            todo.extend(child for child in node.values() if isinstance(child, dict | list))
    return None
