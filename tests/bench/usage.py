"""What a process and all that it has started take: CPU seconds and memory, from /proc (Linux)."""

import os
from pathlib import Path

import msgspec

from tests.bench.resident import memory

_TICKS = os.sysconf("SC_CLK_TCK")


class Cpu(msgspec.Struct, frozen=True):
    """CPU seconds of a process itself, and of everything that it has started, ended ones among them."""

    own: float = 0.0
    started: float = 0.0

    def __add__(self, other: "Cpu") -> "Cpu":
        return Cpu(self.own + other.own, self.started + other.started)

    def __sub__(self, other: "Cpu") -> "Cpu":
        return Cpu(self.own - other.own, self.started - other.started)

    @property
    def all(self) -> float:
        """Of all of them together."""
        return self.own + self.started


def cpu(pid: int) -> Cpu:
    """Return what a process and those that it has started have used until now; nothing where it has ended."""
    own, waited_for = _times(pid)
    return Cpu(own, waited_for + sum(sum(_times(child)) for child in descendants(pid)))


def pss(pid: int) -> int:
    """Return the bytes of memory of a process and its descendants, with pages that they share counted once."""
    taken = [memory(each) for each in (pid, *descendants(pid))]
    return sum(one.pss for one in taken if one is not None)


def descendants(pid: int) -> list[int]:
    """Return the processes that a process has started, and those that they have, as far as they live."""
    found: list[int] = []
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return found
    for task in tasks:
        try:
            children = (task / "children").read_text(encoding="ascii").split()
        except OSError:
            continue
        for child in map(int, children):
            found += [child, *descendants(child)]
    return found


def _times(pid: int) -> tuple[float, float]:
    """Return the CPU seconds of a process, and those of its ended children that it has waited for."""
    try:
        # The name in parentheses may hold blanks; the 12th to 15th field behind it are the times.
        ticks = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[11:15]
    except OSError:
        return 0.0, 0.0
    user, system, children_user, children_system = map(int, ticks)
    return (user + system) / _TICKS, (children_user + children_system) / _TICKS
