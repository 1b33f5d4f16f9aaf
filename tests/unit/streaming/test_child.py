"""A process of the pool takes new watch topics by itself, and keeps the old ones while the new cannot be had."""

import time
from collections.abc import Callable

import pytest

from worker.adapters.roster_file import check_source, write_roster
from worker.domain.roster import Origin, Roster, Source, next_roster
from worker.streaming.child import Child

FLOOD = "{schema: watch-topic/v1, id: ID, title: T, terms: {one: {en: [ID]}}, condition: one}"
ENOUGH_SECONDS = 20
TEXT = "A flood and a fire"


def write(file, *ids: str) -> None:
    sources = [Source(Origin.FILE, f"{name}.yaml", FLOOD.replace("ID", name).encode()) for name in ids]
    write_roster(file, next_roster(Roster(), sources, {source: check_source(source) for source in sources}))


def matched(child: Child) -> list[str]:
    return [match.watch_topic for match in child.stages.matcher.match(None, TEXT)]


def happens(what: Callable[[], bool]) -> bool:
    end = time.monotonic() + ENOUGH_SECONDS
    while not what() and time.monotonic() < end:
        time.sleep(0.05)
    return what()


@pytest.fixture
def file(tmp_path):
    write(tmp_path / "roster.json", "flood")
    return tmp_path / "roster.json"


def test_idle_child_takes_the_new_watch_topics(file):
    child = Child(file, 1_000)
    assert matched(child) == ["flood"]
    write(file, "flood", "fire")
    assert happens(lambda: matched(child) == ["fire", "flood"])


def test_child_keeps_the_old_watch_topics_while_the_file_is_broken(file, caplog):
    child = Child(file, 1_000)
    file.write_bytes(b"{")
    assert happens(lambda: "cannot be loaded" in caplog.text)
    assert matched(child) == ["flood"]
    write(file, "fire")
    assert happens(lambda: matched(child) == ["fire"])
