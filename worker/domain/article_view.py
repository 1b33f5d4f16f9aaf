"""One article as one watch topic sees it: where its groups are found, and the spans that it shows of them."""

from bisect import bisect_left
from collections.abc import Mapping
from itertools import chain

from worker.domain.article import Span
from worker.domain.occurrence import TEXT_BASE, Stretch, union
from worker.domain.reading import Reading, Shown

MOST_SPANS = 200


class ArticleView:
    """An article's reading, and for each group or quoted phrase of a watch topic the terms that are found.

    Args:
        reading: The article.
        names: The groups and quoted phrases, each with the numbers of its terms.
    """

    __slots__ = ("_stretches", "found", "reading")

    def __init__(self, reading: Reading, names: Mapping[str, frozenset[int]]) -> None:
        marks = reading.marks
        self.reading = reading
        self.found = {name: terms & marks for name, terms in names.items()}
        self._stretches: dict[str, list[Stretch]] = {}

    def present(self, name: str) -> bool:
        """Say whether one of a group's terms is found."""
        return bool(self.found[name])

    def in_title(self, name: str) -> bool:
        """Say whether one of a group's terms is found in the title."""
        return not self.found[name].isdisjoint(self.reading.in_title)

    def stretches(self, name: str) -> list[Stretch]:
        """Return where a group's terms are found, in order."""
        known = self._stretches.get(name)
        if known is None:
            stretches = self.reading.stretches
            known = self._stretches[name] = union([stretches(term) for term in self.found[name]])
        return known

    def zone(self, name: str) -> Stretch:
        """Return the first and last word of a zone."""
        return self.reading.zone(name)

    def found_terms(self, name: str) -> list[tuple[Stretch, str]]:
        """Return each place of a group with the term that is found there, without places inside of longer ones."""
        reading = self.reading
        terms = self.found[name]
        places: dict[Stretch, int] = {}
        # Of two terms in one place the one with the lower number stays.
        for term in sorted(terms, reverse=True):
            places.update(dict.fromkeys(reading.stretches(term), term))
        kept = sorted(places) if terms.isdisjoint(reading.phrases) else _outermost(places)
        return [(stretch, reading.source(places[stretch])) for stretch in kept]

    def spans(self, names: tuple[str, ...]) -> tuple[list[Span], list[Span]]:
        """Return the spans of some groups into the text and into the title, each in order of their place.

        When there are more than `MOST_SPANS`, it is some of each group.
        """
        reading = self.reading
        stretches = reading.stretches
        if sum([len(stretches(term)) for name in names for term in self.found[name]]) > MOST_SPANS:
            placed = self._some_of_each(names)
        else:
            placed = sorted(chain.from_iterable([self._shown(name) for name in names]))
        spans = [shown[-1] for shown in placed]
        if not placed or placed[0][0] >= TEXT_BASE:
            return spans, []
        in_title = bisect_left(placed, TEXT_BASE, key=_first_word)
        return spans[in_title:], spans[:in_title]

    def _shown(self, name: str) -> list[Shown]:
        """Return the same as `found_terms` ready to be shown, in any order."""
        reading = self.reading
        terms = self.found[name]
        if len(terms) == 1:
            (term,) = terms
            return reading.shown(term, name)
        places: dict[Stretch, Shown] = {}
        for term in sorted(terms, reverse=True):
            places.update(zip(reading.stretches(term), reading.shown(term, name), strict=True))
        if terms.isdisjoint(reading.phrases):
            return list(places.values())
        return [places[stretch] for stretch in _outermost(places)]

    def _some_of_each(self, names: tuple[str, ...]) -> list[Shown]:
        """Return the first places of each group, as many of each as all spans that a match may have allow."""
        ranked = sorted(
            (rank, stretch, name, source)
            for name in names
            for rank, (stretch, source) in enumerate(self.found_terms(name))
        )
        place = self.reading.place
        return sorted(place(stretch, name, source) for _, stretch, name, source in ranked[:MOST_SPANS])


def _first_word(shown: Shown) -> int:
    return shown[0]


def _outermost(places: Mapping[Stretch, object]) -> list[Stretch]:
    """Return those of some stretches that do not lie inside of others, in order."""
    kept: list[Stretch] = []
    furthest = -1
    for stretch in sorted(places):
        start, end = stretch
        if end > furthest:
            furthest = end
            if kept and kept[-1][0] == start:
                kept[-1] = stretch
            else:
                kept.append(stretch)
    return kept
