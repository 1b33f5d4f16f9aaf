"""What the words of one article satisfy, and where; worked out as far as it is asked for."""

from collections.abc import Sequence, Set

from worker.domain.lexicon import Lexicon
from worker.domain.occurrence import TEXT_BASE, Stretch
from worker.domain.plan import LEAD_WORDS
from worker.domain.term_table import TermTable
from worker.domain.text import word_starts, words

# What may stand inside a term of a script without spaces: white space, and the dots between parts of names.
_BETWEEN_CHARACTERS = " \t\r\n\u00a0\u3000\u200b\u200c\u200d\u2060\ufeff\u00ad·・･‧•=＝゠"


class Field:
    """The title or the text of an article, cut into words."""

    def __init__(self, text: str, base: int) -> None:
        self.text = text
        self.base = base
        self.words = words(text) if text else []
        self._starts: list[int] | None = None

    def start(self, number: int) -> int:
        """Return where a word starts, in code points of the text; `number` counts from the field's base."""
        if self._starts is None:
            self._starts = word_starts(self.text)
        return self._starts[number - self.base]

    def end(self, number: int) -> int:
        """Return where a word ends."""
        return self.start(number) + len(self.words[number - self.base])

    def follows_directly(self, number: int) -> bool:
        """Say whether nothing but space or a dot between names stands between a word and the one before it."""
        return not self.text[self.end(number - 1) : self.start(number)].strip(_BETWEEN_CHARACTERS)


class Reading:
    """An article's words and the terms that they satisfy.

    `terms` holds the numbers of all terms found. `marks` holds them too, and ~number of those found in the title.
    """

    def __init__(self, lexicon: Lexicon, table: TermTable, title: str | None, text: str) -> None:
        self.title = Field(title or "", 0)
        self.text = Field(text, TEXT_BASE)
        self._table = table
        self._places: dict[str, list[int]] | None = None
        self._stretches: dict[int, list[Stretch]] = {}
        known: dict[str, tuple[int, ...]] = {}
        raws: dict[int, list[str]] = {}
        for raw in {*self.title.words, *self.text.words}:
            numbers = lexicon.numbers(raw)
            if numbers:
                known[raw] = numbers
                for number in numbers:
                    if number in raws:
                        raws[number].append(raw)
                    else:
                        raws[number] = [raw]
        self._known = known
        self._raws = raws

        in_title = set(self.title.words)
        self.terms = self._find_terms(raws.keys())
        titled = {number for raw in in_title & known.keys() for number in known[raw]}
        self.marks = self.terms.union(~term for term in self._find_terms(titled) if self._is_in_title(term))

    def _is_in_title(self, term: int) -> bool:
        return len(self._table.numbers[term]) == 1 or self.stretches(term)[0][0] < TEXT_BASE

    def _find_terms(self, words_found: Set[int]) -> set[int]:
        """Return the numbers of the terms that some words make, phrases when their words follow one another."""
        found: set[int] = set()
        single, phrases = self._table.single, self._table.phrases
        for word in words_found:
            if word in single:
                found.update(single[word])
            if word in phrases:
                for term, others in phrases[word]:
                    if others <= words_found and self.stretches(term):
                        found.add(term)
        return found

    def stretches(self, term: int) -> list[Stretch]:
        """Return where a term is found, in order."""
        known = self._stretches.get(term)
        if known is None:
            numbers = self._table.numbers[term]
            if len(numbers) == 1:
                known = [(place, place) for place in self.places(numbers[0])]
            else:
                known = self._phrase(numbers, self._table.terms[term].joined)
            self._stretches[term] = known
        return known

    def source(self, term: int) -> str:
        """Return a term as the analyst wrote it."""
        return self._table.terms[term].source

    def zone(self, name: str) -> Stretch:
        """Return the first and last word number of a zone: title, or lead (the first 60 words of the text)."""
        return (0, TEXT_BASE - 1) if name == "title" else (TEXT_BASE, TEXT_BASE + LEAD_WORDS - 1)

    def field_of(self, number: int) -> Field:
        """Return the field that a word stands in."""
        return self.title if number < TEXT_BASE else self.text

    def places(self, word: int) -> list[int]:
        """Return the numbers of the words that satisfy a term's word, in order."""
        if self._places is None:
            self._places = self._find_places()
        raws = self._raws.get(word, ())
        if len(raws) == 1:
            return self._places[raws[0]]
        return sorted(place for raw in raws for place in self._places[raw])

    def _find_places(self) -> dict[str, list[int]]:
        places: dict[str, list[int]] = {raw: [] for raw in self._known}
        for field in (self.title, self.text):
            for place, raw in enumerate(field.words, field.base):
                if raw in places:
                    places[raw].append(place)
        return places

    def _phrase(self, numbers: Sequence[int], joined: Sequence[bool]) -> list[Stretch]:
        """Return where terms' words stand one after the other; `joined[i]`: nothing but space before word i."""
        listed = sorted(
            ((index, self.places(word)) for index, word in enumerate(numbers)), key=lambda e: len(e[1])
        )
        candidates = {place - listed[0][0] for place in listed[0][1]}
        for index, places in listed[1:]:
            candidates.intersection_update([place - index for place in places])
            if not candidates:
                return []
        last = len(numbers) - 1
        return [
            (first, first + last)
            for first in sorted(candidates)
            if not any(joined)
            or all(self.field_of(first).follows_directly(first + at) for at in range(1, last + 1) if joined[at])
        ]
