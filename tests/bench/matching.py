"""The benchmark of the matching engine: `python -m tests.bench.matching`, or `make bench-matching`.

See README.md beside this file for what it measures and what it does not.
"""

import argparse
import hashlib
import pickle
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
import yaml

from tests.bench import agreement, peer, report, results
from tests.bench.articles import Article, articles
from tests.bench.compiled import compiled_or_why_not
from tests.bench.generated import SIZES, WatchTopicData, watch_topics
from tests.bench.measure import FILES, Measured, Request
from tests.bench.processes import FailedError, measured
from tests.bench.trees import checked
from tests.bench.vocabulary import ROOT, vocabularies

SEED = 1


class Extent(NamedTuple):
    """How much is measured."""

    sizes: tuple[int, ...]
    rounds: int
    warm_up: int
    measured: int
    peer_seconds: float


FULL = Extent(SIZES, 3, 600, 450, 12.0)
QUICK = Extent((10, 1_000), 1, 90, 90, 3.0)


class Material(NamedTuple):
    """The watch topics and articles of a run, and the files that hand them to the processes."""

    folder: Path
    watch_topics: list[WatchTopicData]
    articles: list[Article]
    files: list[str]
    fingerprint: str

    def request(self, size: int, extent: Extent) -> Request:
        """Return what our process is asked."""
        return Request(
            str(self.folder / f"{size}.pickle"), str(self.folder / "articles.json"), extent.warm_up, self.files
        )

    def peer_request(self, task: str, size: int, extent: Extent, pairs: list[agreement.Pair]) -> peer.PeerRequest:
        """Return what the peer is asked."""
        return peer.PeerRequest(
            task=task,
            watch_topics=str(self.folder / f"{size}.json"),
            articles=str(self.folder / "articles.json"),
            warm_up=extent.warm_up,
            warm_up_seconds=extent.peer_seconds,
            pairs=pairs,
        )


class Rounds(NamedTuple):
    """What was measured, by number of watch topics: `ours` is compiled if that is possible, and then judged."""

    ours: dict[int, list[Measured]]
    interpreted: dict[int, list[Measured]]
    peers: dict[int, list[peer.PeerMeasured]]


def prepare(folder: Path, extent: Extent, seed: int) -> Material:
    """Generate and check everything, and write it down."""
    vocabulary = vocabularies(seed)
    made = watch_topics(max(extent.sizes), vocabulary, seed)
    read = [checked(data) for data in made]
    written = articles(extent.warm_up + extent.measured, vocabulary, seed)
    content = msgspec.json.encode(written)
    (folder / "articles.json").write_bytes(content)
    for size in extent.sizes:
        (folder / f"{size}.pickle").write_bytes(pickle.dumps(read[:size]))
        handed = [{"id": topic.id, "terms": topic.terms, "expression": topic.expression} for topic in read[:size]]
        (folder / f"{size}.json").write_bytes(msgspec.json.encode(handed))
    files = [yaml.safe_dump(data, allow_unicode=True, sort_keys=False) for data in made[:FILES]]
    fingerprint = hashlib.sha256(msgspec.json.encode(made) + content).hexdigest()[:12]
    return Material(folder, made, written, files, fingerprint)


def run(extent: Extent, seed: int, *, with_peer: bool) -> results.Results:
    """Run the benchmark and sum it up."""
    when, machine = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"), results.machine()
    missing = peer.build() if with_peer else "left out by --no-peer"
    engine, not_compiled = compiled_or_why_not(_say)
    with tempfile.TemporaryDirectory(prefix="rasid-bench-") as folder:
        _say("generating watch topics and articles")
        material = prepare(Path(folder), extent, seed)
        made = Rounds(*({size: [] for size in extent.sizes} for _ in range(3)))
        for number in range(extent.rounds):
            for size in extent.sizes:
                sides = [*(["interpreted"] if engine else []), "ours", *([] if missing else ["peer"])]
                for side in sides if number % 2 == 0 else sides[::-1]:
                    if side == "peer":
                        request = material.peer_request("match", size, extent, [])
                        made.peers[size].append(peer.match(material.folder, request))
                        speed = results.per_second(made.peers[size][-1].nanoseconds)
                    else:
                        rounds, taken = (made.ours, engine) if side == "ours" else (made.interpreted, None)
                        rounds[size].append(measured(material.folder, material.request(size, extent), taken))
                        speed = results.per_second(rounds[size][-1].warm)
                    _say(f"round {number + 1}, {size:,} watch topics, {side}: {speed:.0f} articles/s")
        return _summed_up(extent, seed, material, made, (when, machine, missing, not_compiled))


