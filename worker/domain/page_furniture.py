"""Page furniture in the tree of a page, where it is still a box, a list or a figure.

Extraction flattens a page to paragraphs. A heading with links to other stories loses its shape there, so it
is taken out before.
"""

import re
from collections.abc import Callable
from itertools import takewhile
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from worker.domain.furniture import FurnitureRules, is_headline_like, is_related_heading, is_related_link

_HEADING_TAGS = (
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "p",
    "div",
    "span",
    "strong",
    "b",
    "header",
    "dt",
    "summary",
    "a",
    "li",
)
_LIST_TAGS = frozenset({"ul", "ol", "dl", "nav", "div", "section", "aside", "a", "li", "p", "article"})
_BOX_TAGS = frozenset(
    {"div", "section", "aside", "nav", "header", "details", "ul", "ol", "li", "blockquote", "dl", "p"}
)
# A heading of related news is a few words.
MAX_HEADING_CHARACTERS = 50
SHORTEST_HEADING_CHARACTERS = 3
# A page with more of them is a test of our patience.
MAX_HEADINGS = 100
# A box is furniture if this much of its text is links; the rest are dates and sections beside the headlines.
MIN_LINK_SHARE = 0.6
# More than this is not a box of links beside a story.
MAX_BOX_CHARACTERS = 3_000
# A line "Read more: headline" is not longer.
MAX_LINK_CHARACTERS = 200
# A caption longer than this holds a story.
MAX_CAPTION_CHARACTERS = 600

_MENUS: Any = etree.XPath(
    "//nav | //menu | //button | //select | //footer[not(ancestor::article or ancestor::main)]"
)
_TEXTS: Any = etree.XPath(".//text()", smart_strings=False)
# Class names of the content systems in use: wp-caption-text, photo-caption, image__caption, picCaption,
# img_credit …
_CAPTION_CLASS = re.compile(
    r"(?:^|[\s_-]|photo|pic|image|img|media|video|fig)[Cc]aption(?:$|[\s_-])"
    r"|(?:photo|pic|picture|image|img|media|video)[_-]*[Cc]redits?(?:$|[\s_-])"
)
_LINE_TAGS = frozenset({"p", "div", "li"})

Note = Callable[[str, str], None]


def remove_page_furniture(tree: HtmlElement, rules: FurnitureRules, note: Note) -> None:
    """Take menus, related news and captions out of a page's tree.

    Args:
        tree: The page; it is changed.
        rules: What headings of related news say.
        note: Called with the kind and the text of everything that goes.
    """
    _remove_menus(tree)
    _remove_captions(tree, note)
    found = 0
    for element, text in _short_texts(tree):
        if len(text) <= MAX_HEADING_CHARACTERS and is_related_heading(text, rules):
            if not _is_attached(element, tree):
                continue
            found += 1
            if found > MAX_HEADINGS:
                return
            _remove_related(element, text, note)
        elif (
            element.tag in _LINE_TAGS
            and is_related_link(text, rules)
            and _is_attached(element, tree)
            and _link_share(element, text) > 0.3
        ):
            note("related", text)
            element.drop_tree()


def _short_texts(tree: HtmlElement) -> list[tuple[HtmlElement, str]]:
    """Return the elements that may head other stories or link to one, in order, each with its text.

    From the last to the first, so that what is around a long text is known to be long without being read. What
    is removed later stands inside none of the elements after it: their texts stay as they are.
    """
    found: list[tuple[HtmlElement, str]] = []
    around: set[HtmlElement] = set()
    for element in reversed(list(tree.iter(*_HEADING_TAGS))):
        if element in around:
            continue
        text = _joined([part for part in map(str.strip, _TEXTS(element)) if part], MAX_LINK_CHARACTERS)
        if text is None:
            around.update(takewhile(lambda ancestor: ancestor not in around, element.iterancestors()))
        elif len(text) >= SHORTEST_HEADING_CHARACTERS:
            found.append((element, text))
    found.reverse()
    return found


def _remove_menus(tree: HtmlElement) -> None:
    """Remove what no extraction keeps, so that the rescue of a very short page does not bring it back."""
    for element in _MENUS(tree):
        element.drop_tree()


def _remove_captions(tree: HtmlElement, note: Note) -> None:
    by_class = [element for element in tree.iter() if _is_caption_class(element.get("class"))]
    for element in [*tree.iter("figure", "figcaption"), *by_class]:
        text = _text(element, MAX_CAPTION_CHARACTERS)
        # Tables, code and quotes stand in figures too, and they are the story.
        if text is None or next(element.iter("table", "pre", "blockquote"), None) is not None:
            continue
        if not _is_attached(element, tree):
            continue
        if text:
            note("caption", text)
        element.drop_tree()


def _is_caption_class(classes: str | None) -> bool:
    # Most classes hold neither, and need no expression.
    return (
        classes is not None
        and ("aption" in classes or "redit" in classes)
        and _CAPTION_CLASS.search(classes) is not None
    )


def _remove_related(heading: HtmlElement, text: str, note: Note) -> None:
    """Remove a heading, and the box or the list of links that it heads."""
    top = heading
    while (parent := top.getparent()) is not None and parent.tag in _BOX_TAGS:
        if _text(parent, len(text)) != text:
            break
        top = parent
    box = top.getparent()
    if box is not None and box.tag in _BOX_TAGS and (said := _link_box(box, text)) is not None:
        note("related", said)
        box.drop_tree()
        return
    removed: list[str] = []
    following = top.getnext()
    while following is not None and following.tag in _LIST_TAGS:
        said = _link_box(following, "")
        if said is None:
            break
        after = following.getnext()
        removed.append(said)
        following.drop_tree()
        following = after
    if removed:  # else the headlines are no links: then the lines of the text are judged
        for said in (text, *removed):
            note("related", said)
        top.drop_tree()


def _link_box(box: HtmlElement, heading: str) -> str | None:
    """Return the text of a box that holds links to other stories and nothing that could be a story."""
    text = _text(box, MAX_BOX_CHARACTERS)
    if text is None or len(text) <= len(heading):
        return None
    for paragraph in box.iter("p"):
        said = _text(paragraph, MAX_BOX_CHARACTERS) or ""
        if said and not is_headline_like(said) and _link_share(paragraph, said) < MIN_LINK_SHARE:
            return None
    links = (_text(link, MAX_BOX_CHARACTERS) or "" for link in box.iter("a"))
    linked = sum(len(link) for link in links if link != heading)
    return text if linked >= MIN_LINK_SHARE * (len(text) - len(heading)) else None


def _link_share(element: HtmlElement, text: str) -> float:
    return sum(len(_text(link, MAX_BOX_CHARACTERS) or "") for link in element.iter("a")) / len(text)


def _text(element: HtmlElement, limit: int) -> str | None:
    """Return an element's text, or None as soon as it is longer than the limit: most elements are."""
    parts: list[str] = []
    left = limit + 1
    for part in element.itertext():
        stripped = part.strip()
        if stripped:
            left -= len(stripped) + 1
            if left < 0:
                return None
            parts.append(stripped)
    return _joined(parts, limit)


def _joined(parts: list[str], limit: int) -> str | None:
    text = " ".join(parts)
    return None if len(text) > limit else " ".join(text.split())


def _is_attached(element: HtmlElement, tree: HtmlElement) -> bool:
    root = element
    while (parent := root.getparent()) is not None:
        root = parent
    return root is tree
