"""The markup of a page as a string, made small and harmless before it is parsed.

Parsing and extraction cost in proportion to the markup, and some markup costs far more than its length: a
tag with 40,000 attributes takes libxml2 seven seconds, 70,000 line breaks take trafilatura three. All of
this is linear in the length of the page, whatever the page is.
"""

import html
import re
from dataclasses import dataclass, field

# Measured on 181 pages: with scripts and styles gone, F1 does not change when the rest is cut here.
MAX_MARKUP_CHARACTERS = 300_000
# trafilatura takes a second for 15,000 elements; an article's page has a tenth of that.
MAX_TAGS = 15_000
# A page's JSON-LD beyond this is a catalogue, not the description of an article.
MAX_JSON_LD_CHARACTERS = 64_000
# A tag this long is looked at; with more attributes than this it is reduced to its name.
LONG_TAG_CHARACTERS = 2_000
MAX_ATTRIBUTES = 100

# The expressions for what is common begin so that Python can leap from one "<" to the next.
_STRIPPED = re.compile(r"<(?=[!sStT])(?:!--|(script|style|svg|template)\b)", re.IGNORECASE)
_CLOSING = {
    name: re.compile(rf"</{name}\b[^>]*>?", re.IGNORECASE) for name in ("script", "style", "svg", "template")
}
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_ASCII_CONTROLS = bytes({*range(32), 0x7F} - set(b"\t\n\r"))
_REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?")
_BREAKS = re.compile(r"<[bB][rR]\b[^<>]{0,40}>\s*(?:<[bB][rR]\b[^<>]{0,40}>\s*){2,}+")
_DATA_URI = re.compile(r"\"data:[^\"]*\"|'data:[^']*'")
# One tag, quotes respected. Possessive, and an unclosed quote ends the match, so that no text is read twice.
_TAG = re.compile(r"<[a-zA-Z][^\"'>]*+(?:(?:\"[^\"]*\"|'[^']*')[^\"'>]*+)*+>?")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_BLOCK = re.compile(
    r"</?(?:p|div|br|h[1-6]|li|ul|ol|tr|td|th|table|section|article|header|footer|main|nav|aside|blockquote|figure"
    r"|figcaption|pre|hr|dd|dt|dl|form|body|head|title)\b[^<>]*>",
    re.IGNORECASE,
)
_ANY_TAG = re.compile(r"<[/!?a-zA-Z][^<>]*>")


@dataclass
class Markup:
    """Markup ready to be parsed, the JSON-LD that was in it, and what was odd about it."""

    text: str
    json_ld: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def clean_markup(page: str) -> Markup:
    """Return the page without what is no text: scripts, styles, drawings, comments, controls; and capped."""
    markup = Markup("")
    text = _BREAKS.sub("<br><br>", _readable(_without_code(page, markup), markup.notes))
    if len(text) > MAX_MARKUP_CHARACTERS:
        text = _DATA_URI.sub('""', text)
    text = _bounded(text, markup.notes)
    markup.text = _REFERENCE.sub(_allowed_reference, text) if "&#" in text else text
    return markup


def has_tags(page: str) -> bool:
    """Tell whether there is any markup in a text."""
    return _ANY_TAG.search(page) is not None


def text_of(markup: str) -> str:
    """Return the text of markup without a tree: for pages nested too deep to be parsed."""
    return html.unescape(_ANY_TAG.sub("", _BLOCK.sub("\n", markup)))


def _readable(page: str, notes: list[str]) -> str:
    if _has_controls(page):
        notes.append("control characters removed")
        page = _CONTROLS.sub("", page)
    return page


def _has_controls(page: str) -> bool:
    """Say the same as a search for `_CONTROLS`, in less than half of the time."""
    written = page.encode("utf-8", "surrogatepass")
    bare = written.translate(None, _ASCII_CONTROLS)
    return len(bare) < len(written) or "\ufffe" in page or "\uffff" in page


