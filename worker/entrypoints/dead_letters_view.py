"""Dead letters for people and for scripts: counts, one line a letter, one in full; made harmless for terminals."""

import codecs
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from worker.domain.dead_letter_record import Count, Headers, Letter
from worker.entrypoints.alerts_view import clock, inline, one_line, print_words
from worker.entrypoints.dead_letters_kafka import Stored
from worker.entrypoints.terminal import escape_controls

STATUS_STYLES = {"waiting": "bold red", "redriven": "green", "dropped": "dim"}
COUNT_HEADINGS = ("agent", "reason", "Kafka topic", "waiting", "redriven", "dropped", "last")
EACH_HEADINGS = ("place", "status", "agent", "reason", "bytes", "given up")
NUMBERS = frozenset({"waiting", "redriven", "dropped", "bytes"})
GAP = 2
LABEL_WIDTH = 10
SHOWN_CHARACTERS = 1_000
SHOWN_BYTES = 256
HEX_WIDTH = 16


def print_counts(console: Console, counted: Sequence[Count]) -> None:
    """Print how many letters of each agent, reason and Kafka topic there are."""
    rows = [
        (
            escape_controls(one.agent), escape_controls(one.reason), escape_controls(one.kafka_topic),
            str(one.waiting), str(one.redriven), str(one.dropped), clock(one.last),
        )
        for one in counted
    ]  # fmt: skip
    _print_table(console, COUNT_HEADINGS, rows, [("", "bold", "", "bold red", "green", "dim", "")] * len(rows))


def print_each(console: Console, letters: Sequence[Letter], *, visual: bool) -> None:
    """Print each letter: its facts in columns, then what was wrong and what was done, a line each."""
    rows = [
        (
            str(one.place), one.status, escape_controls(one.agent), escape_controls(one.reason),
            "none" if one.size_bytes is None else str(one.size_bytes), clock(one.written_at),
        )
        for one in letters
    ]  # fmt: skip
    styles = [("bold", STATUS_STYLES[one.status], "", "bold", "", "") for one in letters]
    below = [[one.detail, *([done_words(one)] if one.mark else [])] for one in letters]
    _print_table(console, EACH_HEADINGS, rows, styles, below, visual=visual)


def print_letter(console: Console, stored: Stored, *, visual: bool) -> None:
    """Print a letter in full: where it lies, why, where it came from, its headers, the start of its bytes."""
    letter = stored.letter
    size = "no value" if letter.size_bytes is None else f"{letter.size_bytes} bytes"
    facts = [
        ("place", str(letter.place), "bold"),
        ("status", done_words(letter) if letter.mark else "waiting", STATUS_STYLES[letter.status]),
        ("reason", letter.reason, "bold"),
        ("detail", letter.detail, ""),
        ("agent", f"{letter.agent}, worker {letter.worker}", ""),
        ("from", letter.origin + _came(letter), ""),
        ("given up", clock(letter.written_at), ""),
        ("redriven", f"{times(letter.redriven)} before it was given up here" if letter.redriven else "", ""),
        ("key", "none" if letter.key is None else shown_text(letter.key), ""),
    ]
    for label, value, style in facts:
        if value:
            line = Text.assemble((f"{label:<{LABEL_WIDTH}}", "dim"), (inline(value, visual=visual), style))
            console.print(line, soft_wrap=True)
    console.print(Text("\nHeaders", "bold"))
    for name, header in stored.headers:
        text = f"{name}: {'null' if header is None else shown_text(header)}"
        console.print(Text("  " + inline(text, visual=visual)), soft_wrap=True)
    console.print(Text(f"\nValue, {size}", "bold"))
    _print_start(console, stored.value or b"", visual=visual)


def letter_row(letter: Letter) -> dict[str, Any]:
    """Return a letter for scripts, without its bytes."""
    return {
        "place": str(letter.place), "status": letter.status, "given_up_at": letter.written_at,
        "agent": letter.agent, "reason": letter.reason, "detail": letter.detail, "worker": letter.worker,
        "kafka_topic": letter.source, "origin": letter.origin, "redriven": letter.times_redriven,
        "key": None if letter.key is None else shown_text(letter.key), "bytes": letter.size_bytes,
        "mark": letter.mark,
    }  # fmt: skip


