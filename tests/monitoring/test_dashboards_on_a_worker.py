"""A worker that has read the seeds, and a real Prometheus: every panel of every dashboard shows something."""

import asyncio
import math
import re
import shutil
import time
from datetime import UTC, datetime

import pytest

from tests.monitoring.conftest import FOLDER as PROMETHEUS_FOLDER
from tests.monitoring.conftest import ROOT
from tests.monitoring.dashboard_panels import FILES, Asked, panels, read, values
from tests.monitoring.local_prometheus import LocalPrometheus
from worker.entrypoints.demo_setup import RECEIVERS, fetched_at, shorten_timers
from worker.entrypoints.replay import items_of, publish

WATCH_TOPIC = "moscow-attack"
"""Found in the seeds, in several languages, with alerts."""

GIVES_NOTHING: dict[tuple[str, str], str] = {}
"""Dashboard and panel of a query that gives nothing on a worker of a minute's age, and why."""

SECONDS = 90.0
_CHOICE = re.compile(r"label_values\((\w+), (\w+)\)")
_LABEL = re.compile(r"\{\{(\w+)\}\}")


@pytest.fixture
def prometheus(programs, tmp_path, pipeline):
    folder = tmp_path / "prometheus"
    folder.mkdir()
    started = LocalPrometheus(programs, folder, PROMETHEUS_FOLDER / "prometheus.yml", pipeline.settings.web_port)
    yield started
    started.stop()


def replay_seeds(pipeline, *, every: int, first: int) -> None:
    """Publish each `every`-th seed from the `first` on, as if it had just been fetched."""
    now = datetime.now(UTC)
    items = list(items_of([ROOT / "seeds" / "articles"]))[first::every]
    asyncio.run(publish(pipeline.settings, (fetched_at(item, now) for item in items)))


def shows(prometheus, query: str) -> list[dict]:
    """Return the series that have a figure now."""
    return [one for one in prometheus.query(query) if not math.isnan(float(one["value"][1]))]


@pytest.mark.timeout(240)
def test_every_query_of_every_panel_gives_data_under_the_names_of_its_legend(prometheus, pipeline, tmp_path):
    shutil.rmtree(pipeline.settings.watch_topics)
    shorten_timers(ROOT / "topics" / "watch", pipeline.settings.watch_topics)
    receivers = tmp_path / "receivers.yaml"
    receivers.write_text(RECEIVERS, "utf-8")
    pipeline.extra["RASID_RECEIVERS"] = str(receivers)
    prometheus.start()
    pipeline.start()
    # In two parts: what is first seen at 5 has not risen from 0 for Prometheus, which knows of no 0.
    replay_seeds(pipeline, every=2, first=0)
    pipeline.settle()
    time.sleep(2.5)  # the first part is scraped
    replay_seeds(pipeline, every=2, first=1)
    replay_seeds(pipeline, every=2, first=0)

    filled = values(watch_topic=WATCH_TOPIC, interval="5m", rate_interval="5m", time_range="5m")
    everything = [(panel, query) for file in FILES for panel in panels(file) for query in panel.queries]
    waiting = [one for one in everything if (one[0].dashboard, one[0].title) not in GIVES_NOTHING]
    deadline = time.monotonic() + SECONDS
    while waiting and time.monotonic() < deadline:
        waiting = [one for one in waiting if not shows(prometheus, one[1].with_values(filled))]
        time.sleep(1.0)
    assert [(panel.dashboard, panel.title, query.expr) for panel, query in waiting] == []
    for panel, query in everything:
        found = shows(prometheus, query.with_values(filled))
        if (panel.dashboard, panel.title) in GIVES_NOTHING:
            assert found == [], f"{panel.title} gives data: it has no place in the list"
        for series in found:
            nameless = set(_LABEL.findall(query.legend)) - set(series["metric"])
            assert not nameless, f"{panel.dashboard}, {panel.title}: {nameless} in the legend are no labels"
    assert {(panel.dashboard, panel.title) for panel, _ in everything} >= set(GIVES_NOTHING)
    assert_choices_and_annotations_work(prometheus, filled)


def assert_choices_and_annotations_work(prometheus, filled) -> None:
    for file in FILES:
        document = read(file)
        for variable in document["templating"]["list"]:
            if variable["type"] == "query":
                metric, label = _CHOICE.fullmatch(variable["definition"]).groups()
                assert all(label in one["metric"] for one in shows(prometheus, f"count by ({label}) ({metric})"))
        for annotation in document["annotations"]["list"]:
            found = prometheus.query(Asked(annotation["expr"], "", instant=False).with_values(filled))
            # The others give something only where something has just changed; promtool tests them.
            assert found or annotation["name"] != "Starts"
