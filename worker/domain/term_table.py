"""All terms of all watch topics, each once, and what a word of a text does for them."""

from collections import defaultdict
from collections.abc import Sequence
from typing import cast

import msgspec

from worker.domain.lexicon import Lexicon
from worker.domain.term import Term, TermWord, parse_term
from worker.domain.text import is_one_word, word_bounds

MOST_REMEMBERED = 200_000
_GENERATION = MOST_REMEMBERED // 2
_LONGEST_REMEMBERED = 40  # longer pieces are addresses or texts without spaces, and hardly ever come again
_WHOLE = tuple(((0, length),) for length in range(_LONGEST_REMEMBERED + 1))


class Satisfied(msgspec.Struct, frozen=True, eq=False, gc=False):
    """What a word of a text satisfies: terms' words, terms of one word, and phrases that may begin with it.

    `phrases` holds the phrases by the second of their words; `seconds` those of the terms' words that are the
    second of some phrase. Words that satisfy the same share one object.
    """

    words: tuple[int, ...]
    seconds: tuple[int, ...]
    terms: tuple[int, ...]
    phrases: dict[int, tuple[int, ...]]


class Piece(msgspec.Struct, frozen=True, eq=False, gc=False):
    """What stands between two spaces of a text: what its words satisfy, and where in it they start and end."""

    satisfied: tuple[Satisfied, ...]
    bounds: tuple[tuple[int, int], ...]


class TermTable:
    """Numbers terms and their words. Terms are added first, then `close` makes the table ready for articles.

    Pieces of texts are remembered in two generations, so that when there are too many those that were not met
    for long are forgotten and not all at once.
    """

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {}
        self._words: dict[TermWord, int] = {}
        self._single: dict[int, list[int]] = defaultdict(list)
        self._phrases: dict[int, dict[int, tuple[int, ...]]] = defaultdict(dict)
        self._seconds: set[int] = set()
        self._lexicon = Lexicon(())
        self._young: dict[str, Piece] = {}
        self._old: dict[str, Piece] = {}
        self._shared: dict[tuple[int, ...], tuple[Satisfied]] = {}
        self.unfinished: set[int] = set()  # phrases of which the first two words are not all that is asked for
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

    def pieces(self, written: Sequence[str]) -> list[Piece]:
        """Return for each piece of a text between two spaces what it holds. Worked out once a piece."""
        found = list(map(self._young.get, written))
        if not all(found):
            for at, piece in enumerate(found):
                if piece is None:
                    found[at] = self._young.get(written[at]) or self._piece(written[at])
        return cast(list[Piece], found)

    def satisfied(self, word: str) -> Satisfied:
        """Return what one word of a text satisfies. Worked out once a word."""
        return (self._young.get(word) or self._piece(word)).satisfied[0]

    def _piece(self, written: str) -> Piece:
        known = self._old.get(written)
        if known is not None:
            return self._remember(written, known)
        if is_one_word(written):
            return self._learn(written)
        bounds = word_bounds(written)
        if bounds == ((0, len(written)),):
            return self._learn(written)
        piece = Piece(tuple([self.satisfied(written[start:end]) for start, end in bounds]), bounds)
        return self._remember(written, piece) if len(written) <= _LONGEST_REMEMBERED else piece

    def _learn(self, word: str) -> Piece:
        """Return the piece that is a word and nothing else."""
        numbers = self._lexicon.numbers(word)
        satisfied = self._shared.get(numbers) or self._share(numbers)
        length = len(word)
        whole = _WHOLE[length] if length < len(_WHOLE) else ((0, length),)
        return self._remember(word, Piece(satisfied, whole))

    def _remember(self, written: str, piece: Piece) -> Piece:
        if len(self._young) >= _GENERATION:
            self._old, self._young = self._young, {}
            self._shared = {}
        self._young[written] = piece
        return piece

    def _share(self, words: tuple[int, ...]) -> tuple[Satisfied]:
        """Return what satisfying these terms' words means, noted for all pieces of one word that do."""
        terms: list[int] = []
        phrases: dict[int, tuple[int, ...]] = {}
        for word in words:
            if word in self._single:
                terms += self._single[word]
            if word in self._phrases:
                for second, found in self._phrases[word].items():
                    phrases[second] = (*phrases[second], *found) if second in phrases else found
        seconds = tuple([word for word in words if word in self._seconds])
        shared = self._shared[words] = (Satisfied(words, seconds, tuple(terms), phrases),)
        return shared

    def __len__(self) -> int:
        return len(self._young) + len(self._old)
