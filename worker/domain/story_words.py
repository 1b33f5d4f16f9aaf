"""The words by which the report of an event is known: names, numbers and what else is not in every report.

Arabic has no capitals, and in Russian and English the capitalised words alone told follow-ups from other events
less well than all rare words together: a second attack on the same town has the same officials. So one rule
serves all three: the words that are left when those of `common_words` are taken away, without their inflection.
"""

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from worker.domain import common_words
from worker.domain.text import fold, words

NAMES_KEPT = 40
# An event is told in the headline and the first paragraphs; then comes background that other events share.
LEAD_WORDS = 200
# A shorter text is a headline or a flash. Its few words must all count, also the names that stand everywhere.
SHORT_WORDS = 25
HEADLINE_WORDS = 12
# English is told from other languages in Latin script by its common words: two in five at least, others have one
# in ten. Arabic and Russian are told from others in their script by letters that these have in every second word.
_ENGLISH_SHARE = 0.2
_FOREIGN_SHARE = 0.15
_SHORTEST = 3

_ARABIC = re.compile("[\u0600-\u06ff]")
_CYRILLIC = re.compile("[\u0400-\u052f]")
_FOREIGN_LETTER = re.compile("[پچژگکیےٹڈڑںہھېۍڵێۆіїєґўјљњћђќѓѕәөүұқғңҳҷӯӣ]", re.IGNORECASE)
_RUSSIAN_SURNAME = re.compile("[ое]в$")
_ENGLISH_ENDING = re.compile("(?<=[a-z]{3})(?:(?<!s)s|(?<=[a-z]{4})(?:ed|ing))$")
_SEVERAL_CAPITALISED = re.compile("[A-ZА-ЯЁ][a-zа-яё]+(?:[ \u00a0-][A-ZА-ЯЁ][a-zа-яё]+)+")
_YEAR = re.compile("(?:19|20)[0-9]{2}")
# Longest first, as light10 (Larkey, Ballesteros and Connell 2002) cuts them, with و before all of them.
_ARABIC_ARTICLES = ("وبال", "فبال", "وكال", "ولل", "وال", "فال", "بال", "كال", "لل", "ال")
_ARABIC_ENDINGS = ("اتها", "اتهم", "يين", "ين", "ون", "ات", "ان", "يه", "ها", "هم", "وا", "ته", "ه", "ي", "ا")
_RUSSIAN_ENDING = re.compile(
    "(?:иями|ями|ами|ого|его|ому|ему|ыми|ими|иях|ией|иям|ях|ах|ам|ям|ом|ем|ой|ей|ов|ев|ую|юю|ая|яя|ое|ее|ые|ие|ый|ий"
    "|ым|им|ых|их|ия|ии|ию|ью|а|я|о|е|у|ю|ы|и|ь|й)$"
)


