"""Writes a run of the memory benchmark as docs/memory.md and docs/memory.svg."""

import platform
from collections.abc import Callable, Sequence
from importlib.metadata import version
from statistics import fmean, linear_regression, median
from typing import NamedTuple

import msgspec

from tests.bench.chart import Line, Panel, drawn
from tests.bench.raw_articles import poisoned
from tests.bench.resident import MEGABYTE, Memory, Sample

WARM_UP_SHARE = 0.2
HUNDRED_THOUSAND = 100_000
_PACKAGES = ("faust-streaming", "aiokafka", "trafilatura", "lxml", "pebble", "noida-db")
_COLOURS = {"worker": "#1f5fbf", "first": "#c2571a", "second": "#7a8f1a"}


class Run(msgspec.Struct):
    """A run of the benchmark: where it was made, and every sample."""

    when: str
    machine: str
    versions: str
    broker: str
    tasks_per_process: int
    samples: list[Sample]


class Life(NamedTuple):
    """One process of the pool from its first sample to its last."""

    pid: int
    samples: list[tuple[int, Memory]]
    """How many articles the whole worker had done, and what the process took."""
    is_ended: bool

    @property
    def articles(self) -> int:
        """How many articles the worker did meanwhile."""
        return self.samples[-1][0] - self.samples[0][0]

    @property
    def peak(self) -> float:
        """The most it took, in megabytes."""
        return max(one.pss for _, one in self.samples) / MEGABYTE

    @property
    def first(self) -> float:
        """What it took when it had loaded everything, in megabytes: the median of its first tenth."""
        return median(one.pss for _, one in self.samples[1 : max(3, len(self.samples) // 10)]) / MEGABYTE


class Growth(NamedTuple):
    """A straight line through a series after the warm-up."""

    per_hundred_thousand: float
    """Megabytes."""
    at_warm_up: float
    at_end: float


def versions() -> str:
    """Return the versions that matter for memory."""
    return ", ".join([f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in _PACKAGES)])


def lives(samples: Sequence[Sample]) -> list[Life]:
    """Return the processes of the pool in the order in which they came, without those of under 5 samples."""
    found: dict[int, list[tuple[int, Memory]]] = {}
    for sample in samples:
        for child in sample.children:
            found.setdefault(child.pid, []).append((sample.articles, child))
    last = {child.pid for child in samples[-1].children} if samples else set()
    return [Life(pid, each, pid not in last) for pid, each in found.items() if len(each) >= 5]


def growth(points: Sequence[tuple[int, float]]) -> Growth | None:
    """Fit a line through (articles, megabytes); None where there are not two points with different articles."""
    if len({articles for articles, _ in points}) < 2:
        return None
    slope, start = linear_regression([articles for articles, _ in points], [value for _, value in points])
    first, last = min(articles for articles, _ in points), max(articles for articles, _ in points)
    return Growth(slope * HUNDRED_THOUSAND, start + slope * first, start + slope * last)


def busy(run: Run) -> list[Sample]:
    """Return the samples after the warm-up and before the idle time."""
    done = run.samples[-1].articles
    return [one for one in run.samples if not one.idle and one.articles >= WARM_UP_SHARE * done]


def page(run: Run) -> str:
    """Return docs/memory.md."""
    done = run.samples[-1].articles
    pool = lives(run.samples)
    parts = [
        "# Memory over a long run",
        "Written by `make bench-memory`, not by hand.",
        "![Memory of the worker and of its pool over the run](memory.svg)",
        _conditions(run, done),
        "## After the warm-up",
        _table(_rows(run, pool)),
        f"A straight line through the samples after the first {WARM_UP_SHARE:.0%} of the articles, in megabytes. "
        "RSS is what is resident; PSS counts a page that processes share once for all of them. The worker's main "
        "process holds what it must remember: alerts until a week after their end, whose number its memory "
        "follows, and bodies of articles, until they fill `RASID_KNOWN_BODIES_BYTES`. While they do its line in "
        "the plot rises fast, and from there on slowly: the straight line above is steeper than the plot's end. "
        "*Peak of each process*: the highest sample of every process of the pool over its life, one after the "
        "other.",
        "## The processes of the pool",
        _pool(run, pool),
        "What a process gains over its life is what it has learnt of words: `term_table.py` remembers 200,000 "
        "pieces of text at most, and all other caches, trafilatura's, htmldate's and courlan's among them, are of "
        "fixed size. A new process begins without.",
    ]
    return "\n\n".join(parts) + "\n"


def _conditions(run: Run, done: int) -> str:
    last = [one for one in run.samples if not one.idle][-1]
    return "\n".join(
        (
            f"- When: {run.when}",
            f"- Machine: {run.machine}",
            f"- Versions: {run.versions}",
            f"- Articles: {done:,} in {last.seconds / 60:.0f} minutes, every id and text another; half plain, "
            f"half HTML; a third each Arabic, Russian and English; one in a hundred is poison "
            f"({poisoned(done):,})",
            f"- One worker, two processes of the pool, the watch topics of `topics/watch/`, {run.broker} "
            "(not measured)",
            f"- A process of the pool is replaced after {run.tasks_per_process:,} tasks "
            "(`RASID_POOL_TASKS_PER_PROCESS`); an article is two tasks, extract and tag; short "
            "articles of a batch share them",
            "- Event time advances by three minutes an article, and somebody acknowledges every alert: alerts "
            "are raised, end and are forgotten on the way",
        )
    )


def _rows(run: Run, pool: Sequence[Life]) -> list[tuple[str, Growth | None, str]]:
    samples = busy(run)
    idle = [one for one in run.samples if one.idle]
    late = idle[len(idle) // 2 :]

    def after(value: Sequence[float]) -> str:
        return f"{fmean(value):.0f}" if value else ""

    def children(sample: Sample) -> float:
        return sum(one.pss for one in sample.children) / MEGABYTE

    peaks = [(life.samples[-1][0], life.peak) for life in pool if life.is_ended]
    warm = [point for point in peaks if samples and point[0] >= samples[0].articles]
    return [
        (
            "worker, RSS",
            growth([(one.articles, one.worker.rss / MEGABYTE) for one in samples]),
            after([one.worker.rss / MEGABYTE for one in late]),
        ),
        (
            "worker, PSS",
            growth([(one.articles, one.worker.pss / MEGABYTE) for one in samples]),
            after([one.worker.pss / MEGABYTE for one in late]),
        ),
        (
            "pool, all processes, PSS",
            growth([(one.articles, children(one)) for one in samples]),
            after([children(one) for one in late]),
        ),
        ("pool, peak of each process, PSS", growth(warm), ""),
    ]


def _table(rows: Sequence[tuple[str, Growth | None, str]]) -> str:
    lines = [
        "| | MB after the warm-up | MB at the end | MB more in 100,000 articles | MB after the idle time |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for name, found, idle in rows:
        if found is None:
            lines.append(f"| {name} | too few samples | | | {idle} |")
        else:
            lines.append(
                f"| {name} | {found.at_warm_up:.0f} | {found.at_end:.0f} | {found.per_hundred_thousand:+.1f} "
                f"| {idle} |"
            )
    return "\n".join(lines)


def _pool(run: Run, pool: Sequence[Life]) -> str:
    ended = [life for life in pool if life.is_ended]
    if not ended:
        return f"None of the {len(pool)} was replaced: there were too few articles."
    third = max(1, len(ended) // 3)
    early, late = ended[:third], ended[-third:]
    return (
        f"{len(pool)} processes served, {len(ended)} of them were replaced after their {run.tasks_per_process:,} "
        f"tasks. One takes {median(life.first for life in ended):.0f} MB when it has loaded the watch topics and "
        f"{median(life.peak for life in ended):.0f} MB at its peak (medians). "
        f"The first {len(early)} peaked at {fmean(life.peak for life in early):.0f} MB on average, the "
        f"last {len(late)} at {fmean(life.peak for life in late):.0f} MB, the highest of all at "
        f"{max(life.peak for life in ended):.0f} MB."
    )


def chart(run: Run) -> str:
    """Return docs/memory.svg: PSS over articles, then over the minutes of the idle time."""
    at_work = [one for one in run.samples if not one.idle]
    rest = [one for one in run.samples if one.idle]
    top = 1.1 * max(
        max(one.worker.pss, *(child.pss for child in one.children), 0) / MEGABYTE for one in run.samples
    )
    most, started = at_work[-1].articles, at_work[-1].seconds
    panels = [Panel("articles", float(max(1, most)), top, _lines(at_work, lambda one: float(one.articles)))]
    if rest:
        minutes = (rest[-1].seconds - started) / 60
        panels.append(Panel("minutes idle", minutes, top, _lines(rest, lambda one: (one.seconds - started) / 60)))
    return drawn(
        "Memory of the worker and of its pool's processes", "MB (PSS)", panels,
        {"worker": _COLOURS["worker"], "processes of the pool, one after the other": _COLOURS["first"]},
    )  # fmt: skip


def _lines(samples: Sequence[Sample], place: Callable[[Sample], float]) -> list[Line]:
    lines = [Line(_COLOURS["worker"], [(place(one), one.worker.pss / MEGABYTE) for one in samples])]
    by_process: dict[int, list[tuple[float, float]]] = {}
    for sample in samples:
        for child in sample.children:
            by_process.setdefault(child.pid, []).append((place(sample), child.pss / MEGABYTE))
    colours = (_COLOURS["first"], _COLOURS["second"])
    return lines + [Line(colours[number % 2], points) for number, points in enumerate(by_process.values())]
