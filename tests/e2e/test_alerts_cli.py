"""`rasid alerts` against a worker: a person sees an alert, answers it, silences it, and reads its trail."""

import json
import os
import signal
import subprocess
import sys

import pytest

from tests.e2e.conftest import plain

STORY = "هجوم إرهابي على قاعة كروكوس في موسكو. أطلق مسلحون النار على الحضور في موسكو وسقط عشرات القتلى في الهجوم."


def command(pipeline, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "worker", "alerts", *arguments, "--broker", pipeline.settings.broker]


def rasid(pipeline, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command(pipeline, *arguments), capture_output=True, text=True, check=False, timeout=60,
        env=os.environ | {"RASID_USER": "Huda"},
    )  # fmt: skip


@pytest.fixture
def alert(pipeline):
    """Start the worker, publish an article that raises an alert, and return the alert as `list` shows it."""
    pipeline.start()
    pipeline.publish(plain(STORY, id="a1", source="example.com"))
    listed: list[str] = []

    def is_raised() -> bool:
        listed[:] = rasid(pipeline, "list", "--json").stdout.splitlines()
        return bool(listed)

    pipeline.until(is_raised, "raised")
    return json.loads(listed[0])


def test_alert_is_seen_answered_and_its_trail_read(pipeline, alert):
    short = alert["id"][:8]
    watch = command(pipeline, "watch", "--from-beginning", "--json")
    with subprocess.Popen(watch, stdout=subprocess.PIPE, text=True) as watching:
        assert json.loads(watching.stdout.readline())["event"]["change"] == "raised"
        answered = rasid(pipeline, "acknowledge", short, "--why", "اتصلنا بالسفارة")
        assert (answered.returncode, answered.stdout) == (0, f"{short} acknowledged by Huda\n"), answered.stderr
        assert json.loads(watching.stdout.readline())["event"]["change"] == "acknowledged"
        watching.send_signal(signal.SIGINT)
        assert watching.wait(20) == 0

    again = rasid(pipeline, "acknowledge", short, "--by", "Omar")
    assert again.returncode == 1
    assert "the alert was acknowledged by Huda" in again.stderr

    assert rasid(pipeline, "resolve", short).returncode == 0
    shown = json.loads(rasid(pipeline, "show", short, "--json").stdout)
    assert shown["alert"]["status"] == "resolved"
    changes = [event["change"] for event in shown["events"]]
    assert changes == ["raised", "acknowledged", "refused", "resolved"]
    assert shown["events"][0]["origins"][0].startswith("articles.raw[")

    silenced = rasid(pipeline, "silence", "--watch-topic", alert["watch_topic"], "--for", "2h", "--why", "نعلم")
    assert silenced.returncode == 0, silenced.stderr
    (silence,) = [json.loads(line) for line in rasid(pipeline, "silences", "--json").stdout.splitlines()]
    assert rasid(pipeline, "unsilence", silence["id"][:8]).returncode == 0
    assert "nothing is silenced" in rasid(pipeline, "silences").stdout


def test_watching_ends_when_nobody_reads_it_any_more(pipeline, alert):
    watching = subprocess.Popen(
        command(pipeline, "watch", "--from-beginning", "--json"), stdout=subprocess.PIPE, text=True
    )
    assert json.loads(watching.stdout.readline())["alert"]["id"] == alert["id"]
    watching.stdout.close()
    assert watching.wait(20) == 0


def test_action_without_a_worker_waits_in_kafka_and_is_taken_by_the_next_one(pipeline, alert):
    pipeline.stop()
    short = alert["id"][:8]
    unanswered = rasid(pipeline, "acknowledge", short, "--timeout", "1")
    assert unanswered.returncode == 2
    assert "is a worker running?" in unanswered.stderr
    pipeline.start()
    pipeline.until(
        lambda: "acknowledged" in rasid(pipeline, "list", "--json").stdout.partition('"status":')[2][:20],
        "answered",
    )


def test_broker_that_does_not_answer_is_one_line(pipeline):
    result = subprocess.run(
        [sys.executable, "-m", "worker", "alerts", "list", "--broker", "127.0.0.1:1"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert result.returncode == 2
    assert result.stderr.startswith("rasid: no Kafka broker answers at 127.0.0.1:1")
    assert result.stderr.count("\n") == 1
