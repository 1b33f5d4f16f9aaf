"""What is known of bodies: exact keys, a day of event time, and no more bytes than allowed."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.domain.article import RawArticle
from worker.domain.known_bodies import DAY_SECONDS, ENTRY_BYTES, Known, KnownBodies, read_body

NOON = 1_711_270_800.0


def key_of(**fields: str) -> bytes:
    body = read_body(msgspec.json.encode(RawArticle(**fields)))
    assert body is not None
    return body.key


def known(place: str = "articles.raw[0]@1", at_seconds: float = NOON, content: bytes = b"content") -> Known:
    return Known(place, at_seconds, content)


def test_a_body_is_known_whoever_brings_it() -> None:
    one = key_of(body="وقع هجوم", id="a", url="https://a.example/1", source="a", fetched_at="2024-03-24T09:00:00Z")
    assert key_of(body="وقع هجوم", id="b", url="https://b.example/2", source="b") == one


@pytest.mark.parametrize(
    "other",
    [
        {"body": "Story "},
        {"body": "Story", "title": "Title"},
        {"body": "Story", "content_type": "text/plain"},
        {"body_base64": "Story"},
        {"body": "Story", "body_base64": ""},
    ],
)
def test_what_its_content_is_made_of_tells_bodies_apart(other: dict[str, str]) -> None:
    assert key_of(**other) != key_of(body="Story")


@given(st.tuples(st.text(), st.text()), st.tuples(st.text(), st.text()))
def test_only_equal_bodies_and_titles_have_equal_keys(one: tuple[str, str], other: tuple[str, str]) -> None:
    keys = [key_of(body=body, title=title) for body, title in (one, other)]
    assert (keys[0] == keys[1]) == (one == other)


@pytest.mark.parametrize("value", [b"", b"\xff{", b"[]", b'{"body": "cut', b'"body"', b"[" * 100_000])
def test_what_is_no_object_has_no_key(value: bytes) -> None:
    assert read_body(value) is None


def test_a_body_of_another_shape_is_left_to_extraction_to_refuse() -> None:
    assert read_body(b'{"body": 5}') is not None


def test_event_time_is_when_the_article_was_fetched_else_when_it_came() -> None:
    body = read_body(b'{"body": "x", "fetched_at": "2024-03-24T09:00:00Z"}')
    assert body is not None
    assert body.event_seconds(NOON) == NOON
    assert body.event_seconds(NOON + 3_600) == NOON
    for fetched_at in (b"null", b'"soon"', b"5", b'"2124-03-24T09:00:00Z"'):
        body = read_body(b'{"body": "x", "fetched_at": ' + fetched_at + b"}")
        assert body is not None
        assert body.event_seconds(NOON + 3_600) == NOON + 3_600


def test_a_body_is_known_for_a_day_before_and_after() -> None:
    bodies = KnownBodies(10_000)
    bodies.add(b"key", known())
    assert bodies.find(b"key", NOON + DAY_SECONDS) == known()
    assert bodies.find(b"key", NOON - DAY_SECONDS) == known()
    assert bodies.find(b"key", NOON + DAY_SECONDS + 1) is None
    assert bodies.find(b"other", NOON) is None


def test_a_later_first_article_takes_the_place_of_one_that_is_too_old() -> None:
    bodies = KnownBodies(10_000)
    bodies.add(b"key", known())
    later = known("articles.raw[0]@2", NOON + 2 * DAY_SECONDS, b"another")
    bodies.add(b"key", later)
    assert (bodies.find(b"key", NOON + 2 * DAY_SECONDS), len(bodies)) == (later, 1)
    assert bodies.bytes == len(b"another") + ENTRY_BYTES


def test_the_body_not_met_for_longest_is_forgotten_first() -> None:
    bodies = KnownBodies(2 * (ENTRY_BYTES + 10))
    for key in (b"one", b"two"):
        bodies.add(key, known())
    assert bodies.find(b"one", NOON)
    bodies.add(b"three", known())
    assert [key for key in (b"one", b"two", b"three") if bodies.find(key, NOON)] == [b"one", b"three"]


@given(st.lists(st.tuples(st.sampled_from([b"a", b"b", b"c", b"d"]), st.binary(max_size=3_000)), max_size=40))
def test_the_bytes_never_exceed_what_is_allowed(added: list[tuple[bytes, bytes]]) -> None:
    bodies = KnownBodies(5_000)
    for key, content in added:
        bodies.add(key, known(content=content))
        assert bodies.bytes <= 5_000
    kept = [found for key in (b"a", b"b", b"c", b"d") if (found := bodies.find(key, NOON))]
    assert bodies.bytes == sum(len(found.content) + ENTRY_BYTES for found in kept)
