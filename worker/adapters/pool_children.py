"""The processes that a pool has started: which of them live, what they take, and why the others ended.

Pebble starts and ends them and tells nobody. It makes each by the context it is given, so the context keeps them.
This module is loaded in every one of them: it must stay light.
"""

import os
from collections import Counter
from dataclasses import dataclass, replace
from multiprocessing.context import SpawnContext, SpawnProcess
from pathlib import Path
from typing import Any

from pebble.pool.base_pool import Worker

TIME_LIMIT, POOL_BROKE, WORN_OUT, DIED = "time_limit", "pool_broke", "worn_out", "died"


class Child(SpawnProcess):
    """A process that remembers whether it was told to end, and why."""

    told: str | None = None

    def terminate(self) -> None:
        """End the process. A pool does so with one that overran its time, and with all when it ends itself."""
        self.told = self.told or TIME_LIMIT
        super().terminate()

    @property
    def lives(self) -> bool:
        """Whether it runs."""
        return self.pid is not None and self.exitcode is None

    @property
    def ended_for(self) -> str | None:
        """Why it ended; None while it has not."""
        if self.pid is None or self.exitcode is None:
            return None
        return self.told or (WORN_OUT if self.exitcode == 0 else DIED)


@dataclass(frozen=True)
class Usage:
    """What processes take together.

    Attributes:
        processes: How many live.
        resident_bytes: Their memory; shared pages are counted in each.
        cpu_seconds: What they have used since the last time, as far as it was seen.
        ended: How many have ended since the last time, by reason.
    """

    processes: int
    resident_bytes: int
    cpu_seconds: float
    ended: Counter[str]


class Children(SpawnContext):
    """The context that a pool makes its processes by; it keeps them."""

    def __init__(self, processes: int) -> None:
        """Know of no process yet.

        Args:
            processes: How many the pool has at a time.
        """
        super().__init__()
        self._processes = processes
        self._made = 0
        self._children: list[Child] = []
        self._cpu_seconds: dict[int, float] = {}

    def Process(self, *args: Any, **kwargs: Any) -> Child:  # type: ignore[override]  # noqa: N802 - its name there
        """Return a new process, not started."""
        given = tuple(self._staggered(one) if isinstance(one, Worker) else one for one in kwargs.get("args", ()))
        child = Child(*args, **kwargs | {"args": given})
        self._children.append(child)
        return child

    def _staggered(self, worker: Worker) -> Worker:
        """Return what Pebble tells a process, with fewer tasks for the first ones.

        Tasks are shared out evenly: else all would have done their share at the same time, again and again, and
        while they are replaced nothing is done.
        """
        self._made += 1
        share = min(self._made, self._processes) / self._processes
        return replace(worker, max_tasks=max(1, int(worker.max_tasks * share)))

    def broke(self) -> None:
        """Note that the pool of those that live is broken: that is why they will end."""
        for child in list(self._children):
            if child.told is None and child.exitcode is None:
                child.told = POOL_BROKE

    def usage(self) -> Usage:
        """Return what they take now, and what has happened since the last call."""
        ended: Counter[str] = Counter()
        processes, resident_bytes, cpu_seconds = 0, 0, 0.0
        for child in list(self._children):
            reason = child.ended_for
            if reason is not None:
                self._children.remove(child)
                self._cpu_seconds.pop(child.pid or 0, None)
                ended[reason] += 1
            elif child.pid is not None:
                processes += 1
                own_bytes, own_seconds = _taken(child.pid)
                resident_bytes += own_bytes
                cpu_seconds += max(0.0, own_seconds - self._cpu_seconds.get(child.pid, 0.0))
                self._cpu_seconds[child.pid] = own_seconds
        return Usage(processes, resident_bytes, cpu_seconds, ended)


def _taken(pid: int) -> tuple[int, float]:
    """Return resident bytes and CPU seconds of a process; 0 where it has just ended, or there is no /proc."""
    process = Path("/proc") / str(pid)
    try:
        pages = int((process / "statm").read_text().split()[1])
        # The name in parentheses may hold blanks; the 12th and 13th field behind it are user and system time.
        ticks = (process / "stat").read_text().rpartition(")")[2].split()[11:13]
    except OSError:
        return 0, 0.0
    return pages * os.sysconf("SC_PAGE_SIZE"), sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
