"""Knowing bodies again changes no article and no alert, only what they cost."""

import re

import msgspec
import pytest

from tests.e2e.test_same_alerts import archive, changes_of


def known_again(page: str) -> float:
    found = re.search(r"^rasid_copies_total (\S+)$", page, re.MULTILINE)
    assert found
    return float(found[1])


@pytest.mark.timeout(300)
def test_articles_and_alerts_are_the_same_with_and_without_memory_for_bodies(tmp_path):
    articles, tagged, copies = archive(), {}, {}

    def look_as(name):
        def look(pipeline):
            found = [msgspec.to_builtins(article) for article in pipeline.tagged()]
            # When it reached Kafka differs from run to run.
            tagged[name] = {article["id"]: article | {"received_at": None} for article in found}
            copies[name] = known_again(pipeline.get("/metrics")[1])

        return look

    # Longer than by default: a slow machine must not bring matches out of order.
    options = {"partitions": 2, "rate_per_second": None, "RASID_REPLAY_WAIT_SECONDS": "25"}
    without = changes_of(tmp_path / "1", articles, look=look_as("off"), RASID_KNOWN_BODIES_BYTES="0", **options)
    remembering = changes_of(tmp_path / "2", articles, look=look_as("on"), **options)
    assert len(tagged["off"]) == len(articles)
    assert tagged["on"] == tagged["off"]
    assert remembering == without
    assert max(len(changes) for changes in without.values()) > 1
    assert (copies["off"], copies["on"] > 10) == (0, True)
