"""Snowball stems, held back where Snowball goes too far: a stem stands for inflected forms only.

What a stemmer cuts off is not always an ending of the word. Each guard gives keys that keep such words apart:

* English: derived words keep the suffix that derives them (government is no form of govern). Text words in -er are
  forms of their verb as well (attack finds attackers, attacker does not find attack).
* Russian: nouns have a second key, cut by case endings only, since Snowball takes the end of Иран, обмен or сигнал
  for that of a verb. Nouns in -ия have no other key (Дания is not данные).
* German: ae, oe and ue are umlauts only if the term has one (Daesh is not dash).
* Romance languages: a short stem that a verb's ending was cut off is not a word by itself (soldado is not sold).
"""

import re
import threading
from functools import lru_cache

import Stemmer

from worker.domain.text import fold, fold_anew

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
        officer officers
        customer customers
        prisoner prisoners
        villager villagers
        foreigner foreigners
        islander islanders
        insider insiders
        outsider outsiders
        """,
    "it": "attento attenta attenti attente",
}
_STEM_OF = {
    language: {form: line.split()[0] for line in table.strip().splitlines() for form in line.split()}
    for language, table in _TOLD_APART.items()
}

# Suffixes that make another word, at the end of an English word without its inflection and its last e.
_ENGLISH_SUFFIX = re.compile(
    "(?:ment|ism|ist|nes|ity|ion|iv|al|at|ly|[ai]bl|[ae]nc|[ae]ncy|[ae]nt|ful|les|ous|i[sz]|ic|ator)$"
)
_LONGEST_SUFFIX = 4
_VOWEL = re.compile("[aeiouy]")

_RUSSIAN_CASES = frozenset("аяоеуюыиьй") | {
    *("ами", "ями", "ам", "ах", "ям", "ях", "ов", "ом", "ой", "ою", "ев", "ем", "ей", "ею", "ью"),
}
_LONGEST_CASE = 3
_RUSSIAN_IN_IYA = ("ия", "ии", "ию", "ией", "иею", "иям", "иями", "иях")
_NOUN = "+"  # marks a key cut by case endings, so that it does not meet a verb's stem (замена is not заменить)
# How nouns end whose end Snowball takes for that of a verb or an adjective.
_RUSSIAN_LIKE_ENDINGS = ("ан", "ян", "ен", "ал", "ял", "ил", "ел", "ол", "ыл", "им", "ым", "ам", "ом", "ем")

_GERMAN_RESPELLED = re.compile("[ao]e|(?<![aeq])ue")
_GERMAN_ENDINGS = re.compile("(?:ern|e[mnrs]?|[ns])$")
_GERMAN_UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue"}

_ROMANCE = frozenset({"ca", "es", "fr", "it", "pt", "ro"})
_SHORT_STEM = 5  # a stem of fewer letters is often a word of another language
_ROMANCE_NOUN_ENDING = re.compile("(?:e?s|[aeio]s?|x)$")
_FRENCH_E_ACUTE = re.compile("ée?s?$")


class _Stemmers(threading.local):
    """A thread's stemmers: one must not be used by two threads at once."""

    def __init__(self) -> None:
        self.known = {language: Stemmer.Stemmer(name, 0).stemWord for language, name in SNOWBALL.items()}


_stemmers = _Stemmers()


@lru_cache(maxsize=1 << 16)
def stems(raw: str, language: str) -> frozenset[str]:
    """Return the keys of a text's word: the folded Snowball stems, held back by the guards of the language.

    The stem is taken of the word with its diacritics and of the word without them. A stem of fewer than three
    letters tells nothing, then the whole folded word stands for it.
    """
    return frozenset(text_stems(raw, fold(raw), language))


def text_stems(raw: str, folded: str, language: str) -> tuple[str, ...]:
    """Return the same as `stems` for a word that is folded already, without remembering it; some perhaps twice."""
    if language in _STEM_OF and folded in _STEM_OF[language]:
        return (_STEM_OF[language][folded],)
    if language == "en":
        return _english(folded)
    lowered = raw.casefold()
    if language == "ru":
        return _russian(lowered, folded)
    if language == "de" and lowered.isascii() and _GERMAN_RESPELLED.search(lowered):
        return (_without_german_ending(lowered),)
    if language in _ROMANCE:
        return _romance(lowered, folded, language)
    stem = _snowball(folded, language)
    return (stem,) if lowered == folded else (stem, _snowball(lowered, language))


def term_stems(raw: str, language: str) -> frozenset[str]:
    """Return the keys by which a term's word is found, more carefully than those of a text's word."""
    match language:
        case "en":
            # attackers have the keys of attacker and of attack; the term asks for the first.
            return frozenset(key for key in stems(raw, language) if key.endswith("+er")) or stems(raw, language)
        case "ru":
            return _russian_term(raw)
        case "de" if not _GERMAN_UMLAUTS.keys().isdisjoint(raw.casefold()):
            respelled = "".join(_GERMAN_UMLAUTS.get(letter, letter) for letter in raw.casefold())
            return stems(raw, language) | {_without_german_ending(fold(respelled))}
    return stems(raw, language)


