"""Workers as processes of their own, on one set of Kafka topics: started, hurt, ended, watched."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiokafka.errors import KafkaError

from tests.kafka.broker import ROOT, kafka_version
from tests.kafka.checker import Articles, Recount, recount
from worker.adapters.embedded_broker import free_port
from worker.adapters.kafka_admin import BrokerError, PartitionStatus, partition_status
from worker.entrypoints.replay import publish
from worker.entrypoints.sources import Item
from worker.settings import Settings
from worker.streaming import kafka_topics

READ = (
    kafka_topics.ARTICLES_RAW, kafka_topics.ARTICLES_EXTRACTED, kafka_topics.MATCHES, kafka_topics.ALERTS,
)  # fmt: skip
SESSION_SECONDS = 6.0
"""The shortest that Kafka takes unasked: after it a lost worker's partitions go to others."""
START_SECONDS = 120.0
STOP_SECONDS = 60.0
RECOVERY_SECONDS = 150.0
ANSWER_SECONDS = 60.0
FLOW_SECONDS = 0.5
FLOW_ARTICLES = 20
"""Published each time: less than one worker does, so that nothing piles up."""


@dataclass
class Worker:
    """One worker's process."""

    settings: Settings
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    """What it finds in the environment beyond the settings of the trial."""
    module: str = "worker"
    web_port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def log_file(self) -> Path:
        return self.folder / "worker.log"

    def launch(self) -> None:
        """Start the process and do not wait for it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        environment = os.environ | {
            "RASID_BROKER": self.settings.broker,
            "RASID_KAFKA_PREFIX": self.settings.kafka_prefix,
            "RASID_WATCH_TOPICS": str(self.settings.watch_topics),
            "RASID_DATA_DIR": str(self.folder / "data"),
            "RASID_RECEIVERS": str(self.folder / "no-receivers.yaml"),
            "RASID_WEB_PORT": str(self.web_port),
            "RASID_POOL_PROCESSES": "1",
            "RASID_SESSION_TIMEOUT_SECONDS": str(SESSION_SECONDS),
            **self.environment,
        }
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module, "worker"], cwd=ROOT, env=environment, stdout=log, stderr=log
            )

    def start(self) -> None:
        """Start the process and wait until it is ready."""
        self.launch()
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        self.until(self.is_ready, "ready", START_SECONDS)

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.web_port}/readyz", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.HTTPError, OSError):
            return False

    def tell(self, which: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(which)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(STOP_SECONDS)

    def pool_children(self) -> list[int]:
        """Return the ids of the processes of its pool."""
        assert self.process is not None
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                if parent == self.process.pid and b"spawn_main" in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
        return found

    def kill_a_child(self) -> None:
        """Kill a process of its pool, as soon as there is one; another takes its place in a moment."""
        children: list[int] = []
        while not children:
            children = self.pool_children()
        os.kill(children[0], signal.SIGKILL)

    def until(self, condition: Callable[[], bool], what: str, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert self.process is not None
            if self.process.poll() is not None:
                pytest.fail(f"the worker ended with {self.process.returncode}:\n{self.log_tail()}")
            if time.monotonic() > deadline:
                pytest.fail(f"not {what} within {seconds:.0f} s:\n{self.log_tail()}")
            time.sleep(0.1)

    def log_tail(self) -> str:
        return self.log_file.read_text(errors="replace")[-3000:]


@dataclass
class Trial:
    """One test's Kafka topics, articles and workers, on a broker that others may share."""

    settings: Settings
    folder: Path
    kafka_version: str = field(default_factory=kafka_version)
    articles: Articles = field(default_factory=Articles)
    workers: list[Worker] = field(default_factory=list)
    recovery_seconds: list[float] = field(default_factory=list)

    def worker(self, module: str = "worker", **environment: object) -> Worker:
        """Return one more worker, not started, with more in its environment than the trial's settings."""
        given = {name: str(value) for name, value in environment.items()}
        worker = Worker(self.settings, self.folder / f"worker-{len(self.workers)}", given, module)
        self.workers.append(worker)
        return worker

    def publish(self, count: int) -> None:
        """Publish so many articles more; the broker has confirmed them when this returns."""
        self._publish(self.articles.add(count))

    @contextlib.contextmanager
    def flowing(self) -> Iterator[None]:
        """Publish a few articles more every moment, so that what happens meanwhile happens in mid-stream.

        A worker may have done all of a fixed number before a second one has even joined.
        """
        ended = threading.Event()

        def publish_on() -> None:
            while not ended.wait(FLOW_SECONDS):
                self.publish(FLOW_ARTICLES)

        with ThreadPoolExecutor(1) as thread:
            flow = thread.submit(publish_on)
            try:
                yield
            finally:
                ended.set()
        flow.result()

    def publish_text(self, text: str) -> str:
        """Publish one article more, with this text, and return its id."""
        name, value = self.articles.add_text(text)
        self._publish([value])
        return name

    def _publish(self, values: Sequence[bytes]) -> None:
        items = [Item(str(number), None, value, 0) for number, value in enumerate(values)]
        assert asyncio.run(publish(self.settings, iter(items))) == len(values)

    def status(self, *names: str) -> list[PartitionStatus]:
        """Return where Kafka topics and the group stand; a broker that was just hurt is asked again."""
        prefix, deadline = self.settings.kafka_prefix, time.monotonic() + ANSWER_SECONDS
        group, names = prefix + self.settings.group, tuple(prefix + name for name in names)
        while True:
            try:
                return asyncio.run(partition_status(self.settings.broker, group, names))
            except (BrokerError, KafkaError, OSError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.5)

    def tagged(self) -> int:
        """Return how many records articles.tagged holds now."""
        return sum(one.end - one.begin for one in self.status(kafka_topics.ARTICLES_TAGGED.name))

    def matches(self) -> int:
        """Return how many records `matches` holds now."""
        return sum(one.end - one.begin for one in self.status(kafka_topics.MATCHES.name))

    def lag(self) -> int:
        """Return how many messages the agents have still to commit."""
        return sum(one.lag for one in self.status(*(one.name for one in READ)))

    def wait_for_tagged(self, count: int, seconds: float = RECOVERY_SECONDS) -> None:
        """Wait until articles.tagged holds so many records: the worker is in mid-stream then."""
        self._until(lambda: self.tagged() >= count, f"{count} tagged articles", seconds)

    def recovering(self, since: float, before: int) -> None:
        """Wait until articles are tagged again, or all is done, and note the seconds since the fault."""
        self._until(lambda: self.tagged() > before or self.lag() == 0, "recovered", RECOVERY_SECONDS)
        self.recovery_seconds.append(time.monotonic() - since)

    def settle(self) -> None:
        """Wait until every agent has committed all that was written for it, twice in a row."""
        self._until(lambda: self.lag() == 0 and self.lag() == 0, "without lag", self.settle_seconds)

    def wait_for_alerts(self) -> None:
        """Wait until every article is in its alert: a desk holds back for seconds what it takes for a replay."""
        self._until(lambda: not self.recount().alerts_missing, "every alert", RECOVERY_SECONDS)

    @property
    def settle_seconds(self) -> float:
        return 180.0 + len(self.articles.values) / 10

    def recount(self) -> Recount:
        return asyncio.run(recount(self.settings, self.articles))

    def end(self) -> None:
        """End what still runs, at once."""
        for worker in self.workers:
            if worker.process is not None and worker.process.poll() is None:
                worker.tell(signal.SIGCONT)
                worker.stop(signal.SIGKILL)

    def _until(self, condition: Callable[[], bool], what: str, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while True:
            if condition():
                return
            if time.monotonic() > deadline:
                tails = "\n".join(worker.log_tail() for worker in self.workers)
                pytest.fail(f"not {what} within {seconds:.0f} s; lag {self._lag_text()}\n{tails}")
            time.sleep(0.3)

    def _lag_text(self) -> str:
        try:
            names = [one.name for one in READ]
            return ", ".join(f"{one.kafka_topic}[{one.partition}] {one.lag}" for one in self.status(*names))
        except (BrokerError, KafkaError, OSError) as error:
            return repr(error)


def start_all(workers: Sequence[Worker]) -> None:
    """Start workers side by side and wait until each is ready."""
    for worker in workers:
        worker.launch()
    for worker in workers:
        worker.wait_until_ready()
