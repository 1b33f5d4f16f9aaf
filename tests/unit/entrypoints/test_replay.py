"""A replay that was interrupted goes on where it stopped."""

from pathlib import Path

from worker.entrypoints.replay import CheckpointFile
from worker.settings import Settings


def checkpoint(folder: Path, *paths: Path, broker: str = "a:1") -> CheckpointFile:
    return CheckpointFile(Settings(data_dir=folder, broker=broker), paths)


def test_place_is_remembered_for_the_same_paths_and_broker(tmp_path):
    checkpoint(tmp_path, tmp_path / "x.jsonl").write(120)
    assert checkpoint(tmp_path, tmp_path / "x.jsonl").read() == 120


def test_other_paths_and_other_brokers_begin_at_the_start(tmp_path):
    checkpoint(tmp_path, tmp_path / "x.jsonl").write(120)
    assert checkpoint(tmp_path, tmp_path / "y.jsonl").read() == 0
    assert checkpoint(tmp_path, tmp_path / "x.jsonl", broker="b:1").read() == 0


def test_finished_replay_leaves_nothing_behind(tmp_path):
    place = checkpoint(tmp_path, tmp_path / "x.jsonl")
    place.write(1)
    place.remove()
    assert list(tmp_path.iterdir()) == []


def test_checkpoint_that_cannot_be_read_begins_at_the_start(tmp_path):
    place = checkpoint(tmp_path, tmp_path / "x.jsonl")
    place.write(1)
    place.path.write_bytes(b"\x00")
    assert place.read() == 0
