"""The ways into Kafka: passwords and certificates open Apache Kafka itself, wrong ones end with one clear line."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.kafka.broker import ROOT
from tests.kafka.doors import CERTIFICATE, KEY_PASSWORD, PASSWORD, PLAIN, SCRAM, USER, Doors, Keys, make_keys
from tests.kafka.workers import Worker
from worker.adapters.kafka_reader import read_to_end
from worker.adapters.kafka_security import kafka_address
from worker.domain.article import RawArticle, TaggedArticle
from worker.entrypoints.replay import publish
from worker.entrypoints.sources import Item
from worker.settings import load_settings
from worker.streaming import kafka_topics
from worker.streaming.codec import encode

WATCH_TOPICS = ROOT / "topics" / "watch"
ARTICLE = encode(
    RawArticle(
        content_type="text/plain",
        body="The US embassy in Moscow has warned that extremists have imminent plans for an attack in Moscow. "
        "Citizens were told to avoid large gatherings in the Russian capital for the next 48 hours.",
    )
)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    if shutil.which("openssl") is None:
        why = "openssl is missing, which makes the certificates"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    return make_keys(tmp_path_factory.mktemp("keys") / "ours", "broker", "client", "bare-client")


@pytest.fixture(scope="module")
def strangers(keys: Keys, tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return make_keys(tmp_path_factory.mktemp("keys") / "strangers", "bare-client")


@pytest.fixture(scope="module")
def doors(jars: Path, keys: Keys, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    doors = Doors(jars, tmp_path_factory.mktemp("doors") / "kafka", keys)
    try:
        doors.broker.start()
        yield doors
    finally:
        doors.broker.stop()


class Visitor:
    """Somebody at a door, with the environment that a worker or a command finds there."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path, doors: Doors, keys: Keys) -> None:
        self._monkeypatch, self.folder, self._doors, self._keys = monkeypatch, folder, doors, keys
        self._set("data_dir", folder / "data")

    def to(self, door: str, **settings: object) -> "Visitor":
        self._set("broker", self._doors.address(door))
        for name, value in settings.items():
            self._set(name, value)
        return self

    def with_password(self, mechanism: str, password: str = PASSWORD) -> "Visitor":
        if mechanism == "PLAIN":
            return self.to(
                PLAIN, kafka_security="sasl_plaintext", kafka_sasl_mechanism=mechanism,
                kafka_username=USER, kafka_password=password,
            )  # fmt: skip
        file = self.folder / "password"
        file.write_text(f"{password}\n", "utf-8")
        return self.to(
            SCRAM, kafka_security="sasl_ssl", kafka_sasl_mechanism=mechanism,
            kafka_username=USER, kafka_password_file=file, kafka_ca_file=self._keys.ca,
        )  # fmt: skip

    def with_certificate(self) -> "Visitor":
        return self.to(
            CERTIFICATE, kafka_security="ssl", kafka_ca_file=self._keys.ca,
            kafka_certificate_file=self._keys.certificate("client"), kafka_key_file=self._keys.key("client"),
            kafka_key_password_file=self._keys.key_password,
        )  # fmt: skip

    def without(self, *names: str) -> "Visitor":
        for name in names:
            self._monkeypatch.delenv(f"RASID_{name.upper()}")
        return self

    def rasid(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "worker", *arguments],
            cwd=ROOT, capture_output=True, text=True, check=False, timeout=90,
        )  # fmt: skip

    def refused(self, *arguments: str) -> str:
        """Return the one line with which a command ends that is not let in."""
        ended = self.rasid(*arguments)
        lines = ended.stderr.splitlines()
        assert (ended.returncode, len(lines), ended.stdout) == (2, 1, ""), ended
        assert PASSWORD not in ended.stderr
        return lines[0]

    def _set(self, name: str, value: object) -> None:
        self._monkeypatch.setenv(f"RASID_{name.upper()}", str(value))


@pytest.fixture
def visitor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, doors: Doors, keys: Keys) -> Visitor:
    return Visitor(monkeypatch, tmp_path, doors, keys)


@pytest.mark.parametrize("way", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "certificate"])
def test_article_becomes_an_alert_behind_each_door_and_the_password_is_shown_nowhere(visitor, way):
    visitor.with_certificate() if way == "certificate" else visitor.with_password(way)
    visitor.to(
        {"certificate": CERTIFICATE, "PLAIN": PLAIN}.get(way, SCRAM),
        kafka_prefix=f"{way.lower()}.", watch_topics=WATCH_TOPICS, log_level="debug",
    )  # fmt: skip
    settings = load_settings()
    created = visitor.rasid("kafka", "init")
    assert created.returncode == 0, created.stderr
    worker = Worker(settings, visitor.folder / "worker")
    try:
        worker.start()
        assert asyncio.run(publish(settings, iter([Item("one", None, ARTICLE, 0)]))) == 1
        listed: list[object] = []

        def is_listed() -> bool:
            answer = visitor.rasid("alerts", "list", "--json")
            assert answer.returncode == 0, answer.stderr
            listed[:] = map(json.loads, answer.stdout.splitlines())
            return bool(listed)

        worker.until(is_listed, "alerted", 60)
        assert asyncio.run(_tagged(settings)) == 1
        acknowledged = visitor.rasid("alerts", "acknowledge", listed[0]["id"], "--by", "Huda", "--why", "seen")
        assert acknowledged.returncode == 0, acknowledged.stderr
        applied = visitor.rasid("watch", "apply", str(WATCH_TOPICS / "moscow-attack.yaml"))
        assert applied.returncode == 0, applied.stderr
        running = visitor.rasid("watch", "status")
        assert running.returncode == 0, running.stderr
        shown = [worker.log_file.read_text("utf-8"), running.stdout, created.stdout + created.stderr]
        for page in ("metrics", "healthz", "readyz"):
            with urllib.request.urlopen(f"http://127.0.0.1:{worker.web_port}/{page}", timeout=5) as answer:
                shown.append(answer.read().decode())
        shown.append(Path(f"/proc/{worker.process.pid}/cmdline").read_text())
        shown += [Path(f"/proc/{child}/environ").read_text() for child in worker.pool_children()]
        for text in shown:
            assert PASSWORD not in text
            assert KEY_PASSWORD not in text
        warned = "everybody on the way can read the password" in shown[0]
        assert warned == (way == "PLAIN")
        assert "in the clear" not in shown[0], "aiokafka warns at every connection"
        assert worker.pool_children(), "the environment of children was looked at"
        assert worker.stop() == 0
    finally:
        worker.process.kill()
        worker.process.wait()


