"""Forms of Turkish nouns, made from the term's side by vowel harmony, on folded letters.

Snowball's Turkish stemmer cuts forms of one word to different stems (saldırı: saldır, but saldırıda: saldırı), so
it is not used.
"""

_BACK, _FRONT = "aıou", "eiöü"
_NARROW = {
    "a": "i",
    "ı": "i",
    "o": "u",
    "u": "u",
    "e": "i",
    "i": "i",
    "ö": "u",
    "ü": "u",
}  # folded: ı as i, ü as u
_SOFTER = {"k": "g", "p": "b", "t": "d", "c": "c"}  # folded: ğ as g, ç and c are one letter


def turkish_forms(raw_lower: str, folded: str) -> frozenset[str]:
    """Return the folded forms of a noun in number, possession and case.

    Args:
        raw_lower: The word in small letters with its diacritics, from which harmony is read.
        folded: The same word folded.
    """
    vowels = [letter for letter in raw_lower if letter in _BACK + _FRONT]
    if len(folded) < 3 or not vowels:
        return frozenset({folded})
    wide = "a" if vowels[-1] in _BACK else "e"
    narrow = _NARROW[vowels[-1]]
    found: set[str] = set()
    _decline(folded, wide, narrow, found)
    _decline(folded + "l" + wide + "r", wide, "i", found)
    if folded[-1] in _SOFTER and len(folded) > 3:
        soft = folded[:-1] + _SOFTER[folded[-1]]
        found |= {form for form in _cases(soft, wide, narrow) if form[len(soft) : len(soft) + 1] in "aeiu"}
        _possess(soft, wide, narrow, found)
    found.discard(folded[:-1] + _SOFTER.get(folded[-1], folded[-1]) if folded[-1] in _SOFTER else "")
    return frozenset(found | {folded})


def _decline(stem: str, wide: str, narrow: str, found: set[str]) -> None:
    found.update(_cases(stem, wide, narrow))
    _possess(stem, wide, narrow, found)


def _cases(stem: str, wide: str, narrow: str) -> set[str]:
    """Return a stem in all cases, and with -lı, -sız, -ki and the copula."""
    vowel = stem[-1] in "aeiou"
    hard = stem[-1] in "fstkcshp"
    glide, nasal = ("y", "n") if vowel else ("", "")
    dental = "t" if hard else "d"
    return {
        stem,
        stem + glide + narrow,
        stem + glide + wide,
        stem + nasal + narrow + "n",
        *(f"{stem}{dental}{wide}{ending}" for ending in ("", "n", "ki")),
        stem + glide + "l" + wide,
        *(f"{stem}{dental}{narrow}r" for _ in (0,)),
    }


def _possess(stem: str, wide: str, narrow: str, found: set[str]) -> None:
    """Add a stem with the endings of my, your, his, our and their, in all cases."""
    third = stem + ("s" if stem[-1] in "aeiou" else "") + narrow
    for owned in (third, stem + "l" + wide + "ri"):
        found |= {
            owned,
            *(owned + "n" + ending for ending in (wide, narrow, narrow + "n", "d" + wide, "d" + wide + "n")),
        }
        found |= {owned + "yl" + wide, owned + "nd" + wide + "ki"}
    link = "" if stem[-1] in "aeiou" else narrow
    for ending in ("m", "n", f"m{narrow}z", f"n{narrow}z"):
        found.update(_cases(stem + link + ending, wide, narrow))
