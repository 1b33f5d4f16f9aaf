"""Words and sentences of real text in Arabic, Russian and English, and a vocabulary that goes on beyond them.

The real text is what the project ships: the seed articles and the labelled corpus of tests/quality, some 8,000
words in all. Ten thousand watch topics drawn from so few would all ask for the same words, so the vocabulary is
expanded:

* real content words stand first, by how often they occur there (the commonest words, which no analyst would write
  as a term, are kept apart as function words);
* after them come coined words, made by a chain of letters (each letter drawn by the two before it, as they follow
  one another in that language's real words), so that they look like its words, carry its endings and are cut by
  the same stemmers, each to a stem of its own; they stand for the names and rare words that make the tail of any
  real vocabulary;
* the word of rank r is drawn with a weight of 1 / (r + 2.7), Zipf's law as Mandelbrot corrected it;
* names are pairs of coined words, and abbreviations are three or four coined capitals.

Everything is drawn from one seed and depends on nothing but the texts.
"""

import json
import random
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence, Set
from itertools import accumulate, pairwise
from pathlib import Path

import Stemmer

from worker.domain.sentences import sentences
from worker.domain.text import words

ROOT = Path(__file__).resolve().parent.parent.parent
LANGUAGES = ("ar", "ru", "en")
WORDS_IN_ALL = 40_000
NAMES = 8_000
ABBREVIATIONS = 400
FUNCTION_WORDS = 60
MANDELBROT = 2.7
_LONGEST, _SHORTEST = 11, 4


def real_texts(root: Path = ROOT) -> dict[str, list[str]]:
    """Return the real texts by language: the seed articles, and the labelled corpus if it is there."""
    texts: dict[str, list[str]] = {language: [] for language in LANGUAGES}
    articles = root / "seeds" / "articles"
    for path in sorted(articles.glob("*.txt")):  # both are Arabic
        texts["ar"].append(path.read_text(encoding="utf-8"))
    for record in _lines(articles / "short.jsonl"):
        language = record["id"].split("-")[1]
        if language in texts:
            texts[language].append(record["body"])
    for record in _lines(root / "tests" / "quality" / "corpus.jsonl"):
        if record["language"] in texts:
            texts[record["language"]].append(record["text"])
    return texts


def _lines(path: Path) -> Iterator[dict[str, str]]:
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip():
                yield json.loads(line)


class Zipf:
    """Draws items so that the one of rank r comes with a weight of 1 / (r + 2.7)."""

    def __init__(self, items: Sequence[str]) -> None:
        self.items = items
        self._sums = list(accumulate(1 / (rank + MANDELBROT) for rank in range(1, len(items) + 1)))

    def draw(self, chance: random.Random, first: int = 0, last: int | None = None) -> str:
        """Return an item whose rank, counted from 0, is from `first` up to but without `last`."""
        low = self._sums[first - 1] if first else 0.0
        high = self._sums[min(last or len(self.items), len(self.items)) - 1]
        return self.items[bisect_left(self._sums, chance.uniform(low, high))]


class Vocabulary:
    """One language's sentences, function words, content words by rank, names and abbreviations."""

    def __init__(self, language: str, texts: Sequence[str], chance: random.Random) -> None:
        self.language = language
        self.sentences = [text[start:end] for text in texts for start, end in sentences(text)]
        counts = Counter(word for sentence in self.sentences for word in words(sentence))
        ranked = sorted(counts, key=lambda word: (-counts[word], word))
        spoken = [word for word in ranked if not word.isdecimal()]
        self.function_words = frozenset(spoken[:FUNCTION_WORDS]) | {word for word in ranked if len(word) < 3}
        known = frozenset(ranked)
        real = [base_form(word, language, known) for word in ranked if self.is_content(word)]
        self.real = list(dict.fromkeys(word for word in real if len(word) > 2))
        coined = _Coin(self.real, ranked, language, chance).words(max(0, WORDS_IN_ALL - len(self.real)))
        self.words = Zipf([*self.real, *coined])
        self.names = Zipf(_names(coined, language, chance))
        self.abbreviations = Zipf(_abbreviations(self.real, language, chance))
        self.pairs = _pairs_in(self.sentences, self.is_content)

    def is_content(self, word: str) -> bool:
        """Say whether a word may be a term, and may be exchanged in a sentence."""
        return word not in self.function_words and word.isalpha()


