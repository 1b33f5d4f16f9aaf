"""Which reports are one story: what two signatures have to do with one another, and the index of a watch topic.

The thresholds were chosen on the half `tune` of tests/quality/story_pairs.jsonl; the other half and all pairs of
different events are held to the floors in tests/quality/test_stories.py, which prints the figures.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import chain
from operator import eq
from typing import Literal

import msgspec

from worker.domain.story_signature import SKETCH_BYTES, StorySignature
from worker.domain.story_words import SHORT_WORDS

Relation = Literal["copy", "follow_up"]

# Share of the shorter text's pairs of words that stand in the longer one too. Copies have 0.9 and more, rewrites
# by another desk 0.2 to 0.5, follow-ups up to 0.2, other events up to 0.37. At 0.4 a light rewrite is a copy, a
# thorough one a follow-up.
COPY_PAIRS = 0.4
# Pairs of words in common among all of both texts. Below it the estimate from a sketch of 128 says little of the
# share above: a brief in an overview eight times as long is no copy.
COPY_RESEMBLANCE = 0.12
# Names that a copy shares. Texts by rote (an embassy's notices, the daily count of drones) differ in little else;
# those that differ in fewer are taken for copies.
COPY_NAMES = 0.5
# Share of the names that makes it the same report, however thoroughly it was rewritten, and how many at least.
# Other events have up to 0.43.
REWRITE_NAMES = 0.5
REWRITE_NAMES_AT_LEAST = 6
# Another report of the same event has this many names in common, this share of the shorter list of names, and this
# share of the words of both headlines is told in the other text. Names alone do not do: a second attack on the
# same town, told by the same officials, has up to 9 of them, but 0.44 of the headlines. 12 follow-ups of 20 have
# all three.
FOLLOW_UP_NAMES = 0.25
FOLLOW_UP_NAMES_AT_LEAST = 8
FOLLOW_UP_HEADLINES = 0.45
# The same where one of the two is a headline or a teaser. Other events have 5 names at 0.5, or 4 at 0.67.
TEASER_FOLLOW_UP_NAMES = 0.6
TEASER_FOLLOW_UP_NAMES_AT_LEAST = 5
# Two headlines: 'Drones hit refinery in Samara' and '… in Ryazan' differ in one word of five. A copy's names are
# all in the other one, and so many of its pairs of words.
HEADLINE_COPY_PAIRS = 0.7
HEADLINE_FOLLOW_UP_NAMES = 0.8
HEADLINE_FOLLOW_UP_NAMES_AT_LEAST = 4
# Fewer shared names are no relation at all, unless a text has fewer.
NAMES_AT_LEAST = 4
# Later reports of an event are background to another one more often than news of it.
FOLLOW_UP_WITHIN = timedelta(days=3)
SIGNATURES_KEPT = 8

# Of texts with at least 16 names each, those that share fewer than 8 are unrelated by every rule above. It
# lets the index pass over most members.
_MANY_NAMES = 16
_OF_MANY_SHARED = 8
_CHANCE = 1 / 256  # that two bytes of different minima are equal
_SAME_WORDS = 1.0
_NEARLY = 0.999  # what the similarity of copies with other words stays below


class Likeness(msgspec.Struct, frozen=True):
    """What two reports have to do with one another, and how similar they are, from 0 to 1."""

    relation: Relation
    similarity: float


def relation(one: StorySignature, other: StorySignature, apart: timedelta) -> Relation | None:
    """Say whether one text is a copy of the other or another report of the same event.

    Args:
        one: Signature of a text.
        other: Signature of the other; which one comes first makes no difference.
        apart: The time between them, before or after.

    Returns:
        `copy` for the same report: as it is, cut, with another lead, lightly rewritten; at any time when the words
        are the same. `follow_up` for another report of the event in the same language within `FOLLOW_UP_WITHIN`.
        None otherwise.
    """
    found = likeness(one, other, apart)
    return found.relation if found else None


def likeness(one: StorySignature, other: StorySignature, apart: timedelta) -> Likeness | None:
    """Return the relation of two texts with its measure: what `relation` says, and how near they are."""
    return _likeness(one, frozenset(one.names), other, frozenset(other.names), apart)


def _likeness(
    one: StorySignature,
    one_names: frozenset[str],
    other: StorySignature,
    other_names: frozenset[str],
    apart: timedelta,
) -> Likeness | None:
    if one.same_words == other.same_words:
        return Likeness("copy", _SAME_WORDS)
    shared = len(one_names & other_names)
    fewer = min(len(one_names), len(other_names))
    if shared == 0 or shared < min(NAMES_AT_LEAST, fewer):
        return None
    share = shared / fewer
    short = (one.words < SHORT_WORDS) + (other.words < SHORT_WORDS)
    resemblance, pairs = _shared_pairs(one, other) if share >= COPY_NAMES else (0.0, 0.0)
    if short == 2:
        copied = share == 1.0 and pairs >= HEADLINE_COPY_PAIRS
    else:
        copied = resemblance >= COPY_RESEMBLANCE and pairs >= COPY_PAIRS
    if copied:
        return Likeness("copy", min(pairs, _NEARLY))
    if abs(apart) > FOLLOW_UP_WITHIN or not _is_same_event(one, other, short, shared, share):
        return None
    return Likeness("follow_up", share)


def _is_same_event(one: StorySignature, other: StorySignature, short: int, shared: int, share: float) -> bool:
    """Say whether two texts, of which `short` are short, are of one event, by the names that they share."""
    if short == 2:
        return share >= HEADLINE_FOLLOW_UP_NAMES and shared >= HEADLINE_FOLLOW_UP_NAMES_AT_LEAST
    if short == 1:
        return share >= TEASER_FOLLOW_UP_NAMES and shared >= TEASER_FOLLOW_UP_NAMES_AT_LEAST
    if share >= REWRITE_NAMES and shared >= REWRITE_NAMES_AT_LEAST:
        return True
    if share < FOLLOW_UP_NAMES or shared < FOLLOW_UP_NAMES_AT_LEAST:
        return False
    return _told_headlines(one, other) >= FOLLOW_UP_HEADLINES


def _told_headlines(one: StorySignature, other: StorySignature) -> float:
    """Return the share of the words of both headlines that stand among the names of the other text."""
    told = sum(word in other.names for word in one.title) + sum(word in one.names for word in other.title)
    return told / max(1, len(one.title) + len(other.title))


def _shared_pairs(one: StorySignature, other: StorySignature) -> tuple[float, float]:
    """Return what part of the pairs of words two texts share: of all in both, and of the shorter one's."""
    equal = sum(map(eq, one.sketch, other.sketch)) / SKETCH_BYTES
    resemblance = max(0.0, (equal - _CHANCE) / (1 - _CHANCE))
    fewer, more = sorted((max(1, one.words - 1), max(1, other.words - 1)))
    return resemblance, min(1.0, resemblance * (fewer + more) / ((1 + resemblance) * fewer))


