"""The forms of many terms' words in one language, kept as stems with sets of endings to take little room."""

from collections.abc import Collection
from typing import final

FEWEST_FORMS_TO_FACTOR = 5
SHORTEST_STEM = 2
_FIRST_LETTERS = 4

Endings = dict[str, int]


@final
class Beginnings:
    """Says how long those of many beginnings are that a word may have: few of them share its first letters.

    For each of the `sizes`, `lengths` holds the lengths of the beginnings that start with so many letters of the
    word. Both are read where they are needed, a hundred times an article; a method would take longer than they do.
    """

    def __init__(self) -> None:
        self.lengths: dict[str, tuple[int, ...]] = {}
        self.sizes: tuple[int, ...] = ()

    def add(self, beginning: str) -> None:
        """Add a beginning."""
        first = beginning[:_FIRST_LETTERS]
        known = self.lengths.get(first, ())
        if len(beginning) not in known:
            self.lengths[first] = (*known, len(beginning))
        if len(first) not in self.sizes:
            self.sizes = (*self.sizes, len(first))


@final
class FormTable:
    """Says which words have a given form.

    A language with suffixes gives a word dozens of forms, but few sets of endings: words that are declined alike
    share one. A form is looked up by every stem that it may begin with.
    """

    def __init__(self) -> None:
        self._whole: dict[str, tuple[tuple[int, int], ...]] = {}
        self._stems: dict[str, tuple[tuple[int, Endings], ...]] = {}
        self._sets: dict[tuple[tuple[str, int], ...], Endings] = {}
        self._beginnings = Beginnings()

    def add(self, number: int, forms: dict[str, int]) -> None:
        """Add a word by its number, with its forms and the ways of standing in a text that each allows."""
        stem = _common_start(forms) if len(forms) >= FEWEST_FORMS_TO_FACTOR else ""
        if len(stem) < SHORTEST_STEM:
            for form, ways in forms.items():
                self._whole[form] = (*self._whole.get(form, ()), (number, ways))
            return
        listed = tuple((form[len(stem) :], ways) for form, ways in forms.items())
        endings = self._sets.get(listed)
        if endings is None:
            endings = self._sets[listed] = dict(listed)
        self._beginnings.add(stem)
        self._stems[stem] = (*self._stems.get(stem, ()), (number, endings))

    def find(self, readings: list[tuple[str, int]], found: set[int]) -> None:
        """Add the numbers of the words that one of a text word's readings is an allowed form of."""
        whole, stems = self._whole, self._stems
        sizes, lengths = self._beginnings.sizes, self._beginnings.lengths
        for form, way in readings:
            if form in whole:
                found.update([number for number, ways in whole[form] if ways & way])
            for size in sizes:
                for cut in lengths.get(form[:size], ()):
                    stem = form[:cut]
                    if stem in stems:
                        ending = form[cut:]
                        for number, endings in stems[stem]:
                            if ending in endings and endings[ending] & way:
                                found.add(number)


def _common_start(forms: Collection[str]) -> str:
    """Return what all forms begin with: what the first and the last in order have in common."""
    first, last = min(forms), max(forms)
    same = next((at for at, (one, two) in enumerate(zip(first, last, strict=False)) if one != two), len(first))
    return first[:same]
