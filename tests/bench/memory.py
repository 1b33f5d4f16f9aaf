"""Memory over a long run: `python -m tests.bench.memory`, or `make bench-memory`.

Starts a broker and a worker with the watch topics of topics/watch/, publishes 100,000 articles (raw_articles.py)
and notes every few seconds what the worker and each process of its pool take (resident.py). Then it leaves them
idle for some minutes. It writes docs/memory.md and docs/memory.svg (memory_page.py).

The broker is Apache Kafka, or without Java and Maven the embedded one, which spends more on each article the more
it holds: the same articles take five times as long.
"""

import argparse
import asyncio
import contextlib
import logging
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from tests.bench import memory_page
from tests.bench.answerer import answerer
from tests.bench.brokers import EMBEDDED, KAFKA, broker_name, running
from tests.bench.processes import FailedError
from tests.bench.raw_articles import raw_articles
from tests.bench.resident import MEGABYTE, Sample, sample
from tests.bench.results import machine
from tests.bench.vocabulary import ROOT, vocabularies
from tests.kafka.broker import MissingError, what_is_missing
from worker.adapters.embedded_broker import free_port
from worker.entrypoints.kafka import init_kafka_topics
from worker.entrypoints.replay import publish
from worker.entrypoints.sources import Item
from worker.settings import Settings

SEED = 1
ARTICLES = 100_000
IDLE_MINUTES = 5.0
MOST_MINUTES = 240.0
SAMPLE_SECONDS = 5.0
PARTITIONS = 2
"""Fewer than a worker has by default: the embedded broker answers each reader of each partition apart."""
AHEAD = 1_000
"""Articles published at once, whenever fewer than twice as many wait."""
START_SECONDS = 180.0
STALL_SECONDS = 600.0
_DONE = re.compile(r'^rasid_articles_total\{outcome="(\w+)",stage="(extract|tag)"\} (\S+)$', re.MULTILINE)


