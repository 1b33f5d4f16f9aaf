"""The demo as a newcomer runs it: exit codes, what it prints, and nothing left behind."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from worker.adapters.embedded_broker import embedded_broker
from worker.adapters.kafka_admin import partition_counts
from worker.entrypoints.expected import load_expected

ROOT = Path(__file__).parents[2]
EXPECTED = ROOT / "seeds" / "expected" / "seeds.jsonl"


@pytest.fixture
def demo(tmp_path):
    """Return a function that starts `rasid demo`; what it starts carries a mark by which it is found again."""
    environment = os.environ | {"TMPDIR": str(tmp_path), "COLUMNS": "100"}

    def start(*options: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "worker", "demo", *options], cwd=ROOT, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    yield start
    for pid in processes_of(tmp_path):
        os.kill(pid, signal.SIGKILL)


def processes_of(folder: Path) -> list[int]:
    """Return the processes that were started with this temporary folder."""
    mark = f"TMPDIR={folder}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            zombie = (process / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
            if not zombie and mark in (process / "environ").read_bytes().split(b"\0"):
                found.append(int(process.name))
        except (OSError, IndexError):
            continue
    return found


def test_demo_prints_every_alert_and_the_table_and_leaves_nothing_behind(demo, tmp_path):
    run = demo()
    output, errors = run.communicate(timeout=110)
    assert run.returncode == 0, output + errors
    expected = load_expected(EXPECTED)
    for alert in {alert for one in expected for alert in one.alerts.values()}:
        assert f"alert {alert[:8]}" in output
    assert "⟦" in output
    assert re.search(rf"articles in\W+{len(expected)}\b", output)
    assert "not_json 1" in output
    assert re.search(r"\$ rasid alerts acknowledge [0-9a-f]{8} --by demo", output)
    assert re.search(r"acknowledged  alert [0-9a-f]{8} \([a-z-]+\) by demo", output)
    assert re.search(r"escalated  alert [0-9a-f]{8} \([a-z-]+\) nobody has answered: duty-officer told", output)
    assert "All as seeds/expected says." in output
    assert processes_of(tmp_path) == []
    assert list(tmp_path.glob("rasid-demo-*")) == []


def test_demo_exits_1_and_names_what_differs(demo, tmp_path):
    seeds = tmp_path / "seeds"
    shutil.copytree(ROOT / "seeds", seeds)
    first, *others = load_expected(EXPECTED)
    changed = [msgspec.structs.replace(first, language="fa"), *others]
    (seeds / "expected" / "seeds.jsonl").write_bytes(b"\n".join(map(msgspec.json.encode, changed)))
    run = demo("--seeds", str(seeds))
    output, errors = run.communicate(timeout=110)
    assert run.returncode == 1, output + errors
    assert f"{first.seed}: expected language 'fa', found 'ar'" in output


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_demo_that_is_interrupted_stops_everything(demo, tmp_path, how):
    run = demo()
    for line in run.stdout:
        if line.startswith("worker"):
            break
    time.sleep(2)
    assert len(processes_of(tmp_path)) > 2
    run.send_signal(how)
    run.communicate(timeout=60)
    assert run.returncode == 130
    assert processes_of(tmp_path) == []
    assert list(tmp_path.glob("rasid-demo-*")) == []


def test_demo_that_is_kept_says_where_it_is_and_how_to_stop_it(demo, tmp_path):
    run = demo("--keep")
    output, errors = run.communicate(timeout=110)
    assert run.returncode == 0, output + errors
    assert re.search(r"metrics\s+http://127\.0\.0\.1:\d+/metrics", output)
    assert processes_of(tmp_path)
    stop = re.search(r"stop\s+(kill .*; rm -r \S+)", output)
    assert stop
    subprocess.run(["sh", "-c", stop.group(1)], check=True)
    for _ in range(300):
        if not processes_of(tmp_path):
            return
        time.sleep(0.1)
    pytest.fail("what the demo kept does not stop as it says")


def test_demo_on_a_broker_that_is_there_already_leaves_no_kafka_topics_on_it(demo, tmp_path):
    with embedded_broker(tmp_path / "yours") as address:
        run = demo("--broker", address)
        output, errors = run.communicate(timeout=110)
        assert run.returncode == 0, output + errors
        left = [name for name in asyncio.run(partition_counts(address)) if name.startswith("demo-")]
    assert left == []


def test_demo_on_a_broker_that_does_not_answer_says_so_in_one_line(demo):
    run = demo("--broker", "127.0.0.1:1")
    _, errors = run.communicate(timeout=110)
    assert run.returncode == 2
    assert "no Kafka broker answers at 127.0.0.1:1" in errors
    assert "Traceback" not in errors
