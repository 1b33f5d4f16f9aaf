"""What a run found, as it is kept in a file and told on the page."""

import platform
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from statistics import median

import msgspec

from tests.bench.pipeline.latency import Latency
from tests.bench.pipeline.trial import Throughput

_PACKAGES = (
    "faust-streaming", "aiokafka", "trafilatura", "lxml", "langdetect", "msgspec", "pebble", "prometheus-client",
    "quixstreams", "confluent-kafka", "noida-db",
)  # fmt: skip
CEILING = "ceiling"


class Rounds(msgspec.Struct):
    """The rounds of one line, on one broker, on one set of articles."""

    line: str
    broker: str
    articles: str
    watch_topics: int
    rounds: list[Throughput] = []
    latency: Latency | None = None
    """At half of its own throughput."""
    calm: Latency | None = None
    """With hardly anything to do."""


class Hop(msgspec.Struct):
    """CPU milliseconds a message of one hop, in the worker's own process, in its pool, and of the broker."""

    name: str
    message: str
    own_ms: float
    pool_ms: float
    broker_ms: float


class Quality(msgspec.Struct):
    """Token F1 against the gold texts."""

    pages: int
    rasid: float
    trafilatura: float


class Growth(msgspec.Struct):
    """One point of a plot of growth."""

    plot: str
    x: float
    broker: str
    per_second: float
    pss: int
    articles: int


class Share(msgspec.Struct):
    """Where the time of one sort of process goes: shares of the samples that were running."""

    process: str
    samples: int
    shares: dict[str, float]
    hottest: list[tuple[str, float]] = []


class Run(msgspec.Struct):
    """Everything."""

    when: str
    machine: str
    versions: str
    page_set: str
    mean_kilobytes: float
    is_real: bool
    seed: int
    engine: str = "interpreted"
    """Which engine it ran on: compiled as in the image, or why not."""
    counts: dict[str, tuple[int, int]] = {}
    """Articles of a round, and how many of them only warm up, by set."""
    load: list[float] = []
    """The machine's load at the start of each round."""
    trials: list[Rounds] = []
    hops: list[Hop] = []
    quality: Quality | None = None
    growth: list[Growth] = []
    profile: list[Share] = []
    notes: list[str] = []

    def trial(self, line: str, broker: str, articles: str, watch_topics: int) -> Rounds:
        """Return the rounds of a line, made where there are none yet."""
        for one in self.trials:
            if (one.line, one.broker, one.articles, one.watch_topics) == (line, broker, articles, watch_topics):
                return one
        made = Rounds(line, broker, articles, watch_topics)
        self.trials.append(made)
        return made

    def find(self, line: str, broker: str, articles: str, watch_topics: int) -> Rounds | None:
        """Return the rounds of a line, where it was run."""
        found = self.trial(line, broker, articles, watch_topics)
        return found if found.rounds else None


class Spread(msgspec.Struct, frozen=True):
    """A figure of several rounds: the median, the lowest and the highest."""

    median: float
    low: float
    high: float


def spread(values: Sequence[float]) -> Spread:
    """Return the median and the spread of the rounds."""
    return Spread(median(values), min(values), max(values))


def ratio(ours: Rounds | None, theirs: Rounds | None, value: Callable[[Throughput], float]) -> Spread | None:
    """Return ours over theirs round by round, because machines drift; None where they share no round."""
    if ours is None or theirs is None or not ours.rounds or not theirs.rounds:
        return None
    others = {other.round: other for other in theirs.rounds}
    found = [value(one) / value(others[one.round]) for one in ours.rounds if one.round in others]
    return spread(found) if found else None


def with_broker(found: Throughput) -> float:
    """Return articles a second of CPU time, the broker's included."""
    return found.articles / (found.cpu_own + found.cpu_started + found.cpu_broker)


def versions() -> str:
    """Return the versions that matter for speed."""
    found = [f"Python {platform.python_version()}"]
    for name in _PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)
