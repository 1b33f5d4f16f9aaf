"""The ratios that matter, what they are to reach, and which of them are pinned for CI."""

import re
from collections.abc import Callable, Iterator

import msgspec

from tests.bench.brokers import EMBEDDED
from tests.bench.pipeline.results import CEILING, Rounds, Run, Spread, ratio, with_broker
from tests.bench.pipeline.trial import Throughput

BUSY_LOAD = 1.0
"""Load before the first round above which a machine is not the run's own."""
_BY_CPU = re.compile(r"a core|CPU time|F1")


class Target(msgspec.Struct, frozen=True):
    """Something to reach, what was measured, and whether it is reached."""

    target: str
    measured: str
    is_reached: bool | None
    """None where other programs used the machine, so that articles a second say nothing."""


def per_second(found: Throughput) -> float:
    """Return articles a second in all."""
    return found.per_second


def per_core(found: Throughput) -> float:
    """Return articles a second of CPU time."""
    return found.per_core


def ratios(run: Run) -> dict[str, Spread]:
    """Return every ratio that the run allows, by a name that says what it is of."""
    found: dict[str, Spread] = {}
    for articles, watch_topics in dict.fromkeys((one.articles, one.watch_topics) for one in run.trials):
        ceiling = run.find(CEILING, "", articles, watch_topics)
        for broker in dict.fromkeys(one.broker for one in run.trials if one.broker):
            known = {
                line: run.find(line, broker, articles, watch_topics)
                for line in ("worker", "candidates", "naive", "quix", "quix_own")
            }
            where = f"{articles}, {watch_topics} watch topics, {broker}"
            pairs: tuple[tuple[str, Rounds | None, Rounds | None, Callable[[Throughput], float]], ...] = (
                ("(c)/(d)", known["worker"], ceiling, per_second),
                ("(c)/(d), all CPU", known["worker"], ceiling, with_broker),
                ("(c)/(a)", known["worker"], known["naive"], per_second),
                ("(c)/(a), a core", known["worker"], known["naive"], per_core),
                ("(c)/(b)", known["worker"], known["quix"], per_second),
                ("(c)/(b')", known["worker"], known["quix_own"], per_second),
                ("candidates (c)/(a), a core", known["candidates"], known["naive"], per_core),
            )
            for name, ours, theirs, by in pairs:
                value = ratio(ours, theirs, by)
                if value is not None:
                    found[f"{name}: {where}"] = value
    return found


def targets(run: Run) -> list[Target]:
    """Return the targets for which there are figures; those on the first broker of the run count."""
    is_busy = bool(run.load) and run.load[0] > BUSY_LOAD
    return [
        msgspec.structs.replace(one, is_reached=None) if is_busy and not _BY_CPU.search(one.target) else one
        for one in _targets(run)
    ]


def _targets(run: Run) -> Iterator[Target]:
    broker = next((one.broker for one in run.trials if one.broker), "")
    found = ratios(run)
    pages, plain = (f"{articles}, 1000 watch topics, {broker}" for articles in ("pages", "plain"))
    for what, name, least in (
        ("(c) against (d), throughput, mode all", f"(c)/(d): {pages}", 0.85),
        ("the same by CPU time, the broker's included", f"(c)/(d), all CPU: {pages}", 0.85),
        ("the same, throughput, with plain texts", f"(c)/(d): {plain}", 0.85),
        ("(c) against (a) a core, mode all", f"(c)/(a), a core: {pages}", 2.0),
        ("(c) against (b)", f"(c)/(b): {pages}", 1.5),
        ("(c) against (b'), which has Rasid's own functions", f"(c)/(b'): {pages}", 1.5),
        (
            "(c) against (a) a core, mode candidates, 10 watch topics, 2% on the subject",
            f"candidates (c)/(a), a core: pages, 10 watch topics, {broker}",
            10.0,
        ),
    ):
        if name in found:
            value = found[name].median
            yield Target(f"{what}: at least {least:g}", f"{value:.2f}", value >= least)
    for articles, least in (("pages", 80), ("plain", 1_000)):
        known = run.find("worker", broker, articles, 1_000)
        if known is not None:
            value = sorted(one.per_second for one in known.rounds)[len(known.rounds) // 2]
            what = "real pages" if articles == "pages" and run.is_real else articles
            yield Target(
                f"articles/s in all, {what}, mode all: more than {least:,}", f"{value:,.0f}", value > least
            )
    for articles in ("pages", "plain"):
        many, few = (run.find("worker", broker, articles, count) for count in (10_000, 10))
        value_ = ratio(many, few, per_second)
        if value_ is not None:
            target = f"10,000 watch topics against 10, throughput, {articles}: at least 0.9"
            yield Target(target, f"{value_.median:.2f}", value_.median >= 0.9)
    for articles in ("pages", "plain"):
        calm = run.trial("worker", EMBEDDED, articles, 1_000).calm
        if calm is not None:
            value, target = (
                calm.percentile(0.99),
                f"alert at {calm.rate:g} articles/s, embedded broker, {articles}",
            )
            yield Target(f"{target}: at most 300 ms at p99", f"{value:,.0f} ms", value <= 300.0)
    if run.quality is not None:
        ours, theirs = run.quality.rasid, run.quality.trafilatura
        yield Target(
            "token F1: not below trafilatura's defaults", f"{ours:.4f} against {theirs:.4f}", ours >= theirs
        )
