"""Where something is found in an article, as stretches of words, and how such stretches are joined.

A stretch is a pair of word numbers, first and last. The words of the title count from 0, those of the text from
TEXT_BASE, so that no join reaches from one into the other. Lists of stretches are in order of their start, then
their end. Every join takes time n log n in the number of stretches and yields a bounded number of them.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Final

Stretch = tuple[int, int]

TEXT_BASE: Final = 1 << 24
MOST_PAIRS = 10_000


def union(lists: Iterable[Sequence[Stretch]]) -> list[Stretch]:
    """Return all stretches of several lists, each once."""
    parts = [part for part in lists if part]
    if len(parts) == 1:
        return list(parts[0])
    found: set[Stretch] = set()
    for part in parts:
        found.update(part)
    return sorted(found)


def pairs(left: Sequence[Stretch], right: Sequence[Stretch], words: int, *, ordered: bool) -> list[Stretch]:
    """Return the stretches from one of `left` to one of `right` with at most `words` words between them.

    The two must not overlap. Unless `ordered`, the right one may also come first. Beyond MOST_PAIRS pairs each
    stretch is joined with its nearest neighbour only, which changes nothing unless the result is itself joined.
    """
    found = _pairs_in_order(left, right, words)
    if not ordered:
        found |= _pairs_in_order(right, left, words)
    return sorted(found)


def are_near(left: Sequence[Stretch], right: Sequence[Stretch], words: int, *, ordered: bool) -> bool:
    """Say whether `pairs` would find any: quicker, because the first one is enough."""
    return _any_in_order(left, right, words) or (not ordered and _any_in_order(right, left, words))


def _any_in_order(first: Sequence[Stretch], second: Sequence[Stretch], words: int) -> bool:
    for _, end in first:
        low = bisect_left(second, (end + 1, 0))
        if low < len(second) and second[low][0] <= end + words + 1:
            return True
    return False


def _pairs_in_order(first: Sequence[Stretch], second: Sequence[Stretch], words: int) -> set[Stretch]:
    starts = [stretch[0] for stretch in second]
    found: set[Stretch] = set()
    for start, end in first:
        low = bisect_right(starts, end)
        high = bisect_right(starts, end + words + 1, low)
        if low == high:
            continue
        if len(found) + high - low > MOST_PAIRS:
            high = min(high, low + 1)
        found.update((start, second[index][1]) for index in range(low, high))
    return found


def without(
    wanted: Sequence[Stretch], unwanted: Sequence[Stretch], words: int, *, before: bool, after: bool
) -> list[Stretch]:
    """Return the `wanted` stretches that have no `unwanted` one within `words` words, nor overlapping them.

    Args:
        wanted: What is looked for.
        unwanted: What must not stand near it.
        words: How many words may stand between for the two to be near.
        before: Whether an unwanted stretch that comes first counts.
        after: Whether an unwanted stretch that comes later counts.
    """
    if not unwanted:
        return list(wanted)
    starts = [stretch[0] for stretch in unwanted]
    furthest = list(accumulate((stretch[1] for stretch in unwanted), max))
    reach_before = words + 1 if before else 0
    reach_after = words + 1 if after else 0
    kept: list[Stretch] = []
    for start, end in wanted:
        count = bisect_right(starts, end + reach_after)
        if not count or furthest[count - 1] < start - reach_before:
            kept.append((start, end))
    return kept


def shortest(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Return the stretches that hold no other one of the list."""
    kept: list[Stretch] = []
    for start, end in sorted(stretches, key=lambda stretch: (stretch[1], -stretch[0])):
        if not kept or start > kept[-1][0]:
            kept.append((start, end))
    return kept


def covering(lists: Sequence[Sequence[Stretch]], count: int) -> list[Stretch]:
    """Return the shortest stretches that hold one stretch each of at least `count` of the lists.

    None of them reaches from the title into the text.
    """
    events = sorted((end, start, number) for number, part in enumerate(lists) for start, end in shortest(part))
    latest: dict[int, int] = {}
    found: list[Stretch] = []
    for end, start, number in events:
        latest[number] = max(start, latest.get(number, -1))
        if len(latest) >= count:
            begin = sorted(latest.values(), reverse=True)[count - 1]
            if (begin < TEXT_BASE) == (end < TEXT_BASE):
                found.append((begin, end))
    return shortest(found)


def inside(stretches: Sequence[Stretch], first: int, last: int) -> list[Stretch]:
    """Return the stretches that lie within a zone, both its ends included."""
    low = bisect_left(stretches, (first, first))
    return [stretch for stretch in stretches[low:] if stretch[1] <= last]