class _Member(msgspec.Struct, frozen=True):
    """A report by which a story is known."""

    story: str
    signature: StorySignature
    seen_at: datetime
    names: frozenset[str]

    @property
    def age(self) -> tuple[datetime, str]:
        """What the members of a story stand in order by: the earliest first, then by their words."""
        return self.seen_at, self.signature.same_words


class StoryIndex:
    """The stories of one watch topic, to be asked which of them a new report belongs to.

    A story is known by its earliest `SIGNATURES_KEPT` different reports. Later ones do not widen it: else a story
    drifts from event to event and never ends. Add the report that founds a story and the follow-ups; a copy tells
    nothing new. What is found does not depend on the order of adding.
    """

    def __init__(self) -> None:
        self._stories: dict[str, dict[str, int]] = {}  # story -> same words -> number of the member
        self._members: dict[int, _Member] = {}
        self._next = 0
        self._same_words: dict[str, set[int]] = {}
        # By name: of members with up to `NAMES_AT_LEAST` names, with up to `_MANY_NAMES`, and with more.
        self._few: dict[str, set[int]] = {}
        self._some: dict[str, set[int]] = {}
        self._many: dict[str, set[int]] = {}

    def __len__(self) -> int:
        """Return the number of stories."""
        return len(self._stories)

    def __contains__(self, story: str) -> bool:
        """Say whether a story is known."""
        return story in self._stories

    def add(self, story: str, signature: StorySignature, seen_at: datetime) -> None:
        """Add a report to a story, which is new if nothing of it is known.

        The same words again count from the earliest time they were seen at. The latest report goes when there are
        more than `SIGNATURES_KEPT`.
        """
        kept = self._stories.setdefault(story, {})
        known = kept.get(signature.same_words)
        if known is not None:
            if self._members[known].seen_at <= seen_at:
                return
            self._forget(known)
        member = _Member(story, signature, seen_at, frozenset(signature.names))
        if len(kept) >= SIGNATURES_KEPT:
            latest = max(kept.values(), key=lambda number: self._members[number].age)
            if self._members[latest].age < member.age:
                return
            self._forget(latest)
        self._enter(member)

    def remove(self, story: str) -> None:
        """Forget a story; one that is not known is no error."""
        for number in list(self._stories.get(story, {}).values()):
            self._forget(number)
        self._stories.pop(story, None)

    def find(self, signature: StorySignature, seen_at: datetime) -> tuple[str, Relation] | None:
        """Return the story a report belongs to and how, None if it is of no known story.

        A copy goes before a follow-up, then the most similar report, the earliest, and the smallest story id.
        """
        names = frozenset(signature.names)
        best: tuple[bool, float, datetime, str] | None = None
        for number in self._candidates(signature):
            member = self._members[number]
            found = _likeness(signature, names, member.signature, member.names, seen_at - member.seen_at)
            if found:
                place = (found.relation != "copy", -found.similarity, member.seen_at, member.story)
                best = place if best is None else min(best, place)
        return (best[3], "follow_up" if best[0] else "copy") if best else None

    def _candidates(self, signature: StorySignature) -> Iterable[int]:
        """Return every member that can be related to the signature, and few others.

        Nothing is more similar than the same words.
        """
        same = self._same_words.get(signature.same_words)
        if same:
            return same
        names = frozenset(signature.names)
        at_least = min(NAMES_AT_LEAST, len(names))
        of_many = _OF_MANY_SHARED if len(names) >= _MANY_NAMES else at_least
        return chain(
            _sharing(self._few, names, 1),
            _sharing(self._some, names, at_least),
            _sharing(self._many, names, of_many),
        )

    def _tables(self, member: _Member) -> Iterable[tuple[dict[str, set[int]], str]]:
        """Yield every table and the key in it that a member stands under."""
        yield self._same_words, member.signature.same_words
        many = self._many if len(member.names) >= _MANY_NAMES else self._some
        table = many if len(member.names) > NAMES_AT_LEAST else self._few
        for name in member.names:
            yield table, name

    def _enter(self, member: _Member) -> None:
        number = self._next
        self._next += 1
        self._members[number] = member
        self._stories[member.story][member.signature.same_words] = number
        for table, key in self._tables(member):
            table.setdefault(key, set()).add(number)

    def _forget(self, number: int) -> None:
        member = self._members.pop(number)
        del self._stories[member.story][member.signature.same_words]
        for table, key in self._tables(member):
            table[key].remove(number)
            if not table[key]:
                del table[key]


def _sharing(table: dict[str, set[int]], names: Iterable[str], at_least: int) -> list[int]:
    """Return the members of a table that may share so many names, and all that do.

    The names that most members have are not counted: who has eight names in common has four of them at least
    without the four most common ones (DivideSkip: Li, Lu and Lu 2008).
    """
    found = sorted((table[name] for name in names if name in table), key=len)
    skipped = at_least // 2
    if len(found) < at_least:
        return []
    counted: Counter[int] = Counter()
    for members in found[: len(found) - skipped]:
        counted.update(members)
    return [number for number, count in counted.items() if count >= at_least - skipped]
