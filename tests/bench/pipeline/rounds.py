"""The rounds of a run: every line on every set of articles, in turn, and the one that goes first changes."""

import asyncio
import contextlib
import os
import pickle
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from tests.bench import brokers
from tests.bench.brokers import Running
from tests.bench.compiled import environment
from tests.bench.pipeline import ceiling, lines
from tests.bench.pipeline.latency import Latency, latency
from tests.bench.pipeline.lines import Line, Trial
from tests.bench.pipeline.material import Article, Material, messages
from tests.bench.pipeline.results import CEILING, Run
from tests.bench.pipeline.trial import Throughput, throughput
from tests.bench.processes import FailedError, run
from worker.adapters.embedded_broker import free_port
from worker.adapters.kafka_admin import delete_kafka_topics
from worker.entrypoints.kafka import init_kafka_topics
from worker.settings import Settings
from worker.streaming import kafka_topics

CEILING_SECONDS = 1_800.0
LATENCY_SHARE = 0.5
"""Of all articles whose alerts are waited for: so many are on the subject, to have enough alerts to count."""
CALM_RATE, CALM_ARTICLES = 4.0, 200
"""Articles a second, which no machine feels, and how many come."""


class Work(NamedTuple):
    """A set of articles and a number of watch topics that lines are compared on."""

    name: str
    watch_topics: int
    articles: int
    warm_up: int
    latency_seconds: float
    """How long articles come at half load; 0 for not at all."""

    def scaled(self, share: float) -> "Work":
        """Return the same with so much of its articles and of its time."""
        return self._replace(
            articles=round(self.articles * share),
            warm_up=round(self.warm_up * share),
            latency_seconds=self.latency_seconds * share,
        )


class Contender(NamedTuple):
    """A line on a broker; no line is the ceiling, which has no broker."""

    line: Line | None
    broker: str

    @property
    def key(self) -> str:
        """The name of the line in the results."""
        return self.line.key if self.line else CEILING


class Arena:
    """The brokers and folders of a run."""

    def __init__(
        self, folder: Path, material: Material, say: Callable[[str], None], engine: Path | None = None
    ) -> None:
        """Keep everything in `folder`; run the compiled engine of a folder, or the sources as they are."""
        self.folder = folder
        self.material = material
        self.say = say
        self.environment = environment(engine)
        self._stack = contextlib.ExitStack()
        self._kafka: Running | None = None
        self._number = 0

    def close(self) -> None:
        """End the broker that lives as long as the run."""
        self._stack.close()

    @contextlib.contextmanager
    def trial(self, broker: str, watch_topics: int, partitions: int = 4) -> Iterator[Trial]:
        """Yield a place for a trial, with Kafka topics of its own.

        The embedded broker is a fresh one each time, because it gets slower with what it holds.
        """
        self._number += 1
        folder = self.folder / f"trial-{self._number}"
        folder.mkdir(parents=True)
        with contextlib.ExitStack() as stack:
            running = self._broker(broker, folder, stack)
            settings = Settings(
                broker=running.address,
                kafka_prefix=f"t{self._number}.",
                partitions=partitions,
                web_port=free_port(),
                data_dir=folder / "data",
                watch_topics=self.material.watch_topics(watch_topics),
            )
            _init(settings)
            yield Trial(running, settings, folder, self.material, watch_topics, self.environment)
            _forget(settings, running)
        shutil.rmtree(folder, ignore_errors=True)

    def _broker(self, kind: str, folder: Path, stack: contextlib.ExitStack) -> Running:
        if kind == brokers.EMBEDDED:
            return stack.enter_context(brokers.running(kind, folder / "broker"))
        if self._kafka is None:
            self._kafka = self._stack.enter_context(brokers.running(kind, self.folder / "kafka"))
        return self._kafka


def _init(settings: Settings) -> None:
    asyncio.run(init_kafka_topics(settings))


def _forget(settings: Settings, running: Running) -> None:
    """Delete the Kafka topics of a trial where the broker goes on."""
    if running.kind == brokers.KAFKA:
        asyncio.run(
            delete_kafka_topics(settings.broker, [settings.kafka_prefix + one.name for one in kafka_topics.ALL])
        )


def articles_of(material: Material, work: Work, count: int, first: int = 0, share: float = 0.02) -> list[Article]:
    """Return articles of a set."""
    if work.name == "pages":
        return material.pages(count, first, share)
    return material.plain(count, first=first, share=share)