def telling_words(title: Sequence[str], body: Sequence[str], text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the stems of the words that tell the event, and those of the headline.

    Args:
        title: The words of the headline as they stand there.
        body: The words of the text as they stand there; the first `LEAD_WORDS` are looked at.
        text: The text itself, in which given names are seen by the capitals.

    Returns:
        First at most `NAMES_KEPT` stems, the weightiest first: those of the headline, then those that stand there
        most often, then the earliest. In a language without a list of common words a sample of its pairs of words
        stands for them: it tells copies, and never follow-ups. Second the stems of the headline; the first words
        of the text stand for one that is missing.
    """
    lead = [*title, *body[:LEAD_WORDS]]
    stems = list(map(stem, lead))
    given = _given_names(text)
    heading = _telling(stems[: len(title)] or stems[:HEADLINE_WORDS], _EVERYWHERE | given)
    headline = tuple(heading)[:HEADLINE_WORDS]
    if len(lead) < SHORT_WORDS:
        return tuple(_telling(stems, _COMMON))[:NAMES_KEPT], headline
    if not _is_known_language(lead, stems):
        return _sampled_pairs([fold(raw) for raw in body]), headline
    # A Counter is in the order of the text, and sorting keeps it among equals.
    count = _telling(stems, _EVERYWHERE | given)
    names = sorted(count, key=lambda word: (word not in heading, -count[word]))
    return tuple(names)[:NAMES_KEPT], headline


def _telling(stems: Iterable[str], left_out: frozenset[str]) -> Counter[str]:
    """Count the stems that tell something, in the order of the text."""
    return Counter(word for word in stems if word not in left_out and _tells(word))


@lru_cache(maxsize=1 << 16)
def stem(raw: str) -> str:
    """Return a word folded and without clitics and endings, so that cases and Arabic particles do not split names.

    Cut too far it may meet another word; it does so in every text alike.
    """
    word = fold(raw)
    if _ARABIC.match(word):
        return _arabic_stem(word).replace("امريك", "اميرك")  # the one name that every desk spells in its own way
    if _CYRILLIC.match(word):
        return _russian_stem(word)
    return _ENGLISH_ENDING.sub("", word)


def _russian_stem(word: str) -> str:
    """Return a folded Cyrillic word without its case ending, and surnames without -ов and -ев in every case."""
    for ending in (_RUSSIAN_ENDING, _RUSSIAN_SURNAME):
        bare = ending.sub("", word)
        word = bare if len(bare) >= _SHORTEST else word
    return word


def _arabic_stem(word: str) -> str:
    """Return a folded Arabic word without its article and prepositions, and without one ending."""
    article = next((article for article in _ARABIC_ARTICLES if word.startswith(article)), "")
    if article and len(word) - len(article) >= _SHORTEST:
        word = word[len(article) :]
    elif len(word) > _SHORTEST and word[0] == "و":
        word = word[1:]
    if not article and len(word) > 4 and word[0] in "فبل":
        word = word[1:]
    for ending in _ARABIC_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            return word[: -len(ending)]
    return word


def _tells(word: str) -> bool:
    """Say whether a stem is a number of two digits or more but no year, or a word of three letters or more."""
    if word.isdigit():
        return len(word) > 1 and not _YEAR.fullmatch(word)
    return len(word) >= _SHORTEST


def _given_names(text: str) -> frozenset[str]:
    """Return the stems that stand only before another one in a name of two words, as given names do.

    A governor who speaks of each attack on his region is one thing in common and not two.
    """
    dropped, kept = set(), set()
    for run in _SEVERAL_CAPITALISED.finditer(text, 0, LEAD_WORDS * 8):
        telling = [word for word in map(stem, words(run.group())) if word not in _EVERYWHERE]
        dropped.update(telling[:-1] if len(telling) == 2 else [])
        kept.update(telling[-1:] if len(telling) == 2 else telling)
    return frozenset(dropped - kept)


def _is_known_language(lead: Sequence[str], stems: Sequence[str]) -> bool:
    """Say whether a text is in one of the languages that `common_words` is of."""
    own_script = [raw for raw in lead if _ARABIC.match(raw) or _CYRILLIC.match(raw)]
    if len(own_script) * 2 >= len(lead):
        return sum(1 for raw in own_script if _FOREIGN_LETTER.search(raw)) < _FOREIGN_SHARE * len(own_script)
    return sum(map(_EVERYWHERE.__contains__, stems)) >= _ENGLISH_SHARE * len(stems)


def _sampled_pairs(folded: Sequence[str]) -> tuple[str, ...]:
    """Return the pairs of words with the smallest checksums: the same ones in all copies of a text."""
    checksums = {zlib.crc32(f"{one} {other}".encode("utf-8", "surrogatepass")) for one, other in pairwise(folded)}
    return tuple(f"{checksum:08x}" for checksum in sorted(checksums)[:NAMES_KEPT])


def _stems_of(*listed: str) -> Iterator[str]:
    for spellings in listed:
        yield from map(stem, spellings.split())


_COMMON = frozenset(_stems_of(common_words.ENGLISH, common_words.RUSSIAN, common_words.ARABIC))
_EVERYWHERE = _COMMON | frozenset(
    _stems_of(common_words.ENGLISH_NAMES, common_words.RUSSIAN_NAMES, common_words.ARABIC_NAMES)
)
