"""Conditions and watch-topic files of any shape are read, or told wrong with their place; nothing else happens."""

import string

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.hostile.fuzzing import ROOT, fuzzed, mutated, within_the_limit
from worker.adapters.topic_files import check_content
from worker.domain.condition import to_text
from worker.domain.condition_grammar import ConditionError, parse_condition
from worker.domain.term import TermError, parse_term

WORDS = [
    "and",
    "or",
    "not",
    "near/3",
    "before/0",
    "near/1001",
    "near",
    "title:",
    "lead :",
    "any of",
    "all of",
    "2 of",
    "(",
    ")",
    ",",
    "venue",
    "venue_*",
    "*",
    '"a b"',
    "'x",
    "٣ of",
    "near/٣",
    "NOT",
    "group-1",
    "\u202e",
    "\x00",
    "9" * 5000,
    "near/" + "9" * 5000,
    "of",
    '"',
    "имя",
    "اسم",
]
CONDITION_TEXTS = st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join) | st.text(max_size=60)
FILES = sorted((ROOT / "topics" / "watch").glob("*.yaml"))[:6]


def read(text):
    """Return the condition, or None where it is told what is wrong with it and where."""
    try:
        return parse_condition(text).condition
    except ConditionError as error:
        told = error
    assert told.line >= 1
    assert told.column >= 1
    assert told.found
    assert told.expected
    assert len(str(told)) < 1_000
    return None


@fuzzed(800)
@given(CONDITION_TEXTS)
def test_fuzz_conditions_are_read_or_told_wrong(text):
    with within_the_limit():
        condition = read(text)
    assert condition is None or to_text(condition).strip()


@fuzzed(800)
@given(CONDITION_TEXTS)
def test_fuzz_printed_conditions_read_back_the_same(text):
    condition = read(text)
    if condition is None:
        return
    printed = to_text(condition)
    assert to_text(parse_condition(printed).condition) == printed
    assert parse_condition(printed).condition == condition


@pytest.mark.parametrize(
    "text",
    [
        "not " * 5000 + "a",
        "a near/1 " * 5000 + "a",
        "title: " * 5000 + "a",
        "(" * 5000 + "a",
        "near/" + "9" * 5000,
        "9" * 5000 + " of (a, b)",
        "a near/" + "9" * 5000 + " b",
        "a or " * 50_000 + "a",
        "1 of (" * 51 + "a" + ")" * 51,
    ],
    ids=["not", "near", "title", "parentheses", "number alone", "number of", "number near", "long", "selections"],
)
def test_a_condition_that_is_too_much_is_told_so(text):
    with within_the_limit(), pytest.raises(ConditionError):
        parse_condition(text)


def test_fifty_operators_one_inside_of_the_other_are_read():
    assert read("not " * 50 + "a") is not None
    assert read("a near/1 " * 50 + "a") is not None
    assert read("(" * 50 + "a" + ")" * 50) is not None


@fuzzed(400)
@given(
    st.text(max_size=60) | st.lists(st.sampled_from(["*", "?", "=", " ", "ab", "بيت", "дом", "中"])).map("".join),
    st.sampled_from(["ar", "ru", "en", "zh", "tr", "he", "xx"]),
)
def test_fuzz_terms_are_read_or_told_wrong(source, language):
    with within_the_limit():
        try:
            assert parse_term(source, language).words
        except TermError:
            return


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_fuzz_mutated_watch_topic_files(path):
    @fuzzed(25)
    @given(mutated(st.just(path.read_bytes()), most=4))
    def check(content):
        with within_the_limit():
            watch_topic, problems = check_content(content)
        assert watch_topic is not None or problems

    check()


@fuzzed(150)
@given(
    st.recursive(
        st.none() | st.integers() | st.floats() | st.text(string.printable),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["schema", "id", "title", "terms", "condition", "tests", "score"]), inner
            )
        ),
        max_leaves=10,
    )
)
def test_fuzz_any_yaml_as_a_watch_topic(data):
    watch_topic, problems = check_content(yaml.safe_dump(data).encode())
    assert watch_topic is None
    assert problems


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 900_000,
        b"{a: " * 200_000,
        b"- " * 400_000,
        b"? " * 400_000,
        b"title: " + b"9" * 5000,
        b"title: 0x" + b"f" * 5000,
        b"title: 2024-99-99",
        b"title: !!python/object/apply:os.system ['id']",
        b"a: &a [x]\nb: *a",
        b"\x00",
        b'title: "\\ud800"',
        b"? [a, b]\n: c",
    ],
    ids=[
        "lists",
        "mappings",
        "dashes",
        "keys",
        "number",
        "hexadecimal",
        "date",
        "python",
        "alias",
        "nul",
        "surrogate",
        "list as a key",
    ],
)
def test_yaml_that_is_a_trap_is_told_wrong(content):
    with within_the_limit():
        watch_topic, problems = check_content(content)
    assert watch_topic is None
    assert problems
