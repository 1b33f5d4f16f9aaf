"""One broker of Apache Kafka for the whole run, and a trial of its own for each test."""

import asyncio
import contextlib
import logging
import os
import re
import signal
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.kafka.broker import (
    ROOT,
    Broker,
    MissingError,
    kafka_jars,
    kafka_version,
    oldest_kafka_version,
    what_is_missing,
)
from tests.kafka.checker import Recount
from tests.kafka.report import row_of, write_row
from tests.kafka.workers import Trial
from worker.entrypoints.kafka import init_kafka_topics
from worker.settings import Settings

# Brokers that were just ended answer nobody; what the tests' own clients say of it would hide what matters.
logging.getLogger("aiokafka").setLevel(logging.CRITICAL)

TIMEOUT_SECONDS = 900
WATCH_TOPICS = ("moscow-attack.yaml", "intelligence-sharing.yaml")
SHORT_FORM = 2_000
SHARED = ("test_kafka_doors.py", "test_leader_loss.py", "test_oldest_kafka.py", "test_procedures.py")
"""Files whose tests share brokers of their own: one process runs them all."""


def pytest_configure(config: pytest.Config) -> None:
    """Fetch the jars once, before several processes ask for them at the same time."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    for version in (kafka_version(), oldest_kafka_version()):
        with contextlib.suppress(MissingError):  # the tests say it
            kafka_jars(version)


class BrokerScheduling(LoadScopeScheduling):
    """Gives each test to the next free process, and all that share a broker of their own to the same one.

    xdist's own `loadgroup` does that by marks, but not with pytest 9.2, where it spreads them all (xdist 3.8.0).
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file if Path(file).name in SHARED else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> BrokerScheduling:
    return BrokerScheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give faults minutes, and skip what needs Kafka where it cannot run: one line a file and not one a test."""
    missing = None if os.environ.get("CI") == "true" else what_is_missing()
    for item in items:
        if not item.path.is_relative_to(Path(__file__).parent):
            continue
        item.add_marker(pytest.mark.timeout(TIMEOUT_SECONDS * max(1, article_count() // SHORT_FORM)))
        if missing and "jars" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.skip(reason=f"no Apache Kafka: {missing}"))


def article_count() -> int:
    """Return how many articles a fault is tried on: 2,000, or what `make soak` asks for."""
    return int(os.environ.get("ARTICLES", str(SHORT_FORM)))


@pytest.fixture(scope="session")
def jars() -> Path:
    return jars_of(kafka_version())


def jars_of(version: str) -> Path:
    """Return the jars of a version of Apache Kafka; without them skip, or fail where CI asks for them."""
    try:
        return kafka_jars(version)
    except MissingError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(f"no Apache Kafka: {error}")
        pytest.skip(f"no Apache Kafka: {error}")


@pytest.fixture(scope="session")
def broker(jars: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with Broker(jars, tmp_path_factory.mktemp("kafka") / "broker").running(signal.SIGTERM) as broker:
        yield broker


@pytest.fixture
def count() -> int:
    return article_count()


@pytest.fixture
def trial(broker: Broker, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Trial]:
    name = re.sub(r"[^a-z0-9-]", "-", request.node.name.lower())[:40]
    prefix = f"{name}-{zlib.crc32(request.node.name.encode()):08x}."
    yield from new_trial(tmp_path, Settings(broker=broker.address, kafka_prefix=prefix))


def new_trial(folder: Path, settings: Settings) -> Iterator[Trial]:
    """Yield a trial with its Kafka topics and watch topics; end its workers afterwards."""
    watch_topics = folder / "watch"
    watch_topics.mkdir()
    for name in WATCH_TOPICS:
        text = (ROOT / "topics" / "watch" / name).read_text("utf-8")
        (watch_topics / name).write_text(text.replace("group_wait: 1m", "group_wait: 1s"), "utf-8")
    given = {name: getattr(settings, name) for name in ("broker", "kafka_prefix", "replication")}
    trial = Trial(Settings(**given, watch_topics=watch_topics, data_dir=folder / "data"), folder)
    asyncio.run(init_kafka_topics(trial.settings))
    try:
        yield trial
    finally:
        trial.end()


@pytest.fixture
def nothing_is_lost(trial: Trial, request: pytest.FixtureRequest) -> Callable[..., Recount]:
    """Return a check that counts everything again, writes the row of the test, and asserts the promise."""

    def check(fault: str, promise: str = "nothing lost", tolerated: tuple[str, ...] = ()) -> Recount:
        trial.settle()
        recount = trial.recount()
        row = row_of(fault, promise, request.node.name, recount, trial.recovery_seconds, trial.kafka_version)
        write_row(row)
        broken = {name: what for name, what in recount.promises_broken().items() if name not in tolerated}
        assert not broken, broken
        return recount

    return check
