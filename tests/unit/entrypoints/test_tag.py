"""`rasid tag` answers every line, in order, and goes on after one that is rejected."""

import json
import subprocess
import sys

import pytest

LINES = [
    {"id": "first", "content_type": "text/plain", "body": "وبموسكو استهدف هجومٌ حفلًا موسيقيًا في قاعة كروكوس."},
    "not json",
    {"id": "no-body", "content_type": "text/plain"},
    "",
    {"id": "strange", "content_type": "application/pdf", "body": "%PDF"},
    {
        "id": "last",
        "content_type": "text/plain",
        "body": "The first crocus blooms are out weeks early in our gardens.",
    },
]


@pytest.fixture(scope="module")
def answers():
    lines = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in LINES)
    run = subprocess.run(
        [sys.executable, "-m", "worker", "tag", "-"],
        input=lines,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return [json.loads(line) for line in run.stdout.splitlines()]


def test_every_line_is_answered_in_input_order(answers):
    assert [answer["id"] for answer in answers] == ["first", None, "no-body", "strange", "last"]


def test_rejected_lines_name_reason_and_detail(answers):
    assert [answer["error"]["reason"] for answer in answers[1:4]] == [
        "not_json",
        "no_body",
        "unknown_content_type",
    ]
    assert all(set(answer) == {"id", "error"} and answer["error"]["detail"] for answer in answers[1:4])


def test_tagged_line_has_language_text_and_matches_with_spans_into_the_text(answers):
    first = answers[0]
    assert first["language"]["code"] == "ar"
    assert {"url", "title", "text"} <= set(first)
    (match,) = [match for match in first["matches"] if match["watch_topic"] == "moscow-attack"]
    assert match["level"] == "alert"
    assert {"version", "score"} <= set(match)
    assert "وبموسكو" in {span["text"] for span in match["spans"]}
    for span in match["spans"]:
        assert first["text"][span["start"] : span["end"]] == span["text"]
        assert {"group", "term"} <= set(span)


def test_hard_negative_stays_silent(answers):
    assert answers[-1]["matches"] == []
