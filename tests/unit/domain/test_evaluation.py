"""What conditions mean: the plain meaning of each operator, and the whole against brute force."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.unit.domain.conditions import NAMES, PLAIN_CONDITIONS, NoMeaningError, SmallArticle, is_true
from worker.domain.condition import Condition
from worker.domain.condition_grammar import parse_condition
from worker.domain.evaluation import PlanError, make_plan
from worker.domain.occurrence import MOST_PAIRS, TEXT_BASE, are_near, pairs
from worker.domain.plan import Plan, holds_without_any_term, required

WORDS = st.lists(st.sampled_from([*NAMES, "x"]), max_size=8)


def plan_of(text: str) -> Plan:
    return make_plan(parse_condition(text).condition, NAMES)


def holds(condition: str, text: str, title: str = "") -> bool:
    return plan_of(condition).holds(SmallArticle(title.split(), text.split()))


@pytest.mark.parametrize(
    ("condition", "text", "expected"),
    [
        ("a near/2 b", "a x x b", True),
        ("a near/2 b", "b x x a", True),
        ("a near/2 b", "a x x x b", False),
        ("a near/0 b", "a b", True),
        ("a near/5 a", "a x a", True),
        ("a near/5 a", "x a x", False),
        ("a before/2 b", "a x b", True),
        ("a before/2 b", "b x a", False),
        ("a near/5 not b", "a x x", True),
        ("a near/2 not b", "a x b", False),
        ("a near/2 not b", "a x b x x x a", True),
        ("not b near/2 a", "a x b", False),
        ("a before/2 not b", "b a", True),
        ("a before/2 not b", "a b", False),
        ("not b before/2 a", "b a", False),
        ("not b before/2 a", "a b", True),
        ("a near/1 not (b or c)", "a x x b", True),
        ("a near/1 not (b or c)", "a c", False),
        ("a near/1 (not b and not c)", "a c", False),
        ("a near/1 not (b and c)", "a b", True),
        ("a near/1 not (b and c)", "c a b", False),
        ("(a and not b) near/1 c", "a c", True),
        ("(a and not b) near/1 c", "a c x x x x b", False),
        ("(a and b) near/0 c", "a x x b c", True),
        ("(a and b) near/0 c", "a x b x c", False),
        ("(a or b) near/1 c", "b c x x a", True),
        ("(a near/3 b) near/0 c", "a b x b c", True),
        ("(a near/0 b) near/0 c", "a b x c", False),
        ("not (a near/1 b)", "a x x b", True),
        ("not (a near/1 b)", "a b", False),
        ("2 of (a, b, c)", "a x c", True),
        ("2 of (a, b, c)", "a a a", False),
        ("(2 of (a, b, c)) near/1 d", "a c d", True),
        ("(2 of (a, b, c)) near/0 d", "a c x d", False),
        ("a and not b", "a b", False),
        ("not not a", "a", True),
        ("any of *", "x", False),
        ("all of *", "a b c d", True),
    ],
)
def test_operator_means(condition: str, text: str, expected: bool) -> None:
    assert holds(condition, text) is expected


def test_near_never_reaches_from_the_title_into_the_text() -> None:
    assert not holds("a near/100 b", text="b", title="a")
    assert not holds("(a and b) near/5 c", text="b c", title="a")
    assert holds("a and b", text="b", title="a")


def test_scopes_look_in_their_field_only() -> None:
    assert holds("title:a", text="b", title="a")
    assert not holds("title:a", text="a", title="b")
    assert holds("lead:a", text="x " * 59 + "a")
    assert not holds("lead:a", text="x " * 60 + "a", title="a")
    assert holds("title:(a and not b)", text="b", title="a")
    assert not holds("title:(a near/1 b)", text="a b", title="a x x b")


@pytest.mark.parametrize(
    "condition", ["not a near/5 not b", "(not a or b) near/3 not c", "a near/3 (1 of (b, c)) near/1 title:lead:a"]
)
def test_condition_without_meaning_is_refused(condition: str) -> None:
    with pytest.raises(PlanError):
        plan_of(condition)


def test_pattern_that_too_few_groups_fit_is_refused() -> None:
    with pytest.raises(PlanError, match="v_"):
        plan_of("any of v_*")
    with pytest.raises(PlanError):
        plan_of("5 of *")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("not a", True),
        ("a or not b", True),
        ("a and not b", False),
        ("1 of (a, not b)", True),
        ("a near/3 not b", False),
    ],
)
def test_condition_that_holds_for_every_article_is_known(condition: str, expected: bool) -> None:
    assert holds_without_any_term(plan_of(condition)) is expected


@settings(max_examples=600)
@given(PLAIN_CONDITIONS, WORDS, WORDS)
def test_evaluation_equals_brute_force(condition: Condition, title: list[str], text: list[str]) -> None:
    article = SmallArticle(title, text)
    try:
        expected = is_true(condition, article)
    except NoMeaningError:
        with pytest.raises(PlanError):
            make_plan(condition, NAMES)
        return
    try:
        plan = make_plan(condition, NAMES)
    except PlanError:
        assume(False)
        return
    assert plan.holds(article) is expected


@given(PLAIN_CONDITIONS, WORDS, WORDS)
def test_required_terms_are_there_whenever_a_condition_holds(
    condition: Condition, title: list[str], text: list[str]
) -> None:
    try:
        plan = make_plan(condition, NAMES)
    except PlanError:
        assume(False)
        return
    article = SmallArticle(title, text)
    if plan.holds(article):
        for clause in required(plan, lambda leaves: float(len(leaves))):
            assert any(leaf.holds(article) for leaf in clause)


STRETCHES = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 3)).map(lambda drawn: (drawn[0], sum(drawn))), max_size=8
).map(sorted)


@given(STRETCHES, STRETCHES, st.integers(0, 5), st.booleans())
def test_two_sides_are_near_just_when_there_is_a_pair(
    left: list[tuple[int, int]], right: list[tuple[int, int]], words: int, ordered: bool
) -> None:
    assert are_near(left, right, words, ordered=ordered) == bool(pairs(left, right, words, ordered=ordered))


def test_pairs_stay_bounded_with_thousands_of_hits() -> None:
    left = [(place, place) for place in range(0, 40_000, 2)]
    right = [(place, place) for place in range(1, 40_000, 2)]

    found = pairs(left, right, 1000, ordered=False)

    assert 0 < len(found) <= 2 * MOST_PAIRS + len(left) + len(right)
    assert pairs([(0, 0)], [(TEXT_BASE, TEXT_BASE)], 1000, ordered=False) == []
