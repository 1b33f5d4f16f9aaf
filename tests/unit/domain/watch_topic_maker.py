"""Makes watch topics for tests from the parts that a test is about."""

from typing import Any

from worker.domain.source_tree import Problem, tree_of
from worker.domain.watch_topic import WatchTopic
from worker.domain.watch_topic_file import read_watch_topic

Terms = dict[str, dict[str, list[str]]]


def watch_topic_data(**fields: Any) -> dict[str, Any]:
    """Return the data of a small right watch topic, with some fields changed; a field that is None is left out."""
    data: dict[str, Any] = {
        "schema": "watch-topic/v1",
        "id": "some-topic",
        "title": "A watch topic",
        "terms": {"place": {"en": ["Moscow"]}, "attack": {"en": ["attack"]}},
        "condition": "place and attack",
        **fields,
    }
    return {name: value for name, value in data.items() if value is not None}


def make_watch_topic(**fields: Any) -> WatchTopic:
    """Return a watch topic with some fields changed; fails on any problem."""
    topic, problems = read_watch_topic(tree_of(watch_topic_data(**fields)))
    assert problems == []
    assert topic is not None
    return topic


def problems_of(**fields: Any) -> list[Problem]:
    """Return the problems of a watch topic with some fields changed."""
    return read_watch_topic(tree_of(watch_topic_data(**fields)))[1]


def letters(*names: str) -> Terms:
    """Return terms in which each group is found by its own name."""
    return {name: {"en": [name]} for name in names}
