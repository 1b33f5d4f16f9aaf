"""Random conditions and small articles for properties, and what the conditions mean, by brute force."""

from collections.abc import Sequence
from itertools import product

from hypothesis import strategies as st

from worker.domain.condition import And, Condition, Group, Near, Not, Or, Phrase, Scope, Some
from worker.domain.occurrence import TEXT_BASE, Stretch

NAMES = ("a", "b", "c", "d")
_LEAVES = st.one_of(st.sampled_from(NAMES).map(Group), st.sampled_from(["x y", 'say "x"']).map(Phrase))


def _some(items: list[Condition]) -> st.SearchStrategy[Condition]:
    return st.one_of(
        st.integers(1, len(items)).map(lambda count: Some(count, tuple(items))),
        st.sampled_from([(1, "any"), (None, "all")]).map(lambda q: Some(q[0], tuple(items), None, q[1])),
    )


def _nested(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        inner.map(Not),
        several.map(lambda items: And(tuple(items))),
        several.map(lambda items: Or(tuple(items))),
        st.builds(Near, inner, inner, st.integers(0, 3), st.booleans()),
        several.flatmap(_some),
        st.builds(Scope, st.sampled_from(["title", "lead"]), inner),
        st.sampled_from([Some(1, (), "v_*", "any"), Some(None, (), "*", "all"), Some(2, (), "v*")]),
    )


CONDITIONS = st.recursive(_LEAVES, _nested, max_leaves=8)

_plain_leaves = st.sampled_from(NAMES).map(Group)
PLAIN_CONDITIONS = st.recursive(
    st.one_of(_plain_leaves, _plain_leaves, st.builds(Scope, st.just("title"), _plain_leaves)),
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda items: And(tuple(items))),
        st.lists(inner, min_size=2, max_size=3).map(lambda items: Or(tuple(items))),
        st.builds(Near, inner, inner, st.integers(0, 3), st.booleans()),
        st.lists(inner, min_size=2, max_size=3).flatmap(
            lambda items: st.integers(1, len(items)).map(lambda count: Some(count, tuple(items)))
        ),
    ),
    max_leaves=6,
)


class NoMeaningError(Exception):
    """The condition puts near between things that have no place."""


class SmallArticle:
    """A title and a text of one-letter words; each group is found by its own name."""

    def __init__(self, title: Sequence[str], text: Sequence[str]) -> None:
        self.places = [(number, word) for number, word in enumerate(title)]
        self.places += [(TEXT_BASE + number, word) for number, word in enumerate(text)]

    def present(self, name: str) -> bool:
        return bool(self.stretches(name))

    def stretches(self, name: str) -> list[Stretch]:
        return [(place, place) for place, word in self.places if word == name]

    def zone(self, name: str) -> Stretch:
        return (0, TEXT_BASE - 1) if name == "title" else (TEXT_BASE, TEXT_BASE + 59)


def is_true(condition: Condition, article: SmallArticle) -> bool:
    """Say whether a condition is true, straight from the definitions."""
    match condition:
        case Not(inner):
            return not is_true(inner, article)
        case And(items):
            # All items are looked at: one of them may have no meaning.
            return sum(is_true(item, article) for item in items) == len(items)
        case Or(items):
            return sum(is_true(item, article) for item in items) > 0
        case Some(count, items):
            return sum([is_true(item, article) for item in items]) >= (count or len(items))
        case _:
            return bool(places(condition, article))


def places(condition: Condition, article: SmallArticle) -> set[Stretch]:
    """Return every stretch at which a condition is found."""
    match condition:
        case Group(name):
            return set(article.stretches(name))
        case Scope("title", inner):
            return {stretch for stretch in places(inner, article) if stretch[0] < TEXT_BASE}
        case Or(items):
            return set().union(*(places(item, article) for item in items))
        case And(items):
            return _covers(items, len(items), article)
        case Some(count, items):
            if count == 1:
                return set().union(*(places(item, article) for item in items))
            return _covers(items, count or len(items), article)
        case Near(left, right, words, ordered):
            return _near(_positive(left), _positive(right), words, ordered, article)
        case _:
            return set()


