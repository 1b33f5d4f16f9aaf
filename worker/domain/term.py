"""A term of a watch topic: one or more words, as an analyst writes them.

Plain words match in all their forms, `=` before the term asks for its exact form and case, `*` stands for any
letters inside a word and `?` for one letter, and several words are a phrase: they follow one another, whatever
punctuation, quotation marks, hyphens or line breaks stand between them. Before a later word of a phrase, after a
space, `=` asks for the exact form and case of that word alone (`attack on =US soil`). Chinese, Japanese and Thai
terms are sequences of characters, found anywhere.
"""

import re
from functools import lru_cache
from itertools import pairwise

import msgspec

from worker.domain.text import exact_form, fold, is_unspaced, word_pattern

FORMS = "forms"
EXACT = "exact"
WILDCARD = "wildcard"
EQUAL = "equal"

FEWEST_LETTERS_BESIDE_A_WILDCARD = 2
_WORD_OF_A_TERM = word_pattern(extra="*?")
_WILDCARDS = "*?"


class TermError(ValueError):
    """A term that can match nothing, or not what was meant.

    Attributes:
        expected: What would be right, for people.
    """

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(f"{found}; expected {expected}")
        self.found = found
        self.expected = expected


class TermWord(msgspec.Struct, frozen=True, gc=False):
    """One word of a term. `kind` is forms, exact, wildcard or equal; `key` is what it is compared by."""

    kind: str
    key: str
    raw: str
    language: str


class Term(msgspec.Struct, frozen=True, gc=False):
    """A term: its words in order. `joined[i]` says that nothing but space may stand before word i."""

    source: str
    language: str
    words: tuple[TermWord, ...]
    joined: tuple[bool, ...]


@lru_cache(maxsize=1 << 18)
def parse_term(source: str, language: str) -> Term:
    """Return the term that an analyst wrote for a language.

    Raises:
        TermError: It can match nothing: no word in it, a word of wildcards only, a wildcard beside a character
            of a script without spaces.
    """
    exact = source.startswith("=")
    text = source[1:] if exact else source
    found = list(_WORD_OF_A_TERM.finditer(text))
    raws = [word.group() for word in found]
    if not any(letter not in _WILDCARDS for raw in raws for letter in raw):
        raise TermError(f"term {source!r} without a word", "at least one letter or digit")
    words = tuple(
        _word(word.group(), language, exact=exact or _has_sign(text, word.start()), source=source)
        for word in found
    )
    joined = (False, *(is_unspaced(one) and is_unspaced(two) for one, two in pairwise(raws)))
    return Term(source, language, words, joined)


def _has_sign(text: str, start: int) -> bool:
    """Say whether the word of a phrase that starts there is written with = before it (x=y is not)."""
    return text[start - 1 : start] == "=" and text[start - 2 : start - 1].isspace()


def _word(raw: str, language: str, *, exact: bool, source: str) -> TermWord:
    letters = raw.strip(_WILDCARDS).replace("*", "").replace("?", "")
    if exact:
        if letters != raw:
            raise TermError(f"a wildcard in the exact term {source!r}", "an exact term without * and ?")
        return TermWord(EXACT, exact_form(raw), raw, "")
    if letters != raw:
        return _wildcard(raw, letters, language, source)
    folded = fold(raw)
    if is_unspaced(raw) or folded.isdecimal():
        return TermWord(EQUAL, folded, raw, "")
    return TermWord(FORMS, folded, raw, language)


def _wildcard(raw: str, letters: str, language: str, source: str) -> TermWord:
    if len(letters) < FEWEST_LETTERS_BESIDE_A_WILDCARD:
        raise TermError(
            f"word {raw!r} in the term {source!r}",
            f"at least {FEWEST_LETTERS_BESIDE_A_WILDCARD} letters beside the wildcards",
        )
    parts = re.split(r"([*?]+)", raw)
    if any(is_unspaced(part) for part in parts):
        raise TermError(
            f"a wildcard beside a character in the term {source!r}",
            "plain characters: such scripts are matched anywhere, and near/N joins two terms",
        )
    key = "".join(part if part[:1] in ("*", "?") else fold(part) for part in parts)
    return TermWord(WILDCARD, re.sub(r"\*+", "*", key), raw, language)


@lru_cache(maxsize=1 << 14)
def wildcard_expression(key: str) -> re.Pattern[str]:
    """Return the expression that a folded word must match in full for a wildcard word's key.

    Each part between two asterisks is taken where it first stands, for good: that finds the same words, and a word
    of a hundred thousand letters does not take n² steps.
    """
    parts = ["".join("." if letter == "?" else re.escape(letter) for letter in part) for part in key.split("*")]
    first, *between = parts
    if not between:
        return re.compile(first, re.DOTALL)
    middle = "".join(f"(?>.*?{part})" for part in between[:-1] if part)
    return re.compile(f"{first}{middle}.*{between[-1]}", re.DOTALL)
