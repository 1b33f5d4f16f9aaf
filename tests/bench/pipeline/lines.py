"""The lines that a run compares, as the processes that each starts on a broker.

Each reads `articles.raw` and writes one message an article to `articles.tagged` (a worker that rejects one writes
a dead letter in its place), and something for each alert.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from tests.bench.brokers import Running
from tests.bench.pages import VARIABLE
from tests.bench.pipeline import naive, quix
from tests.bench.pipeline.material import Material
from tests.bench.vocabulary import ROOT
from worker.adapters.embedded_broker import free_port
from worker.settings import Settings

STOP_SECONDS = 30.0


class Trial(NamedTuple):
    """Where a line is tried: the broker, Kafka topics with a prefix of their own, a folder, the watch topics."""

    broker: Running
    settings: Settings
    folder: Path
    material: Material
    watch_topics: int
    environment: Mapping[str, str]
    """What every process is given, above all which engine it imports."""

    @property
    def web_address(self) -> str:
        """Where the first worker of a trial answers."""
        return f"http://127.0.0.1:{self.settings.web_port}"


class Program(NamedTuple):
    """A process to start."""

    arguments: Sequence[str]
    environment: Mapping[str, str]


class Line(NamedTuple):
    """A line of the tables."""

    key: str
    title: str
    programs: Callable[[Trial], list[Program]]
    alerts_in: str = "alerts"
    """Kafka topic where the first word of an alert is to be seen."""
    first_out: str = "articles.tagged"
    """Kafka topic that its first stage writes to: when the warm-up is over is told by that."""
    passes_over: bool = False
    """Whether it writes nothing for an article that no watch topic could match; it counts those in its metrics."""


def workers(count: int = 1, **environment: str) -> Callable[[Trial], list[Program]]:
    """Return how to start so many workers."""

    def programs(trial: Trial) -> list[Program]:
        settings = trial.settings
        return [
            Program(
                (sys.executable, "-m", "worker", "worker"),
                {
                    "RASID_BROKER": settings.broker,
                    "RASID_KAFKA_PREFIX": settings.kafka_prefix,
                    "RASID_PARTITIONS": str(settings.partitions),
                    "RASID_WEB_PORT": str(settings.web_port if number == 0 else free_port()),
                    "RASID_DATA_DIR": str(trial.folder / f"data-{number}"),
                    "RASID_WATCH_TOPICS": str(settings.watch_topics),
                    "RASID_RECEIVERS": str(trial.folder / "no-receivers.yaml"),
                    "RASID_LOG_LEVEL": "error",  # every alert goes to the log for want of receivers
                    **environment,
                },
            )
            for number in range(count)
        ]

    return programs


def _shares(trial: Trial) -> list[list[int]]:
    """Return the partitions of each process of a peer: one process a core."""
    processes = os.cpu_count() or 1
    return [list(range(number, trial.settings.partitions, processes)) for number in range(processes)]


def _naive(trial: Trial) -> list[Program]:
    programs = []
    for number, partitions in enumerate(_shares(trial)):
        file = trial.folder / f"naive-{number}.json"
        request = naive.Request(
            trial.settings.broker,
            trial.settings.kafka_prefix,
            f"{trial.settings.kafka_prefix}naive-{number}",
            partitions,
            str(trial.material.terms(trial.watch_topics)),
        )
        file.write_bytes(msgspec.json.encode(request))
        programs.append(Program((sys.executable, "-m", "tests.bench.pipeline.naive", str(file)), {}))
    return programs


def _quix(stages: str) -> Callable[[Trial], list[Program]]:
    def programs(trial: Trial) -> list[Program]:
        made = []
        for number, _ in enumerate(_shares(trial)):
            file = trial.folder / f"quix-{number}.json"
            request = quix.Request(
                broker=trial.settings.broker,
                prefix=trial.settings.kafka_prefix,
                partitions=trial.settings.partitions,
                state_folder=str(trial.folder / f"state-{number}"),
                stages=stages,
                terms=str(trial.material.terms(trial.watch_topics)),
                watch_topics=str(trial.material.checked_watch_topics(trial.watch_topics)),
                max_article_bytes=trial.settings.max_article_bytes,
            )
            file.write_bytes(msgspec.json.encode(request))
            made.append(Program((sys.executable, "-m", "tests.bench.pipeline.quix", str(file)), {}))
        return made

    return programs


NAIVE = Line("naive", "(a) naive loop", _naive)
QUIX = Line("quix", "(b) quixstreams, naive stages", _quix("naive"))
QUIX_OWN = Line("quix_own", "(b') quixstreams, Rasid's functions", _quix("rasid"))
WORKER = Line("worker", "(c) Rasid", workers(), "alert-events", "articles.extracted")
CANDIDATES = Line(
    "candidates",
    "(c) Rasid, RASID_EXTRACT=candidates",
    workers(RASID_EXTRACT="candidates"),
    "alert-events",
    "articles.extracted",
    passes_over=True,
)


@contextlib.contextmanager
def started(line: Line, trial: Trial) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Start the processes of a line; end them on the way out."""
    trial.folder.mkdir(parents=True, exist_ok=True)
    # A worker takes no variable that is no setting of its own.
    inherited = {name: value for name, value in trial.environment.items() if name != VARIABLE}
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for number, program in enumerate(line.programs(trial)):
            with (trial.folder / f"{line.key}-{number}.log").open("wb") as log:
                processes.append(
                    subprocess.Popen(
                        program.arguments,
                        cwd=ROOT,
                        env=inherited | dict(program.environment),
                        stdout=log,
                        stderr=log,
                        start_new_session=True,
                    )
                )
        yield processes
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def log_of(line: Line, trial: Trial) -> str:
    """Return the ends of what a line's processes wrote."""
    return "\n".join(
        path.read_text(errors="replace")[-1_500:] for path in sorted(trial.folder.glob(f"{line.key}-*.log"))
    )
