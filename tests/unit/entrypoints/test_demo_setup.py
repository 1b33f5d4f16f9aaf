"""What the demo changes before it starts."""

from pathlib import Path

import msgspec

from tests.records import MARCH_24
from worker.adapters.topic_files import load_watch_topics
from worker.entrypoints.demo_setup import fetched_at, shorten_timers
from worker.entrypoints.sources import Item

WATCH_TOPICS = Path("topics/watch")


def test_shortened_watch_topics_are_valid_and_differ_in_nothing_but_their_timers(tmp_path):
    shorten_timers(WATCH_TOPICS, tmp_path / "watch")
    given = {one.id: one for one in load_watch_topics(WATCH_TOPICS).watch_topics}
    loaded = load_watch_topics(tmp_path / "watch")
    assert loaded.problems == []
    assert {one.id for one in loaded.watch_topics} == set(given)
    for one in loaded.watch_topics:
        before = given[one.id]
        assert (one.condition, one.terms, one.score) == (before.condition, before.terms, before.score)
        assert one.alert.to == before.alert.to
        assert [step.to for step in one.alert.escalate] == [step.to for step in before.alert.escalate]
    attack = next(one for one in loaded.watch_topics if one.id == "moscow-attack")
    assert attack.alert.acknowledge_within_seconds == 6


def test_article_is_as_if_fetched_now_and_otherwise_as_it_was():
    item = Item("a", b"k", b'{"body": "text", "fetched_at": "2020-01-01T00:00:00Z"}', 3)
    changed = fetched_at(item, MARCH_24)
    assert msgspec.json.decode(changed.value) == {"body": "text", "fetched_at": "2024-03-24T09:00:00+00:00"}
    assert (changed.name, changed.key, changed.file_bytes_done) == ("a", b"k", 3)


def test_bytes_that_are_no_article_stay_as_they_are():
    for value in (b"\xff", b"{", b"[1]", b'"x"'):
        item = Item("a", None, value, 0)
        assert fetched_at(item, MARCH_24) == item