def vocabularies(seed: int, root: Path = ROOT) -> dict[str, Vocabulary]:
    """Return the vocabularies of all languages."""
    return {
        language: Vocabulary(language, texts, random.Random(f"{seed} {language}"))
        for language, texts in real_texts(root).items()
    }


def base_form(word: str, language: str, known: Set[str]) -> str:
    """Return a word as an analyst would write it in a term: without Arabic proclitics.

    A single letter is one when the rest is known as a word, with or without the article.
    """
    if language != "ar":
        return word
    for clitics in ("وال", "بال", "فال", "كال", "ال", "لل"):
        if word.startswith(clitics) and len(word) > len(clitics) + 2:
            return word[len(clitics) :]
    rest = word[1:]
    if word[0] in "وفبلك" and len(rest) > 2 and (rest in known or f"ال{rest}" in known):
        return base_form(rest, language, known)
    return word


# What a coined Arabic word must not begin or end with: it would be read as a clitic or an ending of inflection.
_LIKE_CLITICS = re.compile("[وفبلكس]|ال|.*(?:ها|هم|نا|ين|ون|ان|ات|وا|ه|ك|ى)$")


class _Coin:
    """A chain of letters that follow one another as in real words."""

    def __init__(self, real: Sequence[str], taken: Sequence[str], language: str, chance: random.Random) -> None:
        self._chance = chance
        self._arabic = language == "ar"
        self._stem = Stemmer.Stemmer(language).stemWord
        self._taken = {self._stem(word.lower()) for word in taken}
        self._next: dict[str, list[str]] = defaultdict(list)
        for word in real:
            letters = f"^^{word.lower()}$"
            for at in range(len(letters) - 2):
                self._next[letters[at : at + 2]].append(letters[at + 2])

    def words(self, count: int) -> list[str]:
        """Return words whose stems are neither those of real words nor of one another."""
        found: list[str] = []
        while len(found) < count:
            letters = "^^"
            while letters[-1] != "$" and len(letters) <= _LONGEST + 2:
                letters += self._chance.choice(self._next[letters[-2:]])
            stem = self._stem(letters[2:-1])
            word_like = letters[-1] == "$" and not (self._arabic and _LIKE_CLITICS.match(letters[2:-1]))
            if word_like and len(stem) >= _SHORTEST and stem not in self._taken:
                self._taken.add(stem)
                found.append(letters[2:-1])
        return found


def _names(coined: Sequence[str], language: str, chance: random.Random) -> list[str]:
    """Return names of two words; those of Latin and Cyrillic scripts with capitals."""
    first, second = coined[: len(coined) // 8], coined[len(coined) // 8 :]
    names = (f"{chance.choice(first)} {chance.choice(second)}" for _ in range(2 * NAMES))
    return list(dict.fromkeys(name if language == "ar" else name.title() for name in names))[:NAMES]


def _abbreviations(real: Sequence[str], language: str, chance: random.Random) -> list[str]:
    if language == "ar":  # Arabic has no capitals; its news write Latin ones
        letters = "ABCDEFGILMNOPRSTU"
    else:
        latin = language == "en"
        letters = "".join(sorted({word[0].upper() for word in real if word[0].isascii() == latin}))
    made = ("".join(chance.choices(letters, k=chance.choice((3, 4)))) for _ in range(3 * ABBREVIATIONS))
    return list(dict.fromkeys(made))[:ABBREVIATIONS]


def _pairs_in(texts: Sequence[str], is_content: Callable[[str], bool]) -> list[str]:
    """Return phrases of two content words that follow one another in real sentences."""
    found: dict[str, None] = {}
    for text in texts:
        listed = words(text)
        for one, two in pairwise(listed):
            phrase = f"{one} {two}"
            if is_content(one) and is_content(two) and phrase in text:
                found[phrase] = None
    return list(found)
