"""Words that remember their place in the original text, and the folding that makes spellings equal.

A text is never rewritten before it is cut into words: positions always count code points of the original.
A word is folded on its own, so that no map from folded to original positions is needed.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final

import msgspec

from worker.domain.homoglyphs import is_mixed, one_script

# Code points that stand before the letter they belong to (Grapheme_Cluster_Break=Prepend).
_PREPENDED = "\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
# Invisible code points that some editors leave inside words. They end a grapheme, so they may stand between
# two letters of a word but are never a word's last code point.
_INVISIBLE = "\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
# What clings to the letter before it without being a combining mark by its category.
_CLINGING = "\u200c\u200d\u0e33\u0eb3\uff9e\uff9f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f"
# Scripts written without spaces between words: one character is one word.
_UNSPACED = (
    "\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
    "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9d\u3105-\u312f"
    "\u0e01-\u0e32\u0e34-\u0e3a\u0e3f-\u0e46\u0e81-\u0eb2\u0eb4-\u0ec6\u1780-\u17b3\u1000-\u102a\u103f"
)


# Letters and marks beyond the Basic Multilingual Plane by blocks: an expression with each of their 400 ranges
# takes eight times as long on every text, and the few signs among them do no harm inside a word.
_HIGH_BLOCKS = (
    "\U00010000-\U000100ff\U00010280-\U000110bc\U000110be-\U000110cc\U000110ce-\U0001193e\U00011942-\U00013fff"
    "\U00014400-\U0001467f\U00016800-\U00018d08\U0001afe0-\U0001b2ff\U0001bc00-\U0001bcff\U0001d400-\U0001d7ff"
    "\U0001d800-\U0001edff\U0001ee00-\U0001eeff\U0001fbf0-\U0001fbf9\U000e0100-\U000e01ef"
)


def _ranges(holds: Callable[[str], bool]) -> str:
    """Return the inside of a character class of all code points of the first plane for which `holds`."""
    found: list[str] = []
    start = -1
    for code_point in range(0x10000):
        if holds(chr(code_point)):
            start = code_point if start < 0 else start
        elif start >= 0:
            found.append(f"\\u{start:04x}-\\u{code_point - 1:04x}")
            start = -1
    return "".join(found)


_unspaced_character = re.compile(f"[{_UNSPACED}]")
_clinging_character = re.compile(f"[{_CLINGING}]")
_MARKS = _ranges(lambda character: unicodedata.category(character)[0] == "M") + _CLINGING
_COMMON_LETTERS = _ranges(
    lambda character: (
        character.isalnum()
        and not _unspaced_character.match(character)
        and not _clinging_character.match(character)
    )
)
_LETTERS = _COMMON_LETTERS + _HIGH_BLOCKS
_CYRILLIC_LETTERS = "\u0400-\u052f\u0301"
_HEBREW_LETTERS = "\u05d0-\u05ea\u0591-\u05bd"


def word_pattern(extra: str = "") -> re.Pattern[str]:
    """Return the expression that finds the words of a text.

    Args:
        extra: Characters that count as letters besides the letters themselves, as inside of a character
            class. Terms use it for their wildcards.
    """
    inside = f"[{_LETTERS}{_MARKS}{extra}]+"
    return re.compile(
        f"[{_PREPENDED}]*"
        f"(?:[{_LETTERS}{extra}](?:{inside})?"
        "(?:"
        f"[{_INVISIBLE}]+{inside}"
        # об'єкт is one word, and so are צה"ל and ג'ורג' without its last sign; l'attaque is two.
        f"|(?<=[{_CYRILLIC_LETTERS}])['\u2019](?=[{_CYRILLIC_LETTERS}]){inside}"
        f"|(?<=[{_HEBREW_LETTERS}])['\"\u05f3\u05f4\u2019\u201d](?=[{_HEBREW_LETTERS}]){inside}"
        ")*"
        f"|[{_UNSPACED}][{_MARKS}]*)"
    )


WORD = word_pattern()
# Most texts hold nothing invisible, nothing beyond the first plane and no apostrophe inside a word; for them a
# plain expression does the same in a third of the time.
_COMMON_MARKS = _MARKS.replace("\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f", "")
_COMMON_UNSPACED = _UNSPACED.replace("\U00020000-\U000323af", "")
_PLAIN_WORD = re.compile(
    f"[{_COMMON_LETTERS}][{_COMMON_LETTERS}{_COMMON_MARKS}]*|[{_COMMON_UNSPACED}][{_COMMON_MARKS}]*"
)
_UNCOMMON = f"{_PREPENDED}{_INVISIBLE}\U00010000-\U0010ffff"
_NOT_PLAIN = re.compile(
    f"[{_UNCOMMON}'\"\u05f3\u05f4\u2019\u201d](?:(?<=[{_UNCOMMON}])|(?=[{_CYRILLIC_LETTERS}{_HEBREW_LETTERS}]))"
)
_IGNORED = re.compile(
    f"[{_PREPENDED}{_INVISIBLE}\u0640\u200c\u200d\u02bc\u02bb'\"\u2019\u201d\u05f3\u05f4"
    "\u034f\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\U000e0100-\U000e01ef]"
)
# Marks that spell the same word as without them. The marks of other scripts (Devanagari, Thai) are vowels
# and tones, that is letters, and stay.
_OPTIONAL_MARKS = re.compile(
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f"
    "\u0483-\u0487\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u08ca-\u08ff]+"
)
_VOWEL_SIGNS = re.compile(
    "[\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u0652\u0656-\u065f\u0670\u06d6-\u06ed]+"
)
# Letters that look like a letter with a mark but are letters of their own: й is not и, ї is not і.
_LETTERS_OF_THEIR_OWN = frozenset("йїўѓќ")
_ARABIC_SHAPES = str.maketrans(
    {"ک": "ك", "ڪ": "ك", "ی": "ي", "ے": "ي", "ې": "ي", "ہ": "ه", "ھ": "ه", "ە": "ه", "ں": "ن", "ۃ": "ة"}
)
_ARABIC_HAMZA = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ٲ": "ا", "ٳ": "ا", "ؤ": "ء", "ئ": "ء", "ۓ": "ي", "ۀ": "ه", "ۂ": "ه"}
    | {"ى": "ي"}
)
_LATIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d", "þ": "th", "ħ": "h", "ŧ": "t"}
)
# What most words of Arabic, Russian and Ukrainian news are made of: their normal forms are what is written.
_PLAIN_LETTERS = re.compile("[\u0621-\u063a\u0641-\u064a]+|[А-яЁёІіЇїЄєҐґ]+")
_SIGNED_ARABIC = re.compile("[\u0621-\u063a\u0641-\u064a][\u0621-\u063a\u0640-\u0652]*")
_SIGNS_IN_IT = re.compile("[\u0640\u064b-\u0652]+")
# Signs of punctuation that are never part of a word, wherever they stand.
SIGNS: Final = ".,:;!?()[]«»“„…–—،؛؟"
# No word is longer. What is, is a trap: normalising a letter with a million marks takes n² steps.
LONGEST_WORD = 1_000
_ARABIC = re.compile("[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc]")


class Token(msgspec.Struct, frozen=True):
    """A word in its place: `start` and `end` count code points of the original text."""

    start: int
    end: int
    raw: str


def _pattern_for(text: str) -> re.Pattern[str]:
    """Return the cheapest expression that finds the words of this text."""
    return _PLAIN_WORD if text.isascii() or not _NOT_PLAIN.search(text) else WORD


def words(text: str) -> list[str]:
    """Return the words of a text in order, as they stand there: `tokens` without their places, but quicker."""
    return _pattern_for(text).findall(text)


def is_one_word(text: str) -> bool:
    """Say whether a text is one word and nothing else, for most of those that are; False says nothing."""
    return (text.isascii() and text.isalnum()) or _PLAIN_LETTERS.fullmatch(text) is not None


def word_bounds(text: str) -> tuple[tuple[int, int], ...]:
    """Return where each of the `words` of a text starts and ends, in code points."""
    bare = text.strip(SIGNS)
    if is_one_word(bare):
        start = text.index(bare)
        return ((start, start + len(bare)),)
    return tuple([found.span() for found in _pattern_for(text).finditer(text)])


def one_word_bounds(text: str) -> tuple[int, int]:
    """Return where the only word of a text starts and ends: quicker than `word_bounds`."""
    bare = text.strip(SIGNS)
    # Of these scripts every letter and digit is part of a word, so a word is all that stands between two of them.
    if ord(bare[0]) < 0xE00 and ord(bare[-1]) < 0xE00 and bare[0].isalnum() and bare[-1].isalnum():
        start = 0 if len(bare) == len(text) else text.find(bare)
        return start, start + len(bare)
    return word_bounds(text)[0]


def tokens(text: str) -> Iterator[Token]:
    """Yield the words of a text in order, each as it stands there.

    Combining marks stay with their letter; zero-width characters, soft hyphens, tatweel and bidirectional
    controls inside a word do not cut it. Hyphens, underscores and apostrophes do, apart from the apostrophe
    between Cyrillic letters and the geresh and gershayim inside a Hebrew word. In scripts written without
    spaces (Chinese, Japanese kana, Thai, Lao, Khmer, Burmese) each character is a word.
    """
    for found in _pattern_for(text).finditer(text):
        yield Token(found.start(), found.end(), found.group())


def is_unspaced(raw: str) -> bool:
    """Say whether a word belongs to a script that is written without spaces between words."""
    return _unspaced_character.match(raw) is not None


def arabic_letters(raw: str) -> str:
    """Return an Arabic-script word without vowel signs and tatweel, with Persian and Urdu shapes unified.

    Unlike `fold` it keeps ta marbuta and the hamza on alef: the light stemmer needs both.
    """
    if _PLAIN_LETTERS.fullmatch(raw):
        return raw
    bare = _bare(raw)
    return unicodedata.normalize("NFC", _VOWEL_SIGNS.sub("", bare).translate(_ARABIC_SHAPES))


def _bare(raw: str) -> str:
    """Return a word in compatibility form without what is ignored inside words."""
    return _IGNORED.sub("", unicodedata.normalize("NFKC", raw[:LONGEST_WORD]))


def without_vowel_signs(raw: str) -> str:
    """Return an Arabic word of plain letters without vowel signs and tatweel, every other word as it is.

    The two are the same word to `fold`, `exact_form` and `arabic_letters`; this one is quicker.
    """
    return _SIGNS_IN_IT.sub("", raw) if _SIGNED_ARABIC.fullmatch(raw) else raw


def without_hamza(letters: str) -> str:
    """Return plain Arabic letters with the forms of alef, hamza and ya unified; much quicker than translate."""
    letters = letters.replace("أ", "ا").replace("إ", "ا").replace("آ", "ا")
    return letters.replace("ؤ", "ء").replace("ئ", "ء").replace("ى", "ي")


def is_plain(raw: str) -> bool:
    """Say whether a word is Arabic, Russian or Ukrainian in plain letters: the script is that of the first one."""
    return _PLAIN_LETTERS.fullmatch(raw) is not None


def fold_plain(raw: str) -> str:
    """Return the same as `fold` for a word that `is_plain`."""
    if raw[0] < "\u0600":
        return raw.lower().replace("ё", "е")
    return without_hamza(raw).replace("ة", "ه")


def fold_anew(raw: str) -> str:
    """Return the same as `fold`, worked out anew: quicker for words that were hardly met before."""
    if raw.isascii():
        return raw.lower().replace("'", "").replace('"', "")
    if _PLAIN_LETTERS.fullmatch(raw):
        return fold_plain(raw)
    bare = one_script(_bare(raw))
    if _ARABIC.search(bare):
        letters = _VOWEL_SIGNS.sub("", bare).translate(_ARABIC_SHAPES).replace("ة", "ه")
        bare = unicodedata.normalize("NFC", letters).translate(_ARABIC_HAMZA)
    lowered = unicodedata.normalize("NFC", bare.replace("İ", "i").casefold())
    if lowered.isascii():
        return lowered
    folded = _without_marks(lowered).translate(_LATIN)
    # Only now are all letters bare: the é of a mixed word looks like no Cyrillic letter, its e does.
    return _without_marks(one_script(folded)) if is_mixed(folded) else folded


@lru_cache(maxsize=1 << 16)
def fold(raw: str) -> str:
    """Return the form in which all spellings of a word are equal.

    Compatibility forms and case are unified, Latin and Greek diacritics dropped (also ø ł đ æ œ ı), Arabic
    vowel signs and tatweel dropped, forms of alef, hamza, ya, ta marbuta and the Persian and Urdu letters
    unified, all decimal digits written in ASCII, ё as е; й, ї and ў stay letters of their own. Zero-width
    characters, soft hyphens, bidirectional controls and signs inside a word are dropped. A word that mixes Latin
    and Cyrillic look-alikes is folded as a word of one script: see `worker.domain.homoglyphs`.
    """
    return fold_anew(raw)


def _without_mark(character: str) -> str:
    """Return a letter without its optional marks, and a decimal digit in ASCII."""
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    if character in _LETTERS_OF_THEIR_OWN or "\uac00" <= character <= "\ud7a3":
        return character
    return _OPTIONAL_MARKS.sub("", unicodedata.normalize("NFD", character))


_MARKED = re.compile(f"[{_ranges(lambda character: _without_mark(character) != character)}]")


def _without_marks(lowered: str) -> str:
    """Drop optional marks and write decimal digits in ASCII."""
    if not _MARKED.search(lowered):
        return lowered
    return unicodedata.normalize("NFC", _MARKED.sub(lambda found: _without_mark(found.group()), lowered))


def fold_text(text: str) -> str:
    """Return the folded words of a text with one space between them: what two spellings have in common."""
    return " ".join(fold(raw) for raw in words(text))


def exact_form(raw: str) -> str:
    """Return a word with its case and letters as they are, without vowel signs and invisible characters.

    It is what a term that begins with `=` is compared by.
    """
    if raw.isascii() or _PLAIN_LETTERS.fullmatch(raw):
        return raw
    bare = one_script(_bare(raw))
    return _VOWEL_SIGNS.sub("", bare)
