r"""What cannot be seen, spelt out: text of articles and of people, made harmless for terminals and logs.

Such text must not move the cursor, change colours, begin a line of its own, reorder what stands beside it, or look
like another word than it is. Characters that do so are written as escapes, `\u202e`; all others stay.
"""

import unicodedata

_ACTING = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters and signs by their category that show as nothing: Hangul fillers, the empty Braille pattern, vowels that
# Khmer no longer uses, the joiner of graphemes.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_JOINERS = frozenset("\u200c\u200d")
# The scripts that spell with joiners: Hebrew and Arabic to Malayalam and Sinhala, Tibetan, Burmese, Khmer,
# Mongolian and the Arabic presentation forms.
_WITH_JOINERS = (
    (0x0590, 0x0DFF), (0x0F00, 0x109F), (0x1780, 0x18AF), (0xA840, 0xA8FF), (0xFB1D, 0xFDFF), (0xFE70, 0xFEFC),
)  # fmt: skip


def spell_out(text: str) -> str:
    r"""Return the text with control, bidi and other invisible characters spelt out as escapes.

    Joiners stay where a script or an emoji needs them, and one variation selector behind a visible character.
    Escapes have the form that JSON and Python have: `\u` and four digits, `\U` and eight beyond the first plane.
    """
    if text.isascii() and text.isprintable():
        return text
    shown: list[str] = []
    before = ""
    for character in text:
        shown.append(character if _is_visible(character, before) else _escape(character))
        before = character
    return "".join(shown)


def _is_visible(character: str, before: str) -> bool:
    if character.isascii():
        return character.isprintable()
    if character in _JOINERS:
        return _takes_joiner(before, character)
    if "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef":
        return before != "" and unicodedata.category(before)[0] in "LSP" and before not in _BLANK
    return unicodedata.category(character) not in _ACTING and character not in _BLANK


def _takes_joiner(before: str, joiner: str) -> bool:
    """Say whether a joiner may stand behind a character: one that joins, or an emoji with a zero-width joiner."""
    if not before:
        return False
    code = ord(before)
    if any(first <= code <= last for first, last in _WITH_JOINERS):
        return unicodedata.category(before)[0] in "LM"
    is_emoji = unicodedata.category(before) in {"So", "Sk"} or before == "\ufe0f"
    return joiner == "\u200d" and is_emoji


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
