"""`rasid dead-letters` on a broker: what was given up is listed, shown, put back, and dropped."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer, TopicPartition
from click.testing import CliRunner

from tests.e2e.conftest import plain
from worker.adapters.kafka_reader import reader
from worker.domain.errors import Reason, RejectedError
from worker.entrypoints.cli import cli
from worker.streaming import kafka_topics
from worker.streaming.dead_letter import dead_letter
from worker.streaming.message import Message

POISON = b"\x00\xff ne JSON: \xd1\x82\x1b[31m"
CAME_AT_MS = 1_711_270_000_250
LONG = plain("حذّرت السفارة رعاياها من هجوم في موسكو. " * 100, id="long")


def rasid(pipeline, *arguments: str, given: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    """Run `rasid dead-letters` in this process: a process of its own for each takes seconds on a busy machine."""
    result = CliRunner().invoke(
        cli, ["dead-letters", *arguments, "--broker", pipeline.settings.broker], obj={}, input=given,
        env={"RASID_USER": "Huda"},
    )  # fmt: skip
    return subprocess.CompletedProcess(arguments, result.exit_code, result.stdout_bytes, result.stderr_bytes)


def rows(result: "subprocess.CompletedProcess[bytes]") -> list[dict]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def each(pipeline, *arguments: str) -> list[dict]:
    result = rasid(pipeline, "list", "--each", "--json", *arguments)
    assert result.returncode == 0, result.stderr
    return rows(result)


def write(pipeline, kafka_topic: str, value: bytes | None, **fields) -> None:
    async def send() -> None:
        async with AIOKafkaProducer(bootstrap_servers=pipeline.settings.broker) as producer:
            await producer.send_and_wait(kafka_topic, value, **fields)

    asyncio.run(send())


def records(pipeline, kafka_topic: str) -> list:
    """Return every record of a Kafka topic, partition by partition."""

    async def read() -> list:
        consumer = reader(pipeline.settings.broker)
        await consumer.start()
        places = [TopicPartition(kafka_topic, number) for number in range(pipeline.settings.partitions)]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        ends = await consumer.end_offsets(places)
        found: list = []
        while len(found) < sum(ends.values()):
            for batch in (await consumer.getmany(timeout_ms=500)).values():
                found += batch
        await consumer.stop()
        return found

    return asyncio.run(read())


def give_up(pipeline, source: kafka_topics.KafkaTopic, agent: str, messages: Sequence[Message]) -> None:
    """Write dead letters as an agent does, without a worker."""
    for message in messages:
        letter = dead_letter(source, agent, message, RejectedError(Reason.WRONG_SHAPE, "другой вид"))
        write(pipeline, letter.kafka_topic.name, letter.value, key=letter.key, headers=list(letter.headers))


def test_poison_is_listed_and_shown_fails_again_with_its_count_and_is_left_at_the_bound(pipeline):
    pipeline.start()
    write(pipeline, "articles.raw", POISON, key=b"feed-7", headers=[("trace", b"\xff")])
    pipeline.settle()

    (count,) = rows(rasid(pipeline, "list", "--json"))
    assert (count["agent"], count["reason"], count["kafka_topic"]) == ("extract", "not_json", "articles.raw")
    assert (count["waiting"], count["redriven"], count["dropped"]) == (1, 0, 0)
    (letter,) = each(pipeline)
    assert rasid(pipeline, "show", letter["place"], "--raw").stdout == POISON
    shown = rasid(pipeline, "show", letter["place"]).stdout
    assert b"\x1b" not in shown
    assert b"00000000  00 ff 20 6e 65" in shown

    first = rasid(pipeline, "redrive", letter["place"], "--why", "نجرب مرة أخرى")
    assert (first.returncode, first.stderr) == (0, b"rasid: 1 redriven, 0 left\n")
    pipeline.settle()
    (failed_again,) = each(pipeline)
    assert (failed_again["redriven"], failed_again["key"]) == (1, "feed-7")
    assert failed_again["place"] != letter["place"]
    headers = {
        one["name"]
        for one in json.loads(rasid(pipeline, "show", failed_again["place"], "--json").stdout)["headers"]
    }
    assert {"trace", "rasid.redriven"} < headers

    twice = rasid(pipeline, "redrive", letter["place"])
    assert twice.returncode == 1
    assert b"is left: redriven already, by Huda" in twice.stderr

    bound = rasid(pipeline, "redrive", "--agent", "extract", "--yes", "--most-times", "1")
    assert (bound.returncode, bound.stdout) == (1, b"")
    assert b"is left: redriven once and given up again" in bound.stderr
    assert len(records(pipeline, "articles.raw")) == 2


def test_dropped_letter_is_hidden_and_its_bytes_stay(pipeline):
    give_up(pipeline, kafka_topics.ARTICLES_RAW, "extract", [
        Message("articles.raw", 0, number, 1711270000.25, b"feed-7", POISON) for number in range(2)
    ])  # fmt: skip
    first, second = each(pipeline, "--since", "1h")
    assert each(pipeline, "--since", "2100-01-01") == each(pipeline, "--until", "1h") == []
    assert rasid(pipeline, "drop", first["place"], "--why", "мусор").returncode == 0
    assert [one["place"] for one in each(pipeline)] == [second["place"]]
    assert b"left out: 0 redriven, 1 dropped" in rasid(pipeline, "list").stderr
    assert [(one["status"], (one["mark"] or {}).get("why")) for one in each(pipeline, "--all")] == [
        ("dropped", "мусор"),
        ("waiting", None),
    ]
    assert rasid(pipeline, "show", first["place"], "--raw").stdout == POISON
    redriven = rasid(pipeline, "redrive", "--agent", "extract", "--yes", "--json")
    assert [row["place"] for row in rows(redriven)] == [second["place"]]


def test_article_that_was_too_large_is_tagged_when_the_bound_is_raised_and_it_is_redriven(pipeline):
    pipeline.extra["RASID_MAX_ARTICLE_BYTES"] = "1024"
    pipeline.start()
    write(pipeline, "articles.raw", LONG, key=b"long", timestamp_ms=CAME_AT_MS)
    write(pipeline, "articles.raw", POISON, key=b"poison")
    pipeline.settle()
    assert pipeline.tagged() == []
    assert pipeline.stop() == 0
    del pipeline.extra["RASID_MAX_ARTICLE_BYTES"]
    pipeline.start()

    unsure = rasid(pipeline, "redrive", "--reason", "too_large", given=b"n\n")
    assert unsure.returncode == 1
    assert b"1 dead letter (extract too_large 1) go back" in unsure.stderr
    assert len(records(pipeline, "articles.raw")) == 2

    done = rasid(pipeline, "redrive", "--reason", "too_large", "--json", given=b"y\n")
    assert done.returncode == 0, done.stderr
    assert [(row["outcome"], row["mark"]["times"], row["mark"]["by"]) for row in rows(done)] == [
        ("redriven", 1, "Huda")
    ]
    pipeline.settle()
    (article,) = pipeline.tagged()
    assert (article.id, article.language.code) == ("long", "ar")
    before, after = [record for record in records(pipeline, "articles.raw") if record.key == b"long"]
    assert (after.value, after.timestamp, after.partition) == (LONG, CAME_AT_MS, before.partition)
    assert after.headers == (("rasid.redriven", b"1"),)
    assert [one["reason"] for one in each(pipeline)] == ["not_json"]


def test_what_a_desk_reads_goes_back_to_the_partition_of_that_desk(pipeline):
    origin = (("rasid.origin", b"articles.raw[1]@3"),)
    came = [
        Message("matches", partition, 5, 1711270000.25, b"moscow-attack", b"{}", origin) for partition in range(4)
    ]
    give_up(pipeline, kafka_topics.MATCHES, "alert", came)
    result = rasid(pipeline, "redrive", "--kafka-topic", "matches", "--yes", "--json")
    assert result.returncode == 0, result.stderr
    assert sorted(row["mark"]["to"] for row in rows(result)) == [
        f"matches[{partition}]@0" for partition in range(4)
    ]


def test_older_state_of_an_alert_is_not_put_back_over_a_newer_one(pipeline):
    for value in (b'{"revision": 1}', b'{"revision": 2}'):
        write(pipeline, "alerts", value, key=b"a1", partition=1)
    give_up(pipeline, kafka_topics.ALERTS, "deliver", [
        Message("alerts", 1, 0, 1711270000.25, b"a1", b'{"revision": 1}'),
        Message("alerts", 1, 1, 1711270000.25, b"a1", b'{"revision": 2}'),
    ])  # fmt: skip
    result = rasid(pipeline, "redrive", "--agent", "deliver", "--yes")
    assert result.returncode == 1
    assert b"alerts.deliver.dlq" in result.stdout
    assert b"is left: its Kafka topic holds a newer message of the same key" in result.stderr
    assert [record.value for record in records(pipeline, "alerts")][-1] == b'{"revision": 2}'
    assert len(records(pipeline, "alerts")) == 3


def test_errors_are_one_line(pipeline):
    nowhere = rasid(pipeline, "show", "articles.raw.extract.dlq[0]@12")
    assert (nowhere.returncode, nowhere.stdout) == (1, b"")
    assert nowhere.stderr.startswith(b"rasid: no dead letter lies at articles.raw.extract.dlq[0]@12")
    no_broker = subprocess.run(
        [sys.executable, "-m", "worker", "dead-letters", "list", "--broker", "127.0.0.1:1"],
        capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert no_broker.returncode == 2
    assert no_broker.stderr.startswith(b"rasid: no Kafka broker answers at 127.0.0.1:1")
    assert no_broker.stderr.count(b"\n") == 1
