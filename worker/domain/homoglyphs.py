"""Look-alike letters: a word that mixes Latin and Cyrillic is written in one script, so that it is found.

`Крoкус` with a Latin o looks like `Крокус` and is another word to a machine. Only words that mix the two scripts
are touched, and only when every letter of one of them has a look-alike in the other: `Крoкус`, but not `iОС` with
letters that no one can confuse. What a reader gets is always the original; a span covers the word as it was
written.

Source: Unicode Technical Standard 39, confusables.txt, its pairs of Latin and Cyrillic letters that news are
written in, and the pairs that differ in weight alone (k, m).
"""

import re

_LATIN = "A-Za-zÀ-ÖØ-öø-ɏ"
_CYRILLIC = "\u0400-\u0481\u048a-\u052f"
_MIXED = re.compile(f"[{_LATIN}][^{_CYRILLIC}]*[{_CYRILLIC}]|[{_CYRILLIC}][^{_LATIN}]*[{_LATIN}]")
_CYRILLIC_LETTER = re.compile(f"[{_CYRILLIC}]")
_LATIN_LETTER = re.compile(f"[{_LATIN}]")

# Letter by letter: Latin above, its Cyrillic look-alike below.
_LATIN_LETTERS = "ABCEHIJKMOPSTXYaceijopsxyëïËÏ"
_CYRILLIC_LIKE = "АВСЕНІЈКМОРЅТХУасеіјорѕхуёїЁЇ"
# Only towards Cyrillic: к and м look like small capitals, which no Latin word is written in.
_SMALL_LATIN = "km"
_SMALL_CYRILLIC = "км"
# Only towards Latin: no word of Russian or Ukrainian has these.
_RARE_CYRILLIC = "һԁԛԝӏ"
_LATIN_LIKE = "hdqwl"

_TO_CYRILLIC = str.maketrans(_LATIN_LETTERS + _SMALL_LATIN, _CYRILLIC_LIKE + _SMALL_CYRILLIC)
_TO_LATIN = str.maketrans(_CYRILLIC_LIKE + _RARE_CYRILLIC, _LATIN_LETTERS + _LATIN_LIKE)


def is_mixed(raw: str) -> bool:
    """Say whether a word has letters of Latin and of Cyrillic."""
    return _MIXED.search(raw) is not None


def one_script(raw: str) -> str:
    """Return a word that mixes Latin and Cyrillic in one of them; every other word as it is.

    The script that has the more letters wins where both are possible; of as many, Cyrillic. A word in which either
    script has a letter without a look-alike in the other stays as it is.
    """
    if not _MIXED.search(raw):
        return raw
    cyrillic, latin = raw.translate(_TO_CYRILLIC), raw.translate(_TO_LATIN)
    may_be_cyrillic, may_be_latin = not _LATIN_LETTER.search(cyrillic), not _CYRILLIC_LETTER.search(latin)
    if may_be_cyrillic and may_be_latin:
        more_latin = len(_LATIN_LETTER.findall(raw)) > len(_CYRILLIC_LETTER.findall(raw))
        return latin if more_latin else cyrillic
    if may_be_cyrillic:
        return cyrillic
    return latin if may_be_latin else raw