def _positive(condition: Condition) -> Condition:
    """Move negations inwards until they stand before groups, near and scopes."""
    match condition:
        case Not(Not(inner)):
            return _positive(inner)
        case Not(And(items)):
            return Or(tuple(_positive(Not(item)) for item in items))
        case Not(Or(items)):
            return And(tuple(_positive(Not(item)) for item in items))
        case Not(Some(count, items)) if count == 1:
            return And(tuple(_positive(Not(item)) for item in items))
        case Not(Some(count, items)) if count == len(items):
            return Or(tuple(_positive(Not(item)) for item in items))
        case And(items):
            return And(tuple(_positive(item) for item in items))
        case Or(items):
            return Or(tuple(_positive(item) for item in items))
        case Some(count, items):
            return Some(count, tuple(_positive(item) for item in items))
        case _:
            return condition


def finds_nothing(condition: Condition) -> bool:
    """Say whether a condition can be true with nothing found."""
    match condition:
        case Not():
            return True
        case And(items):
            return all(finds_nothing(item) for item in items)
        case Or(items):
            return any(finds_nothing(item) for item in items)
        case Some(count, items):
            return sum(finds_nothing(item) for item in items) >= (count or len(items))
        case _:
            return False


def _near(left: Condition, right: Condition, words: int, ordered: bool, article: SmallArticle) -> set[Stretch]:
    for side, turned in ((left, False), (right, True)):
        items: tuple[Condition, ...] = side.items if isinstance(side, (Or, And, Some)) else ()
        if not any(finds_nothing(item) for item in items):
            continue
        if isinstance(side, Or) or (isinstance(side, Some) and side.count == 1):
            found: set[Stretch] = set()
            for item in items:
                sides = (left, item) if turned else (item, right)
                found |= _near(*sides, words, ordered, article)
            return found
        if isinstance(side, Some) and side.count != len(items):
            raise NoMeaningError
    if finds_nothing(left) and finds_nothing(right):
        raise NoMeaningError
    if finds_nothing(right):
        return _apart(left, right, words, not ordered, True, article)
    if finds_nothing(left):
        return _apart(right, left, words, True, not ordered, article)
    joined = product(places(left, article), places(right, article))
    return {
        (min(one[0], two[0]), max(one[1], two[1]))
        for one, two in joined
        if 0 <= two[0] - one[1] - 1 <= words or (not ordered and 0 <= one[0] - two[1] - 1 <= words)
    }


def _apart(
    wanted: Condition, negated: Condition, words: int, before: bool, after: bool, article: SmallArticle
) -> set[Stretch]:
    unwanted = _unwanted(negated, article)

    def disturbs(stretch: Stretch, other: Stretch) -> bool:
        overlaps = other[0] <= stretch[1] and stretch[0] <= other[1]
        precedes = before and 0 <= stretch[0] - other[1] - 1 <= words
        follows = after and 0 <= other[0] - stretch[1] - 1 <= words
        return overlaps or precedes or follows

    return {
        stretch for stretch in places(wanted, article) if not any(disturbs(stretch, other) for other in unwanted)
    }


def _unwanted(negated: Condition, article: SmallArticle) -> set[Stretch]:
    match negated:
        case Not(inner):
            return places(inner, article)
        case And(items) | Some(_, items):
            return set().union(*(_unwanted(item, article) for item in items))
        case _:
            raise AssertionError(negated)


def _covers(items: tuple[Condition, ...], count: int, article: SmallArticle) -> set[Stretch]:
    """Return the shortest stretches of one field that hold `count` of the items that are found somewhere."""
    negated = [item for item in items if finds_nothing(item)]
    if not all(is_true(item, article) for item in negated):
        return set()
    lists = [places(item, article) for item in items if not finds_nothing(item)]
    count -= len(negated)
    if count == 1:
        return set().union(*lists)
    numbers = [place for place, _ in article.places]
    holding = [
        (first, last)
        for first in numbers
        for last in numbers
        if first <= last and (first < TEXT_BASE) == (last < TEXT_BASE)
        if sum(any(first <= s and e <= last for s, e in part) for part in lists) >= count
    ]
    return {
        (first, last)
        for first, last in holding
        if not any((first <= s and e <= last) and (s, e) != (first, last) for s, e in holding)
    }
