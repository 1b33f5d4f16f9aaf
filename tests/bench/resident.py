"""Memory of a worker and of its pool's processes, read from /proc (Linux)."""

from pathlib import Path

import msgspec

MEGABYTE = 1024**2
_POOL_PROCESS = b"spawn_main"


class Memory(msgspec.Struct, frozen=True):
    """Memory of one process in bytes: what is resident, and its share of it where pages are shared."""

    pid: int
    rss: int
    pss: int


class Sample(msgspec.Struct, frozen=True):
    """The worker and its pool's processes at one moment."""

    seconds: float
    articles: int
    """Articles that had left the pipeline: tagged or dead-lettered."""
    worker: Memory
    children: list[Memory]
    idle: bool = False


def memory(pid: int) -> Memory | None:
    """Return the memory of a process, or None when it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return None
    bytes_by_name = {
        name: int(rest.split()[0]) * 1024 for name, _, rest in (line.partition(":") for line in lines[1:])
    }
    return Memory(pid, bytes_by_name["Rss"], bytes_by_name["Pss"]) if "Rss" in bytes_by_name else None


def pool_processes(pid: int) -> list[int]:
    """Return the processes of a worker's pool; other children, such as the resource tracker, are left out."""
    try:
        children = {
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text(encoding="ascii").split()
        }
        return sorted(child for child in children if _POOL_PROCESS in _command_line(child))
    except (FileNotFoundError, ProcessLookupError):
        return []


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def sample(pid: int, seconds: float, articles: int, *, idle: bool) -> Sample | None:
    """Return the memory of a worker and its pool now, or None when the worker has ended."""
    worker = memory(pid)
    children = [found for child in pool_processes(pid) if (found := memory(child)) is not None]
    return Sample(seconds, articles, worker, children, idle) if worker else None
