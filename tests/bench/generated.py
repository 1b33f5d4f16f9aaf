"""Watch topics as analysts write them, made up: any number of them, the same for the same seed.

A generated watch topic is the data of a watch-topic file (watch-topic/v1). Its shape is drawn from SHAPES, which
follow the shipped watch topics and the example of the format: 2 to 5 groups, joined by and, or, near, before, not,
`N of` and title:. A group is one of four kinds, which fixes how rare its terms are and how many it has:

* name: names of two words, rare single words, now and then an abbreviation in its exact form (=NATO);
* place: words from the middle of the vocabulary;
* deed: words from its head, and phrases of two words as they stand in real sentences;
* other: what is ruled out, from the middle.

Three in five watch topics speak all three languages, the others two or one. One in fifty terms has a wildcard at
its end and one in a hundred is exact, as in the shipped ones. A watch topic has 35 terms on average, as the
categories of the Europe Media Monitor have (30,000 patterns in 850 categories).
"""

import random
from typing import Any, NamedTuple

from tests.bench.vocabulary import LANGUAGES, Vocabulary

SIZES = (10, 100, 1_000, 10_000)
WatchTopicData = dict[str, Any]


class Shape(NamedTuple):
    """A condition over groups, and how often it is drawn. A group's name begins with its kind."""

    often: int
    condition: str


SHAPES = (
    Shape(28, "name and deed"),
    Shape(15, "(name and deed) or (place near/15 deed and place_two and not other)"),
    Shape(14, "name near/10 deed and not other"),
    Shape(10, "place near/8 deed and place_two near/15 deed_two"),
    Shape(10, "name and (deed or place)"),
    Shape(8, "name or (place near/10 place_two and not other)"),
    Shape(4, "2 of (name, name_two, place)"),
    Shape(4, "name before/5 deed and not (deed near/5 other)"),
    Shape(4, "name and (deed near/6 not other)"),
    Shape(3, "title:place and deed"),
)


class Kind(NamedTuple):
    """How many terms a group of this kind has in a language, and from which ranks its words are drawn.

    `evenly` is the share of words that are drawn without regard to how often they occur, as most names are: little
    known. The others are drawn by frequency, so that many watch topics ask for the same few.
    """

    fewest: int
    most: int
    first: int
    last: int
    evenly: float


KINDS = {
    "name": Kind(1, 4, 3_000, 40_000, 0.6),
    "place": Kind(2, 6, 1_000, 20_000, 0.6),
    "deed": Kind(5, 10, 0, 4_000, 0.1),
    "other": Kind(1, 5, 100, 8_000, 0.3),
}
SEVERITIES = ("informational", "low", "medium", "high", "critical")
CHANCE_OF_A_NAME = 0.6
CHANCE_OF_AN_ABBREVIATION = 0.05
CHANCE_OF_A_PHRASE = 0.15
CHANCE_OF_A_WILDCARD = 0.025


def watch_topics(count: int, vocabulary: dict[str, Vocabulary], seed: int) -> list[WatchTopicData]:
    """Return watch topics as the data of their files; the first ones are the same whatever the count."""
    return [_watch_topic(number, vocabulary, random.Random(f"{seed} topic {number}")) for number in range(count)]


def _watch_topic(number: int, vocabulary: dict[str, Vocabulary], chance: random.Random) -> WatchTopicData:
    condition = chance.choices(SHAPES, [shape.often for shape in SHAPES])[0].condition
    languages = chance.sample(LANGUAGES, chance.choices((3, 2, 1), (60, 25, 15))[0])
    groups = [name for name in _GROUP_NAMES if name in _names_in(condition)]
    terms = {
        group: {language: _terms(group.partition("_")[0], vocabulary[language], chance) for language in languages}
        for group in groups
    }
    topic_id = f"generated-{number:05}"
    return {
        "schema": "watch-topic/v1",
        "id": topic_id,
        "title": f"Generated watch topic {number}",
        "severity": chance.choice(SEVERITIES),
        "terms": terms,
        "condition": condition,
        "score": {
            "weights": {groups[0]: 2},
            "title_boost": 2,
            "tag_at": 1,
            "alert_at": 4 if len(groups) > 2 else 3,
        },
    }


_GROUP_NAMES = ("name", "name_two", "place", "place_two", "deed", "deed_two", "other")


def _names_in(condition: str) -> set[str]:
    return set(condition.replace("(", " ").replace(")", " ").replace(",", " ").replace("title:", " ").split())


def _terms(kind: str, vocabulary: Vocabulary, chance: random.Random) -> list[str]:
    """Return a group's terms in one language, each once."""
    known = KINDS[kind]
    wanted = chance.randint(known.fewest, known.most)
    terms: dict[str, None] = {}
    while len(terms) < wanted:
        terms[_term(kind, known, vocabulary, chance)] = None
    return list(terms)


def _term(kind: str, known: Kind, vocabulary: Vocabulary, chance: random.Random) -> str:
    if kind == "name":
        if chance.random() < CHANCE_OF_AN_ABBREVIATION:
            return "=" + vocabulary.abbreviations.draw(chance)
        if chance.random() < CHANCE_OF_A_NAME:
            names = vocabulary.names
            return chance.choice(names.items) if chance.random() < known.evenly else names.draw(chance, first=50)
    if kind == "deed" and chance.random() < CHANCE_OF_A_PHRASE:
        return chance.choice(vocabulary.pairs)
    words = vocabulary.words
    if chance.random() < known.evenly:
        word = words.items[chance.randrange(known.first, known.last)]
    else:
        word = words.draw(chance, known.first, known.last)
    return f"{word[:-1]}*" if len(word) > 5 and chance.random() < CHANCE_OF_A_WILDCARD else word
