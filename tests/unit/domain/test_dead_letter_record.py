"""What a dead letter says of itself, whatever its headers hold, and when it may go back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.domain.dead_letter_record import (
    NOT_TOLD,
    ORIGIN_NAMES,
    REDRIVEN_HEADER,
    DeadLetterMark,
    Letter,
    Place,
    Wanted,
    counts,
    mark_of,
    parse_place,
    read_letter,
    redriven_headers,
    why_left,
)
from worker.domain.errors import Reason, RejectedError
from worker.streaming import kafka_topics
from worker.streaming.dead_letter import dead_letter
from worker.streaming.message import Message

AT = datetime(2026, 3, 24, 9, 30, tzinfo=UTC)
PLACE = Place("articles.raw.extract.dlq", 0, 12)
ORIGINAL = (("trace", b"\xff"), ("empty", None), ("rasid.origin", b"articles.raw[1]@3"))


def letter_of(
    message_headers=ORIGINAL, reason: Reason = Reason.NOT_JSON
) -> tuple[Letter, list[tuple[str, bytes]]]:
    """Return a letter as the extract agent writes it, with its headers."""
    message = Message("articles.raw", 2, 57, 1711270000.25, b"a1", "خبر".encode(), tuple(message_headers))
    written = dead_letter(kafka_topics.ARTICLES_RAW, "extract", message, RejectedError(reason, "ليس JSON"))
    headers = list(written.headers)
    return read_letter(PLACE, AT, written.key, written.value, headers), headers


def marked(outcome: str = "redriven", **fields) -> Letter:
    letter, _ = letter_of()
    mark = DeadLetterMark(place=str(PLACE), letter_at=AT, outcome=outcome, at=AT, by="Huda", **fields)
    return replace(letter, mark=mark)


@given(st.from_regex(r"[A-Za-z0-9._-]{1,60}", fullmatch=True), st.integers(0, 10**6), st.integers(0, 10**15))
def test_place_is_read_back_from_its_own_text(name, partition, offset):
    place = Place(name, partition, offset)
    assert parse_place(str(place)) == place


@pytest.mark.parametrize(
    "text", ["", "articles.raw.extract.dlq", "a[0]", "a[-1]@2", "a[0]@x", "خبر[0]@1", "a[0]@1;rm"]
)
def test_text_that_names_no_place_is_refused(text):
    with pytest.raises(ValueError, match="is not a place such as"):
        parse_place(text)


def test_letter_says_what_the_agent_wrote():
    letter, _ = letter_of()
    assert (letter.reason, letter.detail, letter.agent) == ("not_json", "ليس JSON", "extract")
    assert (letter.origin, letter.source_at_ms) == ("articles.raw[2]@57", 1711270000250)
    assert (letter.status, letter.redriven, letter.size_bytes) == ("waiting", 0, 6)


@given(
    st.lists(
        st.tuples(st.sampled_from([*(f"rasid.{name}" for name in ORIGIN_NAMES), REDRIVEN_HEADER]), st.binary())
    )
)
def test_headers_of_any_bytes_are_read(headers):
    letter = read_letter(PLACE, AT, None, None, headers)
    assert letter.redriven >= 0
    assert letter.origin.startswith(letter.source)


def test_letter_without_headers_of_ours_says_so_and_is_left():
    letter = read_letter(PLACE, AT, b"k", b"v", [])
    assert (letter.reason, letter.agent, letter.origin) == (NOT_TOLD, NOT_TOLD, NOT_TOLD)
    assert why_left(letter, "articles.raw", 3, again=False) == "its headers do not name a message of articles.raw"


def test_message_goes_back_with_the_headers_it_came_with_and_the_count():
    _, headers = letter_of()
    assert redriven_headers(headers, 1) == [*ORIGINAL, (REDRIVEN_HEADER, b"1")]


def test_count_stays_with_a_message_that_fails_again_and_its_origin_is_the_new_one():
    _, headers = letter_of()
    again = Message("articles.raw", 3, 99, 1711270000.25, b"a1", b"x", tuple(redriven_headers(headers, 2)))
    written = dead_letter(kafka_topics.ARTICLES_RAW, "extract", again, RejectedError(Reason.NO_BODY, "nothing"))
    letter = read_letter(PLACE, AT, written.key, written.value, list(written.headers))
    assert (letter.redriven, letter.origin, letter.reason) == (2, "articles.raw[3]@99", "no_body")
    names = [name for name, _ in redriven_headers(list(written.headers), 3)]
    assert sorted(names) == ["empty", "rasid.origin", REDRIVEN_HEADER, "trace"]


def test_message_that_was_redriven_as_often_as_allowed_is_left():
    headers = (*ORIGINAL, (REDRIVEN_HEADER, b"3"))
    letter, _ = letter_of(headers)
    assert "redriven 3 times and given up again" in (why_left(letter, "articles.raw", 3, again=False) or "")
    assert why_left(letter, "articles.raw", 4, again=False) is None


def test_bound_counts_redrives_of_the_letter_itself():
    assert why_left(marked(times=2), "articles.raw", 3, again=True) is None
    assert "redriven 3 times" in (why_left(marked(times=3), "articles.raw", 3, again=True) or "")


@pytest.mark.parametrize("outcome", ["redriven", "dropped"])
def test_letter_that_something_was_done_about_is_left_unless_it_is_meant_again(outcome):
    assert why_left(marked(outcome), "articles.raw", 3, again=False) == f"{outcome} already, by Huda"
    assert why_left(marked(outcome), "articles.raw", 3, again=True) is None


def test_letter_never_goes_to_a_kafka_topic_that_its_headers_make_up():
    letter, _ = letter_of()
    forged = replace(letter, source="watch-topics")
    assert why_left(forged, "articles.raw", 3, again=True) is not None


def test_mark_of_a_letter_that_lay_at_the_same_place_before_does_not_count():
    letter = marked()
    marks = {str(PLACE): letter.mark}
    assert mark_of(letter, marks) is letter.mark
    assert mark_of(replace(letter, written_at=AT + timedelta(days=1)), marks) is None


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (Wanted(), True),
        (Wanted(agents=["extract", "tag"]), True),
        (Wanted(agents=["tag"]), False),
        (Wanted(reasons=["not_json"]), True),
        (Wanted(reasons=["no_body"], agents=["extract"]), False),
        (Wanted(kafka_topics=["articles.raw"]), True),
        (Wanted(kafka_topics=["articles.raw.extract.dlq"]), True),
        (Wanted(kafka_topics=["matches"]), False),
        (Wanted(since=AT), True),
        (Wanted(since=AT + timedelta(milliseconds=1)), False),
        (Wanted(until=AT), False),
        (Wanted(until=AT + timedelta(milliseconds=1)), True),
    ],
)
def test_filters_choose(wanted, fits):
    letter, _ = letter_of()
    assert wanted.fits(letter) is fits


def test_counts_tell_apart_what_waits_and_what_is_done_with_the_most_that_wait_first():
    other, _ = letter_of(reason=Reason.TOO_LARGE)
    found = counts(
        [marked(), marked("dropped"), letter_of()[0], other, replace(other, written_at=AT + timedelta(1))]
    )
    assert [(one.reason, one.waiting, one.redriven, one.dropped) for one in found] == [
        ("too_large", 2, 0, 0),
        ("not_json", 1, 1, 1),
    ]
    assert (found[0].first, found[0].last) == (AT, AT + timedelta(1))
