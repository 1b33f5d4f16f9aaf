"""The peer: Lucene Monitor, as a small Java program under peer/, on the same watch topics and articles."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tests.bench.processes import one_core, run

FOLDER = Path(__file__).resolve().parent / "peer"
# Two passes of the presearcher were a little quicker than one (TermFilteredPresearcher) at 10,000 watch topics.
PASSES = 2


class PeerRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What the Java program is asked: to match articles, or which terms of watch topics articles hold."""

    task: str
    watch_topics: str
    articles: str
    warm_up: int = 0
    warm_up_seconds: float = 0.0
    passes: int = PASSES
    pairs: list[tuple[int, int]] = []


class PeerMeasured(msgspec.Struct, frozen=True):
    """What the Java program measured."""

    lucene: str
    java: str
    nanoseconds: list[int]
    matches: list[list[str]]
    queries_run: int
    build_seconds: float
    index_bytes: int


class PeerTerms(msgspec.Struct, frozen=True):
    """For each pair of article and watch topic the (group, term, word) found, and what is empty for Lucene."""

    found: list[list[tuple[str, str, str]]]
    empty: list[list[tuple[str, str]]]


def build() -> str | None:
    """Compile the Java program, where Java 17 and Maven are; return in one line why not, or None."""
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            return f"no {program} on this machine"
    maven = [
        "mvn",
        "--quiet",
        "--batch-mode",
        "--no-transfer-progress",
        "--file",
        str(FOLDER / "pom.xml"),
        "compile",
    ]
    try:
        done = subprocess.run(maven, capture_output=True, text=True, timeout=600, check=False)
    except subprocess.TimeoutExpired:
        return "Maven did not finish in ten minutes"
    if done.returncode:
        lines = [line for line in done.stdout.splitlines() if line.startswith("[ERROR]")]
        return f"Maven could not build it: {(lines or ['no reason given'])[0][:300]}"
    return None


def match(folder: Path, request: PeerRequest) -> PeerMeasured:
    """Match the articles in a fresh Java process on one core."""
    return msgspec.json.decode(_ask(folder, request), type=PeerMeasured)


def terms(folder: Path, request: PeerRequest) -> PeerTerms:
    """Ask which terms are found in articles."""
    return msgspec.json.decode(_ask(folder, request), type=PeerTerms)


def _ask(folder: Path, request: PeerRequest) -> bytes:
    asked, answered = folder / "peer-request.json", folder / "peer-result.json"
    asked.write_bytes(msgspec.json.encode(request))
    with one_core():
        run([*_java(), "Peer", str(asked), str(answered)])
    return answered.read_bytes()


def _java() -> Sequence[str]:
    target = FOLDER / "target"
    # One core has one collector thread anyway; a fixed heap keeps the collector from growing it while we measure.
    return (
        "java",
        "-XX:+UseSerialGC",
        "-Xms3g",
        "-Xmx3g",
        "-cp",
        f"{target / 'classes'}:{target / 'libraries'}/*",
    )
