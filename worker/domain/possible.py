"""Whether a watch topic can match an article of which only the words are known, not yet where they stand."""

from collections.abc import Callable

from worker.domain.plan import Apart, AtLeast, Leaf, Negation, Plan, Together
from worker.domain.watch_topic import ScoreSettings


def can_hold(plan: Plan, found: Callable[[str], bool]) -> bool:
    """Say whether a plan can hold wherever its groups stand: False is certain, True is not.

    Args:
        plan: The plan.
        found: Says whether one of a group's terms may be found at all.
    """
    match plan:
        case Leaf(name):
            return found(name)
        case Together(left, right):
            return can_hold(left, found) and can_hold(right, found)
        case Apart(wanted):
            return can_hold(wanted, found)
        case AtLeast(count, items):
            return sum(can_hold(item, found) for item in items) >= count
        case Negation():
            return True


def can_score(settings: ScoreSettings, weights: dict[str, float], found: Callable[[str], bool]) -> bool:
    """Say whether the groups that may be found can reach the score from which on an article is tagged."""
    best = sum(weight for name, weight in weights.items() if weight > 0 and found(name))
    return round(best * max(1.0, settings.title_boost), 6) >= settings.tag_at