def _allowed_reference(found: re.Match[str]) -> str:
    digits = found[1] or found[2]
    code = int(digits, 16 if found[1] else 10) if len(digits) < 9 else 0
    # XML knows no controls, surrogates and non-characters: trafilatura gives the page up when it meets one.
    odd = code < 32 and code not in {9, 10, 13}
    odd = odd or 0xD800 <= code <= 0xDFFF or code in {0x7F, 0xFFFE, 0xFFFF} or code > 0x10FFFF
    return "" if odd else found[0]


def _without_code(page: str, markup: Markup) -> str:
    kept = [block if not is_json_ld else _kept_json_ld(block, markup) for block, is_json_ld in blocks_of(page)]
    return " ".join(kept) if len(kept) > 1 else page


def blocks_of(page: str) -> list[tuple[str, bool]]:
    """Return a page without scripts, styles, drawings and comments, cut where they stood; JSON-LD stays.

    Each block comes with whether it is a script of JSON-LD. No text goes on from one to the next.
    """
    kept: list[tuple[str, bool]] = []
    position = 0
    # Looked up once: a page of unclosed comments would else be searched to its end for each of them.
    last_comment_end = page.rfind("-->")
    while found := _STRIPPED.search(page, position):
        kept.append((page[position : found.start()], False))
        name = (found[1] or "").lower()
        end = _end_of(page, found, name) if name else _comment_end(page, found.end(), last_comment_end)
        block = page[found.start() : end]
        if name == "script" and "ld+json" in block[:300].partition(">")[0].lower():
            kept.append((block, True))
        position = end
    kept.append((page[position:], False))
    return kept


def _end_of(page: str, found: re.Match[str], name: str) -> int:
    """Where a block ends: after its end tag. Without one it runs to the end of the page, as in a browser."""
    closing = _CLOSING[name].search(page, found.end())
    return closing.end() if closing else len(page)


def _comment_end(page: str, start: int, last_end: int) -> int:
    """Where a comment ends. One without end would take the rest of the story along: it ends at the next ">"."""
    if page.startswith((">", "->"), start):
        return page.index(">", start) + 1  # "<!-->" is a whole comment
    if start <= last_end:
        return page.index("-->", start) + 3
    end = page.find(">", start)
    return end + 1 if end >= 0 else len(page)


def json_ld_of(block: str) -> str:
    """Return what stands in a script of JSON-LD."""
    return block[block.find(">") + 1 : max(block.rfind("</"), 0)]


def resolved(text: str) -> str:
    """Return a text with its references resolved, those to what no page may hold taken out."""
    return html.unescape(_REFERENCE.sub(_allowed_reference, text))


def _kept_json_ld(block: str, markup: Markup) -> str:
    content = json_ld_of(block)
    if len(content) + sum(map(len, markup.json_ld)) > MAX_JSON_LD_CHARACTERS:
        note = "JSON-LD too large to be read"
        if note not in markup.notes:
            markup.notes.append(note)
        return ""
    markup.json_ld.append(content)
    return block


def _bounded(text: str, notes: list[str]) -> str:
    """Return the markup up to the caps on length and tags, with tags of very many attributes reduced."""
    kept: list[str] = []
    position = saved = 0
    end = len(text)
    for count, found in enumerate(_TAG.finditer(text), 1):
        if count > MAX_TAGS or found.start() - saved > MAX_MARKUP_CHARACTERS:
            end = found.start()
            break
        if found.end() - found.start() > LONG_TAG_CHARACTERS:
            tag = _without_attributes(found[0])
            saved += len(found[0]) - len(tag)
            kept += [text[position : found.start()], tag]
            position = found.end()
    # Text without tags, and the rest of the last tag, are cut where the cap falls.
    end = min(end, MAX_MARKUP_CHARACTERS + saved)
    if end < len(text):
        notes.append(f"markup cut from {len(text)} to {end} characters")
    return "".join([*kept, text[position:end]])


def _without_attributes(tag: str) -> str:
    if len(_QUOTED.sub(" ", tag).split()) <= MAX_ATTRIBUTES:
        return tag
    return re.split(r"[\s/>]", tag, maxsplit=1)[0] + ">"
