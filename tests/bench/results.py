"""What a run of the benchmark found, summed up over its rounds, and whether the targets are reached."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import msgspec

from tests.bench.measure import Measured
from tests.bench.peer import PeerMeasured

MEGABYTE = 1_000_000
_SMALLEST, _MIDDLE, _LARGEST = 10, 1_000, 10_000


class Figure(msgspec.Struct, frozen=True):
    """A figure of several rounds: the median, the lowest and the highest."""

    median: float
    low: float
    high: float


class PeerSize(msgspec.Struct, frozen=True, kw_only=True):
    """Lucene Monitor at one size. `ratio` is our articles a second over its own, round by round."""

    per_second: Figure
    p50_ms: float
    p99_ms: float
    ratio: Figure
    build_seconds: float
    index_megabytes: float
    queries_run: float
    matches: float
    both: int
    ours_alone: int
    peers_alone: int
    precision: float
    recall: float


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """Rasid at one size."""

    watch_topics: int
    per_second: Figure
    p50_ms: float
    p99_ms: float
    cold_per_second: Figure
    again_per_second: Figure
    cost: Figure | None  # ms an article over that at the smallest size, round by round
    build_seconds: Figure
    index_megabytes: float
    all_megabytes: float
    file_ms: float
    matches: float
    peer: PeerSize | None = None


class Target(msgspec.Struct, frozen=True):
    """A target of the issue, what was measured, and whether it is reached."""

    target: str
    measured: str
    reached: bool


class Difference(msgspec.Struct, frozen=True):
    """Why one side found matches that the other did not, counted in a sample."""

    found_by: str
    why: str
    count: int
    example: str


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """All that a run found."""

    when: str
    machine: str
    python: str
    peer_versions: str
    peer_missing: str | None
    not_compiled: str | None  # why `sizes` are those of the interpreted engine, where they are
    rounds: int
    measured_articles: int
    warm_up_articles: int
    seed: int
    fingerprint: str
    engine: str
    terms_each: float
    distinct_words: float
    new_words: float
    sizes: list[Size]
    interpreted: list[Size]  # beside the compiled engine
    targets: list[Target]
    differences: list[Difference]
    sampled: int


def figure(values: Sequence[float]) -> Figure:
    """Return the median and the spread of the rounds."""
    return Figure(median(values), min(values), max(values))


def per_second(nanoseconds: Sequence[int]) -> float:
    """Return articles a second."""
    return len(nanoseconds) / (sum(nanoseconds) / 1e9)


def percentile_ms(rounds: Sequence[Sequence[int]], share: float) -> float:
    """Return a percentile of the milliseconds an article, the median of the rounds."""
    return median(sorted(one)[min(len(one) - 1, int(len(one) * share))] / 1e6 for one in rounds)


def summed_up(size: int, rounds: Sequence[Measured], smallest: Sequence[Measured]) -> Size:
    """Sum up our rounds at a size; `smallest` are those at the smallest, in the same order."""
    cost = None
    if rounds is not smallest:
        pairs = zip(rounds, smallest, strict=True)
        cost = figure([per_second(least.warm) / per_second(one.warm) for one, least in pairs])
    warm = [one.warm for one in rounds]
    return Size(
        watch_topics=size,
        per_second=figure([per_second(one) for one in warm]),
        p50_ms=percentile_ms(warm, 0.5),
        p99_ms=percentile_ms(warm, 0.99),
        cold_per_second=figure([per_second(one.cold) for one in rounds]),
        again_per_second=figure([per_second(one.again) for one in rounds]),
        cost=cost,
        build_seconds=figure([one.build_seconds for one in rounds]),
        index_megabytes=median((one.rss_built - one.rss_loaded) / MEGABYTE for one in rounds),
        all_megabytes=median((one.rss_end - one.rss_start) / MEGABYTE for one in rounds),
        file_ms=median(one.file_seconds * 1_000 for one in rounds),
        matches=sum(map(len, rounds[0].matches)) / len(rounds[0].matches),
    )


def with_peer(
    size: Size, rounds: Sequence[Measured], peers: Sequence[PeerMeasured], counts: tuple[int, int, int]
) -> Size:
    """Add the peer's rounds and the counts of matches: found by both, by us alone, by the peer alone."""
    both, ours, theirs = counts
    warm = [one.nanoseconds for one in peers]
    found = len(peers[0].matches)
    peer = PeerSize(
        per_second=figure([per_second(one) for one in warm]),
        p50_ms=percentile_ms(warm, 0.5),
        p99_ms=percentile_ms(warm, 0.99),
        ratio=figure(
            [
                per_second(one.warm) / per_second(other.nanoseconds)
                for one, other in zip(rounds, peers, strict=True)
            ]
        ),
        build_seconds=median(one.build_seconds for one in peers),
        index_megabytes=median(one.index_bytes / MEGABYTE for one in peers),
        queries_run=peers[0].queries_run / found,
        matches=sum(map(len, peers[0].matches)) / found,
        both=both,
        ours_alone=ours,
        peers_alone=theirs,
        precision=both / max(1, both + ours),
        recall=both / max(1, both + theirs),
    )
    return msgspec.structs.replace(size, peer=peer)


def targets(sizes: Sequence[Size]) -> list[Target]:
    """Return the issue's targets for the sizes that were measured."""
    by_size = {size.watch_topics: size for size in sizes}
    found: list[Target] = []

    def add(target: str, measured: str, reached: bool) -> None:
        found.append(Target(target, measured, reached))

    for count, least in ((_MIDDLE, 500), (_LARGEST, 250)):
        if size := by_size.get(count):
            value = size.per_second.median
            add(f"{count:,} watch topics: at least {least} articles/s", f"{value:.0f}", value >= least)
        if size and size.peer:
            ratio = size.peer.ratio.median
            add(f"{count:,} watch topics: ahead of Lucene Monitor", f"{ratio:.2f} times", ratio > 1)
    largest = by_size.get(_LARGEST)
    if largest and largest.cost and _SMALLEST in by_size:
        cost = largest.cost.median
        add("10,000 watch topics: at most 3 times the cost of 10", f"{cost:.1f} times", cost <= 3)
    if largest:
        seconds, megabytes = largest.build_seconds.median, largest.all_megabytes
        add("10,000 watch topics: index built in under 10 s", f"{seconds:.1f} s", seconds < 10)
        add("10,000 watch topics: under 500 MB with the watch topics", f"{megabytes:.0f} MB", megabytes < 500)
    return found


def machine() -> str:
    """Return the processor, how many cores there are, and how busy they were."""
    names = [line.partition(":")[2].strip() for line in _cpu_lines() if line.startswith("model name")]
    load = f", load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    return f"{names[0] if names else platform.processor() or platform.machine()}, {os.cpu_count()} cores{load}"


def _cpu_lines() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []
