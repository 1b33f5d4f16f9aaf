"""docs/sizes.md: its table is what its figures and formulas give, and its figures are those of the manifests."""

import math
import re

import pytest

from tests.unit.deploy.manifests import ROOT, SETTINGS, bytes_of, container_of, of_kind, written
from worker.streaming import kafka_topics

PAGE = (ROOT / "docs" / "sizes.md").read_text("utf-8")
RATES = (10, 1_000, 100_000)
FIGURES = {
    name: float(value) for name, value in re.findall(r"^\| `(\w+)` \| .+? \| ([\d.]+) \|", PAGE, re.MULTILINE)
}
ROWS = {
    name: [float(cell.replace(",", "")) for cell in cells.split("|")]
    for name, cells in re.findall(r"^\| ([^|]+?) \| ([\d.,]+ \| [\d.,]+ \| [\d.,]+) \|$", PAGE, re.MULTILINE)
}


def twelves(number):
    return 12 * math.ceil(number / 12)


def sizes(rate):
    """The table's column, by the page's formulas."""
    pool = rate * FIGURES["pool"] / 1000 / FIGURES["load"]
    workers = max(2, math.ceil(pool / FIGURES["processes"]))
    desks = rate * FIGURES["matches"] * FIGURES["match"] / 1000 / FIGURES["load"]
    into_kafka = rate * 213 / 1000
    return {
        "cores of the pool": pool,
        "cores of the workers' own": rate * FIGURES["own"] / 1000 / FIGURES["load"],
        "workers": workers,
        "partitions of `articles.raw`, `.extracted`, `.tagged`": twelves(2 * workers),
        "partitions of the rest": max(12, twelves(2 * desks)),
        "memory, GiB": 3 * workers,
        "MB/s into Kafka": into_kafka,
        "GB a day on disk, all copies": into_kafka * 86.4 * FIGURES["copies"],
        "brokers": max(3, math.ceil(into_kafka * FIGURES["copies"] / FIGURES["broker"])),
    }


@pytest.mark.parametrize("column", range(3), ids=[str(rate) for rate in RATES])
def test_table_is_what_the_formulas_give(column):
    for name, value in sizes(RATES[column]).items():
        shown = ROWS[name][column]
        assert shown == pytest.approx(value, abs=0.5 if shown > 100 else 0.06), name


def test_bytes_of_an_article_add_up():
    parts = [int(number) for number in re.findall(r"^\| `[a-z.`, -]+` \| (\d+) \| ", PAGE, re.MULTILINE)]
    assert len(parts) == 4
    assert sum(parts) == int(re.findall(r"^\| together \| (\d+) \|", PAGE, re.MULTILINE)[0])
    assert f"({sum(parts) - 174 + 7} kB an article)" in PAGE


def test_figures_are_those_of_the_manifests():
    assert FIGURES["processes"] == SETTINGS.pool_processes
    assert FIGURES["copies"] == SETTINGS.replication
    [worker] = of_kind(list(written().values()), "Deployment")
    assert bytes_of(container_of(worker)["resources"]["limits"]["memory"]) == 3 * 1024**3
    assert min(ROWS["partitions of the rest"]) == SETTINGS.partitions


def test_limits_that_the_text_names_follow_from_the_figures():
    assert f"{1000 * FIGURES['load'] / FIGURES['match']:.0f} matches a second at the most" in PAGE
    assert f"keep it {FIGURES['processes'] * FIGURES['own'] / FIGURES['pool']:.1f} busy" in PAGE
    rest = len(kafka_topics.ALL) - 3
    for column, text in ((1, "528, with copies 1,584"), (2, "34,032 and 102,096")):
        articles = ROWS["partitions of `articles.raw`, `.extracted`, `.tagged`"][column]
        partitions = int(3 * articles + rest * ROWS["partitions of the rest"][column])
        assert re.findall(r"[\d,]+\d", text)[:1] == [f"{partitions:,}"], partitions
        assert f"{partitions * 3:,}" in text
        assert text in PAGE
