"""One article as one watch topic sees it: where its groups are found, and the spans that it shows of them."""

from collections.abc import Mapping
from typing import final

from worker.domain.article import Span
from worker.domain.occurrence import TEXT_BASE, Stretch, union
from worker.domain.reading import Reading, Shown

MOST_SPANS = 200


@final
class ArticleView:
    """An article's reading, and for each group or quoted phrase of a watch topic the terms that are found.

    Args:
        reading: The article.
        names: The groups and quoted phrases, each with the numbers of its terms.
    """

    __slots__ = ("_stretches", "found", "reading")

    def __init__(self, reading: Reading, names: dict[str, frozenset[int]]) -> None:
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
        count = 0
        for name in names:
            for term in self.found[name]:
                count += len(reading.stretches(term))
        if count > MOST_SPANS:
            placed = self._some_of_each(names)
        else:
            placed = []
            for name in names:
                self._show(name, placed)
            placed.sort()
        spans: list[Span] = []
        title_spans: list[Span] = []
        for shown in placed:
            (title_spans if shown[0] < TEXT_BASE else spans).append(shown[4])
        return spans, title_spans

    def _show(self, name: str, placed: list[Shown]) -> None:
        """Add the same as `found_terms` ready to be shown, in any order."""
        reading = self.reading
        terms = self.found[name]
        if len(terms) == 1:
            for term in terms:
                placed.extend(reading.shown(term, name))
        elif terms:
            places: dict[Stretch, Shown] = {}
            for term in sorted(terms, reverse=True):
                for shown in reading.shown(term, name):
                    places[shown[:2]] = shown
            if terms.isdisjoint(reading.phrases):
                placed.extend(places.values())
            else:
                placed.extend([places[stretch] for stretch in _outermost(places)])

    def _some_of_each(self, names: tuple[str, ...]) -> list[Shown]:
        """Return the first places of each group, as many of each as all spans that a match may have allow."""
        ranked = sorted(
            (rank, stretch, name, source)
            for name in names
            for rank, (stretch, source) in enumerate(self.found_terms(name))
        )
        place = self.reading.place
        return sorted(place(stretch, name, source) for _, stretch, name, source in ranked[:MOST_SPANS])


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
