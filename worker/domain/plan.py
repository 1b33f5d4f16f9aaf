"""The plan of a condition: what it asks of an article, ready to be asked many times."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import product
from math import prod
from typing import Protocol

import msgspec

from worker.domain.occurrence import Stretch, are_near, covering, inside, pairs, union, without

LEAD_WORDS = 60


class Found(Protocol):
    """What an article holds."""

    def present(self, name: str) -> bool:
        """Say whether a group or quoted phrase is found anywhere."""

    def stretches(self, name: str) -> Sequence[Stretch]:
        """Return where a group or quoted phrase is found, in order."""

    def zone(self, name: str) -> Stretch:
        """Return the first and last word number that belong to a zone: title or lead."""


class Leaf(msgspec.Struct, frozen=True):
    """A group or quoted phrase, perhaps in one zone of the article only."""

    name: str
    zone: str | None = None

    def holds(self, found: Found) -> bool:
        """Say whether it is found."""
        return found.present(self.name) and (self.zone is None or bool(self.occurrences(found)))

    def occurrences(self, found: Found) -> Sequence[Stretch]:
        """Return where it is found."""
        stretches = found.stretches(self.name)
        return inside(stretches, *found.zone(self.zone)) if self.zone and stretches else stretches


class Negation(msgspec.Struct, frozen=True):
    """True when the inner plan is false."""

    inner: "Plan"

    def holds(self, found: Found) -> bool:
        """Say whether the inner plan is false."""
        return not self.inner.holds(found)

    def occurrences(self, found: Found) -> Sequence[Stretch]:
        """Return nothing: what is not found has no place."""
        del found
        return ()


class AtLeast(msgspec.Struct, frozen=True):
    """True when `count` of the items are: `or` is one, `and` is all."""

    count: int
    items: "tuple[Plan, ...]"

    def holds(self, found: Found) -> bool:
        """Say whether enough of the items hold."""
        missing = self.count
        left = len(self.items)
        for item in self.items:
            if item.holds(found):
                missing -= 1
                if not missing:
                    return True
            left -= 1
            if left < missing:
                return False
        return False

    def occurrences(self, found: Found) -> Sequence[Stretch]:
        """Return the places of the items if one is enough, else the shortest stretches that hold enough."""
        count = self.count
        positive = [item for item in self.items if not is_negative(item)]
        if len(positive) < len(self.items):
            # Only `and` comes here with negated items: they speak of the whole article.
            if not all(item.holds(found) for item in self.items if is_negative(item)):
                return ()
            count = len(positive)
        parts = [item.occurrences(found) for item in positive]
        return union(parts) if count == 1 else covering(parts, count)


class Together(msgspec.Struct, frozen=True):
    """Both sides near each other."""

    left: "Plan"
    right: "Plan"
    words: int
    ordered: bool

    def holds(self, found: Found) -> bool:
        """Say whether the two sides are near each other somewhere."""
        if not (self.left.holds(found) and self.right.holds(found)):
            return False
        left, right = self.left.occurrences(found), self.right.occurrences(found)
        return are_near(left, right, self.words, ordered=self.ordered)

    def occurrences(self, found: Found) -> Sequence[Stretch]:
        """Return the stretches from one side to the other."""
        left, right = self.left.occurrences(found), self.right.occurrences(found)
        return pairs(left, right, self.words, ordered=self.ordered)


class Apart(msgspec.Struct, frozen=True):
    """Occurrences of `wanted` with no `unwanted` near them."""

    wanted: "Plan"
    unwanted: "Plan"
    words: int
    before: bool
    after: bool

    def holds(self, found: Found) -> bool:
        """Say whether what is wanted stands somewhere apart from what is not."""
        return self.wanted.holds(found) and bool(self.occurrences(found))

    def occurrences(self, found: Found) -> Sequence[Stretch]:
        """Return where what is wanted stands apart from what is not."""
        wanted, unwanted = self.wanted.occurrences(found), self.unwanted.occurrences(found)
        return without(wanted, unwanted, self.words, before=self.before, after=self.after)


Plan = Leaf | Negation | AtLeast | Together | Apart


def is_negative(plan: Plan) -> bool:
    """Say whether a plan can hold without anything being found."""
    match plan:
        case Negation():
            return True
        case AtLeast(count, items):
            return sum(is_negative(item) for item in items) >= count
        case _:
            return False


Clause = frozenset[Leaf]
MOST_CLAUSES = 9


def required(plan: Plan, cost: Callable[[Clause], float]) -> list[Clause]:
    """Return sets of leaves of which each must have one member in every article for which the plan holds.

    Args:
        plan: The plan.
        cost: How often a set is expected to be found; where there is a choice the lowest is taken.
    """
    match plan:
        case Leaf():
            return [frozenset({plan})]
        case Together(left, right):
            return required(left, cost) + required(right, cost)
        case Apart(wanted):
            return required(wanted, cost)
        case AtLeast(count, items):
            parts = [required(item, cost) for item in items]
            if count == len(items):
                return [clause for part in parts for clause in part]
            return _required_of_some([part for part in parts if part], len(items) - count + 1, cost)
        case _:
            return []


def _required_of_some(parts: list[list[Clause]], spare: int, cost: Callable[[Clause], float]) -> list[Clause]:
    """Return what is required when any `spare` of the parts cannot all fail together.

    One clause of each part, joined, must be found; all such combinations are taken when they are few.
    """
    if len(parts) < spare:
        return []
    chosen = sorted(parts, key=lambda part: min(map(cost, part)))[:spare]
    if prod(map(len, chosen)) > MOST_CLAUSES:
        chosen = [[min(part, key=cost)] for part in chosen]
    return [frozenset().union(*clauses) for clauses in product(*chosen)]


class Nothing:
    """An article in which nothing is found."""

    def present(self, name: str) -> bool:
        """Return False."""
        del name
        return False

    def stretches(self, name: str) -> Sequence[Stretch]:
        """Return no stretch."""
        del name
        return ()

    def zone(self, name: str) -> Stretch:
        """Return a zone, whatever."""
        del name
        return (0, 0)


@lru_cache(maxsize=1 << 14)
def holds_without_any_term(plan: Plan) -> bool:
    """Say whether a plan holds for an article in which nothing is found: it would match everything."""
    return plan.holds(Nothing())
