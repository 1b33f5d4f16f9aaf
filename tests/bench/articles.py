"""Articles of 1,000 words made of real sentences, the same for the same seed.

An article is in one language (they take turns) and is put together of sentences drawn from the real text. The real
text is small and on one subject, so in each sentence two in five content words are exchanged: for a word that the
article has used already (articles repeat themselves), or for one drawn from the vocabulary, among them names of
two words and abbreviations. Exchanged words stand in inflected forms one time in five: with Arabic clitics,
Russian case endings, English -s, -ed, -ing. Function words, order and punctuation stay as they were. So an article
has about as many distinct words as a real one, and new words keep coming: the report says how many (`new words`).
"""

import random
import re

import msgspec

from tests.bench.vocabulary import LANGUAGES, Vocabulary

WORDS_IN_AN_ARTICLE = 1_000
SENTENCES_IN_A_PARAGRAPH = 4
CHANCE_OF_AN_EXCHANGE = 0.4
CHANCE_OF_A_WORD_USED = 0.78
CHANCE_OF_A_NAME = 0.08
CHANCE_OF_AN_ABBREVIATION = 0.01
CHANCE_OF_AN_INFLECTION = 0.2
_WORD = re.compile(r"[^\W\d_]+")
_ARTICLES = ("ال", "ال", "ال", "وال", "بال", "لل", "فال")
_PROCLITICS = ("", "", "و", "و", "ب", "ل", "ف", "ك", "وب", "ول")
_PRONOUNS = ("", "", "ه", "ها", "هم")
_ENDINGS = {
    "ru": ("а", "у", "ом", "е", "ы", "ов", "ам", "ами", "ах", "ой"),
    "en": ("s", "s", "s", "ed", "ing", "er"),
}


class Article(msgspec.Struct, frozen=True):
    """An article to match. Rasid is not told its language; the peer is."""

    id: str
    language: str
    title: str
    text: str


def articles(count: int, vocabulary: dict[str, Vocabulary], seed: int, first: int = 0) -> list[Article]:
    """Return articles number `first` and following; each depends on the seed and its number alone."""
    return [
        _article(number, vocabulary, random.Random(f"{seed} article {number}"))
        for number in range(first, first + count)
    ]


def _article(number: int, vocabulary: dict[str, Vocabulary], chance: random.Random) -> Article:
    words = vocabulary[LANGUAGES[number % len(LANGUAGES)]]
    writer = _Writer(words, chance)
    title = writer.sentence().split("\n")[0][:150]
    written: list[str] = []
    length = 0
    while length < WORDS_IN_AN_ARTICLE:
        sentence = writer.sentence()
        length += len(sentence.split())
        written.append(sentence)
    paragraphs = [
        " ".join(written[at : at + SENTENCES_IN_A_PARAGRAPH])
        for at in range(0, len(written), SENTENCES_IN_A_PARAGRAPH)
    ]
    return Article(f"article-{number:05}", words.language, title, "\n\n".join(paragraphs))


class _Writer:
    """Writes the sentences of one article."""

    def __init__(self, vocabulary: Vocabulary, chance: random.Random) -> None:
        self._vocabulary = vocabulary
        self._chance = chance
        self._used: list[str] = []

    def sentence(self) -> str:
        """Return a real sentence with some of its content words exchanged."""
        return _WORD.sub(self._exchange, self._chance.choice(self._vocabulary.sentences))

    def _exchange(self, found: re.Match[str]) -> str:
        word = found.group()
        if not self._vocabulary.is_content(word) or self._chance.random() >= CHANCE_OF_AN_EXCHANGE:
            return word
        if self._used and self._chance.random() < CHANCE_OF_A_WORD_USED:
            drawn = self._chance.choice(self._used)
        else:
            drawn = self._draw()
            self._used.append(drawn)
        if " " in drawn or drawn.isupper() or self._chance.random() >= CHANCE_OF_AN_INFLECTION:
            return drawn
        return inflected(drawn, self._vocabulary.language, self._chance)

    def _draw(self) -> str:
        kind = self._chance.random()
        if kind < CHANCE_OF_AN_ABBREVIATION:
            return self._vocabulary.abbreviations.draw(self._chance)
        if kind < CHANCE_OF_AN_ABBREVIATION + CHANCE_OF_A_NAME:
            return self._vocabulary.names.draw(self._chance)
        return self._vocabulary.words.draw(self._chance)


def inflected(word: str, language: str, chance: random.Random) -> str:
    """Return a word in some form: by rule, so not always the form that a grammar has."""
    if language == "ar":
        if chance.random() < 0.5:  # the article, or a pronoun: never both
            return chance.choice(_ARTICLES) + word
        pronoun = chance.choice(_PRONOUNS)
        return chance.choice(_PROCLITICS) + (word[:-1] + "ت" if pronoun and word[-1] == "ة" else word) + pronoun
    stem = word[:-1] if len(word) > 4 and word[-1] in "аеиоуыьюяйey" else word
    return stem + chance.choice(_ENDINGS[language])
