"""`rasid dead-letters list` and `show`: what waits, what is done, and bytes that do nothing to a terminal."""

import json
import re
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from tests.unit.entrypoints.dead_letters_fake import FakeDeadLetters, rasid, stored
from worker.domain.errors import Reason
from worker.entrypoints.dead_letters_options import SinceType
from worker.entrypoints.dead_letters_view import SHOWN_BYTES, print_each, print_letter
from worker.streaming import kafka_topics

HOSTILE = "\x1b[31mкрасный\x07 \u202eعكس \x9b2J"
NOT_JSON = stored(1)
TOO_LARGE = stored(2, b"{}" * 10, Reason.TOO_LARGE, "more than 16 MiB")
OF_TAG = stored(3, b"{}", Reason.TIME_LIMIT, source=kafka_topics.ARTICLES_EXTRACTED, agent="tag")
ALL = (NOT_JSON, TOO_LARGE, OF_TAG)


def rows(result) -> list[dict]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def reasons(result) -> list[str]:
    return [row["reason"] for row in rows(result)]


def printed(one, *, terminal: bool = False, visual: bool = False) -> str:
    console = Console(file=StringIO(), width=100, force_terminal=terminal, color_system=None, highlight=False)
    print_letter(console, one, visual=visual)
    print_each(console, [one.letter], visual=visual)
    return console.file.getvalue()


def test_list_counts_by_agent_reason_and_kafka_topic():
    result = rasid(FakeDeadLetters(*ALL, stored(4)), "list")
    assert [line.split()[:4] for line in result.stdout.splitlines()[1:]] == [
        ["extract", "not_json", "articles.raw", "2"],
        ["extract", "too_large", "articles.raw", "1"],
        ["tag", "time_limit", "articles.extracted", "1"],
    ]
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], ["not_json", "too_large", "time_limit"]),
        (["--agent", "tag"], ["time_limit"]),
        (["--reason", "not_json", "--reason", "time_limit"], ["not_json", "time_limit"]),
        (["--kafka-topic", "articles.raw"], ["not_json", "too_large"]),
        (["--kafka-topic", "articles.extracted.tag.dlq"], ["time_limit"]),
        (["--since", "2026-03-24T11:30"], ["too_large", "time_limit"]),
        (["--until", "2026-03-24T11:30"], ["not_json"]),
        (["--agent", "act"], []),
    ],
)
def test_filters_choose_letters(options, expected):
    assert reasons(rasid(FakeDeadLetters(*ALL), "list", "--each", "--json", *options)) == expected


def test_only_the_kafka_topics_that_may_hold_what_is_asked_for_are_read():
    kafka = FakeDeadLetters(*ALL)
    rasid(kafka, "list", "--kafka-topic", "matches")
    assert kafka.asked == ["matches.alert.dlq"]
    rasid(kafka, "list", "--agent", "tag", "--agent", "act")
    assert kafka.asked == ["articles.extracted.tag.dlq", "alert-actions.act.dlq"]


def test_how_long_ago_is_a_time_too():
    before = datetime.now(UTC)
    moment = SinceType().convert("2h", None, None)
    assert before <= moment + timedelta(hours=2) <= datetime.now(UTC)
    assert SinceType().convert("2026-03-24T12:00+03:00", None, None) == datetime(2026, 3, 24, 9, tzinfo=UTC)
    assert rasid(FakeDeadLetters(), "list", "--since", "yesterday").exit_code == 2


def test_what_is_done_is_left_out_unless_it_is_asked_for_and_then_told_apart():
    kafka = FakeDeadLetters(*ALL)
    rasid(kafka, "redrive", str(NOT_JSON.letter.place))
    rasid(kafka, "drop", str(TOO_LARGE.letter.place), "--why", "проба")
    waiting = rasid(kafka, "list", "--each", "--json")
    assert reasons(waiting) == ["time_limit"]
    assert "left out: 1 redriven, 1 dropped; --all shows them too" in waiting.stderr
    every = rows(rasid(kafka, "list", "--each", "--all", "--json"))
    assert [row["status"] for row in every] == ["redriven", "dropped", "waiting"]
    text = rasid(kafka, "list", "--each", "--all").stdout
    assert "redriven to articles.raw[1]@99 at" in text
    assert "by Huda: проба" in text


def test_empty_list_says_so():
    assert rasid(FakeDeadLetters(), "list").stdout == "no dead letters\n"
    assert rasid(FakeDeadLetters(), "list", "--agent", "tag").stdout == "no dead letters that fit\n"
    assert rasid(FakeDeadLetters(), "list", "--json").stdout == ""


