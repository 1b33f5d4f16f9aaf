"""Whatever bytes come in as an article: an article goes out, or one of the closed list of reasons."""

import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.hostile.fuzzing import PAGES, fuzzed, mutated, within_the_limit
from worker.adapters.furniture_files import load_furniture_rules
from worker.domain.article import RawArticle
from worker.domain.charset import decode
from worker.domain.errors import RejectedError
from worker.domain.extract import extract, read_raw_article
from worker.domain.language import detect
from worker.domain.matcher import Matcher
from worker.domain.sentences import sentences
from worker.domain.story_signature import story_signature
from worker.domain.text import fold, tokens
from worker.streaming.codec import encode

RULES = load_furniture_rules()
NOW = datetime(2024, 5, 1, tzinfo=UTC)
MATCHER = Matcher([])
CONTENT_TYPES = st.sampled_from(
    [
        "text/html",
        "text/plain",
        "text/html; charset=windows-1256",
        "text/html; charset=utf-16",
        "text/html; charset=x",
    ]
)
ANY_TEXT = st.text(st.characters(), max_size=300)
RAW_FIELDS = ["id", "url", "title", "source", "body", "body_base64", "content_type", "published_at", "fetched_at"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=8,
)


def assert_goes_through_both_stages(value: bytes) -> None:
    """Take a raw article as the stages do; only a rejection with words for people may come out of it."""
    with within_the_limit():
        try:
            article = extract(read_raw_article(value, 16 * 1024**2), NOW, RULES)
        except RejectedError as error:
            rejection = error
        else:
            rejection = None
        if rejection is not None:
            assert rejection.detail
            return
        encode(article).decode("utf-8")
        assert article.text.strip()
        assert len(article.title or "") <= 1_000
        detect(article.text)
        MATCHER.match(article.title, article.text)
        story_signature(article.title, article.text)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_fuzz_mutated_pages(page):
    @fuzzed(12)
    @given(mutated(st.just(page.read_bytes()[:60_000])), CONTENT_TYPES)
    def check(body, content_type):
        fields = {"body_base64": base64.b64encode(body).decode(), "content_type": content_type}
        assert_goes_through_both_stages(json.dumps(fields).encode())

    check()


@fuzzed(150)
@given(st.binary(max_size=2_000), CONTENT_TYPES)
def test_fuzz_any_bytes_as_a_body(body, content_type):
    assert_goes_through_both_stages(
        json.dumps({"body_base64": base64.b64encode(body).decode(), "content_type": content_type}).encode()
    )


@fuzzed(150)
@given(
    st.binary(max_size=200) | st.dictionaries(st.sampled_from(RAW_FIELDS), JSON).map(json.dumps).map(str.encode)
)
def test_fuzz_any_json_as_a_raw_article(value):
    assert_goes_through_both_stages(value)


@fuzzed(150)
@given(st.fixed_dictionaries({"body": ANY_TEXT}, optional=dict.fromkeys(set(RAW_FIELDS) - {"body"}, ANY_TEXT)))
def test_fuzz_any_words_in_the_fields_of_a_raw_article(fields):
    assert_goes_through_both_stages(json.dumps(fields | {"content_type": "text/html"}).encode())


@fuzzed(150)
@given(
    st.binary(max_size=3_000)
    | mutated(
        st.sampled_from(["قال المتحدث ", "Привет мир ", "naïve café "]).flatmap(
            lambda words: st.sampled_from(["cp1256", "cp1251", "cp1252", "utf-8", "utf-16", "koi8_r"]).map(
                lambda charset: (words * 20).encode(charset, "replace")
            )
        )
    ),
    st.none() | ANY_TEXT | CONTENT_TYPES,
)
def test_fuzz_charset_detection_gives_text_or_says_that_it_is_none(data, content_type):
    with within_the_limit():
        try:
            decoded = decode(data, content_type)
        except RejectedError:
            return
        assert isinstance(decoded.text, str)


@fuzzed(300)
@given(ANY_TEXT)
def test_fuzz_words_and_sentences_lie_where_they_say(text):
    for token in tokens(text):
        assert text[token.start : token.end] == token.raw
        assert fold(fold(token.raw)) == fold(token.raw)
    for start, end in sentences(text):
        assert text[start:end].strip() == text[start:end] != ""


@fuzzed(150)
@given(ANY_TEXT, ANY_TEXT)
def test_fuzz_times_that_are_none_are_dropped_with_a_note(published, fetched):
    raw = RawArticle(
        body="A story of the harbour.", content_type="text/plain", published_at=published, fetched_at=fetched
    )
    article = extract(raw, NOW, RULES)
    for moment in (article.published_at, article.fetched_at):
        assert moment is None or moment.tzinfo is not None
