"""Page furniture: what stands around a story on a page without being part of it.

The words are data (`worker/data/furniture.toml`), grouped by language; the shapes they occur in are the code
of this module. Every rule is conservative: a line goes only when furniture is all it says, and a sentence
that merely mentions an advertisement, a photo or a comment stays.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache

# A line longer than this is a paragraph of the story, whatever it begins with.
MAX_LINE_CHARACTERS = 160
# `Source: …` is followed by a name, not by a statement.
MAX_SOURCE_WORDS = 3

# What NFD does not fold: letters that Arabic and Persian keyboards write differently, ornament, dotless i.
_LETTERS: dict[int, str | None] = str.maketrans(
    {"ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ٱ": "ا", "ـ": None, "ı": "i"}
)
_CLOSING = " \t\u00a0\"'»”’)]›\u200e\u200f\u202c\u2069"
STOPS = ".!?؟…。।۔"


# A text may hold a million different letters; news have some thousands.
_MOST_REMEMBERED = 10_000


class _Table(dict[int, str | None]):
    """What becomes of each letter, worked out once a letter: `str.translate` asks no function for the others."""

    def __init__(self, becomes: Callable[[str], str | None]) -> None:
        super().__init__()
        self._becomes = becomes

    def __missing__(self, code_point: int) -> str | None:
        found = self._becomes(chr(code_point))
        if len(self) < _MOST_REMEMBERED:
            self[code_point] = found
        return found


def _folded(letter: str) -> str | None:
    """Return a letter as `fold` writes it; None where it is dropped."""
    return None if unicodedata.category(letter) in {"Mn", "Cf"} else _LETTERS.get(ord(letter), letter)


def _keyed(letter: str) -> str | None:
    """Return the same for `key`: a space for what is no letter."""
    folded = _folded(letter)
    return folded if folded is None or folded.isalpha() else " "


_FOLDED = _Table(_folded)
_KEYED = _Table(_keyed)


def fold(text: str) -> str:
    """Return the text without what spelling varies in: case, accents, vowel marks, hamza on its carrier."""
    if text.isascii():
        return text.casefold()
    return unicodedata.normalize("NFD", text.casefold()).translate(_FOLDED)


@lru_cache(maxsize=4096)
def key(text: str) -> str:
    """Return the folded letters of a short text, one space between words; digits and punctuation are gone."""
    return " ".join(unicodedata.normalize("NFD", text.casefold()).translate(_KEYED).split())


@dataclass(frozen=True, slots=True)
class FurnitureRules:
    """The words of all languages together, folded: see the head of `worker/data/furniture.toml`."""

    related: frozenset[str]
    advertisement: frozenset[str]
    source: frozenset[str]
    comments: frozenset[str]
    share: frozenset[str]
    share_verbs: frozenset[str]
    share_words: frozenset[str]
    networks: frozenset[str]
    newsletter: frozenset[str]
    prompt_openers: frozenset[str]
    prompt_targets: frozenset[str]
    prompt_imperatives: frozenset[str]
    prompt_networks: frozenset[str]
    credit_labels: frozenset[str]
    credit_by: frozenset[str]
    caption_openers: frozenset[str]
    agencies: frozenset[str]


def furniture_rules(languages: Mapping[str, object]) -> FurnitureRules:
    """Return the rules made of a mapping language -> rule -> phrases.

    Raises:
        ValueError: A rule that does not exist, or a phrase without letters.
    """
    names = {field.name for field in fields(FurnitureRules)}
    collected: dict[str, set[str]] = {name: set() for name in names}
    for language, rules in languages.items():
        if not isinstance(rules, Mapping):
            raise ValueError(f"furniture of {language!r}: expected a table of rules")  # noqa: TRY004
        for name, phrases in rules.items():
            if name not in names or not isinstance(phrases, list):
                raise ValueError(f"furniture of {language!r}: no rule {name!r}, or not a list of phrases")
            for phrase in phrases:
                if not isinstance(phrase, str) or not key(phrase):
                    raise ValueError(f"furniture of {language!r}, {name}: {phrase!r} has no letters")
                collected[name].add(key(phrase))
    return FurnitureRules(**{name: frozenset(phrases) for name, phrases in collected.items()})


def is_headline_like(line: str) -> bool:
    """Tell whether a line may be a headline: short, and not ending as a sentence of the story does."""
    return 0 < len(line) <= MAX_LINE_CHARACTERS and not ends_sentence(line)


def is_related_heading(line: str, rules: FurnitureRules) -> bool:
    """Tell whether a line is nothing but a heading of links to other stories."""
    return len(line) <= MAX_LINE_CHARACTERS and key(line) in rules.related


_AFTER_HEADING = re.compile("[:：|»›>←→]")
_INLINE_HEADING = re.compile(r"\s*[\[(«\"]*([^:：|»›>←→]{3,50}?)\s*[:：|»›>←→]\s*(?=\S)")


def is_related_link(line: str, rules: FurnitureRules) -> bool:
    """Tell whether a line is such a heading, a colon, and one headline."""
    if not _AFTER_HEADING.search(line):
        return False
    found = _INLINE_HEADING.match(line)
    return bool(found) and is_headline_like(line) and key(found[1] if found else "") in rules.related


def line_kind(line: str, rules: FurnitureRules) -> str | None:
    """Return the kind of furniture that a whole line is, or None; captions and related news are not asked."""
    if len(line) > MAX_LINE_CHARACTERS:
        return None
    letters = key(line)
    for kind in ("advertisement", "source", "comments", "share", "newsletter"):
        if letters in getattr(rules, kind):
            return kind
    if _is_share_bar(letters, rules):
        return "share"
    if _is_source(line, rules):
        return "source"
    if all(key(part) in rules.agencies for part in re.split(r"[,،/|+]", line)):
        return "caption"
    return "newsletter" if _is_prompt(letters, rules) else None


def _is_share_bar(letters: str, rules: FurnitureRules) -> bool:
    words = letters.split()
    known = rules.share_verbs | rules.networks
    if not words or not all(word in known or word in rules.share_words for word in words):
        return False
    return words[0] in rules.share_verbs or sum(word in rules.networks for word in words) >= 2


def _is_source(line: str, rules: FurnitureRules) -> bool:
    label, colon, value = line.replace("：", ":").partition(":")
    if not colon or key(label) not in rules.source or line.rstrip().endswith(tuple(STOPS)):
        return False
    return is_name(value, rules) or value.strip().startswith(("http://", "https://", "//"))


def is_name(value: str, rules: FurnitureRules) -> bool:
    """Tell whether a text is names only: known agencies, and others of a few words."""
    parts = [part for part in re.split(r"[,،+/;؛&|]", value) if key(part)]
    return bool(parts) and all(
        key(part) in rules.agencies or len(part.split()) <= MAX_SOURCE_WORDS for part in parts
    )


def _is_prompt(letters: str, rules: FurnitureRules) -> bool:
    words = letters.split()
    openings = {" ".join(words[:size]) for size in range(1, 6)}
    if openings.isdisjoint(rules.prompt_openers):
        return False
    targets = rules.prompt_targets
    if not openings.isdisjoint(rules.prompt_imperatives):
        targets = targets | rules.prompt_networks
    padded = f" {letters} "
    return any(f" {target} " in padded for target in targets)


def ends_sentence(line: str) -> bool:
    """Tell whether a line ends as a sentence of a story does, quotes and brackets after the stop aside."""
    bare = line.rstrip(_CLOSING)
    # Headlines do end in a question, an exclamation or an ellipsis; the full stop marks a sentence, and a comma
    # or a colon the beginning of one.
    return bare.endswith((".", "。", "۔", "।", ":", ",", "،", ";", "؛")) and not bare.endswith("..")


_BRACKETED = re.compile(r"\[([^\[\]]{1,40})\]")


def without_markers(paragraph: str, rules: FurnitureRules) -> tuple[str, list[str]]:
    """Return a paragraph without advertisement markers in square brackets, and the markers."""
    if "[" not in paragraph:
        return paragraph, []
    markers: list[str] = []

    def take(found: re.Match[str]) -> str:
        """Note a marker and leave a space in its place; other brackets stay."""
        if key(found[1]) not in rules.advertisement:
            return found[0]
        markers.append(found[0])
        return " "

    rest = _BRACKETED.sub(take, paragraph)
    return (" ".join(rest.split()) if markers else paragraph), markers