def test_show_tells_reason_origin_headers_and_the_start_of_a_text():
    one = stored(12, '{"title": "هجوم في موسكو"}'.encode(), headers={"trace": b"abc"})
    text = rasid(FakeDeadLetters(one), "show", str(one.letter.place)).stdout
    for line in ("reason    not_json", "from      articles.raw[2]@57, came at", "  trace: abc", "هجوم في موسكو"):
        assert line in text


def test_bytes_that_are_no_text_are_shown_in_hex_and_only_the_start_of_them():
    text = printed(stored(12, b"\x00\xff" + b"\x1b[2J" * 1000))
    assert "00000000  00 ff 1b 5b 32 4a" in text
    assert f"… the first {SHOWN_BYTES} bytes" in text
    assert len(text.splitlines()) < 50


def test_text_cut_within_a_letter_is_still_text():
    text = printed(stored(12, ("a" + "خ" * 5000).encode()))
    assert "خخخ" in text
    assert "00000000" not in text


def test_raw_is_the_bytes_and_nothing_else():
    assert (
        rasid(FakeDeadLetters(NOT_JSON), "show", str(NOT_JSON.letter.place), "--raw").stdout_bytes
        == NOT_JSON.value
    )
    no_value = stored(5, None)
    result = rasid(FakeDeadLetters(no_value), "show", str(no_value.letter.place), "--raw")
    assert (result.stdout_bytes, result.stderr) == (b"", "rasid: the message has no value\n")


def test_show_as_json_holds_headers_and_start():
    document = json.loads(rasid(FakeDeadLetters(NOT_JSON), "show", str(NOT_JSON.letter.place), "--json").stdout)
    assert document["start"] == {"hex": NOT_JSON.value.hex()}
    assert {"name": "rasid.reason", "value": "not_json"} in document["headers"]
    assert (document["origin"], document["bytes"]) == ("articles.raw[2]@57", len(NOT_JSON.value))


@given(st.binary(max_size=300), st.text(max_size=50), st.binary(max_size=40), st.booleans())
def test_nothing_in_a_letter_acts_on_the_terminal(value, detail, key, visual):
    one = stored(12, value, detail=detail, key=key, headers={detail or "x": value})
    for terminal in (True, False):
        text = (
            re.sub(r"\x1b\[[0-9;]*m", "", printed(one, terminal=terminal, visual=visual))
            if terminal
            else printed(one)
        )
        assert not set(text) & {chr(code) for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) != "\n"}
        assert not set(text) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069")


def test_hostile_words_are_spelt_out_and_stay_in_their_line():
    one = stored(
        12, HOSTILE.encode(), detail="a\nb " + HOSTILE, key=HOSTILE.encode(), headers={HOSTILE: HOSTILE.encode()}
    )
    text = printed(one)
    assert "\\u001b[31mкрасный\\u0007" in text
    assert "detail    a b \\u001b" in text
    assert not set(text) & set("\x1b\x07\u202e\x9b")


def test_arabic_is_put_in_visual_order_where_the_terminal_does_not_order_it():
    one = stored(12, b"{}", detail="الحقل ناقص")
    assert printed(one, terminal=True).count("الحقل ناقص") == 3
    ordered = printed(one, terminal=True, visual=True)
    assert "الحقل ناقص" not in ordered
    assert ordered.count("ﺺﻗﺎﻧ ﻞﻘﺤﻟﺍ") == 3


@pytest.mark.parametrize(
    ("place", "code", "words"),
    [
        ("articles.raw.extract.dlq[0]@99", 1, "no dead letter lies at articles.raw.extract.dlq[0]@99"),
        ("articles.raw[0]@1", 1, "no dead letter lies at articles.raw[0]@1"),
        ("articles.raw", 2, "is not a place such as articles.raw.extract.dlq[0]@12"),
    ],
)
def test_place_where_nothing_lies_is_an_error_that_says_what_to_do(place, code, words):
    result = rasid(FakeDeadLetters(NOT_JSON), "show", place)
    assert result.exit_code == code
    assert words in result.stderr
    assert "rasid dead-letters list --each" in result.stderr


def test_names_stand_with_the_prefix_and_places_may_be_given_without_it():
    one = stored(12, prefix="desk-1.")
    kafka = FakeDeadLetters(one)
    for place in ("articles.raw.extract.dlq[0]@12", "desk-1.articles.raw.extract.dlq[0]@12"):
        result = rasid(kafka, "show", place, "--json", RASID_KAFKA_PREFIX="desk-1.")
        assert json.loads(result.stdout)["place"] == "desk-1.articles.raw.extract.dlq[0]@12"
    assert reasons(
        rasid(kafka, "list", "--each", "--json", "--kafka-topic", "articles.raw", RASID_KAFKA_PREFIX="desk-1.")
    ) == ["not_json"]
