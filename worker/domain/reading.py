"""What the words of one article satisfy, and where; worked out as far as it is asked for."""

from bisect import bisect_right
from itertools import accumulate, chain, count, pairwise

from worker.domain.article import Span
from worker.domain.occurrence import TEXT_BASE, Stretch
from worker.domain.plan import LEAD_WORDS
from worker.domain.term_table import Satisfied, TermTable

# What may stand inside a term of a script without spaces: white space, and the dots between parts of names.
_BETWEEN_CHARACTERS = " \t\r\n\u00a0\u3000\u200b\u200c\u200d\u2060\ufeff\u00ad·・･‧•=＝゠"


# A place as a watch topic shows it: first and last word, name of the group, term as it is written there, span.
# They sort by place, then group, then term.
Shown = tuple[int, int, str, str, Span]


class Field:
    """The title or the text of an article: what each of its words satisfies.

    The text is cut at spaces and line breaks; no word goes across one. What stands between two of them is mostly
    one word, known from earlier articles together with the signs around it.
    """

    def __init__(self, table: TermTable, text: str, base: int) -> None:
        self.text = text
        self.base = base
        self._written = text.replace("\n", " ").split(" ")
        self._pieces = table.pieces(self._written)
        self.satisfied: list[Satisfied] = list(chain.from_iterable([piece.satisfied for piece in self._pieces]))
        self._begins: list[int] = []  # how many letters come before each piece
        self._counts: list[int] = []  # how many words there are up to the end of each

    def bounds(self, first: int, last: int) -> tuple[int, int]:
        """Return where the words from one to another start and end, in code points; numbers count from `base`."""
        if not self._begins:
            self._begins = list(accumulate(map(len, self._written), initial=0))
            self._counts = list(accumulate(map(len, [piece.bounds for piece in self._pieces])))
        start, end = self._place(first - self.base)
        return start, end if first == last else self._place(last - self.base)[1]

    def _place(self, number: int) -> tuple[int, int]:
        """Return where a word starts and ends; here numbers count from 0."""
        at = bisect_right(self._counts, number)
        start, end = self._pieces[at].bounds[number - self._counts[at]]  # from the last word of the piece
        begin = self._begins[at] + at  # so many letters and so many spaces come before
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


class Reading:
    """An article's words and the terms that they satisfy.

    `marks` holds the numbers of all terms found, those in the title once more as ~number. `phrases` holds those of
    more than one word, `in_title` those in the title.
    """

    def __init__(self, table: TermTable, title: str | None, text: str) -> None:
        self.title = Field(table, title or "", 0)
        self.text = Field(table, text, TEXT_BASE)
        self._table = table
        self._stretches: dict[int, list[Stretch]] = {}
        self._shown: dict[tuple[int, str], list[Shown]] = {}
        titled = set(self.title.satisfied)
        self.satisfied = titled.union(self.text.satisfied)
        in_title = set(chain.from_iterable([one.terms for one in titled]))
        if table.has_phrases:
            self._find_phrases(self.title)
            self._find_phrases(self.text)
            in_title.update(term for term, found in self._stretches.items() if found[0][0] < TEXT_BASE)
        self.phrases = set(self._stretches)
        self.in_title = in_title
        self.marks = self.phrases.union(
            chain.from_iterable([one.terms for one in self.satisfied]), [~term for term in in_title]
        )

    def _find_phrases(self, field: Field) -> None:
        """Note where phrases stand in a field: only at words of which the next one goes on a phrase."""
        satisfied = field.satisfied
        unfinished = self._table.unfinished
        for at, (one, two) in enumerate(pairwise(satisfied)):
            if two.seconds and one.phrases:
                phrases = one.phrases
                for word in two.seconds:
                    if word in phrases:
                        for term in phrases[word]:
                            if term not in unfinished or self._goes_on(term, at, field):
                                self._note_phrase(term, field.base + at)

    def _goes_on(self, term: int, at: int, field: Field) -> bool:
        """Say whether a phrase whose first two words stand at a word is there to its end, and not pulled apart."""
        words = self._table.words_of[term]
        satisfied = field.satisfied
        for offset in range(2, len(words)):
            if at + offset >= len(satisfied) or words[offset] not in satisfied[at + offset].words:
                return False
        first = field.base + at
        return not any(
            touches and not field.follows_directly(first + offset)
            for offset, touches in enumerate(self._table.terms[term].joined)
        )

    def _note_phrase(self, term: int, first: int) -> None:
        stretch = (first, first + len(self._table.words_of[term]) - 1)
        found = self._stretches.get(term)
        if found is None:
            self._stretches[term] = [stretch]
        elif found[-1] != stretch:  # a word may satisfy two words of terms that follow the first
            found.append(stretch)

    def stretches(self, term: int) -> list[Stretch]:
        """Return where a term is found, in order."""
        if term not in self._stretches:
            self.locate({term})
        return self._stretches[term]

    def locate(self, terms: set[int]) -> None:
        """Look for the places of terms of which `stretches` will be asked: all at once costs as much as one."""
        wanted = terms.difference(self._stretches)
        places: dict[Satisfied, list[Stretch]] = {
            one: [] for one in self.satisfied if not wanted.isdisjoint(one.terms)
        }
        for field in (self.title, self.text):
            for found, place in zip(map(places.get, field.satisfied), count(field.base), strict=False):
                if found is not None:
                    found.append((place, place))
        parts: dict[int, list[list[Stretch]]] = {term: [] for term in wanted}
        for one, found in places.items():
            for term in one.terms:
                if term in parts:
                    parts[term].append(found)
        for term, lists in parts.items():
            self._stretches[term] = lists[0] if len(lists) == 1 else sorted(chain.from_iterable(lists))

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
