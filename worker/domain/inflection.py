"""Which words of a text are forms of a term's word: one table of keys for all languages.

A term's word has `forms`: keys, each with the ways of standing in a text that it allows. A word of a text has
`readings`: keys, each with the way in which it stands there. The two match when a key is the same and the way
is allowed. Only Arabic tells ways apart (bare, after a conjunction, a preposition, the article).
"""

import re
from functools import lru_cache

from worker.domain import arabic
from worker.domain.hebrew import hebrew_forms, hebrew_readings
from worker.domain.persian import persian_forms, urdu_forms
from worker.domain.stems import SNOWBALL, term_stems, text_stems
from worker.domain.text import fold
from worker.domain.turkish import turkish_forms
from worker.domain.ukrainian import ukrainian_stems

ANY_WAY = 1

_SCRIPT_OF_LANGUAGE = {
    "ar": "arabic",
    "fa": "arabic",
    "ur": "arabic",
    "he": "hebrew",
    "yi": "hebrew",
    "ru": "cyrillic",
    "uk": "cyrillic",
    "sr": "cyrillic",
    "el": "greek",
    "hi": "devanagari",
    "ne": "devanagari",
    "hy": "armenian",
    "ta": "tamil",
    "ko": "hangul",
    "tr": "latin",
    "az": "latin",
}
_RANGES = (
    (0x0000, 0x024F, "latin"),
    (0x1E00, 0x1EFF, "latin"),
    (0x0370, 0x03FF, "greek"),
    (0x0400, 0x052F, "cyrillic"),
    (0x0530, 0x058F, "armenian"),
    (0x0590, 0x05FF, "hebrew"),
    (0x0600, 0x077F, "arabic"),
    (0x0900, 0x097F, "devanagari"),
    (0x0B80, 0x0BFF, "tamil"),
    (0xAC00, 0xD7A3, "hangul"),
)
# Korean particles that may follow a noun, alone or after the plural 들.
_PARTICLE = re.compile(
    "들?(?:은|는|이|가|을|를|에|의|로|와|과|도|만|에서|에게|으로|까지|부터|께서|에는|에도|에서는|으로는)|들"
)


def script(folded: str) -> str:
    """Return the script of a folded word, or "other": it says which languages the word may belong to."""
    if folded.isascii():
        return "latin"
    for letter in folded:
        name = _script_of_letter(letter)
        if name:
            return name
    return "other"


@lru_cache(maxsize=1 << 12)
def _script_of_letter(letter: str) -> str:
    """Return the script of a letter, "" for digits and for what has none of those known here."""
    if letter.isdecimal():
        return ""
    return next((name for first, last, name in _RANGES if first <= ord(letter) <= last), "")


def language_script(language: str) -> str:
    """Return the script of a language with inflection, "other" for one whose words are compared as they are."""
    language = base_language(language)
    if language in _SCRIPT_OF_LANGUAGE:
        return _SCRIPT_OF_LANGUAGE[language]
    return "latin" if language in SNOWBALL else "other"


@lru_cache(maxsize=1 << 10)
def base_language(tag: str) -> str:
    """Return the language of a tag: pt for pt-BR, with nb and nn read as no."""
    base = tag.partition("-")[0].lower()
    return "no" if base in ("nb", "nn") else base


def is_stemmed(base: str) -> bool:
    """Say whether the keys of a language, without its region, are stems: few a word, and allowed in any way."""
    return base in SNOWBALL


def forms(raw: str, language: str) -> dict[str, int]:
    """Return the keys of a term's word in a language, each with the ways it allows as a bit set."""
    base = base_language(language)
    if base == "ar":
        return arabic.forms(raw)
    if base in SNOWBALL:
        return dict.fromkeys(term_stems(raw, base), ANY_WAY)
    folded = fold(raw)
    match base:
        case "fa":
            keys = persian_forms(folded)
        case "ur":
            keys = urdu_forms(folded)
        case "he":
            keys = hebrew_forms(folded)
        case "tr" | "az":
            keys = turkish_forms(_turkish_lower(raw), folded)
        case "uk":
            keys = ukrainian_stems(folded)
        case "ko":
            keys = frozenset({folded})
        case _:
            keys = frozenset()
    return dict.fromkeys(keys, ANY_WAY)


def readings(raw: str, language: str) -> list[tuple[str, int]]:
    """Return the keys of a text's word as a word of a language, each with the way in which it stands there."""
    return readings_of(raw, fold(raw), base_language(language))


def readings_of(raw: str, folded: str, base: str) -> list[tuple[str, int]]:
    """Return the same as `readings` for a word that is folded already, and a language without its region."""
    if base == "ar":
        return arabic.readings(raw)
    if base in SNOWBALL:
        return [(stem, ANY_WAY) for stem in text_stems(raw, folded, base)]
    match base:
        case "he":
            return [(rest, ANY_WAY) for rest in hebrew_readings(folded)]
        case "uk":
            return [(stem, ANY_WAY) for stem in ukrainian_stems(folded)]
        case "ko":
            return [(rest, ANY_WAY) for rest in _without_particles(folded)]
        case _:
            return [(folded, ANY_WAY)]


def matches(term_word: str, text_word: str, language: str) -> bool:
    """Say whether a word of a text is a form of a term's word in a language. Slow: for checks and tests."""
    if fold(term_word) == fold(text_word):
        return True
    found = forms(term_word, language)
    same_script = script(fold(text_word)) == language_script(language)
    return same_script and any(found.get(key, 0) & way for key, way in readings(text_word, language))


def _turkish_lower(raw: str) -> str:
    return raw.replace("İ", "i").replace("I", "ı").lower() if not raw.isupper() or "ı" in raw else raw.lower()


def _without_particles(folded: str) -> list[str]:
    cuts = [cut for cut in range(max(2, len(folded) - 4), len(folded)) if _PARTICLE.fullmatch(folded, cut)]
    return [folded, *(folded[:cut] for cut in cuts)]
