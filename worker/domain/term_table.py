"""All terms of all watch topics, each once, and what a word of a text does for them."""

from collections import defaultdict
from typing import Any, final

from worker.domain.lexicon import Lexicon
from worker.domain.term import Term, TermWord, parse_term
from worker.domain.text import SIGNS, is_one_word, word_bounds

MOST_REMEMBERED = 200_000
_GENERATION = MOST_REMEMBERED // 2
_LONGEST_REMEMBERED = 40  # longer pieces are addresses or texts without spaces, and hardly ever come again

# Of terms or their words. Not spelt out as integers: they would be unpacked and packed for every look-up.
Numbers = tuple[Any, ...]


@final
class Satisfied:
    """What a word of a text satisfies: terms' words, terms of one word, and phrases that may begin with it.

    `phrases` holds the phrases by the second of their words, `seconds` those of the terms' words that are the
    second of some phrase; None where there is none. Words that satisfy the same share one object.

    What stands between two spaces is mostly one word, with signs around it or without. For what is not, no word or
    several, there is an object too: it has what its words satisfy as its `parts`, and nothing else.
    """

    __slots__ = ("parts", "phrases", "seconds", "terms", "words")

    def __init__(
        self,
        words: Numbers,
        seconds: Numbers | None,
        terms: Numbers,
        phrases: dict[Any, Numbers] | None,
        parts: "tuple[Satisfied, ...] | None" = None,
    ) -> None:
        self.words = words
        self.seconds = seconds
        self.terms = terms
        self.phrases = phrases
        self.parts = parts


@final
class TermTable:
    """Numbers terms and their words. Terms are added first, then `close` makes the table ready for articles.

    Pieces of texts are remembered in two generations, so that when there are too many those that were not met
    for long are forgotten and not all at once.
    """

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {}
        self._words: dict[TermWord, int] = {}
        self._single: dict[int, list[int]] = defaultdict(list)
        self._phrases: dict[int, dict[Any, Numbers]] = defaultdict(dict)
        self._seconds: set[int] = set()
        self._lexicon = Lexicon(())
        self.young: dict[str, Satisfied] = {}  # read where it is needed, a thousand times an article
        self._old: dict[str, Satisfied] = {}
        self._shared: dict[tuple[int, ...], Satisfied] = {}
        self.nothing = Satisfied((), None, (), None)  # what most words satisfy
        self.unfinished: set[Any] = set()  # phrases of which the first two words are not all that is asked for
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
        """Enter each term under its first word. No term can be added afterwards."""
        for term, numbers in enumerate(self.words_of):
            if len(numbers) == 1:
                self._single[numbers[0]].append(term)
            else:
                self._seconds.add(numbers[1])
                after = self._phrases[numbers[0]]
                after[numbers[1]] = (*after.get(numbers[1], ()), term)
                if len(numbers) > 2 or True in self.terms[term].joined:
                    self.unfinished.add(term)
        self._lexicon = Lexicon(list(self._words))
        self._words.clear()
        self._numbers.clear()

    @property
    def has_phrases(self) -> bool:
        """Whether there is a term of more than one word."""
        return bool(self._phrases)

    def satisfied(self, written: str) -> Satisfied:
        """Return what one piece of a text between two spaces satisfies. Worked out once a piece."""
        known = self.young.get(written)
        if known is not None:
            return known
        known = self._old.get(written)
        if known is not None:
            return self._remember(written, known)
        bare = written.strip(SIGNS)
        if is_one_word(bare):
            return self._remember(written, self._word(bare, written))
        bounds = word_bounds(written)
        if len(bounds) == 1:
            start, end = bounds[0]
            return self._remember(written, self._word(written[start:end], written))
        parts = tuple([self.satisfied(written[start:end]) for start, end in bounds])
        piece = Satisfied((), None, (), None, parts)
        return self._remember(written, piece) if len(written) <= _LONGEST_REMEMBERED else piece

    def _word(self, word: str, written: str) -> Satisfied:
        """Return what the only word of a new piece satisfies; it is remembered too where the piece is more."""
        if len(word) == len(written):
            return self._learn(word)
        known = self.young.get(word) or self._old.get(word)
        return self._remember(word, known or self._learn(word))

    def _learn(self, word: str) -> Satisfied:
        """Return what a word satisfies that was not met before."""
        numbers = self._lexicon.numbers(word)
        if not numbers:
            return self.nothing
        return self._shared.get(numbers) or self._share(numbers)

    def _remember(self, written: str, piece: Satisfied) -> Satisfied:
        if len(self.young) >= _GENERATION:
            self._old, self.young = self.young, {}
            self._shared = {}
        self.young[written] = piece
        return piece

    def _share(self, words: tuple[int, ...]) -> Satisfied:
        """Return what satisfying these terms' words means, noted for all pieces of one word that do."""
        terms: list[int] = []
        phrases: dict[Any, Numbers] = {}
        for word in words:
            if word in self._single:
                terms += self._single[word]
            if word in self._phrases:
                for second, found in self._phrases[word].items():
                    phrases[second] = (*phrases[second], *found) if second in phrases else found
        seconds = tuple([word for word in words if word in self._seconds])
        shared = self._shared[words] = Satisfied(words, seconds or None, tuple(terms), phrases or None)
        return shared

    def __len__(self) -> int:
        return len(self.young) + len(self._old)
