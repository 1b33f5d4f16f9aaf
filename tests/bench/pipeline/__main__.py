"""The benchmark of the pipeline: `python -m tests.bench.pipeline`, or `make bench`.

See tests/bench/README.md for what it measures and what it does not.
"""

import argparse
import importlib.util
import logging
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from tests.bench import brokers
from tests.bench.compiled import compiled_or_why_not
from tests.bench.pipeline import growth, growth_page, hops, hot_spots, page, pins, rounds
from tests.bench.pipeline.material import Material
from tests.bench.pipeline.quality import quality
from tests.bench.pipeline.results import Run, versions
from tests.bench.pipeline.rounds import Arena, Work
from tests.bench.processes import FailedError
from tests.bench.results import machine
from tests.kafka.broker import what_is_missing

SEED = 1
PAGES, PLAIN = Work("pages", 1_000, 543, 60, 30.0), Work("plain", 1_000, 2_500, 400, 20.0)
FULL = (
    PAGES,
    PLAIN,
    PAGES._replace(watch_topics=10, latency_seconds=0),
    PAGES._replace(watch_topics=10_000, latency_seconds=0),
)
QUICK = (PAGES._replace(articles=241, warm_up=40), PLAIN._replace(articles=600, warm_up=100))
PARTS = ("rounds", "latency", "hops", "quality", "growth", "profile")
BACKLOG = 200_000


def main(arguments: list[str]) -> int:
    """Run the benchmark as the arguments say.

    Returns:
        0 whether the targets are reached or not; 1 where `--check` finds a ratio that has fallen.
    """
    asked = _parsed(arguments)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it tells of each try to reach a broker that starts
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # brokers and workers end as well
    if asked.from_samples:
        run = msgspec.json.decode(asked.from_samples.read_bytes(), type=Run)
    else:
        with tempfile.TemporaryDirectory(prefix="rasid-bench-") as name:
            run = _run(asked, Path(name))
    if asked.check or asked.pin:
        return pins.pin(run) if asked.pin else pins.check(run)
    text = page.page(run)
    if asked.write:
        (asked.write / "performance.md").write_text(text, encoding="utf-8")
        growth_page.write_plots(run, asked.write)
    else:
        sys.stdout.write(text)
    return 0


def _run(asked: argparse.Namespace, folder: Path) -> Run:
    is_short = asked.check or asked.pin
    material = Material(folder / "material", SEED, is_written=is_short)
    known = asked.add_to and asked.add_to.exists()
    run = msgspec.json.decode(asked.add_to.read_bytes(), type=Run) if known else _new_run(material)
    works = [
        work.scaled(asked.share)
        for work in (pins.WORKS if is_short else QUICK if asked.quick else FULL)
        if not asked.watch_topics or work.watch_topics in asked.watch_topics
    ]
    parts = ("rounds",) if is_short else asked.parts or (("rounds",) if asked.quick else PARTS)
    has_kafka = not asked.embedded and what_is_missing() is None
    kinds = [brokers.KAFKA, brokers.EMBEDDED] if has_kafka else [brokers.EMBEDDED]
    if is_short:
        del kinds[1:]
    has_quix = importlib.util.find_spec("quixstreams") is not None
    contenders = rounds.contenders_on(kinds, with_quix=has_quix and not is_short)
    engine = None
    if not is_short:  # the pins are of the sources, which need no compiler
        engine, why_not = compiled_or_why_not(_say)
        run.engine = (
            "compiled by `deploy/compile-engine`, as in the image" if engine else f"interpreted: {why_not}"
        )
    arena = Arena(folder, material, _say, engine)

    def keep() -> None:
        if asked.samples:
            asked.samples.write_bytes(msgspec.json.encode(run))

    def tried(part: str, do: Callable[[], None]) -> None:
        if part in parts:
            try:
                do()
            except FailedError as error:
                run.notes.append(f"{part}: {str(error)[:400]}")
                _say(run.notes[-1])
            keep()

    try:
        usual = pins.PIN_ROUNDS if asked.pin else pins.ROUNDS if asked.check else 1 if asked.quick else 3
        for _ in range(asked.rounds or usual):
            tried("rounds", lambda: rounds.play(run, arena, works, contenders, len(run.load)))
        tried("latency", lambda: rounds.measure_latency(run, arena, works, contenders))
        tried("hops", lambda: _hops(run, arena, kinds[0], works[:2]))
        tried("quality", lambda: setattr(run, "quality", quality(material.page_set.pages)))
        tried("profile", lambda: run.profile.extend(_profile(arena, kinds[0], works[:2])))
        tried("growth", lambda: growth.grow(run, arena, kinds[0], works[:2], asked.backlog))
    finally:
        arena.close()
        keep()
    return run


def _hops(run: Run, arena: Arena, broker: str, works: Sequence[Work]) -> None:
    for work in works:
        whole = run.find("worker", broker, work.name, work.watch_topics)
        if whole is not None:
            run.hops += hops.article_hops(arena, work, whole)
    run.hops.append(hops.alert_hop(arena, broker, works[0]))


def _profile(arena: Arena, broker: str, works: Sequence[Work]) -> list[hot_spots.Share]:
    return [share for work in works for share in hot_spots.hot_spots(arena, broker, work)]


def _new_run(material: Material) -> Run:
    return Run(
        when=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        machine=machine(),
        versions=versions(),
        page_set=material.page_set.name,
        mean_kilobytes=material.page_set.mean_kilobytes,
        is_real=material.page_set.is_real,
        seed=SEED,
    )


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.pipeline", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a short run: one round of few articles")
    parser.add_argument("--rounds", type=int, help="how many rounds")
    parser.add_argument("--embedded", action="store_true", help="on the embedded broker only")
    parser.add_argument("--parts", nargs="+", choices=PARTS, help="what to measure")
    parser.add_argument("--backlog", type=int, default=BACKLOG, help="articles of the backlog; 0 for none")
    parser.add_argument("--share", type=float, default=1.0, help="of the articles, for a busy or slow machine")
    parser.add_argument("--watch-topics", type=int, nargs="+", help="rounds with these numbers of them only")
    parser.add_argument("--samples", type=Path, metavar="FILE", help="keep what is found there, as JSON")
    parser.add_argument("--add-to", type=Path, metavar="FILE", help="go on with what another run has kept")
    parser.add_argument("--from-samples", type=Path, metavar="FILE", help="run nothing, write the page from FILE")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write performance.md and its plots there")
    parser.add_argument("--check", action="store_true", help="a short run: has a ratio fallen below its pin?")
    parser.add_argument("--pin", action="store_true", help="a short run whose ratios are pinned from now on")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
