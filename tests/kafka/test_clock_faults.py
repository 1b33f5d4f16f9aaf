"""The clock of a worker and of its pool set an hour ahead and back while it works."""

import asyncio
import os
import subprocess
import time
from pathlib import Path

import pytest

from tests.kafka.broker import ROOT
from tests.kafka.checker import read_back
from worker.streaming import kafka_topics

HOUR_SECONDS = 3600


class Clock:
    """A clock that can be set, for processes with `environment`: libfaketime reads it from a file at each look."""

    def __init__(self, library: str, file: Path) -> None:
        self._file = file
        self.set(0)
        self.environment = {
            "LD_PRELOAD": library,
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # nobody sets that one on a real machine either
            "FAKETIME_DONT_RESET": "1",
        }

    def set(self, seconds: int) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{seconds:+d}")
        fresh.replace(self._file)


@pytest.fixture
def clock(jars: Path, tmp_path: Path) -> Clock:
    found = subprocess.run([ROOT / "deploy" / "get-faketime"], capture_output=True, text=True, check=False)
    if found.returncode != 0:
        if os.environ.get("CI") == "true":
            pytest.fail(found.stderr)
        pytest.skip(f"no clock that can be set: {found.stderr.strip()}")
    return Clock(found.stdout.strip(), tmp_path / "clock")


def test_clock_that_jumps_an_hour_ahead_and_back_loses_nothing(trial, count, nothing_is_lost, clock):
    worker = trial.worker("tests.kafka.clocked_worker", **clock.environment)
    worker.start()
    trial.publish(count)
    for share, seconds in ((0.1, HOUR_SECONDS), (0.3, 0), (0.5, -HOUR_SECONDS), (0.7, 0)):
        trial.wait_for_tagged(int(count * share))
        clock.set(seconds)
        since, before = time.monotonic(), trial.tagged()
        trial.recovering(since, before)
    trial.settle()
    trial.wait_for_alerts()
    recount = nothing_is_lost(
        "the worker's clock set an hour ahead, back, an hour back, and right again", "nothing lost or doubled"
    )
    assert (recount.doubled, recount.dead_articles) == (0, set())
    tagged = asyncio.run(read_back(trial.settings, [kafka_topics.ARTICLES_TAGGED]))
    ages = {round(time.time() - one.timestamp / 1000, -3) for one in tagged[kafka_topics.ARTICLES_TAGGED.name]}
    assert {-4000, 0, 4000} <= ages, "its clock was set"
    assert worker.stop() == 0
