"""Text for terminals: right-to-left lines that read right, matched words marked, nothing that acts on the screen.

Some terminals order right-to-left text themselves, most do not, and none tells. Where the terminal does not, the
letters are joined (arabic-reshaper) and put in visual order (python-bidi, UAX 9) before they are printed. A pipe
gets the text as it is.
"""

import os
import re
import textwrap
import unicodedata
from collections.abc import Iterable, Sequence

from arabic_reshaper import reshape
from bidi.algorithm import get_display
from rich.console import Console
from rich.text import Text

from worker.domain.article import Span
from worker.domain.visible import spell_out

OPEN, CLOSE = "⟦", "⟧"
"""Marks around matched words: seen without colour too, and mirrored by the bidirectional algorithm."""

MATCH_STYLE = "bold black on yellow"

_BIDI_TERMINALS = ("VTE_VERSION", "KONSOLE_VERSION", "MLTERM")
_MARKED = re.compile(f"{OPEN}([^{CLOSE}]*){CLOSE}")


def wants_visual_order(console: Console, choice: str) -> bool:
    """Return whether right-to-left text must be put in visual order before it goes to this console.

    Args:
        console: Where it goes; a pipe gets logical order.
        choice: The setting `terminal_order`: visual, logical or auto.
    """
    if choice != "auto":
        return choice == "visual"
    orders_itself = any(name in os.environ for name in _BIDI_TERMINALS)
    return console.is_terminal and not orders_itself and os.environ.get("TERM_PROGRAM") != "Apple_Terminal"


def escape_controls(text: str) -> str:
    """Return the text with control, bidi and other invisible characters spelt out as escapes.

    What comes from articles must not move the cursor, change colours or reorder what stands beside it; see
    `worker.domain.visible`. Joiners that Persian and Hindi words need stay.
    """
    return spell_out(text)


def mark(text: str, spans: Iterable[Span]) -> str:
    """Return one line of the text with each span between marks; overlapping spans are joined.

    Marks that stand in the text itself are spelt out: an article must not look as if more of it had matched.
    """
    pieces, place = [], 0
    for start, end in _joined(spans):
        pieces += [_without_marks(text[place:start]), OPEN, _without_marks(text[start:end]), CLOSE]
        place = end
    return escape_controls(" ".join("".join([*pieces, _without_marks(text[place:])]).split()))


def lines_for(console: Console, marked: str, *, visual: bool, indent: int = 0) -> list[Text]:
    """Return a marked text as lines for a console: wrapped, in its order, matched words in colour."""
    width = max(30, min(console.width, 110) - indent)
    right_to_left = is_right_to_left(marked)
    lines = []
    for line in _close_marks(textwrap.wrap(marked, width) or [""]):
        shown = get_display(reshape(line), base_dir="R" if right_to_left else "L") if visual else line
        padding = width - len(shown) if visual and right_to_left else 0
        lines.append(_styled(" " * (indent + padding) + shown))
    return lines


def is_right_to_left(text: str) -> bool:
    """Return whether the first strong letter of the text runs from right to left (UAX 9, rule P2)."""
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction in {"L", "R", "AL"}:
            return direction != "L"
    return False


def _without_marks(text: str) -> str:
    return text.replace(OPEN, f"\\u{ord(OPEN):04x}").replace(CLOSE, f"\\u{ord(CLOSE):04x}")


def _joined(spans: Iterable[Span]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for span in sorted(spans, key=lambda span: (span.start, span.end)):
        if joined and span.start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], span.end))
        else:
            joined.append((span.start, span.end))
    return joined


def _close_marks(lines: Sequence[str]) -> list[str]:
    """Close a mark at the end of a line and open it on the next, where wrapping has split it."""
    closed, opened = [], False
    for line in lines:
        text = OPEN + line if opened else line
        opened = text.rfind(OPEN) > text.rfind(CLOSE)
        closed.append(text + CLOSE if opened else text)
    return closed


def _styled(line: str) -> Text:
    text = Text(line)
    text.highlight_regex(_MARKED, MATCH_STYLE)
    return text