def _snowball(form: str, language: str) -> str:
    """Return the folded Snowball stem of a word in small letters, or the folded word for too short a stem."""
    stem = fold_anew(_stemmers.known[language](form))
    return stem if len(stem) >= _SHORTEST_STEM else fold_anew(form)


def _english(folded: str) -> tuple[str, ...]:
    """Return the Snowball stem, marked with the suffix that makes the word another than the bare stem."""
    if len(folded) >= 5 and folded.endswith("men"):
        folded = folded[:-2] + "an"  # gunmen, policemen
    stem = _snowball(folded, "en")
    base = _english_base(folded)
    agent = base.endswith("er") and not stem.endswith("er")
    suffix = _suffix(_english_base(base[:-2]) if agent else base)
    key = f"{stem}+{suffix}" if suffix else stem
    return (key, f"{key}+er") if agent else (key,)


def _suffix(base: str) -> str:
    """Return the suffix that derives an English word from one of three letters or more, given its base."""
    found = _ENGLISH_SUFFIX.search(base, max(_SHORTEST_STEM, len(base) - _LONGEST_SUFFIX))
    return found.group() if found else ""


def _english_base(word: str) -> str:
    """Return a word without inflection: alike for all forms of a word, but no word itself (invading: invad)."""
    if word.endswith(("ies", "ied")):
        word = word[:-3] + "y"
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    ending = 2 if word.endswith("ed") else 3 if word.endswith("ing") else 0
    if ending and _VOWEL.search(word, 0, len(word) - ending):
        word = word[:-ending]
    word = word.removesuffix("e")
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


def _russian(lowered: str, folded: str) -> tuple[str, ...]:
    """Return the Snowball stem and, marked, the word without its case ending; of a noun in -ия only the latter."""
    noun = _without_russian_case(folded) + _NOUN
    if len(folded) >= 5 and folded.endswith(_RUSSIAN_IN_IYA):
        return (noun,)
    stem = _snowball(folded, "ru")
    return (noun, stem) if lowered == folded else (noun, stem, _snowball(lowered, "ru"))


def _without_russian_case(folded: str) -> str:
    """Return a noun without its case ending: Ирану, Ираном: иран; граждане, гражданином: граждан."""
    noun = folded
    for cut in range(max(_SHORTEST_STEM, len(folded) - _LONGEST_CASE), len(folded)):
        if folded[cut:] in _RUSSIAN_CASES:
            noun = folded[:cut]
            break
    return noun[:-2] if len(noun) >= 6 and noun.endswith(("анин", "янин")) else noun


def _russian_term(raw: str) -> frozenset[str]:
    """Return the keys of a Russian term's word.

    A name in -ов, -ев, -ин keeps its ending (Лавров is not лавр), and so does one that only looks like a verb or
    an inflected noun (Иран, Вьетнам). Nouns with a fleeting vowel have another stem (боец: бойц-, Египет: египт-,
    стрелок: стрелк-, девушка: девушек).
    """
    folded = fold(raw)
    if raw[:1].isupper() and not raw.isupper():
        if len(folded) >= 5 and folded.endswith(("ов", "ев", "ин", "ын")):
            return frozenset({folded, folded + _NOUN})
        if len(folded) >= 4 and folded.endswith(_RUSSIAN_LIKE_ENDINGS):
            return frozenset({folded, folded + _NOUN})
    found = stems(raw, "ru") | _fleeting_vowel(folded)
    if folded.endswith(_RUSSIAN_LIKE_ENDINGS):
        return found | {folded + _NOUN}
    return found | {folded[:-1] + _NOUN} if folded.endswith("ей") and len(folded) >= 5 else found


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
    if folded.endswith(("бет", "пет")) and len(folded) >= 5:
        return frozenset({folded[:-2] + "т"})
    return frozenset()


def _without_german_ending(folded: str) -> str:
    ending = _GERMAN_ENDINGS.search(folded, 4)
    return folded[: ending.start()] if ending else folded


def _romance(lowered: str, folded: str, language: str) -> tuple[str, ...]:
    """Return the Snowball stems; those of few letters say whether they can be a word or only stand before endings.

    soldado and soldados are sold+, the bare word sold is not; mort and morts are both.
    """
    found: set[str] = set()
    for form in dict.fromkeys((lowered, folded)):
        stem = _snowball(form, language)
        acute = _FRENCH_E_ACUTE.search(form) if language == "fr" and len(stem) < _SHORT_STEM else None
        if acute:
            return (f"{fold(form[: acute.start()])}+é",)  # Crimée is not crime, armée not arme
        if len(stem) >= _SHORT_STEM or len(stem) == len(form):
            found.add(stem)
        elif _ROMANCE_NOUN_ENDING.fullmatch(form, len(stem)):
            found |= {stem, f"{stem}+"}
        else:
            found.add(f"{stem}+")
    return tuple(found)
