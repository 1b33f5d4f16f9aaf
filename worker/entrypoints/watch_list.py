"""`rasid watch list` for people: a line of facts for each watch topic, and its title under it."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from worker.entrypoints.demo_view import SEVERITY_STYLES
from worker.entrypoints.terminal import lines_for, mark
from worker.entrypoints.watch import ListedWatchTopic

HEADINGS = ("id", "status", "severity", "terms", "tests", "version")
NUMBERS = ("terms", "tests")
SEVERITY = HEADINGS.index("severity")


def print_list(console: Console, rows: Sequence[ListedWatchTopic], *, visual: bool) -> None:
    """Print each watch topic: its facts in columns, then its title and languages."""
    table = [HEADINGS, *(tuple(str(getattr(row, name)) for name in HEADINGS) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    _print_cells(console, HEADINGS, widths, ["bold"] * len(HEADINGS))
    for row, cells in zip(rows, table[1:], strict=True):
        styles = ["bold"] + [""] * (len(HEADINGS) - 1)
        styles[SEVERITY] = SEVERITY_STYLES.get(row.severity, "")
        _print_cells(console, cells, widths, styles)
        for line in lines_for(console, mark(row.title, []), visual=visual, indent=2):
            console.print(line, soft_wrap=True)
        console.print(Text(f"  {' '.join(row.languages)}", "dim"), soft_wrap=True)


def _print_cells(console: Console, cells: Sequence[str], widths: Sequence[int], styles: Sequence[str]) -> None:
    line = Text()
    for name, cell, width, style in zip(HEADINGS, cells, widths, styles, strict=True):
        line.append(" " * (width - len(cell)) if name in NUMBERS else "")
        line.append(cell, style)
        line.append(("" if name in NUMBERS else " " * (width - len(cell))) + "  ")
    line.rstrip()
    console.print(line, soft_wrap=True)
