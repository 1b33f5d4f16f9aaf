"""A broker whose disk is full, and has room again later."""

import errno
import resource
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kafka.broker import Broker
from tests.kafka.conftest import new_trial
from tests.kafka.workers import Trial
from worker.settings import Settings

DISK_BYTES = 256 * 1024**2
ENDS_SECONDS = 60.0


class Disk:
    """A small file system in memory; where none can be mounted, a bound on the files that the broker writes."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "rasid-full-disk", str(folder)]
        self._is_mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
        self._ballast = folder / "ballast"

    def fill(self, broker: Broker) -> None:
        if not self._is_mounted:
            no_more = (4096, resource.RLIM_INFINITY)
            resource.prlimit(broker.process.pid, resource.RLIMIT_FSIZE, no_more)
            return
        with self._ballast.open("wb", buffering=0) as ballast:
            for size in (1024**2, 4096):
                while _has_room(ballast, size):
                    pass

    def free(self) -> None:
        self._ballast.unlink(missing_ok=True)

    def remove(self) -> None:
        if self._is_mounted:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=True)


def _has_room(file, size: int) -> bool:
    try:
        return file.write(b"x" * size) == size
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return False


@pytest.fixture
def disk(jars: Path, tmp_path: Path) -> Iterator[Disk]:
    disk = Disk(tmp_path / "disk")
    yield disk
    disk.remove()


@pytest.fixture
def own_broker(jars: Path, tmp_path: Path, disk: Disk) -> Iterator[Broker]:
    with Broker(jars, tmp_path / "broker", extra={"log.dirs": disk.folder / "data"}).running() as broker:
        yield broker


@pytest.fixture
def trial(own_broker: Broker, tmp_path: Path) -> Iterator[Trial]:
    yield from new_trial(tmp_path, Settings(broker=own_broker.address))


def test_broker_whose_disk_is_full_loses_nothing(own_broker, disk, trial, count, nothing_is_lost):
    worker = trial.worker()
    worker.start()
    trial.publish(count)
    trial.wait_for_tagged(count // 10)
    disk.fill(own_broker)
    own_broker.process.wait(ENDS_SECONDS)  # it does not serve from a disk that it cannot write to
    assert own_broker.process.returncode != 0
    disk.free()
    own_broker.start()
    since, before = time.monotonic(), trial.tagged()
    assert before < count, "there was work left when the disk was full"
    if worker.process.poll() is not None:  # a worker that cannot keep its promise leaves, and is started again
        assert worker.process.returncode == 70
        worker.start()
    trial.recovering(since, before)
    nothing_is_lost("the broker's disk full, so that it ends; room again and started (measured from there)")
    assert worker.stop() == 0
