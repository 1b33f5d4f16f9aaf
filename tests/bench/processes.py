"""Runs a measurement in a fresh process that is kept on one core."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from tests.bench.compiled import environment
from tests.bench.measure import Measured, Request
from tests.bench.vocabulary import ROOT


class FailedError(RuntimeError):
    """A measurement's process that ended with an error; the message is the end of what it wrote."""


@contextmanager
def one_core() -> Iterator[int]:
    """Keep this thread, and all processes that it starts, on the last of the cores that it may use."""
    if not hasattr(os, "sched_setaffinity"):  # macOS: the report says so
        yield -1
        return
    allowed = os.sched_getaffinity(0)
    core = max(allowed)
    os.sched_setaffinity(0, {core})
    try:
        yield core
    finally:
        os.sched_setaffinity(0, allowed)


def run(command: Sequence[str], *, timeout: float = 1_800, environment: Mapping[str, str] | None = None) -> None:
    """Run a command to its end, in the project's folder.

    Raises:
        FailedError: It ended with an error.
    """
    done = subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        errors="replace",
        env=environment,
    )
    if done.returncode:
        raise FailedError(f"{Path(command[0]).name} ended with {done.returncode}: {done.stderr.strip()[-2_000:]}")


def measured(folder: Path, request: Request, engine: Path | None) -> Measured:
    """Measure the engine in a fresh process: the compiled one of a folder, or the sources as they are."""
    asked, answered = folder / "request.json", folder / "result.json"
    asked.write_bytes(msgspec.json.encode(request))
    command = [sys.executable, "-m", "tests.bench.measure", str(asked), str(answered)]
    with one_core():
        run(command, environment=environment(engine))
    found = msgspec.json.decode(answered.read_bytes(), type=Measured)
    if found.is_compiled != (engine is not None):
        raise FailedError(f"measured another engine than the one of {engine or ROOT}")
    return found
