"""A message's lines as plain text, Markdown or HTML; what comes from articles is only ever text in it.

An original text stands between Unicode's isolates (UAX 9: FSI and PDI), in HTML also in <bdi>, since some services
take tags away: so that a line with English and Arabic reads right, whichever comes first.
"""

import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

import msgspec

Format = Literal["text", "markdown", "html"]

OPEN, CLOSE = "⟦", "⟧"
"""Marks around matched words in plain text, as on terminals."""

_FSI, _PDI = "\u2068", "\u2069"
_JOINERS = "\u200c\u200d"
# What CommonMark may read as markup inside of a line; no more, since not every service takes the escapes away
# again. An underscore inside of a word is none, and & is only where it looks like an entity.
_MARKDOWN_SIGNS = re.compile(r"([\\`*\[\]<>~]|(?<!\w)_|_(?!\w)|&(?=#?\w+;))")
_SPACES = re.compile(r"\s+")
# What whole rooms of Slack, Discord, Matrix and others are called by. An article must not ring their bells.
_CALLS = re.compile(r"@(?=everyone|here|channel|all|room|group)", re.IGNORECASE)
_WEB_ADDRESS = re.compile(r"https?://[^\s<>\"'`\\]+", re.IGNORECASE)


class Words(msgspec.Struct, frozen=True):
    """Our own English words."""

    text: str


class Original(msgspec.Struct, frozen=True):
    """A text as it came, in whatever script, with the places of the words to be marked in it."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()


class Command(msgspec.Struct, frozen=True):
    """A command line to be copied."""

    text: str


class Address(msgspec.Struct, frozen=True):
    """An address on the web; anything else is written as text and is no link."""

    url: str


Piece = Words | Original | Command | Address


class Line(msgspec.Struct, frozen=True):
    """A line of a message; a quote is set apart, a heading stands out."""

    pieces: tuple[Piece, ...]
    kind: Literal["plain", "heading", "quote"] = "plain"


def clean(text: str) -> str:
    """Return a text of one line with nothing in it that acts: no control, bidi or invisible characters.

    Joiners that Persian and Hindi words need stay. Calls of a whole chat room are broken by a word joiner.
    """
    kept = (
        character
        for character in _SPACES.sub(" ", text)
        if unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn"} or character in _JOINERS
    )
    return _CALLS.sub("@\u2060", "".join(kept))


def isolated(text: str) -> str:
    """Return an original text between isolates, for a line of plain text."""
    return f"{_FSI}{text}{_PDI}" if text else ""


def shortened(text: str, marks: Iterable[tuple[int, int]], most_characters: int) -> Original:
    """Return at most so many characters of a text, around its first mark; dots stand for what was left out."""
    places = _joined(marks, len(text))
    first = places[0][0] if places else 0
    start = 0 if len(text) <= most_characters else max(0, min(first - most_characters // 4, len(text) - 1))
    end = min(len(text), start + most_characters)
    before, after = "…" * (start > 0), "…" * (end < len(text))
    moved = len(before) - start
    kept = ((max(a, start) + moved, min(b, end) + moved) for a, b in places if a < end and b > start)
    return Original(before + text[start:end] + after, tuple(kept))


def render(lines: Sequence[Line], form: Format) -> str:
    """Return lines in one of the three forms."""
    if form == "html":
        return "\n".join(map(_html_line, lines))
    if form == "markdown":
        return "\n\n".join(map(_markdown_line, lines))
    return "\n".join(map(_text_line, lines))


def _text_line(line: Line) -> str:
    said = "".join(map(_text_piece, line.pieces))
    return f"    {said}" if line.kind == "quote" else said


def _text_piece(piece: Piece) -> str:
    match piece:
        case Original(text, marks):
            return isolated(_marked(text, marks, clean, OPEN, CLOSE))
        case Address(url):
            return clean(url)
        case _:
            return clean(piece.text)


def _markdown_line(line: Line) -> str:
    said = "".join(map(_markdown_piece, line.pieces))
    if line.kind == "heading":
        return f"### {said}"
    return f"> {said}" if line.kind == "quote" else said


def _markdown_piece(piece: Piece) -> str:
    match piece:
        case Original(text, marks):
            return isolated(_marked(text, marks, _markdown_text, "**", "**"))
        case Address(url) if _WEB_ADDRESS.fullmatch(clean(url)):
            return f"<{clean(url)}>"
        case Address(url):
            return _markdown_text(url)
        case Command(text):
            return f"`{clean(text).replace('`', '')}`"
        case _:
            return _markdown_text(piece.text)


def _markdown_text(text: str) -> str:
    return _MARKDOWN_SIGNS.sub(r"\\\1", clean(text))


def _html_line(line: Line) -> str:
    said = "".join(map(_html_piece, line.pieces))
    if line.kind == "heading":
        return f'<h3 dir="auto">{said}</h3>'
    return f'<blockquote dir="auto">{said}</blockquote>' if line.kind == "quote" else f"<p>{said}</p>"


def _html_piece(piece: Piece) -> str:
    match piece:
        case Original(text, marks):
            # Bold inside of the mark: services that do not know <mark>, such as Telegram, know that.
            return (
                f'<bdi dir="auto">{isolated(_marked(text, marks, _html_text, "<mark><b>", "</b></mark>"))}</bdi>'
            )
        case Address(url) if _WEB_ADDRESS.fullmatch(clean(url)):
            return f'<a href="{_html_text(url)}">{_html_text(url)}</a>'
        case Address(url):
            return _html_text(url)
        case Command(text):
            return f"<code>{_html_text(text)}</code>"
        case _:
            return _html_text(piece.text)


def _html_text(text: str) -> str:
    return html.escape(clean(text), quote=True)


def _marked(
    text: str, marks: Iterable[tuple[int, int]], escape: Callable[[str], str], before: str, after: str
) -> str:
    pieces, place = [], 0
    for start, end in _joined(marks, len(text)):
        pieces += [escape(text[place:start]), before, escape(text[start:end]), after]
        place = end
    return "".join([*pieces, escape(text[place:])])


def _joined(marks: Iterable[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    """Return places inside the text in order, those that touch as one, empty ones left out."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted((max(0, start), min(end, length)) for start, end in marks):
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined
