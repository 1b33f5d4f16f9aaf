"""Takes generated watch topics through the checks of the loader, without YAML between."""

from tests.bench.generated import WatchTopicData
from worker.domain.source_tree import Mapping, Node, Scalar, Sequence
from worker.domain.watch_topic import WatchTopic
from worker.domain.watch_topic_file import read_watch_topic


def tree(data: object) -> Node:
    """Return plain data as the tree that reading its file would give."""
    if isinstance(data, dict):
        return Mapping(tuple((Scalar(key, key, True, 1, 1), tree(value)) for key, value in data.items()), 1, 1)
    if isinstance(data, (list, tuple)):
        return Sequence(tuple(map(tree, data)), 1, 1)
    return Scalar(data, str(data), isinstance(data, str), 1, 1)


def checked(data: WatchTopicData) -> WatchTopic:
    """Return a generated watch topic as the loader reads it.

    Raises:
        ValueError: The loader refuses it.
    """
    topic, problems = read_watch_topic(tree(data))
    if topic is None:
        raise ValueError(f"{data['id']}: " + "; ".join(map(str, problems)))
    return topic
