"""`rasid replay` publishes files as they are, and goes on where it was interrupted."""

import os
import signal
import subprocess
import sys

import pytest

from tests.e2e.conftest import ROOT
from worker.streaming import kafka_topics


@pytest.fixture
def replay(pipeline):
    """Return a function that starts `rasid replay` against the test's broker."""
    environment = os.environ | {"RASID_DATA_DIR": str(pipeline.settings.data_dir)}

    def start(*arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "worker", "replay", "--broker", pipeline.settings.broker, *arguments],
            cwd=ROOT, env=environment, text=True, stderr=subprocess.PIPE,
        )  # fmt: skip

    return start


def test_folder_is_published_byte_for_byte_and_confirmed(pipeline, replay):
    run = replay("seeds/articles")
    _, errors = run.communicate(timeout=60)
    assert run.returncode == 0, errors
    published = pipeline.values(kafka_topics.ARTICLES_RAW)
    lines = (ROOT / "seeds/articles/short.jsonl").read_bytes().splitlines()
    broken = (ROOT / "seeds/articles/broken.jsonl").read_bytes().strip()
    assert set(lines) | {broken} <= set(published)
    assert len(published) == len(lines) + 1 + 4
    assert f"{len(published)} articles published" in errors


def test_interrupted_replay_goes_on_where_it_stopped(pipeline, replay, tmp_path):
    lines = [f'{{"id": "{number}", "body": "x"}}'.encode() for number in range(600)]
    archive = tmp_path / "archive.jsonl"
    archive.write_bytes(b"\n".join(lines))
    first = replay(str(archive), "--rate", "100")
    pipeline.until(lambda: len(pipeline.values(kafka_topics.ARTICLES_RAW)) >= 200, "half way")
    first.send_signal(signal.SIGINT)
    _, errors = first.communicate(timeout=30)
    assert first.returncode == 130
    assert "the same command goes on from here" in errors
    before = len(pipeline.values(kafka_topics.ARTICLES_RAW))
    assert before < len(lines)

    second = replay(str(archive))
    _, errors = second.communicate(timeout=60)
    assert second.returncode == 0
    assert "going on after" in errors
    published = pipeline.values(kafka_topics.ARTICLES_RAW)
    assert set(published) == set(lines)
    assert len(published) <= len(lines) + 100  # at most the window that was not confirmed comes twice

    third = replay(str(archive))  # a finished replay begins anew
    third.communicate(timeout=60)
    assert len(pipeline.values(kafka_topics.ARTICLES_RAW)) == len(published) + len(lines)


def test_loop_begins_again_until_it_is_stopped(pipeline, replay, tmp_path):
    archive = tmp_path / "archive.jsonl"
    archive.write_bytes(b'{"id": "1", "body": "x"}')
    run = replay(str(archive), "--loop", "--rate", "50")
    pipeline.until(lambda: len(pipeline.values(kafka_topics.ARTICLES_RAW)) >= 3, "three rounds")
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=30)
    assert run.returncode == 130
