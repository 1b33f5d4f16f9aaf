"""`rasid kafka save` and `load` on a broker: every message comes back where it was, and nothing is overwritten."""

import asyncio
import gzip
import re
import subprocess
import time
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from click.testing import CliRunner

from worker.adapters.kafka_admin import partition_status
from worker.adapters.kafka_reader import reader
from worker.entrypoints.cli import cli
from worker.entrypoints.saved_messages import file_of
from worker.streaming.kafka_topics import ALERT_STATES, ALL, ARTICLES_RAW, MATCHES

CAME_AT_MS = 1_711_270_000_250
COPY = "copy."


def rasid(pipeline, *arguments: str, prefix: str = "") -> "subprocess.CompletedProcess[str]":
    given = {"RASID_BROKER": pipeline.settings.broker, "RASID_KAFKA_PREFIX": prefix}
    result = CliRunner().invoke(cli, ["kafka", *arguments], obj={}, env=given)
    return subprocess.CompletedProcess(arguments, result.exit_code, result.stdout, result.stderr)


def write(pipeline, kafka_topic, *values: bytes | None, partition: int = 0, **fields) -> None:
    async def send() -> None:
        async with AIOKafkaProducer(bootstrap_servers=pipeline.settings.broker) as producer:
            for value in values:
                await producer.send_and_wait(kafka_topic.name, value, partition=partition, **fields)

    asyncio.run(send())


def commit(pipeline, kafka_topic, offset: int, partition: int = 0) -> None:
    async def run() -> None:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=pipeline.settings.broker, group_id="rasid", enable_auto_commit=False
        )
        await consumer.start()
        place = TopicPartition(kafka_topic.name, partition)
        consumer.assign([place])
        await consumer.commit({place: offset})
        await consumer.stop()

    asyncio.run(run())


def records(pipeline, kafka_topic, prefix: str = "") -> list[tuple]:
    """Return what lies on a Kafka topic: partition, time, key, value and headers."""

    async def read() -> list[tuple]:
        consumer = reader(pipeline.settings.broker)
        await consumer.start()
        places = [
            TopicPartition(prefix + kafka_topic.name, number) for number in range(pipeline.settings.partitions)
        ]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        ends, found = await consumer.end_offsets(places), []
        while any([await consumer.position(place) < ends[place] for place in places]):
            for some in (await consumer.getmany(timeout_ms=200)).values():
                found += [(one.partition, one.timestamp, one.key, one.value, tuple(one.headers)) for one in some]
        await consumer.stop()
        return sorted(found, key=repr)

    return asyncio.run(read())


def committed(pipeline, kafka_topic, prefix: str = "") -> list[int | None]:
    """Return how far the group has read, by partition."""
    status = asyncio.run(partition_status(pipeline.settings.broker, f"{prefix}rasid", [prefix + kafka_topic.name]))
    return [one.committed for one in status]


@pytest.fixture
def backup(pipeline, tmp_path) -> Path:
    """Save some messages of many a kind, of which the group has read a part."""
    headers = [("rasid.origin", b"articles.raw[0]@7"), ("x", b"\xff\x00")]
    write(pipeline, ARTICLES_RAW, b"\x00\xff", "راصد".encode(), b"", partition=2, timestamp_ms=CAME_AT_MS)
    write(pipeline, MATCHES, b"{}", b"{}", b"{}", key="موسكو".encode(), headers=headers, partition=1)
    write(pipeline, ALERT_STATES, b"{}", None, key=b"alert/1", partition=3)
    commit(pipeline, ARTICLES_RAW, 2, partition=2)
    commit(pipeline, MATCHES, 3, partition=1)
    folder = tmp_path / "backups" / "today"
    done = rasid(pipeline, "save", str(folder))
    assert done.returncode == 0, done.stderr
    assert f"8 messages of {len(ALL)} Kafka topics saved in" in done.stderr
    assert done.stdout == ""
    return folder