async def _tagged(settings) -> int:
    name = settings.kafka_prefix + kafka_topics.ARTICLES_TAGGED.name
    return sum(
        [
            bool(msgspec.json.decode(value, type=TaggedArticle).matches)
            for partition in range(settings.partitions)
            async for _, value in read_to_end(kafka_address(settings), name, partition)
        ]
    )


@pytest.mark.parametrize(
    ("mechanism", "command"),
    [
        ("PLAIN", ("kafka", "status")), ("SCRAM-SHA-256", ("kafka", "init")),
        ("SCRAM-SHA-512", ("alerts", "list")), ("SCRAM-SHA-512", ("replay", "seeds/articles")),
    ],
)  # fmt: skip
def test_wrong_password_is_one_line_and_exit_code_2(visitor, mechanism, command):
    line = visitor.with_password(mechanism, "another").refused(*command)
    assert "refuses the user 'rasid' or the password" in line
    assert "another" not in line


def test_worker_with_a_wrong_password_does_not_start(visitor):
    visitor.with_password("SCRAM-SHA-512", "another").to(SCRAM, watch_topics=WATCH_TOPICS)
    ended = visitor.rasid("worker")
    assert ended.returncode == 2
    assert "refuses the user 'rasid' or the password" in ended.stderr.splitlines()[-1]
    assert "another" not in ended.stderr


def test_mechanism_that_the_broker_does_not_take_is_named(visitor):
    line = (
        visitor.with_password("SCRAM-SHA-256").to(SCRAM, kafka_sasl_mechanism="PLAIN").refused("kafka", "status")
    )
    assert "does not take PLAIN" in line


def test_broker_whose_certificate_nobody_vouches_for_gets_no_password(visitor, strangers):
    line = visitor.with_password("SCRAM-SHA-256").to(SCRAM, kafka_ca_file=strangers.ca).refused("kafka", "status")
    assert "is not to be trusted" in line
    assert "RASID_KAFKA_CA_FILE" in line


def test_certificate_of_another_host_is_not_trusted(visitor, doors):
    visitor.with_password("SCRAM-SHA-256")
    line = visitor.refused("kafka", "status", "--broker", f"localhost:{doors.ports[SCRAM]}")
    assert "is not to be trusted" in line
    assert "localhost" in line


def test_client_without_a_certificate_is_not_let_in_where_one_is_asked_for(visitor):
    visitor.with_certificate().without("kafka_certificate_file", "kafka_key_file", "kafka_key_password_file")
    assert "RASID_KAFKA_CERTIFICATE_FILE" in visitor.refused("kafka", "status")


def test_client_with_a_certificate_of_strangers_is_not_let_in(visitor, strangers):
    visitor.with_certificate().without("kafka_key_password_file").to(
        CERTIFICATE,
        kafka_certificate_file=strangers.certificate("bare-client"),
        kafka_key_file=strangers.key("bare-client"),
    )
    assert "RASID_KAFKA_CERTIFICATE_FILE" in visitor.refused("kafka", "status")


def test_key_without_a_password_needs_none(visitor, keys):
    visitor.with_certificate().without("kafka_key_password_file").to(
        CERTIFICATE,
        kafka_certificate_file=keys.certificate("bare-client"),
        kafka_key_file=keys.key("bare-client"),
    )
    answer = visitor.rasid("kafka", "status")
    assert answer.returncode == 0, answer.stderr


def test_status_of_a_broker_without_our_kafka_topics_says_that_they_are_missing(visitor):
    answer = visitor.with_certificate().to(CERTIFICATE, kafka_prefix="nobody.").rasid("kafka", "status", "--json")
    assert (answer.returncode, answer.stdout) == (0, "[]\n"), answer.stderr


@pytest.mark.parametrize("door", [PLAIN, SCRAM, CERTIFICATE])
def test_client_without_password_and_tls_is_let_in_nowhere_and_told_what_may_be_missing(visitor, door):
    assert "another way in than RASID_KAFKA_SECURITY=plaintext" in visitor.to(door).refused("kafka", "status")


def test_tls_at_a_door_without_tls_is_told(visitor, keys):
    visitor.to(PLAIN, kafka_security="ssl", kafka_ca_file=keys.ca)
    assert "another way in than RASID_KAFKA_SECURITY=ssl" in visitor.refused("kafka", "status")
