"""Snowball stems, with the few words on which Snowball goes too far."""

import threading
from functools import lru_cache

import Stemmer

from worker.domain.text import fold

SNOWBALL = {
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "eo": "esperanto",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "ne": "nepali",
    "nl": "dutch",
    "no": "norwegian",
    "nb": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "yi": "yiddish",
}
_SHORTEST_STEM = 3
# Words that Snowball gives the stem of another word: intelligent is not intelligence, import not important.
# Each line is one word with its forms; the first form stands for all.
_TOLD_APART = {
    "en": """
        intelligent intelligently
        university universities
        universal universally
        universe universes
        business businesses
        important importantly importance
        authority authorities
        executive executives
        positive positives positively
        organ organs
        several
        severe severely
        past
        child children
        """,
    "it": "attento attenta attenti attente",
}
_STEM_OF = {
    language: {form: line.split()[0] for line in table.strip().splitlines() for form in line.split()}
    for language, table in _TOLD_APART.items()
}
_NO_TABLE: dict[str, str] = {}
_local = threading.local()


def _stemmer(language: str) -> Stemmer.Stemmer:
    """Return this thread's stemmer: one must not be used by two threads at once."""
    stemmers: dict[str, Stemmer.Stemmer] = _local.__dict__.setdefault("stemmers", {})
    if language not in stemmers:
        stemmers[language] = Stemmer.Stemmer(SNOWBALL[language], 0)
    return stemmers[language]


@lru_cache(maxsize=1 << 16)
def stems(raw: str, language: str) -> frozenset[str]:
    """Return the folded Snowball stems of a word: of the word with its diacritics, and of the word without them.

    A stem of fewer than three letters tells nothing, then the whole folded word stands for it.
    """
    folded = fold(raw)
    lowered = raw.casefold()
    told_apart = _STEM_OF.get(language, _NO_TABLE)
    if folded in told_apart:
        return frozenset({told_apart[folded]})
    if language == "en" and len(folded) >= 5 and folded.endswith("men"):
        folded = lowered = folded[:-2] + "an"  # gunmen, policemen
    stemmer = _stemmer(language)
    found = {fold(str(stemmer.stemWord(form))) for form in {lowered, folded}}
    return frozenset(stem if len(stem) >= _SHORTEST_STEM else folded for stem in found)


def term_stems(raw: str, language: str) -> frozenset[str]:
    """Return the stems by which a term's word is found, more carefully than those of a text's word.

    A Russian name in -ов, -ев, -ин keeps its ending (Лавров is not лавр); nouns with a fleeting vowel have
    two stems (боец: бойц-, стрелок: стрелк-, девушка: девушек).
    """
    if language != "ru":
        return stems(raw, language)
    folded = fold(raw)
    if raw[:1].isupper() and len(folded) >= 5 and folded.endswith(("ов", "ев", "ин", "ын")):
        return frozenset({folded})
    return stems(raw, language) | _fleeting_vowel(folded)


def _fleeting_vowel(folded: str) -> frozenset[str]:
    """Return the other stem of a Russian noun whose last vowel comes and goes."""
    if len(folded) < 4:
        return frozenset()
    if folded.endswith("ец"):
        before = folded[:-2]
        link = "й" if before[-1] in "аеоуи" else "ь" if before[-1] == "л" else ""
        return frozenset({before + link + "ц"})
    if folded.endswith(("ок", "ек")) and len(folded) >= 5:
        return frozenset({folded[:-2] + "к"})
    if folded.endswith("ка") and len(folded) >= 5 and folded[-3] not in "аеиоуыэюяйь":
        return frozenset({folded[:-2] + "ок", folded[:-2] + "ек"})
    return frozenset()
