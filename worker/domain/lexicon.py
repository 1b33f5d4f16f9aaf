"""Which words of terms a word of a text is a form of."""

from collections import defaultdict
from collections.abc import Sequence
from typing import final

from worker.domain.arabic import readings_of_plain
from worker.domain.form_table import Beginnings, FormTable
from worker.domain.inflection import base_language, forms, is_stemmed, language_script, readings_of, script
from worker.domain.stems import text_stems
from worker.domain.term import EXACT, FORMS, WILDCARD, TermWord, wildcard_expression
from worker.domain.text import (
    LONGEST_WORD,
    exact_form,
    fold_anew,
    fold_plain,
    is_plain,
    without_vowel_signs,
)

_Numbers = dict[str, tuple[int, ...]]  # of terms' words, by what they are compared by


@final
class Lexicon:
    """Maps words of texts to the numbers of the terms' words that they satisfy."""

    def __init__(self, term_words: Sequence[TermWord]) -> None:
        self._equal: _Numbers = {}
        self._exact: _Numbers = {}
        self._stems: dict[str, _Numbers] = {}  # by language
        self._forms: dict[str, FormTable] = {}
        self._stems_of_script: dict[str, list[tuple[str, _Numbers]]] = {}  # with the language
        self._forms_of_script: dict[str, list[tuple[str, FormTable]]] = {}
        self._wildcards = _Wildcards()
        for number, word in enumerate(term_words):
            self._add(number, word)
        for language, numbers in self._stems.items():
            self._stems_of_script.setdefault(language_script(language), []).append((language, numbers))
        for language, table in self._forms.items():
            self._forms_of_script.setdefault(language_script(language), []).append((language, table))

    def _add(self, number: int, word: TermWord) -> None:
        if word.kind == EXACT:
            _enter(number, word.key, self._exact)
        elif word.kind == WILDCARD:
            self._wildcards.add(number, word.key)
        else:
            _enter(number, word.key, self._equal)
            if word.kind == FORMS:
                self._add_forms(number, base_language(word.language), word)

    def _add_forms(self, number: int, language: str, word: TermWord) -> None:
        keys = forms(word.raw, word.language)
        if is_stemmed(language):
            known = self._stems.setdefault(language, {})
            for key in keys:
                _enter(number, key, known)
        else:
            self._forms.setdefault(language, FormTable()).add(number, keys)

    def numbers(self, raw: str) -> tuple[int, ...]:
        """Return the numbers of all terms' words that a word of a text satisfies, in order; usually none.

        A word of more than `LONGEST_WORD` letters is compared by its first ones.
        """
        raw, folded, kind, plain = _plainly(raw[:LONGEST_WORD])
        found: set[int] = set()
        if folded in self._equal:
            found.update(self._equal[folded])
        if self._exact:
            found.update(self._exact.get(raw if plain else exact_form(raw), ()))
        for language, numbers in self._stems_of_script.get(kind, ()):
            for stem in text_stems(raw, folded, language):
                if stem in numbers:
                    found.update(numbers[stem])
        arabic: list[tuple[str, int]] = []
        for language, table in self._forms_of_script.get(kind, ()):
            is_arabic = language == "ar"
            read = readings_of_plain(raw, folded) if plain and is_arabic else readings_of(raw, folded, language)
            table.find(read, found)
            if is_arabic:
                arabic = read
        if self._wildcards.are_there:
            cores = [folded]
            if kind == "arabic":
                cores += [core for core, _ in arabic or readings_of(raw, folded, "ar")]
            self._wildcards.find(cores, found)
        return tuple(sorted(found)) if found else ()


def _plainly(raw: str) -> tuple[str, str, str, bool]:
    """Return a word without Arabic vowel signs, folded, its script, and whether it is ASCII or plain letters."""
    if raw.isascii():
        return raw, fold_anew(raw), "latin", True
    if not is_plain(raw):
        raw = without_vowel_signs(raw)
        if not is_plain(raw):
            folded = fold_anew(raw)
            return raw, folded, script(folded), False
    return raw, fold_plain(raw), "cyrillic" if raw[0] < "\u0600" else "arabic", True


def _enter(number: int, key: str, numbers: _Numbers) -> None:
    numbers[key] = (*numbers.get(key, ()), number)


@final
class _Wildcards:
    """Wildcard words by their first letters, so that few expressions are tried on a word."""

    def __init__(self) -> None:
        self._by_start: dict[str, list[tuple[str, int]]] = defaultdict(list)
        self._starts: dict[str, list[int]] = defaultdict(list)  # of those that are a word's start and an asterisk
        self._beginnings = Beginnings()
        self.are_there = False

    def add(self, number: int, key: str) -> None:
        """Add a wildcard word's key."""
        self.are_there = True
        if key.endswith("*") and not {"*", "?"} & set(key[:-1]):
            self._starts[key[:-1]].append(number)
            self._beginnings.add(key[:-1])
            return
        start = key.replace("?", "*").partition("*")[0][:2]
        self._by_start[start].append((key, number))

    def find(self, words: list[str], found: set[int]) -> None:
        """Add the numbers of the wildcard words that one of some folded words satisfies."""
        starts = self._starts
        sizes, lengths = self._beginnings.sizes, self._beginnings.lengths
        for word in words:
            for size in sizes:
                for length in lengths.get(word[:size], ()):
                    if word[:length] in starts:
                        found.update(starts[word[:length]])
        if self._by_start:
            for word in set(words):
                self._try_expressions(word, found)

    def _try_expressions(self, word: str, found: set[int]) -> None:
        for start in {"", word[:1], word[:2]}:
            for key, number in self._by_start.get(start, ()):
                if wildcard_expression(key).fullmatch(word):
                    found.add(number)