def whole_row(stored: Stored) -> dict[str, Any]:
    """Return a letter for scripts, with its headers and the start of its bytes."""
    value = stored.value or b""
    text = _text_start(value)
    start = {"text": text} if text is not None else {"hex": value[:SHOWN_BYTES].hex()}
    return letter_row(stored.letter) | {"headers": _named(stored.headers), "start": start}


def done_words(letter: Letter) -> str:
    """Return what was done about a letter, by whom, and why."""
    mark = letter.mark
    if mark is None:
        return ""
    to = f" to {mark.to}" if mark.to else ""
    why = f": {mark.why}" if mark.why else ""
    return f"{mark.outcome}{to} at {clock(mark.at)} by {mark.by}{why}"


def summary(letters: Iterable[Letter]) -> str:
    """Return how many letters of which agent and reason there are: `extract not_json 10, tag time_limit 2`."""
    found: dict[str, int] = {}
    for one in letters:
        name = f"{one.agent} {one.reason}"
        found[name] = found.get(name, 0) + 1
    return escape_controls(", ".join(f"{name} {count}" for name, count in sorted(found.items())))


def times(count: int) -> str:
    """Return how often, in words: once, 2 times."""
    return "once" if count == 1 else f"{count} times"


def shown_text(value: bytes) -> str:
    """Return bytes as text; what is no UTF-8 is spelt out."""
    return value[:SHOWN_CHARACTERS].decode("utf-8", "backslashreplace")


def _named(headers: Headers) -> list[dict[str, str | None]]:
    return [{"name": name, "value": None if value is None else shown_text(value)} for name, value in headers]


def _came(letter: Letter) -> str:
    if not letter.source_at_ms:
        return ""
    try:
        return f", came at {clock(datetime.fromtimestamp(letter.source_at_ms / 1000, UTC))}"
    except (ValueError, OverflowError, OSError):  # any producer may stamp its messages with any number
        return ""


def _text_start(value: bytes) -> str | None:
    """Return the start of a text; None for bytes that are none."""
    try:
        # The cut may split a letter; what hangs over is left out and is no error.
        decoded = codecs.getincrementaldecoder("utf-8")().decode(value[: 4 * SHOWN_CHARACTERS])
    except UnicodeDecodeError:
        return None
    return decoded[:SHOWN_CHARACTERS]


def _print_start(console: Console, value: bytes, *, visual: bool) -> None:
    text = _text_start(value)
    if text is None:
        for line in _hex_lines(value[:SHOWN_BYTES]):
            console.print(Text(f"  {line}"), soft_wrap=True)
        shown = min(len(value), SHOWN_BYTES)
    else:
        for line in text.split("\n"):
            print_words(console, line, visual=visual, indent=GAP)
        shown = len(text.encode())
    if shown < len(value):
        console.print(Text(f"  … the first {shown} bytes; --raw writes them all", "dim"), soft_wrap=True)


def _hex_lines(value: bytes) -> list[str]:
    lines = []
    for start in range(0, len(value), HEX_WIDTH):
        row = value[start : start + HEX_WIDTH]
        letters = "".join(chr(one) if 0x20 <= one < 0x7F else "." for one in row)
        lines.append(f"{start:08x}  {row.hex(' '):<{3 * HEX_WIDTH}} {letters}")
    return lines


def _print_table(
    console: Console,
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    styles: Sequence[Sequence[str]],
    below: Sequence[Sequence[str]] = (),
    *,
    visual: bool = False,
) -> None:
    widths = [max(map(cell_len, column)) for column in zip(headings, *rows, strict=True)]
    _print_cells(console, headings, headings, widths, ["bold"] * len(headings))
    for index, (cells, style) in enumerate(zip(rows, styles, strict=True)):
        _print_cells(console, headings, cells, widths, style)
        for words in below[index] if below else ():
            console.print(one_line(console, words, visual=visual, indent=GAP), soft_wrap=True)


def _print_cells(
    console: Console, headings: Sequence[str], cells: Sequence[str], widths: Sequence[int], styles: Sequence[str]
) -> None:
    line = Text()
    for heading, cell, width, style in zip(headings, cells, widths, styles, strict=True):
        padding = " " * (width - cell_len(cell))
        line.append(padding if heading in NUMBERS else "")
        line.append(cell, style)
        line.append(("" if heading in NUMBERS else padding) + " " * GAP)
    line.rstrip()
    console.print(line, soft_wrap=True)
