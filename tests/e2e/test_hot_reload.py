"""Watch topics change while the worker runs: no article is lost, and the last good version stays in force."""

import json
import os
import subprocess
import sys
import time

import pytest

from tests.e2e.conftest import plain
from worker.streaming import kafka_topics

FLOOD = """
schema: watch-topic/v1
id: flood
title: Floods
severity: high
terms:
  water: {en: [flood], ar: [فيضان]}
condition: water
score: {tag_at: 1, alert_at: 1}
tests:
  - {text: 'A flood in the valley', expect: alert}
"""
BROKEN = FLOOD.replace("'A flood in the valley', expect: alert", "'A flood in the valley', expect: none")
WIDER = FLOOD.replace("en: [flood]", "en: [flood, deluge]")


@pytest.fixture
def running(pipeline):
    pipeline.extra["RASID_WATCH_TOPICS_POLL_SECONDS"] = "0.2"
    pipeline.start()
    return pipeline


def until_tagged(pipeline, text: str, expected: set[str], seconds: float = 30.0) -> list[str]:
    """Publish the text again and again until its matches are as expected; return the versions that matched."""
    deadline, number = time.monotonic() + seconds, 0
    while time.monotonic() < deadline:
        number += 1
        pipeline.publish(plain(text, id=f"{text[:20]}-{number}-{time.monotonic()}"))
        pipeline.settle()
        latest = max(pipeline.tagged(), key=lambda article: article.received_at)
        if {match.watch_topic for match in latest.matches} == expected:
            return [match.version for match in latest.matches]
        time.sleep(0.3)
    pytest.fail(f"not {expected} within {seconds:.0f} s: {latest.matches}\n{pipeline.log_tail()}")


def rasid(pipeline, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "worker", *arguments, "--broker", pipeline.settings.broker],
        capture_output=True, text=True, check=False, timeout=60, env=os.environ | {"COLUMNS": "120"},
    )  # fmt: skip


def test_file_that_is_added_changed_broken_and_removed(running):
    file = running.settings.watch_topics / "flood.yaml"
    assert until_tagged(running, "A flood in the valley.", set()) == []
    file.write_text(FLOOD)
    first = until_tagged(running, "A flood in the valley.", {"flood"})
    assert until_tagged(running, "A deluge in the valley.", set()) == []

    file.write_text(BROKEN)
    running.until(lambda: 'rasid_watch_topics{status="rejected"} 1.0' in running.get("/metrics")[1], "rejected")
    assert until_tagged(running, "A flood in the valley.", {"flood"}) == first
    assert "the version before it stays in force" in running.log_tail()

    file.write_text(WIDER)
    assert until_tagged(running, "A deluge in the valley.", {"flood"}) != first
    file.unlink()
    until_tagged(running, "A deluge in the valley.", set())


def test_watch_topic_is_applied_through_kafka_shown_and_removed_again(running, tmp_path):
    file = tmp_path / "flood.yaml"
    file.write_text(FLOOD)
    applied = rasid(running, "watch", "apply", str(file))
    assert applied.returncode == 0, applied.stderr
    (version,) = until_tagged(running, "A flood in the valley.", {"flood"})
    assert f"version {version}" in applied.stdout

    (status,) = json.loads(rasid(running, "watch", "status", "--json").stdout)
    assert {"id": "flood", "version": version, "origin": "kafka"} in status["running"]
    assert version in rasid(running, "watch", "status").stdout

    assert running.stop() == 0  # what was applied survives a restart
    running.start()
    until_tagged(running, "A flood in the valley.", {"flood"})
    assert rasid(running, "watch", "remove", "flood").returncode == 0
    until_tagged(running, "A flood in the valley.", set())
    assert rasid(running, "watch", "remove", "no-such").returncode == 1


def test_watch_topic_whose_own_test_fails_is_not_applied(running, tmp_path):
    file = tmp_path / "flood.yaml"
    file.write_text(BROKEN)
    applied = rasid(running, "watch", "apply", str(file))
    assert applied.returncode == 1
    assert "expected none, found alert" in applied.stderr
    assert running.values(kafka_topics.WATCH_TOPICS) == []


def test_no_article_is_lost_while_watch_topics_change(running):
    ids = [f"article-{number}" for number in range(300)]
    file = running.settings.watch_topics / "flood.yaml"
    for number in range(6):
        file.write_text(FLOOD.replace("title: Floods", f"title: Floods {number}"))
        running.publish(*(plain(f"A flood, number {one}.", id=one) for one in ids[number * 50 : number * 50 + 50]))
    running.settle()
    assert sorted(article.id for article in running.tagged()) == sorted(ids)
    assert running.dead_letters() == []


def test_worker_starts_with_an_empty_folder_and_takes_what_comes(pipeline):
    for file in pipeline.settings.watch_topics.iterdir():
        file.unlink()
    pipeline.extra["RASID_WATCH_TOPICS_POLL_SECONDS"] = "0.2"
    pipeline.start()
    until_tagged(pipeline, "A flood in the valley.", set())
    (pipeline.settings.watch_topics / "flood.yaml").write_text(FLOOD)
    assert until_tagged(pipeline, "A flood in the valley.", {"flood"})