class BenchedWorker:
    """A worker of its own process, and what its metrics say."""

    def __init__(self, settings: Settings, log_file: Path, tasks_per_process: int) -> None:
        self._address = f"http://127.0.0.1:{settings.web_port}"
        self._log_file = log_file
        environment = os.environ | {
            "RASID_BROKER": settings.broker,
            "RASID_PARTITIONS": str(settings.partitions),
            "RASID_WEB_PORT": str(settings.web_port),
            "RASID_DATA_DIR": str(settings.data_dir),
            "RASID_WATCH_TOPICS": str(settings.watch_topics),
            "RASID_RECEIVERS": str(settings.receivers),
            "RASID_POOL_PROCESSES": str(settings.pool_processes),
            "RASID_POOL_TASKS_PER_PROCESS": str(tasks_per_process),
            "RASID_LOG_LEVEL": "error",  # alerts go to the log, and dead letters: megabytes that nobody reads
        }
        with log_file.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "worker", "worker"], cwd=ROOT, env=environment, stdout=log, stderr=log
            )

    def wait_until_ready(self) -> None:
        """Wait until articles are taken.

        Raises:
            FailedError: The worker has ended, or is not ready in time.
        """
        deadline = time.monotonic() + START_SECONDS
        while self._get("/readyz") is None:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise self.failed("the worker does not get ready")
            time.sleep(0.2)

    def articles_done(self) -> int:
        """Return how many articles have left the pipeline; 0 where the worker does not answer."""
        return sum(
            int(float(count))
            for outcome, stage, count in _DONE.findall(self._get("/metrics") or "")
            if stage == "tag" or outcome == "dead_letter"
        )

    def failed(self, what: str) -> FailedError:
        """Return the error that says what went wrong, with the end of the worker's log."""
        return FailedError(f"{what}: {self._log_file.read_text(errors='replace')[-2_000:]}")

    def stop(self) -> None:
        """End the worker, in order where it can."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                code = self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                code = self.process.wait()
            if code:
                _say(f"told to stop, the worker ended with {code}: {self._log_file.read_text()[-500:]}")

    def _get(self, path: str) -> str | None:
        try:
            with urllib.request.urlopen(self._address + path, timeout=20) as answer:
                return str(answer.read().decode())
        except OSError:
            return None


def run(asked: argparse.Namespace, keep: Callable[[Sample], None]) -> None:
    """Run the articles through a worker and hand over a sample every few seconds.

    Raises:
        FailedError: The worker ended, or stood still.
    """
    _say("making the vocabulary")
    vocabulary = vocabularies(asked.seed)
    with (
        tempfile.TemporaryDirectory(prefix="rasid-bench-") as name,
        running(KAFKA if _is_kafka(asked) else EMBEDDED, Path(name) / "broker") as broker,
        contextlib.ExitStack() as stack,
    ):
        folder = Path(name)
        settings = Settings(
            broker=broker.address,
            partitions=PARTITIONS,
            web_port=free_port(),
            data_dir=folder / "data",
            watch_topics=ROOT / "topics" / "watch",
            receivers=folder / "no-receivers.yaml",
            pool_processes=asked.processes,
        )
        asyncio.run(init_kafka_topics(settings))
        worker = BenchedWorker(settings, folder / "worker.log", asked.tasks_per_process)
        try:
            worker.wait_until_ready()
            stack.enter_context(answerer(settings))
            started = time.monotonic()

            def look(done: int, *, idle: bool) -> None:
                found = sample(worker.process.pid, time.monotonic() - started, done, idle=idle)
                if found is None or worker.process.poll() is not None:
                    raise worker.failed("the worker has ended")
                keep(found)

            def more(first: int, count: int) -> None:
                values = raw_articles(count, vocabulary, asked.seed, first)
                asyncio.run(publish(settings, (Item(str(i), None, value, 0) for i, value in enumerate(values))))

            done = _feed(asked.articles, started + 60 * asked.most_minutes, worker, more, look)
            idle_until = time.monotonic() + 60 * asked.idle_minutes
            _say(f"idle for {asked.idle_minutes:g} minutes")
            while time.monotonic() < idle_until:
                look(done, idle=True)
                time.sleep(min(SAMPLE_SECONDS, 60 * asked.idle_minutes / 10))
        finally:
            worker.stop()


def _is_kafka(asked: argparse.Namespace) -> bool:
    return not asked.embedded and what_is_missing() is None


def _feed(
    count: int, until: float, worker: BenchedWorker, more: Callable[[int, int], None], look: Callable[..., None]
) -> int:
    """Publish as the worker gets on, until it has done all or the time is up; return how many it has done."""
    published = done = 0
    moved_at = next_look = time.monotonic()
    while done < count:
        answered = worker.articles_done()
        if answered > done:
            done, moved_at = answered, time.monotonic()
        elif time.monotonic() - moved_at > STALL_SECONDS:
            raise worker.failed(f"the worker stands still at {done:,} articles")
        if time.monotonic() > until:
            count = published
        if published < count and published - done < 2 * AHEAD:
            more(published, min(AHEAD, count - published))
            published += min(AHEAD, count - published)
            _say(f"{done:,} of {count:,} articles, {published:,} published")
        if time.monotonic() >= next_look:
            look(done, idle=False)
            next_look = time.monotonic() + SAMPLE_SECONDS
        time.sleep(1.0)
    return done


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.memory", description=__doc__)
    parser.add_argument("--articles", type=int, default=ARTICLES, help="how many articles")
    parser.add_argument(
        "--most-minutes",
        type=float,
        default=MOST_MINUTES,
        help="publish no more after this",
    )
    parser.add_argument("--idle-minutes", type=float, default=IDLE_MINUTES)
    parser.add_argument("--embedded", action="store_true", help="on the embedded broker, not on Apache Kafka")
    parser.add_argument("--processes", type=int, default=2, help="processes of the pool")
    parser.add_argument(
        "--tasks-per-process",
        type=int,
        default=Settings().pool_tasks_per_process,
        help="after how many tasks a process of the pool is replaced (RASID_POOL_TASKS_PER_PROCESS)",
    )
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument(
        "--samples", type=Path, metavar="FILE", help="keep the samples there, to write the page again from them"
    )
    parser.add_argument("--from-samples", type=Path, metavar="FILE", help="run nothing, write the page from FILE")
    parser.add_argument(
        "--write", type=Path, metavar="FOLDER", help="write memory.md and memory.svg there; else print the page"
    )
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Run the benchmark as the arguments say; returns 0, or 1 when a run broke."""
    asked = _parsed(arguments)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it tells of each try to reach a broker that starts
    signal.signal(
        signal.SIGTERM, lambda number, _: sys.exit(128 + number)
    )  # the broker and the worker end as well
    if asked.from_samples:
        found = msgspec.json.decode(asked.from_samples.read_bytes(), type=memory_page.Run)
    else:
        found = memory_page.Run(
            when=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
            machine=machine(),
            versions=memory_page.versions(),
            broker=broker_name(KAFKA if _is_kafka(asked) else EMBEDDED),
            tasks_per_process=asked.tasks_per_process,
            samples=[],
        )

        def keep(sample: Sample) -> None:
            found.samples.append(sample)
            if len(found.samples) % 12 == 1:
                _say(f"{sample.articles:,} articles: worker {sample.worker.rss / MEGABYTE:.0f} MB")
                if asked.samples:
                    asked.samples.write_bytes(msgspec.json.encode(found))

        try:
            run(asked, keep)
        except (FailedError, MissingError) as error:
            sys.stderr.write(f"{error}\n")
            return 1
        finally:
            if asked.samples:
                asked.samples.write_bytes(msgspec.json.encode(found))
    page, chart = memory_page.page(found), memory_page.chart(found)
    if asked.write:
        (asked.write / "memory.md").write_text(page, encoding="utf-8")
        (asked.write / "memory.svg").write_text(chart, encoding="utf-8")
    else:
        sys.stdout.write(page)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
