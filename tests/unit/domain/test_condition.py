"""The condition language: reading, errors in plain words, and printing that round-trips."""

import pytest
from hypothesis import given

from tests.unit.domain.conditions import CONDITIONS
from worker.domain.condition import And, Condition, Group, Near, Not, Or, Phrase, Scope, Some, leaf_names, to_text
from worker.domain.condition_grammar import ConditionError, parse_condition

A, B, C = Group("a"), Group("b"), Group("c")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", A),
        ("a and b or c", Or((And((A, B)), C))),
        ("a or b and c", Or((A, And((B, C))))),
        ("a and b near/5 c", And((A, Near(B, C, 5, False)))),
        ("not a near/5 b", Near(Not(A), B, 5, False)),
        ("not (a near/5 b)", Not(Near(A, B, 5, False))),
        ("a near/5 not b", Near(A, Not(B), 5, False)),
        ("a near/1 b before/2 c", Near(Near(A, B, 1, False), C, 2, True)),
        ("A AND b Or not c", Or((And((Group("A"), B)), Not(C)))),
        ("2 of (a, b, c)", Some(2, (A, B, C))),
        ("any of v_*", Some(1, (), "v_*", "any")),
        ("ALL of (a, b)", Some(None, (A, B), None, "all")),
        ("all of *", Some(None, (), "*", "all")),
        ("title:a and lead:(b or c)", And((Scope("title", A), Scope("lead", Or((B, C)))))),
        ("title : a", Scope("title", A)),
        ("title:a near/3 b", Near(Scope("title", A), B, 3, False)),
        ('"Crocus City" or \'it is "so"\'', Or((Phrase("Crocus City"), Phrase('it is "so"')))),
        ("a\n  and\n  b", And((A, B))),
        ("anything and order and nothing", And((Group("anything"), Group("order"), Group("nothing")))),
        ("مكان and عمل", And((Group("مكان"), Group("عمل")))),
    ],
)
def test_text_reads_as(text: str, expected: Condition) -> None:
    assert parse_condition(text).condition == expected


@pytest.mark.parametrize(
    ("text", "line", "column", "found", "expected"),
    [
        ("a and", 1, 6, "the end", "a group's name"),
        ("a b", 1, 3, "'b'", "and"),
        ("a\nand or b", 2, 5, "'or'", "a group's name"),
        ("(a or b", 1, 8, "the end", ")"),
        ("a)", 1, 2, "')'", "the end"),
        ("a near b", 1, 3, "'near'", "near/10"),
        ("a near/5", 1, 9, "the end", "a group's name"),
        ("a near/5000 b", 1, 3, "near/5000", "at most 1000"),
        ("near", 1, 1, "'near'", "near/N"),
        ("body:a", 1, 5, "':'", "title: or lead:"),
        ('a and "b', 1, 7, "'\"'", "second"),
        ("3 of (a, b)", 1, 1, "3 of 2", "from 1 to 2"),
        ("0 of (a, b)", 1, 1, "0 of 2", "from 1 to 2"),
        ("title a", 1, 7, "'a'", "and"),
        ("a & b", 1, 3, "'&'", "names of groups"),
        ("", 1, 1, "the end", "a group's name"),
        ("of", 1, 1, "'of'", "a group's name"),
        ("(" * 60 + "a" + ")" * 60, 1, 51, "51 deep", "at most 50"),
    ],
)
def test_error_says_where_what_and_what_was_expected(
    text: str, line: int, column: int, found: str, expected: str
) -> None:
    with pytest.raises(ConditionError) as caught:
        parse_condition(text)

    assert (caught.value.line, caught.value.column) == (line, column)
    assert found in caught.value.found
    assert expected in caught.value.expected


@given(CONDITIONS)
def test_printed_condition_reads_back_the_same(condition: Condition) -> None:
    assert parse_condition(to_text(condition)).condition == condition


def test_printing_leaves_out_needless_parentheses() -> None:
    text = "((a) and (b)) or ((c near/5 (not a)))"

    assert to_text(parse_condition(text).condition) == "a and b or c near/5 not a"


def test_mentions_carry_their_place() -> None:
    mentions = parse_condition('a and\n "x y" or any of v_*').mentions

    assert [(m.kind, m.text, m.line, m.column) for m in mentions] == [
        ("group", "a", 1, 1),
        ("phrase", "x y", 2, 2),
        ("pattern", "v_*", 2, 18),
    ]


def test_a_group_under_two_negations_stands_positively() -> None:
    condition = parse_condition("a and not (b or not c) and any of v_*").condition

    assert list(leaf_names(condition, ("a", "b", "c", "v_1"))) == [
        ("a", True),
        ("b", False),
        ("c", True),
        ("v_1", True),
    ]
