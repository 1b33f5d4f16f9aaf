"""The image is small, holds no tools, and runs the worker as nobody on a file system that stays as it is."""

import asyncio
import json
import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.image.conftest import BUILDAH, ROOT, buildah
from tests.kafka.broker import Broker, kafka_jars, kafka_version
from worker.adapters.embedded_broker import free_port
from worker.adapters.kafka_reader import read_to_end
from worker.adapters.kafka_security import kafka_address
from worker.entrypoints.expected import load_expected
from worker.entrypoints.kafka import init_kafka_topics
from worker.entrypoints.replay import items_of, publish
from worker.settings import Settings
from worker.streaming import kafka_topics

MOST_MEGABYTES = 350
USER_ID = 10001
SECONDS = 120

# Enters the container's file system: read only, with what every engine adds (/proc, /dev) and a /tmp.
READ_ONLY = """
set -e
mount --bind "$ROOT" "$ROOT"
mount -t proc proc "$ROOT/proc"
mount -t tmpfs -o size=64m,mode=1777 tmpfs "$ROOT/tmp"
mount --bind /dev "$ROOT/dev"
mount -t tmpfs -o size=64m,mode=1777 tmpfs "$ROOT/dev/shm"
mount -o remount,ro,bind "$ROOT"
exec chroot --userspec=10001:10001 "$ROOT" /usr/bin/env -i PATH=/opt/rasid/bin:/usr/bin:/bin "$@"
"""


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    broker = Broker(kafka_jars(kafka_version()), tmp_path_factory.mktemp("kafka") / "broker")
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()


def wait(condition: Callable[[], bool], worker: "subprocess.Popen[bytes]", said: Callable[[], str]) -> None:
    end = time.monotonic() + SECONDS
    while not condition():
        assert worker.poll() is None, said()
        assert time.monotonic() < end, said()
        time.sleep(0.5)


def is_ready(settings: Settings) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{settings.web_port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


async def alerts(settings: Settings) -> set[str]:
    """Return the ids of the alerts that have been raised so far."""
    address = kafka_address(settings)
    return {
        key.decode()
        for partition in range(settings.partitions)
        async for key, _ in read_to_end(address, kafka_topics.ALERTS.name, partition)
    }


def options_of_the_root(process: int) -> list[str]:
    """Return how the file system is mounted that a process sees as its own."""
    mounts = [line.split() for line in Path(f"/proc/{process}/mountinfo").read_text("utf-8").splitlines()]
    return next(fields[5].split(",") for fields in reversed(mounts) if fields[4] == "/")


def test_image_has_no_compiler_no_embedded_broker_and_nothing_of_the_build(root: Path) -> None:
    unwanted = [
        *root.glob("usr/bin/*gcc*"),
        *root.glob("usr/bin/make"),
        *root.glob("opt/build"),
        *root.glob("src/*"),
    ]
    unwanted += root.glob("opt/rasid/lib/*/site-packages/noida*")
    unwanted += [*root.glob("etc/pip.conf"), *root.glob("run/secrets/*"), *root.glob("wheels/*")]
    assert unwanted == []


def test_image_is_small(root: Path) -> None:
    kilobytes = int(subprocess.check_output(["du", "-skx", root], text=True).split()[0])
    assert 50 < kilobytes / 1000 < MOST_MEGABYTES


def test_image_runs_the_worker_as_a_user_without_rights(image: str) -> None:
    config = json.loads(buildah("inspect", "--type", "image", image))["OCIv1"]["config"]
    assert config["User"] == str(USER_ID)
    assert (config["Entrypoint"], config["Cmd"]) == (["rasid"], ["worker"])


def test_command_tags_an_article_in_a_container(container: str) -> None:
    article = {"content_type": "text/plain", "body": "Gunmen opened fire at the Crocus City Hall near Moscow."}
    done = subprocess.run(
        [*BUILDAH, "run", "--isolation", "chroot", "--user", str(USER_ID), container, "--", "rasid", "tag", "-"],
        input=json.dumps(article), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [match["watch_topic"] for match in json.loads(done.stdout)["matches"]] == ["moscow-attack"]


def test_worker_in_a_container_without_root_on_a_read_only_file_system_raises_the_alerts_of_the_seeds(
    root: Path, broker: Broker, tmp_path: Path
) -> None:
    settings = Settings(broker=broker.address, web_port=free_port())
    asyncio.run(init_kafka_topics(settings))
    given = (f"RASID_BROKER={settings.broker}", f"RASID_WEB_PORT={settings.web_port}", "RASID_DATA_DIR=/tmp/rasid",
             "RASID_WATCH_TOPICS=/etc/rasid/watch")  # fmt: skip
    with (tmp_path / "worker.log").open("wb") as log:
        worker = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", READ_ONLY, "sh", *given, "rasid", "worker"],
            env={**os.environ, "ROOT": str(root)}, stdout=log, stderr=log,
        )  # fmt: skip
    said = (tmp_path / "worker.log").read_text
    try:
        wait(lambda: is_ready(settings), worker, said)
        assert Path(f"/proc/{worker.pid}").stat().st_uid == USER_ID
        assert options_of_the_root(worker.pid)[0] == "ro"
        assert asyncio.run(publish(settings, items_of([ROOT / "seeds" / "articles"]))) > 0
        seeds = load_expected(ROOT / "seeds" / "expected" / "seeds.jsonl")
        expected = {alert for seed in seeds for alert in seed.alerts.values()}
        wait(lambda: expected <= asyncio.run(alerts(settings)), worker, said)
    finally:
        worker.send_signal(signal.SIGTERM)
        code = worker.wait(60)
    assert code == 0, said()
