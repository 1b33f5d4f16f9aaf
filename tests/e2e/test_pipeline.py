"""The worker on a broker: what goes in comes out, or lies in a dead-letter topic with its reason."""

import asyncio
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
from aiokafka import AIOKafkaProducer

from tests.e2e.conftest import plain
from worker.adapters.embedded_broker import embedded_broker
from worker.streaming import kafka_topics

SEED_TEXT = Path("seeds/articles/000_7a53ebf06f65ff88.txt").read_text("utf-8")


@pytest.fixture
def running(pipeline):
    pipeline.start()
    return pipeline


def test_article_is_tagged_and_raises_one_alert_a_watch_topic(running):
    running.publish(plain(SEED_TEXT, id="seed"))
    running.settle()
    (article,) = running.tagged()
    assert (article.id, article.language.code) == ("seed", "ar")
    alerts = running.alerts()
    assert sorted(alert.watch_topic for alert in alerts) == ["intelligence-sharing", "moscow-attack"]
    assert {alert.change for alert in alerts} == {"raised"}
    running.until(lambda: len(running.values(kafka_topics.DELIVERIES)) == 2, "delivered to the log")


def test_copy_joins_the_alert_even_after_a_restart_of_the_worker(running):
    running.publish(plain(SEED_TEXT, id="first", source="a.example"))
    running.settle()
    assert running.stop() == 0
    running.start()
    running.publish(plain(SEED_TEXT + "\n\n[إعلان 2]\n", id="second", source="b.example"))
    running.settle()
    latest = {alert.id: alert for alert in running.alerts()}
    assert len(latest) == 2
    for alert in latest.values():
        assert (alert.change, alert.revision, alert.article_count) == ("copy", 2, 2)
        assert alert.sources == ["a.example", "b.example"]


def test_poison_goes_to_dead_letter_with_its_bytes_and_the_stream_continues(running):
    poison = {
        b"\x00\xff not json": "not_json",
        b'{"body": "cut off': "not_json",
        b'["a", "list"]': "wrong_shape",
        b'{"content_type": "text/plain"}': "no_body",
        b'{"content_type": "text/plain", "body": " \\n "}': "empty_body",
        b'{"content_type": "application/pdf", "body": "x"}': "unknown_content_type",
        b'{"content_type": "text/html", "body": "<html><body></body></html>"}': "no_article",
        b'{"content_type": "text/html", "body_base64": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB"}': "not_text",
    }
    between = [
        plain(f"Article number {number} speaks of nothing special at all.", id=f"ok-{number}")
        for number in range(8)
    ]
    running.publish(*(value for pair in zip(poison, between, strict=True) for value in pair))
    running.settle()
    assert {value: reason for reason, value in running.dead_letters()} == poison
    assert sorted(article.id for article in running.tagged()) == [f"ok-{number}" for number in range(8)]


def test_body_of_20_mb_ends_in_the_dead_letters_byte_for_byte(running):
    large = plain("حذّرت " * 2_000_000, id="large")
    assert len(large) > 20_000_000
    running.publish(large, plain("A short article that comes behind it.", id="behind"))
    running.settle()
    assert running.dead_letters() == [("too_large", large)]
    assert [article.id for article in running.tagged()] == ["behind"]


def test_worker_that_is_stopped_in_the_middle_goes_on_where_it_was(running):
    ids = [f"article-{number}" for number in range(200)]
    running.publish(*(plain(f"{SEED_TEXT[:1500]} {one}", id=one) for one in ids))
    assert running.stop() == 0
    running.start()
    running.settle()
    assert {article.id for article in running.tagged()} == set(ids)


def test_message_of_another_shape_between_the_agents_is_dead_lettered_by_the_agent_that_reads_it(running):
    async def write() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=running.settings.broker)
        await producer.start()
        for name in ("articles.extracted", "matches", "alert-actions", "alerts"):
            await producer.send_and_wait(name, b'{"of": "another shape"}', key=b"k")
        await producer.stop()

    asyncio.run(write())
    running.publish(plain(SEED_TEXT, id="after"))
    running.settle()
    for dead_letters in kafka_topics.DEAD_LETTERS[1:]:
        assert running.dead_letters(dead_letters) == [("wrong_shape", b'{"of": "another shape"}')]
    assert len(running.values(kafka_topics.ALERTS)) == 3  # the poison itself, and two alerts


def test_metrics_and_checks_tell_what_happened(running):
    running.publish(plain(SEED_TEXT, id="one"), b"poison")
    running.settle()
    status, text = running.get("/metrics")
    assert status == 200
    for line in (
        'rasid_articles_total{outcome="done",stage="extract"} 1.0',
        'rasid_articles_total{outcome="dead_letter",stage="extract"} 1.0',
        'rasid_dead_letters_total{agent="extract",reason="not_json"} 1.0',
        'rasid_article_language_total{language="ar"} 1.0',
        'rasid_matches_total{level="alert",watch_topic="moscow-attack"} 1.0',
        'rasid_alert_delay_seconds_count{since="arrival"} 2.0',
    ):
        assert line in text
    assert running.get("/healthz") == (200, "ok\n")


def test_interrupted_worker_stops_in_order_and_leaves_no_processes(running):
    children = children_of(running.process.pid)
    assert len(children) >= 2
    assert running.stop(signal.SIGINT) == 0
    assert running.get("/healthz")[0] == 0
    deadline = time.monotonic() + 10  # Python's resource tracker ends a moment after the process it served
    while any(Path(f"/proc/{pid}").exists() for pid in children):
        assert time.monotonic() < deadline, f"left: {children}"
        time.sleep(0.1)


def children_of(pid: int) -> list[int]:
    stats = {process.name: (process / "stat").read_text() for process in Path("/proc").glob("[0-9]*")}
    return [int(name) for name, stat in stats.items() if int(stat.rpartition(")")[2].split()[1]) == pid]


def test_worker_refuses_to_start_without_its_kafka_topics(tmp_path):
    with embedded_broker(tmp_path / "empty") as address:
        result = subprocess.run(
            [sys.executable, "-m", "worker", "worker", "--broker", address],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert result.returncode == 2
    assert "run `rasid kafka init`" in result.stderr
    assert "Traceback" not in result.stderr


def test_tagged_article_of_the_agents_is_what_rasid_tag_prints(running, tmp_path):
    value = plain(SEED_TEXT, id="same", published_at="2024-03-24T10:00:00Z")
    running.publish(value)
    running.settle()
    printed = subprocess.run(
        [sys.executable, "-m", "worker", "tag", "--watch-topics", str(running.settings.watch_topics), "-"],
        input=value + b"\n",
        check=True,
        capture_output=True,
        timeout=60,
    )
    (through_kafka,) = running.values(kafka_topics.ARTICLES_TAGGED)
    documents = [msgspec.json.decode(document) for document in (printed.stdout, through_kafka)]
    for document in documents:
        assert document.pop("received_at")
    assert documents[0] == documents[1]
