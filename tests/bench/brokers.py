"""The broker of a benchmark, as a process of its own: Apache Kafka, or the embedded one."""

import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.kafka.broker import Broker, kafka_jars, kafka_version
from worker.adapters.embedded_broker import STOP_SECONDS, start_broker, stop_process

KAFKA, EMBEDDED = "kafka", "embedded"


class Running(NamedTuple):
    """A broker that runs: where it listens, its process, and which it is."""

    address: str
    pid: int
    kind: str


def broker_name(kind: str) -> str:
    """Return what a report calls it."""
    return f"Apache Kafka {kafka_version()}" if kind == KAFKA else "the embedded broker"


@contextlib.contextmanager
def running(kind: str, folder: Path) -> Iterator[Running]:
    """Run a broker with its data in `folder`, which must not be there yet.

    Raises:
        MissingError: Apache Kafka needs something that is not on this machine.
    """
    if kind == EMBEDDED:
        address, process = start_broker(folder)
        try:
            yield Running(address, process.pid, kind)
        finally:
            stop_process(process, STOP_SECONDS)
        return
    with Broker(kafka_jars(kafka_version()), folder).running(signal.SIGTERM) as broker:
        assert broker.process is not None
        yield Running(broker.address, broker.process.pid, kind)
