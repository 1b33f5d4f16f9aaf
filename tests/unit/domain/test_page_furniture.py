"""Page furniture in the tree of a page: the quick look at all of its elements."""

import pytest
from lxml.html import document_fromstring, fragment_fromstring

from tests.bench.pages import written_set
from worker.domain import page_furniture
from worker.domain.page_furniture import MAX_LINK_CHARACTERS, SHORTEST_HEADING_CHARACTERS

LONG = "word " * 50


def by_each(tree):
    """The texts as they are when each element is asked by itself."""
    asked = [(e, page_furniture._text(e, MAX_LINK_CHARACTERS)) for e in tree.iter(*page_furniture._HEADING_TAGS)]
    return [(e, text) for e, text in asked if text is not None and len(text) >= SHORTEST_HEADING_CHARACTERS]


@pytest.mark.parametrize("page", written_set().pages, ids=lambda page: page.name)
def test_short_texts_are_those_of_each_element_by_itself(page):
    tree = document_fromstring(page.html.encode())
    found = page_furniture._short_texts(tree)
    assert found == by_each(tree)
    assert len(found) > 3


def test_what_is_around_a_long_text_is_long_and_what_is_beside_it_is_not():
    tree = fragment_fromstring(
        f"<div><section><p>{LONG}</p><p>Read <b>more</b></p></section><h2>Other news</h2></div>"
    )
    assert [(e.tag, text) for e, text in page_furniture._short_texts(tree)] == [
        ("p", "Read more"), ("b", "more"), ("h2", "Other news"),
    ]  # fmt: skip


def test_long_text_in_many_pieces_is_long():
    tree = fragment_fromstring(f"<div><p>{'<i>a piece</i> ' * 30}</p></div>")
    assert page_furniture._short_texts(tree) == []


@pytest.mark.parametrize(
    ("classes", "is_caption"),
    [("wp-caption-text", True), ("picCaption", True), ("img_credit", True), ("captioned", False), ("story", False),
     ("credit-card", False), (None, False)],
)  # fmt: skip
def test_classes_of_captions(classes, is_caption):
    assert page_furniture._is_caption_class(classes) is is_caption
