"""A look at a raw article before it is extracted: every word that its title or its text may come to hold.

Extraction chooses among the words of a page and makes none of its own. So where no watch topic is satisfied by
all of them, in whatever order, none is by those that extraction would choose. All that stands between the tags is
taken, whatever it is for, and beside it what titles and rescued stories come from: meta tags and JSON-LD. No tree
is built: a tag ends where it does for the parser (libxml2 2.14, as HTML 5 has it), or sooner, so that nothing that
is text there is left out here. What cannot be told for certain is in doubt: then the article is extracted.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from worker.domain.content import MAX_FIELD_CHARACTERS
from worker.domain.extract import OpenedArticle
from worker.domain.markup import (
    MAX_JSON_LD_CHARACTERS,
    MAX_MARKUP_CHARACTERS,
    blocks_of,
    json_ld_of,
    resolved,
)
from worker.domain.paragraphs import split_lines

MAX_JOINED_CHARACTERS = 60
"""No word that is put together from several texts of a page is longer and still a term's."""

MAX_JOINED = 5_000
"""More words that may be put together leave a page in doubt: each letter of it stands in a tag of its own."""

MAX_TITLE_MARKUP = 9_000
"""A heading with more markup may be cut when it is taken for the title, perhaps in a word."""

# Put where a tag stood; a page that holds it is in doubt.
_JOINT = "\x00"
_CONTROLS = bytes([*range(9), 11, 12, *range(14, 32), 127])
_TAG_STARTS = frozenset("/!?abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
# Headings, which may become the title, and elements in which tags are text.
_SPECIAL = re.compile(r"<(?:h1|h2|title|textarea|iframe|noembed|noframes|xmp|plaintext)\b", re.IGNORECASE)
_HEADINGS = frozenset({"<h1", "<h2", "<title"})
_RAW_TEXTS = frozenset({"<title", "<textarea", "<iframe", "<noembed", "<noframes", "<xmp", "<plaintext"})
_META = re.compile(r"<meta\b(?:[^\"'>]+|\"[^\"]*\"|'[^']*')*+>?", re.IGNORECASE)
_META_CONTENT = re.compile(r"content\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE)
_META_TITLE = re.compile("title|headline", re.IGNORECASE)
# What trafilatura takes titles from, and what it takes stories from where a page shows none.
_JSON_TITLES = frozenset({"name", "headline"})
_JSON_STORIES = frozenset(
    {"articleBody", "reviewBody", "recipeInstructions", "step", "itemListElement", "text", "description"}
)
_TAG = re.compile("<[^<>]*>")
# No word goes on across these. It may across letters, marks, apostrophes and what is invisible.
_BREAK = re.compile(r"[!#-&(-/:-@\[-`{-~«»“„–—…،؛؟。、]")


class _InDoubtError(Exception):
    """What extraction would make of a page cannot be told by looking at it."""


def possible_words(opened: OpenedArticle) -> set[str] | None:
    """Return what stands between white space in an article, such that it holds all words of its text and title.

    Returns:
        Words with the signs around them, in no order; None when in doubt.
    """
    try:
        title = opened.raw.title or ""
        written = set(" ".join(split_lines(_title(title))).split())
        if opened.is_page:
            return _otherwise_written(written | _written_on(opened.body))
        return written.union(" ".join(split_lines(opened.body)).split())
    except _InDoubtError:
        return None


def _title(text: str) -> str:
    """Return a text that may become a title, unless it is so long that it may be cut, perhaps in a word."""
    if len(text) > MAX_FIELD_CHARACTERS:
        raise _InDoubtError
    return text


def _written_on(page: str) -> set[str]:
    """Return what stands between white space on a page, joined in every way where only tags stand between."""
    blocks = blocks_of(page)
    markup = " ".join([block for block, is_json_ld in blocks if not is_json_ld])
    # The last: forums whose texts stand in an attribute.
    if len(markup) > MAX_MARKUP_CHARACTERS or _is_special(markup) or "data-preloaded" in markup:
        raise _InDoubtError
    first, *parts = markup.split("<")
    texts = [first, *[part[part.find(">") + 1 :] if part[:1] in _TAG_STARTS else part for part in parts]]
    data = "".join(texts).encode()
    if len(data.translate(None, _CONTROLS)) < len(data):
        raise _InDoubtError
    written = {piece.strip(_JOINT) for piece in _JOINT.join(texts).split()}
    runs = {piece for piece in written if _JOINT in piece}
    written = (written - runs) | _joined(runs)
    scripts = [json_ld_of(block) for block, is_json_ld in blocks if is_json_ld]
    if sum(map(len, scripts)) > MAX_JSON_LD_CHARACTERS:
        raise _InDoubtError
    for text in [*_meta_titles(markup), *_json_texts(scripts)]:
        written.update(*(other.split() for other in _without_tags(text)))
    return written


def _without_tags(text: str) -> Iterator[str]:
    """Yield a text beside the markup as it is, with references resolved, and without the tags that this brings."""
    resolved_once = resolved(text) if "&" in text else text
    for other in {text, resolved_once, resolved(resolved_once) if "&" in resolved_once else resolved_once}:
        yield other
        if "<" in other:
            joined = _TAG.sub("", other)
            if "<" in joined:  # it may be taken for a tag that ends in another text
                raise _InDoubtError
            yield joined
            yield _TAG.sub(" ", other)


def _is_special(markup: str) -> bool:
    """Say whether a heading is so long that it would be cut, or tags stand where they are text."""
    for found in _SPECIAL.finditer(markup):
        name = found[0].lower()
        end = markup.find(f"</{found[0][1:]}", found.end())
        if name in _HEADINGS and not 0 <= end - found.end() <= MAX_TITLE_MARKUP:
            return True
        if name in _RAW_TEXTS and (end < 0 or "<" in markup[found.end() : end]):
            return True
    return False


def _joined(runs: Iterable[str]) -> set[str]:
    """Return the texts between joints, alone and joined in all ways in which a word may go on across joints."""
    found: set[str] = set()
    joined = 0
    for run in runs:
        parts = [part for part in run.split(_JOINT) if part]
        found.update(parts)
        for first, part in enumerate(parts):
            word = part[-MAX_JOINED_CHARACTERS:]
            for other in parts[first + 1 :]:
                if _BREAK.match(word[-1]) or _BREAK.match(other) or len(word) > MAX_JOINED_CHARACTERS:
                    break
                word += other[:MAX_JOINED_CHARACTERS]
                found.add(word)
                joined += 1
                if _BREAK.search(other, 0, MAX_JOINED_CHARACTERS):
                    break
            if joined > MAX_JOINED:
                raise _InDoubtError
    return found


def _meta_titles(markup: str) -> Iterator[str]:
    for meta in _META.findall(markup):
        if _META_TITLE.search(meta):
            for quoted, otherwise, bare in _META_CONTENT.findall(meta):
                yield _title(quoted or otherwise or bare)


def _json_texts(scripts: Iterable[str]) -> Iterator[str]:
    """Yield the texts of a page's JSON-LD that may become its title or its story."""
    for script in scripts:
        try:
            todo: list[tuple[str, Any]] = [("", json.loads(script or "null", strict=False))]
        except (ValueError, RecursionError):
            raise _InDoubtError from None
        while todo:
            key, node = todo.pop()
            if isinstance(node, dict):
                todo.extend(node.items())
            elif isinstance(node, list):
                todo.extend((key, child) for child in node)
            elif isinstance(node, str) and (key in _JSON_TITLES or key in _JSON_STORIES):
                yield from _json_text(node, is_title=key in _JSON_TITLES)


def _json_text(text: str, *, is_title: bool) -> Iterator[str]:
    yield text
    if '"' in text:  # where a title may be cut
        yield text.replace('"', " ")
    if is_title:
        if "<" in _title(text) or ">" in text:
            raise _InDoubtError
        if any(sign in text for sign in "\n\r\t"):  # trafilatura drops them
            yield text.replace("\n", "").replace("\r", "").replace("\t", "")


def _otherwise_written(written: set[str]) -> set[str]:
    """Return the pieces and what becomes of them where references are resolved and unprintable characters go."""
    found = set(written)
    together = " ".join(written)
    if "&" in together:
        for piece in written:
            if "&" in piece:
                once = resolved(piece)
                for text in (once, resolved(once)):
                    found.update(text.split(), _TAG.sub("", text).split())
    if not together.isprintable() or not " ".join(found).isprintable():
        found.update("".join(filter(str.isprintable, piece)) for piece in [*found] if not piece.isprintable())
    return found
