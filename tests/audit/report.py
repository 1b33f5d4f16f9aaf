"""The audit as a table for people and an exit code for scripts."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tests.audit.check import Check


def show(made: Sequence[Check], console: Console) -> None:
    """Print the table, then each finding, then what was not checked and why."""
    table = Table("check", "looked at", "outcome", title="Audit", title_justify="left")
    for one in made:
        table.add_row(one.name, escape(one.looked_at), one.outcome)
    console.print(table)
    for one in made:
        for found in one.found:
            console.print(f"found: {one.name}: {found}", markup=False, soft_wrap=True)
    for one in made:
        if one.not_checked:
            console.print(f"not checked: {one.name}: {one.not_checked}", markup=False, soft_wrap=True)


def exit_code(made: Sequence[Check]) -> int:
    """Return 1 where anything was found; what was not checked is told and is no finding."""
    return 1 if any(one.found for one in made) else 0
