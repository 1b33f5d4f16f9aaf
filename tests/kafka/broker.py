"""Apache Kafka on loopback: its jars by Maven, brokers in KRaft mode as processes, stopped and started at will."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiokafka.errors import KafkaError

from worker.adapters.embedded_broker import free_port
from worker.adapters.kafka_admin import BrokerError, partition_counts

ROOT = Path(__file__).parents[2]
POM = Path(__file__).parent / "pom.xml"
CLUSTER_ID = "AAAAAAAAAAAAAAAAAAAAAA"
START_SECONDS = 60.0
STOP_SECONDS = 40.0
JAVA = ("java", "-Xmx512m", "-Xss512k", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")
LOG_OPTIONS = (
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
    "-Dslf4j.provider=org.slf4j.simple.SimpleServiceProvider",
)


class MissingError(Exception):
    """Something that Apache Kafka needs is not on this machine; the message says what."""


def kafka_version() -> str:
    """Return the version of Apache Kafka that is tested: pom.xml's, or `KAFKA_VERSION` in the environment."""
    return os.environ.get("KAFKA_VERSION") or _of_pom("kafka.version")


def oldest_kafka_version() -> str:
    """Return the oldest version of Apache Kafka that the worker is promised to run on, from pom.xml."""
    return _of_pom("kafka.oldest.version")


def _of_pom(name: str) -> str:
    found = re.search(rf"<{re.escape(name)}>(.+)</{re.escape(name)}>", POM.read_text("utf-8"))
    assert found is not None
    return found[1]


def what_is_missing() -> str | None:
    """Return what this machine lacks to run Apache Kafka, None where it lacks nothing."""
    if shutil.which("java") is None:
        return "Java is missing (17 or later)"
    is_complete = all(
        (_jars_folder(version) / ".complete").exists() for version in (kafka_version(), oldest_kafka_version())
    )
    if not is_complete and shutil.which("mvn") is None:
        return "Maven is missing, which resolves Apache Kafka's jars"
    return None


def _jars_folder(version: str) -> Path:
    return ROOT / ".venv" / ".cache" / f"kafka-{version}"


def kafka_jars(version: str) -> Path:
    """Return the folder with the jars of a version of Apache Kafka, filled by Maven the first time.

    Raises:
        MissingError: There is no Java or no Maven, or Maven cannot resolve the jars.
    """
    missing = what_is_missing()
    if missing:
        raise MissingError(missing)
    folder = _jars_folder(version)
    if (folder / ".complete").exists():
        return folder
    command = ["mvn", "-q", "-B", "-f", str(POM), f"-Dkafka.version={version}"]
    copied = subprocess.run(
        [*command, "dependency:copy-dependencies", f"-DoutputDirectory={folder}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    if copied.returncode != 0:
        raise MissingError(f"Maven cannot resolve Apache Kafka {version}: {copied.stdout[-800:]}")
    (folder / ".complete").touch()
    return folder


@dataclass
class Broker:
    """One broker of Apache Kafka, controller at the same time, with its own folder and ports.

    `extra` holds further lines of server.properties, which win; `format_options` are given to the storage tool.
    """

    jars: Path
    folder: Path
    node: int = 1
    port: int = field(default_factory=free_port)
    controller_port: int = field(default_factory=free_port)
    voters: str = ""
    copies: int = 1
    extra: Mapping[str, object] = field(default_factory=dict)
    format_options: Sequence[str] = ()
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def log_file(self) -> Path:
        return self.folder / "broker.log"

    def launch(self) -> None:
        """Start the process, with the data of an earlier run if there was one, and do not wait."""
        properties = self.folder / "server.properties"
        if not properties.exists():
            self.folder.mkdir(parents=True)
            properties.write_text(self._properties(), "utf-8")
            options = ("-t", CLUSTER_ID, "-c", str(properties), *self.format_options)
            self._java("kafka.tools.StorageTool", "format", *options).wait(60)
        self.process = self._java("kafka.Kafka", str(properties))

    def start(self) -> None:
        """Start the broker and wait until it answers."""
        self.launch()
        self.wait_until_it_answers()

    def wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self.process is not None
            ended = self.process.poll()
            if ended is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the broker does not answer (exit code {ended}):\n{self.log_tail()}")
            time.sleep(0.1)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the broker: in order, or at once with SIGKILL."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(how)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    @contextmanager
    def running(self, end: signal.Signals = signal.SIGKILL) -> "Iterator[Broker]":
        """Start the broker, and end it on the way out, however often it was ended and started meanwhile."""
        try:
            self.start()
            yield self
        finally:
            self.stop(end)

    def configure(self, *arguments: str) -> None:
        """Alter a configuration, in the words of `kafka-configs.sh --alter`."""
        command = ("kafka.admin.ConfigCommand", "--bootstrap-server", self.address, "--alter", *arguments)
        assert self._java(*command).wait(60) == 0, self.log_tail()

    def log_tail(self) -> str:
        return self.log_file.read_text(errors="replace")[-3000:]

    def _answers(self) -> bool:
        try:
            asyncio.run(partition_counts(self.address))
        except (BrokerError, KafkaError):  # the second: it lets us in before it knows of itself
            return False
        return True

    def _java(self, *arguments: str) -> "subprocess.Popen[bytes]":
        with self.log_file.open("ab") as log:
            return subprocess.Popen(
                [*JAVA, *LOG_OPTIONS, "-cp", f"{self.jars}/*", *arguments], stdout=log, stderr=log
            )

    def _properties(self) -> str:
        voters = self.voters or f"{self.node}@127.0.0.1:{self.controller_port}"
        lines = {
            "process.roles": "broker,controller",
            "node.id": self.node,
            "controller.quorum.voters": voters,
            "listeners": f"PLAINTEXT://{self.address},CONTROLLER://127.0.0.1:{self.controller_port}",
            "advertised.listeners": f"PLAINTEXT://{self.address}",
            "controller.listener.names": "CONTROLLER",
            "log.dirs": self.folder / "data",
            "auto.create.topics.enable": "false",
            "group.initial.rebalance.delay.ms": 0,
            "offsets.topic.num.partitions": 4,
            "offsets.topic.replication.factor": self.copies,
            "transaction.state.log.num.partitions": 1,
            "transaction.state.log.replication.factor": self.copies,
            "transaction.state.log.min.isr": 1,
            "min.insync.replicas": min(self.copies, 2),
            "num.io.threads": 2,
            "num.network.threads": 2,
            "num.recovery.threads.per.data.dir": 2,
            "background.threads": 2,
            "log.cleaner.dedupe.buffer.size": 8 * 1024**2,
            "log.index.size.max.bytes": 1024**2,
            "replica.fetch.max.bytes": 48 * 1024**2,
            "controlled.shutdown.enable": "true",
        }
        return "".join(f"{name}={value}\n" for name, value in (lines | dict(self.extra)).items())


def three_brokers(jars: Path, folder: Path) -> list[Broker]:
    """Return three brokers of one cluster, not started, that keep three copies of everything."""
    controllers = [free_port() for _ in range(3)]
    voters = ",".join(f"{node}@127.0.0.1:{port}" for node, port in enumerate(controllers, 1))
    return [
        Broker(jars, folder / f"broker-{node}", node, controller_port=port, voters=voters, copies=3)
        for node, port in enumerate(controllers, 1)
    ]


def addresses(brokers: Sequence[Broker]) -> str:
    """Return the bootstrap servers of a cluster."""
    return ",".join(broker.address for broker in brokers)
