"""The embedded Kafka broker (noida-db) for the demo and the tests: one worker, a fresh data directory.

It is an extra of the package and never part of the image. What it cannot do stands in docs/adr/0003.
"""

import contextlib
import importlib.util
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from worker.adapters.kafka_admin import BrokerError

START_SECONDS = 10.0
STOP_SECONDS = 10.0


def start_broker(data_dir: Path) -> "tuple[str, subprocess.Popen[bytes]]":
    """Start a broker on a free loopback port; return its `host:port` and its process, which the caller stops.

    Args:
        data_dir: A folder for its data and its log, not used by another broker.

    Raises:
        BrokerError: It is not installed or does not start; the message says what to do.
    """
    port = free_port()
    log_file = data_dir / "broker.log"
    data_dir.mkdir(parents=True, exist_ok=True)
    with log_file.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own binary, our own arguments
            [
                _binary(), "start", "--only", "kafka", "--kafka-port", str(port),
                "--data-dir", data_dir / "data", "--host", "127.0.0.1",
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the parent, which stops the broker last
        )  # fmt: skip
    try:
        _wait_until_open(process, port, log_file)
    except BrokerError:
        stop_process(process, STOP_SECONDS)
        raise
    return f"127.0.0.1:{port}", process


@contextlib.contextmanager
def embedded_broker(data_dir: Path) -> Iterator[str]:
    """Run a broker, yield its `host:port`, and stop it on the way out; see `start_broker`."""
    address, process = start_broker(data_dir)
    try:
        yield address
    finally:
        stop_process(process, STOP_SECONDS)


def stop_process(process: "subprocess.Popen[bytes]", seconds: float) -> int:
    """Ask a process that leads a session to stop, insist after `seconds`, and return its exit code.

    Where it has ended and children of it have not, they are killed.
    """
    if process.poll() is None:
        process.terminate()
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def free_port() -> int:
    """Return a loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _binary() -> Path:
    package = importlib.util.find_spec("noida_db")
    if package is None or package.origin is None:
        raise BrokerError(
            "the embedded broker is not installed; run `make demo`, or name a broker: BROKER=host:port"
        )
    return Path(package.origin).with_name("noida-db")


def _wait_until_open(process: "subprocess.Popen[bytes]", port: int, log_file: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    last_lines = log_file.read_text(errors="replace").strip()[-500:]
    raise BrokerError(f"the embedded broker did not start: {last_lines}")
