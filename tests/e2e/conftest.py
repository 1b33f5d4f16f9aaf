"""A worker of its own process on the embedded broker, and what a test needs to talk to it."""

import asyncio
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from worker.adapters.embedded_broker import embedded_broker, free_port
from worker.adapters.kafka_admin import partition_status
from worker.adapters.kafka_reader import read_to_end
from worker.adapters.kafka_reader import reader as kafka_reader
from worker.domain.alert import Alert
from worker.domain.article import RawArticle, TaggedArticle
from worker.entrypoints.kafka import init_kafka_topics
from worker.entrypoints.replay import publish
from worker.entrypoints.sources import Item
from worker.settings import Settings
from worker.streaming import kafka_topics
from worker.streaming.codec import encode

ROOT = Path(__file__).parents[2]
WATCH_TOPICS = ("moscow-attack.yaml", "intelligence-sharing.yaml")
SOURCES = (
    kafka_topics.ARTICLES_RAW, kafka_topics.ARTICLES_EXTRACTED, kafka_topics.MATCHES, kafka_topics.ALERTS,
)  # fmt: skip


def plain(body: str, **fields: str) -> bytes:
    """Return a raw article with a plain text."""
    return encode(RawArticle(content_type="text/plain", body=body, **fields))


@dataclass
class Pipeline:
    """A broker, its Kafka topics, and a worker that can be stopped and started again."""

    settings: Settings
    folder: Path
    extra: dict[str, str] = field(default_factory=dict)
    module: str = "worker"
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def log_file(self) -> Path:
        return self.folder / "worker.log"

    def start(self) -> None:
        environment = os.environ | {
            "RASID_BROKER": self.settings.broker,
            "RASID_WEB_PORT": str(self.settings.web_port),
            "RASID_DATA_DIR": str(self.settings.data_dir),
            "RASID_WATCH_TOPICS": str(self.settings.watch_topics),
            **self.extra,
        }
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module, "worker"], cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        self.until(lambda: self.get("/readyz")[0] == 200, "ready")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(40)

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.settings.web_port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def publish(self, *values: bytes) -> int:
        items = [Item(str(number), None, value, 0) for number, value in enumerate(values)]
        return asyncio.run(publish(self.settings, iter(items)))

    def settle(self, seconds: float = 60.0) -> None:
        """Wait until every agent has committed all that was written for it."""
        names = [kafka_topic.name for kafka_topic in SOURCES]

        def no_lag() -> bool:
            status = asyncio.run(partition_status(self.settings.broker, self.settings.group, names))
            return all(partition.lag == 0 for partition in status)

        self.until(no_lag, "without lag", seconds)

    def values(self, kafka_topic) -> list[bytes]:
        return asyncio.run(self._values(kafka_topic.name))

    def tagged(self) -> list[TaggedArticle]:
        return [
            msgspec.json.decode(value, type=TaggedArticle) for value in self.values(kafka_topics.ARTICLES_TAGGED)
        ]

    def alerts(self) -> list[Alert]:
        return [msgspec.json.decode(value, type=Alert) for value in self.values(kafka_topics.ALERTS)]

    def dead_letters(self, kafka_topic=kafka_topics.DEAD_LETTERS[0]) -> list[tuple[str, bytes]]:
        """Return (reason, original bytes) of each dead letter."""
        return asyncio.run(self._dead_letters(kafka_topic.name))

    async def _values(self, name: str) -> list[bytes]:
        return [
            value
            for partition in range(self.settings.partitions)
            async for _, value in read_to_end(self.settings.broker, name, partition)
        ]

    async def _dead_letters(self, name: str) -> list[tuple[str, bytes]]:
        expected = sum(
            one.end for one in await partition_status(self.settings.broker, self.settings.group, [name])
        )
        consumer = kafka_reader(self.settings.broker, name)
        await consumer.start()
        letters = []
        while len(letters) < expected:
            record = await asyncio.wait_for(consumer.getone(), 10)
            letters.append((dict(record.headers)["rasid.reason"].decode(), record.value))
        await consumer.stop()
        return letters

    def until(self, condition, what: str, seconds: float = 60.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            if self.process is not None and self.process.poll() is not None:
                pytest.fail(f"the worker ended with {self.process.returncode}:\n{self.log_tail()}")
            if time.monotonic() > deadline:
                pytest.fail(f"not {what} within {seconds:.0f} s:\n{self.log_tail()}")
            time.sleep(0.1)

    def log_tail(self) -> str:
        return self.log_file.read_text(errors="replace")[-3000:]


@pytest.fixture
def pipeline(tmp_path):
    with embedded_broker(tmp_path / "broker") as address:
        watch_topics = tmp_path / "watch"
        watch_topics.mkdir()
        for name in WATCH_TOPICS:
            text = (ROOT / "topics" / "watch" / name).read_text("utf-8")
            assert "group_wait: 1m" in text
            (watch_topics / name).write_text(text.replace("group_wait: 1m", "group_wait: 1s"), "utf-8")
        settings = Settings(
            broker=address, web_port=free_port(), data_dir=tmp_path / "data", watch_topics=watch_topics
        )
        asyncio.run(init_kafka_topics(settings))
        pipeline = Pipeline(settings, tmp_path)
        yield pipeline
        if pipeline.process is not None:
            pipeline.stop(signal.SIGKILL)
