"""The part of the page on growth, and its plots."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.bench.chart import Line, Panel, drawn
from tests.bench.pipeline.results import Growth, Run
from tests.bench.resident import MEGABYTE

BLUE, ORANGE, GREEN = "#1f5fbf", "#c2571a", "#7a8f1a"
PLOTS = {
    "workers, pages": (
        "workers",
        "Worker processes, each with a pool of one; 8 partitions; real pages",
        "workers",
    ),
    "workers, plain": ("workers-plain", "The same with plain texts of 7 KB", "workers"),
    "watch topics, pages": ("watch-topics", "Watch topics; real pages", "watch topics"),
    "plain": ("sizes-plain", "Size of articles, plain text", "KB"),
    "pages": ("sizes-pages", "Size of articles, real pages by size", "KB"),
    "backlog": ("backlog", "A backlog of plain texts of 1 KB", "articles done"),
}


def points(run: Run) -> dict[str, list[Growth]]:
    """Return the points of each plot, in order; watch topics come from the rounds of the first broker."""
    found: dict[str, list[Growth]] = {plot: [] for plot in PLOTS}
    for one in run.growth:
        found[one.plot].append(one)
    broker = next((one.broker for one in run.trials if one.broker), "")
    for trial in run.trials:
        if trial.line == "worker" and trial.broker == broker and trial.articles == "pages" and trial.rounds:
            middle = sorted(trial.rounds, key=lambda each: each.per_second)[len(trial.rounds) // 2]
            found["watch topics, pages"].append(
                Growth("", trial.watch_topics, broker, middle.per_second, middle.pss, middle.articles)
            )
    return {plot: sorted(each, key=lambda one: one.x) for plot, each in found.items()}


def sections(run: Run) -> Iterable[str]:
    """Yield the paragraphs on growth; none where nothing grew."""
    known = {plot: each for plot, each in points(run).items() if len(each) > 1}
    if not known:
        return
    yield "## Growth"
    for plot, each in known.items():
        name, title, unit = PLOTS[plot]
        yield f"**{title}**"
        yield f"![{title}: articles a second and memory](performance-{name}.svg)"
        has_size = unit == "KB"
        head = (unit, "articles/s", *(("MB/s",) if has_size else ()), "PSS MB after")
        yield "\n".join(
            [
                f"| {' | '.join(head)} |",
                f"|{' ---: |' * len(head)}",
                *(_row(one, has_size=has_size) for one in _thinned(each)),
            ]
        )


def _row(one: Growth, *, has_size: bool) -> str:
    rate = (f"{one.per_second * one.x / 1_000:.2f}",) if has_size else ()
    cells = (f"{one.x:,.0f}", f"{one.per_second:,.1f}", *rate, f"{one.pss / MEGABYTE:,.0f}")
    return f"| {' | '.join(cells)} |"


def _thinned(each: Sequence[Growth], most: int = 10) -> list[Growth]:
    """Return at most some ten points, evenly chosen, the last one among them."""
    step = -(-len(each) // most)
    return list(each[step - 1 :: step]) if step > 1 else list(each)


def write_plots(run: Run, folder: Path) -> None:
    """Write a picture for each plot that has points: articles a second, and memory, over what grows."""
    for plot, each in points(run).items():
        if len(each) < 2:
            continue
        name, title, unit = PLOTS[plot]
        top = 1.1 * max(1.0, *(one.per_second for one in each))
        memory = 1.1 * max(one.pss / MEGABYTE for one in each)
        scale = top / memory
        picture = drawn(
            title,
            "articles/s",
            [
                Panel(
                    unit,
                    max(one.x for one in each),
                    top,
                    [
                        Line(BLUE, [(one.x, one.per_second) for one in each]),
                        Line(ORANGE, [(one.x, one.pss / MEGABYTE * scale) for one in each]),
                    ],
                )
            ],
            {"articles/s": BLUE, f"memory (PSS), full height {memory:,.0f} MB": ORANGE},
        )
        (folder / f"performance-{name}.svg").write_text(picture, encoding="utf-8")
