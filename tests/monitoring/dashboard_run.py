"""Five minutes that have something to show: seeds, answers, a changed watch topic, a restart of the worker."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.e2e.conftest import Pipeline
from tests.monitoring.conftest import FOLDER as PROMETHEUS_FOLDER
from tests.monitoring.conftest import ROOT
from tests.monitoring.dashboard_panels import FILES, panels, read, values
from tests.monitoring.local_prometheus import LocalPrometheus
from worker.adapters.embedded_broker import embedded_broker, free_port
from worker.entrypoints.demo_setup import RECEIVERS, fetched_at, shorten_timers
from worker.entrypoints.kafka import init_kafka_topics
from worker.entrypoints.replay import items_of, publish
from worker.settings import Settings

WATCH_TOPIC = "moscow-attack"
STEP_SECONDS, BAR_SECONDS, RATE_SECONDS = 5, 15, 30


class Asking(LocalPrometheus):
    """A Prometheus that is also asked for figures over time."""

    def over_time(self, query: str, start: float, end: float, step: int) -> list[dict[str, Any]]:
        """Return the series of a query from start to end; see https://prometheus.io/docs for their shape."""
        asked = {"query": query, "start": f"{start:.0f}", "end": f"{end:.0f}", "step": str(step)}
        found: list[dict[str, Any]] = self._get("/api/v1/query_range?" + urlencode(asked))["data"]["result"]
        return found


def figures_of_a_run(programs: Path) -> dict[str, Any]:
    """Let it happen, and return what every panel and every annotation shows of it.

    Returns:
        seconds: How long it took. series: by dashboard, title of the panel and number of the query.
        annotations: by name.
    """
    with _running(programs) as (pipeline, prometheus):
        started = time.time()
        _happen(pipeline)
        time.sleep(2.5)
        return _asked(prometheus, started, time.time())


def _happen(pipeline: Pipeline) -> None:
    time.sleep(10)
    _replay(pipeline, per_second=0.5)
    _alerts(pipeline, "acknowledge", count=6)
    time.sleep(15)
    file = pipeline.settings.watch_topics / f"{WATCH_TOPIC}.yaml"
    file.write_text(file.read_text("utf-8").replace("severity: critical", "severity: high"), "utf-8")
    _replay(pipeline, per_second=1)
    _alerts(pipeline, "resolve", count=4)
    time.sleep(10)
    pipeline.stop()
    pipeline.start()
    _replay(pipeline, per_second=0.5)
    time.sleep(20)


def _replay(pipeline: Pipeline, *, per_second: float) -> None:
    now = datetime.now(UTC)
    items = (fetched_at(item, now) for item in items_of([ROOT / "seeds" / "articles"]))
    asyncio.run(publish(pipeline.settings, items, rate_per_second=per_second))


def _alerts(pipeline: Pipeline, verb: str, *, count: int) -> None:
    """Answer some alerts that nobody has answered."""
    as_they_stand = {alert.id: alert for alert in pipeline.alerts()}.values()
    for alert in [one for one in as_they_stand if one.status in ("firing", "escalated")][:count]:
        subprocess.run(
            [sys.executable, "-m", "worker", "alerts", verb, alert.id[:8], "--broker", pipeline.settings.broker],
            check=False, capture_output=True, timeout=60, env=os.environ | {"RASID_USER": "Huda"},
        )  # fmt: skip


def _asked(prometheus: Asking, start: float, end: float) -> dict[str, Any]:
    def filled(watch_topic: str) -> Mapping[str, str]:
        return values(
            watch_topic=watch_topic, interval=f"{BAR_SECONDS}s", rate_interval=f"{RATE_SECONDS}s",
            time_range=f"{end - start:.0f}s",
        )  # fmt: skip

    series: dict[str, Any] = {}
    for file in FILES:
        of_one = filled(WATCH_TOPIC if file.stem == "watch-topic" else ".*")
        for panel in panels(file):
            step = (
                BAR_SECONDS if "bars" in str(panel.raw["fieldConfig"]["defaults"].get("custom")) else STEP_SECONDS
            )
            for number, query in enumerate(panel.queries):
                expr = query.with_values(of_one)
                found = prometheus.query(expr) if query.instant else prometheus.over_time(expr, start, end, step)
                series[f"{file.stem}/{panel.title}/{number}"] = found
    marks = {
        one["name"]: prometheus.over_time(one["expr"].replace("$instance", ".*"), start, end, STEP_SECONDS)
        for one in read(FILES[1])["annotations"]["list"]
    }
    return {"start": start, "seconds": end - start, "series": series, "annotations": marks}


@contextmanager
def _running(programs: Path) -> Iterator[tuple[Pipeline, Asking]]:
    with (
        tempfile.TemporaryDirectory(prefix="rasid-dashboards-", ignore_cleanup_errors=True) as name,
        embedded_broker(Path(name) / "broker") as address,
    ):
        folder = Path(name)
        shorten_timers(ROOT / "topics" / "watch", folder / "watch")
        (folder / "receivers.yaml").write_text(RECEIVERS, "utf-8")
        (folder / "prometheus").mkdir()
        settings = Settings(
            broker=address, web_port=free_port(), data_dir=folder / "data", watch_topics=folder / "watch"
        )
        asyncio.run(init_kafka_topics(settings))
        extra = {
            "RASID_RECEIVERS": str(folder / "receivers.yaml"), "RASID_WATCH_TOPICS_POLL_SECONDS": "1",
        }  # fmt: skip
        pipeline = Pipeline(settings, folder, extra)
        prometheus = Asking(
            programs, folder / "prometheus", PROMETHEUS_FOLDER / "prometheus.yml", settings.web_port
        )
        try:
            prometheus.start()
            pipeline.start()
            yield pipeline, prometheus
        finally:
            prometheus.stop()
            pipeline.stop()