def _summed_up(
    extent: Extent,
    seed: int,
    material: Material,
    made: Rounds,
    about: tuple[str, str, str | None, str | None],
) -> results.Results:
    ours, interpreted, peers = made
    smallest, largest = min(extent.sizes), max(extent.sizes)
    sizes: list[results.Size] = []
    for size in extent.sizes:
        summed = results.summed_up(size, ours[size], ours[smallest])
        if peers[size]:
            counts = agreement.agreement(ours[size][0].matches, peers[size][0].matches)
            summed = results.with_peer(summed, ours[size], peers[size], tuple(counts))
        sizes.append(summed)
    reasons = _reasons(extent, seed, material, ours[largest], peers[largest])
    one, other = ours[largest][0], next(iter(peers[largest]), None)
    terms = [
        len(terms)
        for data in material.watch_topics
        for group in data["terms"].values()
        for terms in group.values()
    ]
    when, machine, missing, not_compiled = about
    return results.Results(
        when=when,
        machine=machine,
        python=one.python,
        peer_versions=f"Lucene {other.lucene} on Java {other.java}" if other else "",
        peer_missing=missing,
        not_compiled=not_compiled,
        rounds=extent.rounds,
        measured_articles=extent.measured,
        warm_up_articles=extent.warm_up,
        seed=seed,
        fingerprint=material.fingerprint,
        engine=_engine(),
        terms_each=sum(terms) / len(material.watch_topics),
        distinct_words=one.distinct_words,
        new_words=one.new_words,
        sizes=sizes,
        interpreted=[
            results.summed_up(size, interpreted[size], interpreted[smallest])
            for size in extent.sizes
            if interpreted[size]
        ],
        targets=results.targets(sizes),
        differences=[results.Difference(*found) for found in agreement.categories(reasons)],
        sampled=len(reasons),
    )


def _reasons(
    extent: Extent, seed: int, material: Material, ours: list[Measured], peers: list[peer.PeerMeasured]
) -> list[agreement.Reason]:
    """Explain a sample of the differences at the largest size."""
    if not peers:
        return []
    later = material.articles[extent.warm_up :]
    numbers = {data["id"]: number for number, data in enumerate(material.watch_topics)}
    sampled = agreement.sample(ours[0].matches, peers[0].matches, numbers, seed)

    def ask(pairs: list[agreement.Pair]) -> peer.PeerTerms:
        moved = [(article + extent.warm_up, topic) for article, topic in pairs]
        request = material.peer_request("terms", max(extent.sizes), extent, moved)
        return peer.terms(material.folder, request)

    return agreement.explain(sampled, material.watch_topics, later, ask)


def _engine() -> str:
    """Return a hash of the engine's sources, so that two pages can be told apart before there is a commit."""
    sources = sorted((ROOT / "worker" / "domain").glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def main(arguments: list[str]) -> int:
    """Run the benchmark as the arguments say; returns 0 whether the targets are reached or not."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.matching", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a short run: 10 and 1,000 watch topics, one round")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    parser.add_argument("--write", type=Path, metavar="FILE", help="also write the page there")
    parser.add_argument("--rounds", type=int, help="how many rounds")
    parser.add_argument("--sizes", type=int, nargs="+", help="how many watch topics")
    parser.add_argument("--no-peer", action="store_true", help="without Lucene Monitor")
    parser.add_argument("--seed", type=int, default=SEED)
    chosen = parser.parse_args(arguments)
    extent = QUICK if chosen.quick else FULL
    if chosen.rounds:
        extent = extent._replace(rounds=chosen.rounds)
    if chosen.sizes:
        extent = extent._replace(sizes=tuple(sorted(chosen.sizes)))
    try:
        found = run(extent, chosen.seed, with_peer=not chosen.no_peer)
    except FailedError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    page = report.page(found)
    if chosen.write:
        chosen.write.write_text(page, encoding="utf-8")
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(found)).decode() + "\n" if chosen.json else page)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
