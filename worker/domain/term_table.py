"""All terms of all watch topics, each once, and which of them an article holds."""

from collections import Counter, defaultdict

from worker.domain.lexicon import Lexicon
from worker.domain.term import Term, TermWord, parse_term


class TermTable:
    """Numbers terms and their words. Terms are added first, then `close` makes the table ready for articles."""

    def __init__(self) -> None:
        self._terms: dict[tuple[str, str], int] = {}
        self._words: dict[TermWord, int] = {}
        self.terms: list[Term] = []
        self.numbers: list[tuple[int, ...]] = []
        self.single: dict[int, tuple[int, ...]] = {}
        self.phrases: dict[int, tuple[tuple[int, frozenset[int]], ...]] = {}

    def add(self, source: str, language: str) -> int:
        """Return the number of a term, a new one when it was not added before."""
        known = self._terms.get((source, language))
        if known is not None:
            return known
        term = parse_term(source, language)
        number = self._terms[(source, language)] = len(self.terms)
        self.terms.append(term)
        self.numbers.append(tuple(self._words.setdefault(word, len(self._words)) for word in term.words))
        return number

    def close(self) -> Lexicon:
        """Enter each term under its rarest word and return the lexicon of all words."""
        words = list(self._words)
        shared = Counter(word for numbers in self.numbers for word in set(numbers))
        single: dict[int, list[int]] = defaultdict(list)
        phrases: dict[int, list[tuple[int, frozenset[int]]]] = defaultdict(list)
        for term, numbers in enumerate(self.numbers):
            if len(numbers) == 1:
                single[numbers[0]].append(term)
            else:
                # A word of few terms and many letters is rare in texts as well.
                rarest = min(numbers, key=lambda word: (shared[word] / len(words[word].key) ** 2, word))
                phrases[rarest].append((term, frozenset(numbers) - {rarest}))
        self.single = {word: tuple(terms) for word, terms in single.items()}
        self.phrases = {word: tuple(terms) for word, terms in phrases.items()}
        self._words.clear()
        self._terms.clear()
        return Lexicon(words)
