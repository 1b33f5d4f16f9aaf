"""What the words of one article satisfy, and where; worked out as far as it is asked for."""

from collections.abc import Sequence

from worker.domain.occurrence import TEXT_BASE, Stretch
from worker.domain.plan import LEAD_WORDS
from worker.domain.term_table import Satisfied, TermTable
from worker.domain.text import word_starts, words

# What may stand inside a term of a script without spaces: white space, and the dots between parts of names.
_BETWEEN_CHARACTERS = " \t\r\n\u00a0\u3000\u200b\u200c\u200d\u2060\ufeff\u00ad·・･‧•=＝゠"
_MOST_TO_SEARCH_ONE_BY_ONE = 8


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

    def __init__(self, table: TermTable, title: str | None, text: str) -> None:
        self.title = Field(title or "", 0)
        self.text = Field(text, TEXT_BASE)
        self._table = table
        self._places: dict[str, list[int]] | None = None
        self._stretches: dict[int, list[Stretch]] = {}
        self._raws: dict[int, list[str]] = {}
        in_title = set(self.title.words)
        self._known = self._look_up(in_title.union(self.text.words))
        self.terms = self._find_terms(self._known)
        titled = self._find_terms({raw: self._known[raw] for raw in in_title & self._known.keys()})
        self.marks = self.terms.union(~term for term in titled if self._is_in_title(term))

    def _look_up(self, raws: set[str]) -> dict[str, Satisfied]:
        """Return what the words satisfy, those that satisfy anything, and note who satisfies each terms' word."""
        known: dict[str, Satisfied] = {}
        by_word = self._raws
        satisfied = self._table.satisfied
        for raw in raws:
            found = satisfied(raw)
            if found is not None:
                known[raw] = found
                for word in found.words:
                    if word in by_word:
                        by_word[word].append(raw)
                    else:
                        by_word[word] = [raw]
        return known

    def _find_terms(self, known: dict[str, Satisfied]) -> set[int]:
        """Return the terms that some words make: single words at once, phrases when they follow one another."""
        terms: set[int] = set()
        by_word = self._raws
        for found in known.values():
            terms.update(found.terms)
            for term, second, rest in found.phrases:
                if second in by_word and rest <= by_word.keys() and self.stretches(term):
                    terms.add(term)
        return terms

    def _is_in_title(self, term: int) -> bool:
        return self.stretches(term)[0][0] < TEXT_BASE

    def stretches(self, term: int) -> list[Stretch]:
        """Return where a term is found, in order."""
        known = self._stretches.get(term)
        if known is None:
            numbers = self._table.words_of[term]
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
        starts = self.places(numbers[0])
        for offset in range(1, len(numbers)):
            following: Sequence[int] | set[int] = self.places(numbers[offset])
            if len(following) > _MOST_TO_SEARCH_ONE_BY_ONE:
                following = set(following)
            starts = [start for start in starts if start + offset in following]
            if not starts:
                return []
        if True in joined:
            starts = [start for start in starts if self._stays_together(start, joined)]
        return [(start, start + len(numbers) - 1) for start in starts]

    def _stays_together(self, start: int, joined: Sequence[bool]) -> bool:
        field = self.field_of(start)
        return all(field.follows_directly(start + at) for at, touches in enumerate(joined) if touches)
