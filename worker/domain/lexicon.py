"""Which words of terms a word of a text is a form of: worked out once a word, then looked up."""

from collections import defaultdict
from collections.abc import Sequence

from worker.domain.inflection import base_language, forms, language_script, readings, script
from worker.domain.term import EXACT, FORMS, WILDCARD, TermWord, wildcard_expression
from worker.domain.text import exact_form, fold

MOST_REMEMBERED = 200_000
WAY_BITS = 16  # an entry of the table of forms is a term's word's number and its ways in one integer
_NONE: tuple[int, ...] = ()


class Lexicon:
    """Maps words of texts to the numbers of the terms' words that they satisfy."""

    def __init__(self, term_words: Sequence[TermWord]) -> None:
        self._remembered: dict[str, tuple[int, ...]] = {}
        self._equal: dict[str, tuple[int, ...]] = {}
        self._exact: dict[str, tuple[int, ...]] = {}
        self._forms: dict[str, dict[str, tuple[int, ...]]] = {}
        self._languages: dict[str, list[str]] = defaultdict(list)
        self._wildcards = _Wildcards()
        for number, word in enumerate(term_words):
            self._add(number, word)
        for language in self._forms:
            self._languages[language_script(language)].append(language)

    def _add(self, number: int, word: TermWord) -> None:
        if word.kind == EXACT:
            self._exact[word.key] = (*self._exact.get(word.key, ()), number)
        elif word.kind == WILDCARD:
            self._wildcards.add(number, word.key)
        else:
            self._equal[word.key] = (*self._equal.get(word.key, ()), number)
            if word.kind == FORMS:
                table = self._forms.setdefault(base_language(word.language), {})
                for key, ways in forms(word.raw, word.language).items():
                    table[key] = (*table.get(key, ()), number << WAY_BITS | ways)

    def __len__(self) -> int:
        return len(self._remembered)

    def numbers(self, raw: str) -> tuple[int, ...]:
        """Return the numbers of all terms' words that a word of a text satisfies, usually none."""
        known = self._remembered.get(raw)
        return self._learn(raw) if known is None else known

    def _learn(self, raw: str) -> tuple[int, ...]:
        folded = fold(raw)
        found = set(self._equal.get(folded, ()))
        if self._exact:
            found.update(self._exact.get(exact_form(raw), ()))
        kind = script(folded)
        for language in self._languages.get(kind, ()):
            table = self._forms[language]
            for key, way in readings(raw, language):
                found.update(entry >> WAY_BITS for entry in table.get(key, ()) if entry & way)
        if self._wildcards:
            cores = {core for core, _ in readings(raw, "ar")} | {folded} if kind == "arabic" else {folded}
            for core in cores:
                found.update(self._wildcards.numbers(core))
        numbers = tuple(sorted(found)) if found else _NONE
        if len(self._remembered) >= MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[raw] = numbers
        return numbers


class _Wildcards:
    """Wildcard words by their first letters, so that few expressions are tried on a word."""

    def __init__(self) -> None:
        self._by_start: dict[str, list[tuple[str, int]]] = defaultdict(list)

    def __bool__(self) -> bool:
        return bool(self._by_start)

    def add(self, number: int, key: str) -> None:
        """Add a wildcard word's key."""
        start = key.replace("?", "*").partition("*")[0][:2]
        self._by_start[start].append((key, number))

    def numbers(self, word: str) -> set[int]:
        """Return the numbers of the wildcard words that a folded word satisfies."""
        found: set[int] = set()
        for start in {"", word[:1], word[:2]}:
            for key, number in self._by_start.get(start, ()):
                if wildcard_expression(key).fullmatch(word):
                    found.add(number)
        return found
