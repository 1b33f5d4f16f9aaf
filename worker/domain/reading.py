"""What the words of one article satisfy, and where; worked out as far as it is asked for."""

from bisect import bisect_right
from typing import Any, final

from worker.domain.article import Span
from worker.domain.occurrence import TEXT_BASE, Stretch
from worker.domain.plan import LEAD_WORDS
from worker.domain.term_table import Numbers, Satisfied, TermTable
from worker.domain.text import one_word_bounds, word_bounds

# What may stand inside a term of a script without spaces: white space, and the dots between parts of names.
_BETWEEN_CHARACTERS = " \t\r\n\u00a0\u3000\u200b\u200c\u200d\u2060\ufeff\u00ad·・･‧•=＝゠"


# A place as a watch topic shows it: first and last word, name of the group, term as it is written there, span.
# They sort by place, then group, then term. Not spelt out as a type: it would be unpacked wherever it is touched.
Shown = tuple[Any, ...]
Places = list[Any]  # stretches, in order; not spelt out either


@final
class Field:
    """The title or the text of an article: what each of its words satisfies.

    The text is cut at spaces and line breaks; no word goes across one. What stands between two of them is mostly
    one word, known from earlier articles together with the signs around it.
    """

    def __init__(self, table: TermTable, text: str, base: int) -> None:
        self.text = text
        self.base = base
        self._written = text.replace("\n", " ").split(" ")
        self.satisfied: list[Satisfied] = []
        # Pieces that are not one word: number of their first word, place among the pieces, number of words.
        self._odd_first = [0]
        self._odd_at = [-1]
        self._odd_count = [0]
        self._odd_bounds: dict[int, tuple[tuple[int, int], ...]] = {}  # of those that were asked for
        self._begins: list[int] = []  # where each piece begins
        self.bearing: set[Satisfied] = set()  # what is satisfied of that by which terms of one word are found
        self._read(table)

    def _read(self, table: TermTable) -> None:
        """Note what each word satisfies by what each piece does."""
        known, satisfied, bearing = table.young, self.satisfied, self.bearing
        for at, written in enumerate(self._written):
            piece = known.get(written)
            if piece is None:
                piece = table.satisfied(written)
            parts = piece.parts
            if parts is None:
                satisfied.append(piece)
                if piece.terms:
                    bearing.add(piece)
            else:
                self._odd_first.append(len(satisfied))
                self._odd_at.append(at)
                self._odd_count.append(len(parts))
                satisfied.extend(parts)
                bearing.update([part for part in parts if part.terms])

    def bounds(self, first: int, last: int) -> tuple[int, int]:
        """Return where the words from one to another start and end, in code points; numbers count from `base`."""
        if not self._begins:
            begin = 0
            for written in self._written:
                self._begins.append(begin)
                begin += len(written) + 1
        start, end = self._place(first - self.base)
        return start, end if first == last else self._place(last - self.base)[1]

    def _place(self, number: int) -> tuple[int, int]:
        """Return where a word starts and ends; here numbers count from 0."""
        odd = bisect_right(self._odd_first, number) - 1
        at = self._odd_at[odd]
        within = number - self._odd_first[odd]
        if within < self._odd_count[odd]:
            bounds = self._odd_bounds.get(at)
            if bounds is None:
                bounds = self._odd_bounds[at] = word_bounds(self._written[at])
        else:
            at += within - self._odd_count[odd] + 1
            bounds = None
        start, end = bounds[within] if bounds is not None else one_word_bounds(self._written[at])
        begin = self._begins[at]
        return begin + start, begin + end

    def start(self, number: int) -> int:
        """Return where a word starts."""
        return self.bounds(number, number)[0]

    def end(self, number: int) -> int:
        """Return where a word ends."""
        return self.bounds(number, number)[1]

    def follows_directly(self, number: int) -> bool:
        """Say whether nothing but space or a dot between names stands between a word and the one before it."""
        return not self.text[self.end(number - 1) : self.start(number)].strip(_BETWEEN_CHARACTERS)


