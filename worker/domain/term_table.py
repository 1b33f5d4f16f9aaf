"""All terms of all watch topics, each once, and what a word of a text does for them."""

from collections import Counter, defaultdict

import msgspec

from worker.domain.lexicon import Lexicon
from worker.domain.term import Term, TermWord, parse_term

MOST_REMEMBERED = 200_000

# A phrase that has a word: its number, its second rarest word, its other words.
PhraseEntry = tuple[int, int, frozenset[int]]


class Satisfied(msgspec.Struct, frozen=True, gc=False):
    """What a word of a text satisfies: terms' words, terms of one word, and phrases of which it is the rarest."""

    words: tuple[int, ...]
    terms: tuple[int, ...]
    phrases: tuple[PhraseEntry, ...]


class TermTable:
    """Numbers terms and their words. Terms are added first, then `close` makes the table ready for articles."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {}
        self._words: dict[TermWord, int] = {}
        self._single: dict[int, list[int]] = defaultdict(list)
        self._phrases: dict[int, list[PhraseEntry]] = defaultdict(list)
        self._lexicon = Lexicon(())
        self._remembered: dict[str, Satisfied | None] = {}
        self.terms: list[Term] = []
        self.words_of: list[tuple[int, ...]] = []

    def add(self, source: str, language: str) -> int:
        """Return the number of a term, a new one when it was not added before."""
        known = self._numbers.get((source, language))
        if known is not None:
            return known
        term = parse_term(source, language)
        number = self._numbers[(source, language)] = len(self.terms)
        self.terms.append(term)
        self.words_of.append(tuple(self._words.setdefault(word, len(self._words)) for word in term.words))
        return number

    def close(self) -> None:
        """Enter each term under its rarest word. No term can be added afterwards."""
        words = list(self._words)
        shared = Counter(word for numbers in self.words_of for word in set(numbers))

        def frequency(word: int) -> tuple[float, int]:
            # A word of few terms and many letters is rare in texts as well.
            return shared[word] / len(words[word].key) ** 2, word

        for term, numbers in enumerate(self.words_of):
            if len(numbers) == 1:
                self._single[numbers[0]].append(term)
            else:
                rarest, *others = sorted(set(numbers), key=frequency)
                self._phrases[rarest].append((term, others[0] if others else rarest, frozenset(others[1:])))
        self._lexicon = Lexicon(words)
        self._words.clear()
        self._numbers.clear()

    def satisfied(self, raw: str) -> Satisfied | None:
        """Return what a word of a text satisfies, None for nearly all words. Worked out once a word."""
        try:
            return self._remembered[raw]
        except KeyError:
            return self._learn(raw)

    def _learn(self, raw: str) -> Satisfied | None:
        if len(self._remembered) >= MOST_REMEMBERED:
            self._remembered.clear()
        words = self._lexicon.numbers(raw)
        found = None
        if words:
            terms = tuple(term for word in words for term in self._single.get(word, ()))
            found = Satisfied(words, terms, tuple(e for word in words for e in self._phrases.get(word, ())))
        self._remembered[raw] = found
        return found

    def __len__(self) -> int:
        return len(self._remembered)
