"""A worker that extracts candidates only raises the same alerts, and writes nothing of the other articles."""

import re
from datetime import timedelta

import pytest

from tests.e2e.conftest import plain
from tests.e2e.test_same_alerts import archive, changes_of

OTHERS = (
    "The harbour has a new bridge, and the mayor opened it.",
    "افتتح رئيس البلدية جسرا جديدا.",
    "Мост открыт.",
)


def with_others():
    """Return the archive with articles between that no watch topic could match."""
    articles = []
    for number, (at, value) in enumerate(archive()):
        articles.append((at, value))
        if number % 4 == 0:
            other = plain(
                OTHERS[number % 3], id=f"other-{number}", fetched_at=(at + timedelta(seconds=1)).isoformat()
            )
            articles.append((at + timedelta(seconds=1), other))
    return articles


@pytest.mark.timeout(300)
def test_candidates_raise_the_same_alerts_and_the_others_are_passed_over(tmp_path):
    articles, seen = with_others(), {}

    def look_as(name):
        def look(pipeline):
            passed = r'^rasid_articles_total\{outcome="passed_over",stage="extract"\} (\S+)$'
            found = re.search(passed, pipeline.get("/metrics")[1], re.MULTILINE)
            seen[name] = {article.id for article in pipeline.tagged()}, float(found[1])

        return look

    # Longer than by default: a slow machine must not bring matches out of order.
    options = {"partitions": 2, "rate_per_second": None, "RASID_REPLAY_WAIT_SECONDS": "25"}
    every = changes_of(tmp_path / "1", articles, look=look_as("all"), **options)
    candidates = changes_of(
        tmp_path / "2", articles, look=look_as("candidates"), RASID_EXTRACT="candidates", **options
    )
    assert candidates == every
    (all_tagged, none), (tagged, passed_over) = seen["all"], seen["candidates"]
    assert (len(all_tagged), none) == (len(articles), 0)
    assert len(tagged) + passed_over == len(articles)
    assert {f"other-{number}" for number in range(0, 80, 4)} == all_tagged - tagged
