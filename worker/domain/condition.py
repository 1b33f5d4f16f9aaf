"""The condition of a watch topic as a tree, and how it is written.

Bound from tight to loose: title: lead:, not, near/N before/N, and, or. So `not a near/5 b` reads (not a) near/5 b:
an occurrence of b with no a within five words. Parentheses make any other order.
"""

import re
from collections.abc import Callable, Iterator

import msgspec

RESERVED = frozenset({"and", "or", "not", "near", "before", "of", "any", "all", "title", "lead"})


class Group(msgspec.Struct, frozen=True, tag="group"):
    """A named group of terms: it holds when one of its terms is found."""

    name: str


class Phrase(msgspec.Struct, frozen=True, tag="phrase"):
    """A quoted phrase: a term written into the condition."""

    text: str


class Not(msgspec.Struct, frozen=True, tag="not"):
    """True when the inner condition is false."""

    inner: "Condition"


class And(msgspec.Struct, frozen=True, tag="and"):
    """True when all items are."""

    items: "tuple[Condition, ...]"


class Or(msgspec.Struct, frozen=True, tag="or"):
    """True when one item is."""

    items: "tuple[Condition, ...]"


class Near(msgspec.Struct, frozen=True, tag="near"):
    """Both sides, in either order or (`ordered`) left before right, with at most `words` words between."""

    left: "Condition"
    right: "Condition"
    words: int
    ordered: bool


class Some(msgspec.Struct, frozen=True, tag="some"):
    """At least `count` of the items, or of the groups that a pattern names; no count means all of them."""

    count: int | None
    items: "tuple[Condition, ...]" = ()
    pattern: str | None = None
    word: str = ""  # "any" or "all" when it was written so


class Scope(msgspec.Struct, frozen=True, tag="scope"):
    """The inner condition, looked for in the title or in the lead (the first 60 words of the text) only."""

    zone: str
    inner: "Condition"


Condition = Group | Phrase | Not | And | Or | Near | Some | Scope

_OR, _AND, _NEAR, _NOT, _PRIMARY = range(5)


def to_text(condition: Condition) -> str:
    """Return a condition as an analyst would write it; reading it again gives the same condition."""
    return _print(condition, _OR)


def _print(condition: Condition, loosest: int) -> str:
    """Return a condition's text, in parentheses when it binds more loosely than its place allows."""
    match condition:
        case Group(name):
            return name
        case Phrase(text):
            return quoted(text)
        case Or(items):
            text, level = " or ".join(_print(item, _AND) for item in items), _OR
        case And(items):
            text, level = " and ".join(_print(item, _NEAR) for item in items), _AND
        case Near(left, right, words, ordered):
            name = "before" if ordered else "near"
            text, level = f"{_print(left, _NEAR)} {name}/{words} {_print(right, _NOT)}", _NEAR
        case Not(inner):
            text, level = f"not {_print(inner, _NOT)}", _NOT
        case Scope(zone, inner):
            text, level = f"{zone}:{_print(inner, _PRIMARY)}", _PRIMARY
        case Some(count, items, pattern, word):
            selection = pattern or f"({', '.join(_print(item, _OR) for item in items)})"
            text, level = f"{word or count} of {selection}", _PRIMARY
    return f"({text})" if level < loosest else text


def quoted(text: str) -> str:
    """Return a phrase in the quotation marks that it does not hold itself."""
    return f"'{text}'" if '"' in text else f'"{text}"'


def children(condition: Condition) -> tuple[Condition, ...]:
    """Return the conditions directly inside of a condition, in the order in which they are written."""
    match condition:
        case Not(inner) | Scope(_, inner):
            return (inner,)
        case And(items) | Or(items) | Some(_, items):
            return items
        case Near(left, right):
            return (left, right)
        case _:
            return ()


def walk(condition: Condition) -> Iterator[Condition]:
    """Yield a condition and all that are inside of it."""
    yield condition
    for child in children(condition):
        yield from walk(child)


def named_by(pattern: str) -> Callable[[str], bool]:
    """Return a test that says whether a group's name fits a pattern such as venue_*."""
    expression = re.compile(".*".join(re.escape(part) for part in pattern.split("*")), re.DOTALL)
    return lambda name: expression.fullmatch(name) is not None


def leaf_names(condition: Condition, groups: tuple[str, ...]) -> Iterator[tuple[str, bool]]:
    """Yield each group or quoted phrase of a condition with whether it stands there positively.

    A phrase is named by its quoted text. A group under an even number of `not` stands positively.
    """
    yield from _leaf_names(condition, groups, positive=True)


def _leaf_names(condition: Condition, groups: tuple[str, ...], *, positive: bool) -> Iterator[tuple[str, bool]]:
    match condition:
        case Group(name):
            yield name, positive
        case Phrase(text):
            yield quoted(text), positive
        case Not(inner):
            yield from _leaf_names(inner, groups, positive=not positive)
        case Some(_, _, str() as pattern):
            fits = named_by(pattern)
            yield from ((name, positive) for name in groups if fits(name))
        case _:
            for child in children(condition):
                yield from _leaf_names(child, groups, positive=positive)
