"""What a condition means: a plan made once from the tree, then asked about many articles.

`near` joins places, so its sides must be found somewhere. What it means when a side is more than a group:

* `a near/5 (b or c)`: either of them is near.
* `a near/5 (b and c)`: the shortest stretches that hold both b and c are near a.
* `a near/5 not b` (and `not b near/5 a`): an occurrence of a with no b within five words, before or after, nor
  overlapping it; with `a before/5 not b` only what follows counts, with `not b before/5 a` only what precedes.
* `a near/5 not (b or c)`, `(not b and not c)`: neither is within five words. `not (b and c)`: not both are.
* `(a and not b) near/5 c`: occurrences of a near c, provided that b is nowhere in the article.
* two sides that are both negated have no place to join: an error.
"""

from worker.domain.condition import (
    And,
    Condition,
    Group,
    Near,
    Not,
    Or,
    Phrase,
    Scope,
    Some,
    named_by,
    quoted,
    to_text,
)
from worker.domain.plan import Apart, AtLeast, Leaf, Negation, Plan, Together, is_negative


class PlanError(ValueError):
    """A condition that can be read but has no meaning."""

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(f"{found}; expected {expected}")
        self.found = found
        self.expected = expected


def make_plan(condition: Condition, groups: tuple[str, ...]) -> Plan:
    """Return the plan of a condition.

    Args:
        condition: The tree.
        groups: The names of all groups, for patterns such as venue_*.

    Raises:
        PlanError: The condition has no meaning.
    """
    return _plan(condition, groups, None)


def _plan(  # noqa: PLR0911 - one return for each kind of condition
    condition: Condition, groups: tuple[str, ...], zone: str | None
) -> Plan:
    def inner(part: Condition) -> Plan:
        """Return the plan of a part, with the same groups and in the same zone."""
        return _plan(part, groups, zone)

    match condition:
        case Group(name):
            return Leaf(name, zone)
        case Phrase(text):
            return Leaf(quoted(text), zone)
        case Not(part):
            return _negated(inner(part))
        case And(items):
            return AtLeast(len(items), tuple(inner(item) for item in items))
        case Or(items):
            return AtLeast(1, tuple(inner(item) for item in items))
        case Near(left, right, words, ordered):
            return _join(_inward(inner(left)), _inward(inner(right)), words, ordered, condition)
        case Some():
            return _some(condition, groups, zone)
        case Scope(name, part):
            if zone is not None:
                raise PlanError(f"{to_text(condition)} inside of {zone}:", "one zone, title: or lead:, not both")
            return _plan(part, groups, name)


def _some(condition: Some, groups: tuple[str, ...], zone: str | None) -> Plan:
    if condition.pattern is None:
        items = [_plan(item, groups, zone) for item in condition.items]
    else:
        fits = named_by(condition.pattern)
        items = [Leaf(name, zone) for name in groups if fits(name)]
    wanted = len(items) if condition.count is None else condition.count
    if not items or wanted > len(items):
        found = f"{to_text(condition)}, which {len(items)} groups fit"
        raise PlanError(found, f"a pattern that at least {max(wanted, 1)} fit")
    return AtLeast(wanted, tuple(items))


def _negated(plan: Plan) -> Plan:
    return plan.inner if isinstance(plan, Negation) else Negation(plan)


def _inward(plan: Plan) -> Plan:
    """Move negations towards the groups, so that `near` sees what is found and what is not."""
    match plan:
        case Negation(AtLeast(count, items)) if count in (1, len(items)):
            turned = tuple(_inward(_negated(item)) for item in items)
            return AtLeast(len(items) + 1 - count, turned)
        case AtLeast(count, items):
            return AtLeast(count, tuple(_inward(item) for item in items))
        case _:
            return plan


def _join(left: Plan, right: Plan, words: int, ordered: bool, written: Condition) -> Plan:
    """Return the plan of `left near/N right`."""
    for side in (left, right):
        if isinstance(side, AtLeast) and any(is_negative(item) for item in side.items):
            if side.count == 1:
                pairs_of = [(item, right) if side is left else (left, item) for item in side.items]
                return AtLeast(1, tuple(_join(one, two, words, ordered, written) for one, two in pairs_of))
            if side.count < len(side.items):
                raise PlanError(
                    f"'not' inside of 'N of' beside near in {to_text(written)}", "groups without 'not'"
                )
    unwanted_left, unwanted_right = _unwanted(left), _unwanted(right)
    if unwanted_left is not None and unwanted_right is not None:
        raise PlanError(f"'not' on both sides in {to_text(written)}", "at least one side that is found somewhere")
    if unwanted_right is not None:
        return Apart(left, unwanted_right, words, before=not ordered, after=True)
    if unwanted_left is not None:
        return Apart(right, unwanted_left, words, before=True, after=not ordered)
    return Together(left, right, words, ordered)


def _unwanted(plan: Plan) -> Plan | None:
    """Return what must not be found, when a plan says nothing else."""
    if isinstance(plan, Negation):
        return plan.inner
    if isinstance(plan, AtLeast) and is_negative(plan):
        parts = [_unwanted(item) for item in plan.items]
        return AtLeast(1, tuple(part for part in parts if part is not None))
    return None
