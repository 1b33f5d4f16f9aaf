"""Workers as processes of their own, on one set of Kafka topics: started, hurt, ended, watched."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiokafka.errors import KafkaError

from tests.kafka.broker import ROOT
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
START_SECONDS = 120.0
STOP_SECONDS = 60.0
RECOVERY_SECONDS = 150.0


@dataclass
class Worker:
    """One worker's process."""

    settings: Settings
    folder: Path
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
        }
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "worker", "worker"], cwd=ROOT, env=environment, stdout=log, stderr=log
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
    articles: Articles = field(default_factory=Articles)
    workers: list[Worker] = field(default_factory=list)
    recovery_seconds: list[float] = field(default_factory=list)

    def worker(self) -> Worker:
        """Return one more worker, not started."""
        worker = Worker(self.settings, self.folder / f"worker-{len(self.workers)}")
        self.workers.append(worker)
        return worker

    def publish(self, count: int) -> None:
        """Publish so many articles more; the broker has confirmed them when this returns."""
        items = [Item(str(number), None, value, 0) for number, value in enumerate(self.articles.add(count))]
        assert asyncio.run(publish(self.settings, iter(items))) == count

    def status(self, *names: str) -> list[PartitionStatus]:
        prefix = self.settings.kafka_prefix
        group = prefix + self.settings.group
        return asyncio.run(partition_status(self.settings.broker, group, [prefix + name for name in names]))

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
            with contextlib.suppress(BrokerError, KafkaError, OSError):
                if condition():
                    return
            if time.monotonic() > deadline:
                tails = "\n".join(worker.log_tail() for worker in self.workers)
                pytest.fail(f"not {what} within {seconds:.0f} s; lag {self._lag_text()}\n{tails}")
            time.sleep(0.2)

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