@final
class Reading:
    """An article's words and the terms that they satisfy.

    `marks` holds the numbers of all terms found, those in the title once more as ~number. `phrases` holds those of
    more than one word, `in_title` those in the title.
    """

    def __init__(self, table: TermTable, title: str | None, text: str) -> None:
        self.title = Field(table, title or "", 0)
        self.text = Field(table, text, TEXT_BASE)
        self._table = table
        self._stretches: dict[Any, Places] = {}
        self._shown: dict[tuple[int, str], list[Shown]] = {}
        self.marks: set[Any] = set()
        self._enter(self.title)
        self.in_title = self.marks.union(self._stretches)
        self._enter(self.text)
        self.phrases = set(self._stretches)
        self.marks.update(self.phrases)
        self.marks.update([~term for term in self.in_title])

    def _enter(self, field: Field) -> None:
        """Note the terms of one word that are in a field, and where its phrases stand."""
        marks = self.marks
        for one in field.bearing:
            marks.update(one.terms)
        if self._table.has_phrases:
            self._find_phrases(field)

    def _find_phrases(self, field: Field) -> None:
        """Note where phrases stand in a field: only at words of which the next one goes on a phrase."""
        number = field.base
        phrases: dict[Any, Numbers] | None = None  # that may have begun with the word before this one
        for one in field.satisfied:
            seconds = one.seconds
            if phrases is not None and seconds is not None:
                for word in seconds:
                    begun = phrases.get(word)
                    if begun is not None:
                        self._note_phrases(begun, number - 1, field)
            phrases = one.phrases
            number += 1

    def _note_phrases(self, terms: Numbers, first: int, field: Field) -> None:
        """Note phrases whose first two words stand at a word, if they are there to their end."""
        unfinished = self._table.unfinished
        two: Any = (first, first + 1)
        for term in terms:
            if term not in unfinished:
                self._note_phrase(term, two)
            elif self._goes_on(term, first - field.base, field):
                self._note_phrase(term, (first, first + len(self._table.words_of[term]) - 1))

    def _goes_on(self, term: int, at: int, field: Field) -> bool:
        """Say whether a phrase whose first two words stand at a word is there to its end, and not pulled apart."""
        words = self._table.words_of[term]
        satisfied = field.satisfied
        for offset in range(2, len(words)):
            if at + offset >= len(satisfied) or words[offset] not in satisfied[at + offset].words:
                return False
        first = field.base + at
        for offset, touches in enumerate(self._table.terms[term].joined):
            if touches and not field.follows_directly(first + offset):
                return False
        return True

    def _note_phrase(self, term: Any, stretch: Any) -> None:
        found = self._stretches.get(term)
        if found is None:
            self._stretches[term] = [stretch]
        elif found[-1] != stretch:  # a word may satisfy two words of terms that follow the first
            found.append(stretch)

    def stretches(self, term: Any) -> Places:
        """Return where a term is found, in order."""
        known = self._stretches.get(term)
        if known is None:
            self.locate({term})
            return self._stretches[term]
        return known

    def locate(self, terms: set[Any]) -> None:
        """Look for the places of terms of which `stretches` will be asked: all at once costs as much as one."""
        wanted = terms.difference(self._stretches)
        for term in wanted:
            self._stretches[term] = []
        self._locate(wanted, self.title)
        self._locate(wanted, self.text)

    def _locate(self, wanted: set[Any], field: Field) -> None:
        """Note where terms of one word stand in a field."""
        places: dict[Satisfied, list[Places]] = {}  # where to note it, by what the words satisfy
        for one in field.bearing:
            for term in one.terms:
                if term in wanted:
                    known = places.get(one)
                    if known is None:
                        places[one] = [self._stretches[term]]
                    else:
                        known.append(self._stretches[term])
        number = field.base
        for one in field.satisfied:
            if one.terms:
                found = places.get(one)
                if found is not None:
                    stretch: Any = (number, number)
                    for noted in found:
                        noted.append(stretch)
            number += 1

    def source(self, term: int) -> str:
        """Return a term as the analyst wrote it."""
        return self._table.terms[term].source

    def shown(self, term: int, group: str) -> list[Shown]:
        """Return where a term is found, in order, as a group shows it. Watch topics share the spans."""
        known = self._shown.get((term, group))
        if known is None:
            source = self.source(term)
            known = [self.place(stretch, group, source) for stretch in self.stretches(term)]
            self._shown[term, group] = known
        return known

    def place(self, stretch: Stretch, group: str, source: str) -> Shown:
        """Return a place with its span."""
        first, last = stretch
        field = self.field_of(first)
        start, end = field.bounds(first, last)
        return first, last, group, source, Span(start, end, field.text[start:end], group, source)

    def zone(self, name: str) -> Stretch:
        """Return the first and last word number of a zone: title, or lead (the first 60 words of the text)."""
        return (0, TEXT_BASE - 1) if name == "title" else (TEXT_BASE, TEXT_BASE + LEAD_WORDS - 1)

    def field_of(self, number: int) -> Field:
        """Return the field that a word stands in."""
        return self.title if number < TEXT_BASE else self.text
