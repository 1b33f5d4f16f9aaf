"""The table of word forms: what each term must find and what it must not, in each language.

Each row goes through the whole matcher. Invisible and combining characters are escaped in the table (u200c and
the like after a backslash), so that they can be seen.
"""

from pathlib import Path

import pytest

from tests.unit.domain.watch_topic_maker import make_watch_topic
from worker.domain.matcher import Matcher

TABLE = Path(__file__).with_name("word_forms.tsv")
FEWEST_ROWS = 300
FIRST_CLASS = {"ar", "fa", "ur", "ru", "uk", "tr", "en", "fr", "de", "es", "zh", "ja", "he"}


def unescaped(text: str) -> str:
    for escape in (
        "\\u200b",
        "\\u200c",
        "\\u200f",
        "\\u00ad",
        "\\u0301",
        "\\u0303",
        "\\u0306",
        "\\u0308",
        "\\u3099",
    ):
        text = text.replace(escape, chr(int(escape[2:], 16)))
    return text.replace("\\n", "\n")


def rows() -> list[tuple[str, str, str, bool]]:
    lines = TABLE.read_text(encoding="utf-8").splitlines()[1:]
    cells = [line.split("\t") for line in lines]
    return [(language, term, unescaped(text), expected == "yes") for language, term, text, expected, _ in cells]


@pytest.mark.parametrize(("language", "term", "text", "expected"), rows())
def test_term_finds_its_forms_and_no_look_alikes(language: str, term: str, text: str, expected: bool) -> None:
    matcher = Matcher([make_watch_topic(terms={"group": {language: [term]}}, condition="group")])

    matches = matcher.match(None, text)

    assert bool(matches) is expected
    for span in (span for match in matches for span in match.spans):
        assert text[span.start : span.end] == span.text


def test_table_is_whole() -> None:
    table = rows()

    assert len(table) >= FEWEST_ROWS
    assert len({row[:3] for row in table}) == len(table), "a row stands there twice"
    for language in FIRST_CLASS:
        assert {expected for code, _, _, expected in table if code == language} == {True, False}
