"""Where the time goes: py-spy beside a worker that works off a backlog, summed up by module.

py-spy looks at a process a hundred times a second, and takes a sample of the thread that holds the interpreter's
lock: a thread that waits is not always seen to wait. A sample counts for the deepest function on the stack that is
Rasid's or a library's; what Python's own library does counts for who called it.
"""

import asyncio
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.bench.pipeline import lines
from tests.bench.pipeline.lines import Trial, started
from tests.bench.pipeline.material import messages
from tests.bench.pipeline.results import Share
from tests.bench.pipeline.rounds import Arena, Work, articles_of
from tests.bench.pipeline.trial import Feed, Outputs, publish
from tests.bench.processes import FailedError
from tests.bench.resident import pool_processes

SECONDS = 12
RATE = 100
SHOWN = 14
SCAFFOLD = ("mode/worker", "mode/threads", "click/", "worker/__main__", "worker/bootstrap", "worker/entrypoints/")
"""What lies below everything on the stack; with nothing above it, it is Python's own event loop that works."""
_FRAME = re.compile(r"^(?P<function>.*) \((?P<file>.*?)(?::\d+)?\)$")


def hot_spots(arena: Arena, broker: str, work: Work) -> list[Share]:
    """Return where the time goes in the worker's own process and in a process of its pool.

    Raises:
        FailedError: The worker failed, or py-spy may not look at it.
    """
    made = articles_of(arena.material, work, work.articles)
    values = list(zip((one.id for one in made), messages(made), strict=True))
    with arena.trial(broker, work.watch_topics) as trial:
        asyncio.run(publish(trial, Feed(values)))
        with started(lines.WORKER, trial) as processes:
            asyncio.run(_wait(trial, work.warm_up))
            own = processes[0].pid
            looked_at = {"the worker's own process": own, "a process of its pool": pool_processes(own)[0]}
            spies = {name: _spy(pid, trial.folder / f"{pid}.txt") for name, pid in looked_at.items()}
            time.sleep(SECONDS)
            said = {name: spy.communicate(timeout=60)[0].decode() for name, spy in spies.items()}
        found = []
        for name, pid in looked_at.items():
            file = trial.folder / f"{pid}.txt"
            if not file.exists():
                raise FailedError(f"py-spy says of {name}: {said[name][-500:]}")
            found.append(summed_up(f"{work.name}: {name}", file.read_text(encoding="utf-8")))
    return found


def _spy(pid: int, output: Path) -> "subprocess.Popen[bytes]":
    command = [
        str(Path(sys.executable).with_name("py-spy")),
        *("record", "--pid", str(pid), "--gil", "--format", "raw", "--full-filenames"),
        *("--output", str(output), "--duration", str(SECONDS), "--rate", str(RATE)),
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


async def _wait(trial: Trial, count: int) -> None:
    async with Outputs(trial, [lines.WORKER.first_out]) as outputs:
        while await outputs.count() < count:  # noqa: ASYNC110
            await asyncio.sleep(0.1)


def summed_up(name: str, stacks: str) -> Share:
    """Sum up py-spy's raw format: a line for each stack, outermost frame first, and how often it was seen."""
    modules, functions = Counter[str](), Counter[str]()
    for line in stacks.splitlines():
        stack, _, count = line.rpartition(" ")
        if not count.isdigit():
            continue
        frames = list(_frames(stack))
        known = [(module, function) for module, function, is_known in frames if is_known]
        module, function = known[-1] if known else (frames[-1][:2] if frames else ("?", "?"))
        modules[module] += int(count)
        functions[f"{module}: {function}"] += int(count)
    samples = modules.total() or 1
    return Share(
        name,
        modules.total(),
        {module: count / samples for module, count in modules.most_common(SHOWN)},
        [(function, count / samples) for function, count in functions.most_common(SHOWN)],
    )


def _frames(stack: str) -> Iterator[tuple[str, str, bool]]:
    """Yield module, function, and whether the module is Rasid's or a library's."""
    for frame in stack.split(";"):
        found = _FRAME.match(frame)
        if found is None:
            continue
        file, function = found["file"], found["function"]
        if "/site-packages/" in file:
            module = file.partition("/site-packages/")[2].removesuffix(".py")
            yield module, function, not module.startswith(SCAFFOLD)
        elif "/worker/" in file:
            module = "worker/" + file.rpartition("/worker/")[2].removesuffix(".py")
            yield module, function, not module.startswith(SCAFFOLD)
        else:
            yield "Python: " + Path(file).stem, function, False
