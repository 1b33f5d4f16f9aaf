"""Checking watch topics: the files are valid, and the tests in them pass."""

from pathlib import Path

from worker.adapters.topic_files import load_watch_topics
from worker.domain.watch_topic_tests import run_tests


def check_watch_topics(folder: Path) -> tuple[list[str], int, int]:
    """Validate the watch topics of a folder and run their tests.

    Returns:
        A line for each problem, the number of watch topics, and the number of tests.

    Raises:
        OSError: The folder cannot be read.
    """
    loaded = load_watch_topics(folder)
    lines = [str(problem) for problem in loaded.problems]
    for watch_topic in loaded.watch_topics:
        lines += [str(failure) for failure in run_tests(watch_topic)]
    return lines, len(loaded.watch_topics), sum(len(watch_topic.tests) for watch_topic in loaded.watch_topics)
