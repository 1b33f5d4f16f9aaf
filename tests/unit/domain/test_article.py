"""The same article always gets the same id."""

import pytest

from worker.domain.article import article_id, canonical_url, text_hash


def test_the_producers_own_id_is_used_as_it_is():
    assert article_id("wire-7", ["https://news.example/1"], b"body") == "wire-7"


@pytest.mark.parametrize(
    "spelling",
    [
        "https://news.example/a/?b=2&a=1",
        "HTTPS://NEWS.example:443/a/?a=1&b=2",
        "https://news.example/a/?a=1&b=2#comments",
        "https://news.example/a/?utm_source=feed&a=1&b=2&fbclid=x",
        "  https://news.example/a/?a=1&b=2 ",
    ],
)
def test_spellings_of_one_address_are_one_article(spelling):
    assert article_id(None, [spelling], b"") == article_id(None, ["https://news.example/a/?a=1&b=2"], b"other")


def test_first_address_that_is_there_counts():
    assert article_id(None, [None, "  ", "https://a.example/"], b"") == article_id(
        None, ["https://a.example/"], b""
    )


def test_without_id_and_address_the_body_names_the_article():
    assert article_id(None, [None], b"one") == article_id(None, [], b"one")
    assert article_id(None, [None], b"one") != article_id(None, [None], b"two")


@pytest.mark.parametrize("url", ["not an address", "http://[", "/relative", "javascript:void(0)", "\ud800"])
def test_address_that_cannot_be_read_still_gives_an_id(url):
    assert article_id(None, [url], b"") == article_id(None, [url], b"x")
    assert canonical_url(url)


def test_text_hash_takes_any_text():
    assert len(text_hash("هجوم \ud800")) == 64
    assert text_hash("a") != text_hash("b")
