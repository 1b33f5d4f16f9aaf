"""Where the sentences of a text start and end."""

import re

_CYRILLIC = "".join(map(chr, range(0x400, 0x460)))
# A run of signs is tried from its first sign only, and given back never: "!!!!…x" would else take n² steps.
_SENTENCE_END = re.compile(
    r"\n++|[。！？｡]++[」』”’）)]*+|(?:(?<![!?؟۔…])[!?؟۔…]++|(?<!\.)\.++)[\"'”’»)\]]*+(?=\s|$)"
)
_ABBREVIATIONS = re.compile(
    "mr|mrs|ms|dr|st|no|lt|vs|gen|sen|gov|col|sgt|rep|rev|inc|ltd|jan|feb|mar|apr|aug|sep|sept|oct|nov|dec|prof"
    "|гг|г|им|ул|ст|гл|др|тыс|млн|млрд|руб|акад|проф|обл|bzw|ca|nr|str|sr|sra|av|mme|mgr"
)


def sentences(text: str) -> list[tuple[int, int]]:
    """Return where the sentences of a text start and end, in code points, without white space around them.

    Cut at line breaks and at . ! ? ؟ ۔ 。 … but not after initials and common abbreviations (U.S., Dr., тыс.),
    inside numbers, or before a word in small letters.
    """
    found: list[tuple[int, int]] = []
    start = 0
    for end in [*(match.end() for match in _SENTENCE_END.finditer(text) if _ends(text, match)), len(text)]:
        piece = text[start:end]
        stripped = piece.strip()
        if stripped:
            begin = start + len(piece) - len(piece.lstrip())
            found.append((begin, begin + len(stripped)))
        start = end
    return found


def _ends(text: str, match: re.Match[str]) -> bool:
    """Say whether a sign that may end a sentence does."""
    sign = match.group()
    if sign[0] in "\n。！？｡":
        return True
    if text[match.end() : match.end() + 20].lstrip(" \t\"'“«(—–")[:1].islower():
        return False
    if sign[0] != "." or sign.startswith(".."):
        return True
    before = text[max(0, match.start() - 12) : match.start()]
    word = before[len(before.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" + _CYRILLIC)) :]
    initial = len(word) == 1 and word.isupper()
    return not initial and not _ABBREVIATIONS.fullmatch(word.lower())