def play(
    run: Run, arena: Arena, works: Sequence[Work], contenders: Callable[[Work], Sequence[Contender]], number: int
) -> None:
    """Play a round, and keep what is found in `run`."""
    run.load.append(os.getloadavg()[0])
    for work in works:
        run.counts[work.name] = (work.articles, work.warm_up)
        made = articles_of(arena.material, work, work.articles)
        everyone = list(contenders(work))
        turn = number % len(everyone)
        for contender in everyone[turn:] + everyone[:turn]:
            what = f"{work.name}, {work.watch_topics:,} watch topics, {contender.key} {contender.broker}"
            try:
                found = one_round(arena, contender, work, made, weigh=number == 0)
            except FailedError as error:
                run.notes.append(f"round {number + 1}, {what}: {str(error)[:400]}")
                arena.say(run.notes[-1])
                continue
            kept = run.trial(contender.key, contender.broker, work.name, work.watch_topics).rounds
            kept.append(msgspec.structs.replace(found, round=number))
            arena.say(
                f"round {number + 1}, {what}: {found.per_second:.1f}/s, {found.per_core:.1f}/s a core, "
                f"load {os.getloadavg()[0]:.1f}"
            )


def one_round(
    arena: Arena, contender: Contender, work: Work, made: Sequence[Article], *, weigh: bool
) -> Throughput:
    """Run one line once.

    Raises:
        FailedError: It failed.
    """
    if contender.line is None:
        return run_ceiling(arena, work.watch_topics, made, work.warm_up)
    with arena.trial(contender.broker, work.watch_topics) as trial:
        return throughput(contender.line, trial, made, work.warm_up, weigh=weigh)


def run_ceiling(arena: Arena, watch_topics: int, made: Sequence[Article], warm_up: int) -> Throughput:
    """Run the pure functions in a pool, in a process of its own.

    Raises:
        FailedError: It ended with an error.
    """
    folder = arena.folder / "ceiling"
    folder.mkdir(exist_ok=True)
    names = [str(folder / name) for name in ("request.json", "result.json", "messages.pickle")]
    Path(names[2]).write_bytes(pickle.dumps(messages(made)))
    pickled = arena.material.checked_watch_topics(watch_topics)
    request = ceiling.Request(str(pickled), names[2], warm_up, Settings().max_article_bytes)
    Path(names[0]).write_bytes(msgspec.json.encode(request))
    command = [sys.executable, "-m", "tests.bench.pipeline.ceiling", *names[:2]]
    run(command, timeout=CEILING_SECONDS, environment=arena.environment)
    found = msgspec.json.decode(Path(names[1]).read_bytes(), type=ceiling.Result)
    return Throughput(
        articles=found.articles,
        seconds=found.seconds,
        cpu_own=found.cpu_own,
        cpu_started=found.cpu_started,
        cpu_broker=0.0,
        pss=found.pss,
        matches=found.matches,
    )


def measure_latency(
    run: Run, arena: Arena, works: Sequence[Work], contenders: Callable[[Work], Sequence[Contender]]
) -> None:
    """Run each line at half of its own throughput, and ours besides with hardly anything to do."""
    for work in works:
        for contender in contenders(work):
            known = run.find(contender.key, contender.broker, work.name, work.watch_topics)
            if contender.line is None or known is None or not work.latency_seconds:
                continue
            rate = sorted(one.per_second for one in known.rounds)[len(known.rounds) // 2] / 2
            known.latency = _waited(run, arena, contender, work, rate, int(rate * work.latency_seconds))
            if contender.line is lines.WORKER:
                known.calm = _waited(run, arena, contender, work, CALM_RATE, CALM_ARTICLES)


def _waited(run: Run, arena: Arena, contender: Contender, work: Work, rate: float, count: int) -> Latency | None:
    """Return how long alerts are waited for at a rate; None where it failed, which is said."""
    assert contender.line is not None
    warm_up = articles_of(arena.material, work, work.warm_up)
    made = articles_of(arena.material, work, count, work.warm_up, LATENCY_SHARE)
    what = f"{rate:.1f}/s, {work.name}, {contender.key} {contender.broker}"
    with arena.trial(contender.broker, work.watch_topics) as trial:
        try:
            found = latency(contender.line, trial, warm_up, made, rate, run.seed)
        except FailedError as error:
            run.notes.append(f"latency at {what}: {str(error)[:400]}")
            arena.say(run.notes[-1])
            return None
    arena.say(f"{what}: p99 {found.percentile(0.99):.0f} ms")
    return found


def contenders_on(kinds: Sequence[str], *, with_quix: bool) -> Callable[[Work], list[Contender]]:
    """Return who takes part: everyone on the first broker, the worker on the others as well, and the ceiling."""

    def contenders(work: Work) -> list[Contender]:
        first, *others = kinds
        entered = [lines.NAIVE]
        if with_quix and first == brokers.KAFKA:  # a second member of a group stalls the embedded broker
            entered += [lines.QUIX, lines.QUIX_OWN]
        entered.append(lines.WORKER)
        if "extract" in Settings.__struct_fields__ and work.watch_topics == 10:
            entered.append(lines.CANDIDATES)
        return [
            *(Contender(line, first) for line in entered),
            *(Contender(lines.WORKER, other) for other in others),
            Contender(None, ""),
        ]

    return contenders