def test_every_message_comes_back_to_its_partition_with_its_time_and_the_group_to_where_it_was(pipeline, backup):
    done = rasid(pipeline, "load", str(backup), prefix=COPY)
    assert done.returncode == 0, done.stderr
    assert "each confirmed by the broker" in done.stderr
    for kafka_topic in (ARTICLES_RAW, MATCHES, ALERT_STATES):
        before = records(pipeline, kafka_topic)
        assert before == records(pipeline, kafka_topic, COPY) != []
    assert committed(pipeline, ARTICLES_RAW, COPY) == committed(pipeline, ARTICLES_RAW) == [None, None, 2, None]
    assert committed(pipeline, MATCHES, COPY) == [None, 3, None, None]


def test_offsets_are_counted_anew_where_compaction_had_left_holes(pipeline, backup):
    path = file_of(backup, MATCHES.name)
    lines = gzip.decompress(path.read_bytes()).replace(b'"offset":2', b'"offset":40').splitlines(keepends=True)
    path.write_bytes(gzip.compress(b"".join(lines)))
    contents = backup / "saved.json"
    contents.write_text(contents.read_text().replace('"1": 3', '"1": 40'))
    assert rasid(pipeline, "load", str(backup), prefix=COPY).returncode == 0
    assert committed(pipeline, MATCHES, COPY) == [None, 2, None, None], "the third is still to be read"


def test_message_from_the_future_is_loaded_as_of_now_since_kafka_might_refuse_it(pipeline, backup):
    path = file_of(backup, MATCHES.name)
    year_2300 = re.sub(
        rb'"timestamp_ms":\d+', b'"timestamp_ms":10413792000000', gzip.decompress(path.read_bytes())
    )
    path.write_bytes(gzip.compress(year_2300))
    assert rasid(pipeline, "load", str(backup), prefix=COPY).returncode == 0
    loaded = records(pipeline, MATCHES, COPY)
    assert len(loaded) == 3
    assert max(one[1] for one in loaded) <= time.time() * 1000


def test_from_start_is_everything_read_anew_and_one_kafka_topic_comes_alone(pipeline, backup):
    done = rasid(pipeline, "load", str(backup), "--kafka-topic", MATCHES.name, "--from-start", prefix=COPY)
    assert done.returncode == 0, done.stderr
    assert "3 messages of 1 Kafka topics loaded" in done.stderr
    assert committed(pipeline, MATCHES, COPY) == [None] * 4
    status = asyncio.run(partition_status(pipeline.settings.broker, "x", [COPY + ARTICLES_RAW.name]))
    assert status == []


def test_kafka_topic_with_messages_is_not_loaded_onto(pipeline, backup):
    done = rasid(pipeline, "load", str(backup))
    assert done.returncode == 2
    assert "articles.raw holds messages" in done.stderr
    assert len(records(pipeline, MATCHES)) == 3


def test_folder_that_was_written_to_is_not_saved_into_and_one_that_is_not_whole_not_loaded(pipeline, backup):
    assert "is not empty" in rasid(pipeline, "save", str(backup)).stderr
    (backup / "saved.json").unlink()
    done = rasid(pipeline, "load", str(backup), prefix=COPY)
    assert (done.returncode, "not saved to the end" in done.stderr) == (2, True)


def test_damaged_file_leaves_the_group_where_it_reads_everything(pipeline, backup):
    path = file_of(backup, MATCHES.name)
    path.write_bytes(path.read_bytes()[:-9])
    done = rasid(pipeline, "load", str(backup), prefix=COPY)
    assert (done.returncode, "is damaged behind line" in done.stderr) == (2, True)
    assert set(committed(pipeline, ARTICLES_RAW, COPY)) <= {None, 0}


def test_other_number_of_partitions_is_refused(pipeline, backup):
    contents = backup / "saved.json"
    contents.write_text(contents.read_text().replace('"partitions": 4', '"partitions": 6', 1))
    assert rasid(pipeline, "init", prefix=COPY).returncode == 0
    done = rasid(pipeline, "load", str(backup), prefix=COPY)
    assert done.returncode == 2
    assert "articles.raw has 4 partitions and had 6" in done.stderr


def test_missing_kafka_topic_is_told(pipeline, tmp_path):
    done = rasid(pipeline, "save", str(tmp_path / "today"), prefix=COPY)
    assert done.returncode == 2
    assert "the Kafka topic copy.articles.raw does not exist" in done.stderr
