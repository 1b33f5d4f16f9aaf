"""Messages that a fetch brings in the middle of a rebalance are read again, committed or not."""

import re

from tests.e2e.conftest import plain

ARTICLES = 40


def test_messages_that_came_in_a_rebalance_are_read_again_from_partitions_without_a_commit(pipeline):
    names = [f"article-{number}" for number in range(ARTICLES)]
    pipeline.publish(*(plain(f"The {name} speaks of nothing special at all.", id=name) for name in names))
    pipeline.module = "tests.e2e.dropping_worker"
    pipeline.start()
    pipeline.settle()
    assert sum(map(int, re.findall(r"dropped messages: (\d+)", pipeline.log_file.read_text()))) > 0
    assert {article.id for article in pipeline.tagged()} == set(names)
