"""A worker that has read the seeds, scraped by a real Prometheus: each rule and each metric has what it needs."""

import asyncio
import re
import shutil
import time
from datetime import UTC, datetime

import pytest
from prometheus_client.metrics import MetricWrapperBase

from tests.monitoring.conftest import FOLDER, ROOT, rules
from tests.monitoring.local_prometheus import LocalPrometheus
from worker.adapters import metrics
from worker.entrypoints.demo_setup import fetched_at, shorten_timers
from worker.entrypoints.replay import items_of, publish

GIVE_NO_DATA = {
    "RasidNoWorker": "absent() of what is there gives nothing",
    "RasidStateGrowing": "compares with a day ago",
    "RasidSourceSilent": "compares with a day that ended six hours ago",
}
"""Rules whose expression gives nothing on a worker of a minute's age, and why."""

HAVE_NO_SERIES = {"rasid_maybe_repeated_notifications": "counts what follows a crash"}
"""Metrics without a series there, and why."""

SECONDS = 60.0

_OUTSIDE_BRACES = re.compile(r"(\{[^}]*\})|(==|!=|>=|<=|>|<)(?!\s*bool)")


def without_filters(expression: str) -> str:
    """Return an expression whose comparisons answer 0 or 1, so that only missing data makes it give nothing."""
    return _OUTSIDE_BRACES.sub(lambda found: found[1] or f"{found[2]} bool", expression)


@pytest.fixture
def prometheus(programs, tmp_path, pipeline):
    folder = tmp_path / "prometheus"
    folder.mkdir()
    started = LocalPrometheus(programs, folder, FOLDER / "prometheus.yml", pipeline.settings.web_port)
    yield started
    started.stop()


def replay_the_seeds(pipeline) -> None:
    """Start the worker with all watch topics and the short timers of the demo; have it read the seeds as new."""
    shutil.rmtree(pipeline.settings.watch_topics)
    shorten_timers(ROOT / "topics" / "watch", pipeline.settings.watch_topics)
    pipeline.start()
    now = datetime.now(UTC)
    items = (fetched_at(item, now) for item in items_of([ROOT / "seeds" / "articles"]))
    asyncio.run(publish(pipeline.settings, items))


def until_all_give_data(prometheus, expressions) -> dict[str, str]:
    """Wait until every expression gives data; return those that never do."""
    missing, deadline = dict(expressions), time.monotonic() + SECONDS
    while missing and time.monotonic() < deadline:
        missing = {name: one for name, one in missing.items() if not prometheus.query(one)}
        time.sleep(0.5)
    return missing


@pytest.mark.timeout(240)  # half a minute; on a machine with ten others at work it takes longer
def test_every_rule_and_every_metric_gives_data_or_says_why_not(prometheus, pipeline):
    prometheus.start()
    replay_the_seeds(pipeline)
    expressions = {str(rule.get("alert") or rule["record"]): without_filters(rule["expr"]) for rule in rules()}
    expected = {name: one for name, one in expressions.items() if name not in GIVE_NO_DATA}
    recorded = {rule["record"]: rule["record"] for rule in rules() if "record" in rule}
    own = {one._name: f'{{__name__=~"{one._name}(_total|_bucket)?"}}' for one in defined()}
    for name in HAVE_NO_SERIES:
        del own[name]
    assert (
        until_all_give_data(prometheus, expected | {f"recorded {k}": v for k, v in recorded.items()} | own) == {}
    )
    for name in GIVE_NO_DATA.keys() & expressions.keys():
        assert prometheus.query(expressions[name]) == [], f"{name} gives data: it has no place in the list"
    assert set(GIVE_NO_DATA) <= set(expressions)
    assert all(not prometheus.query(f'{{__name__=~"{name}(_total)?"}}') for name in HAVE_NO_SERIES)
    for rule in prometheus.rules():
        assert (rule["health"], rule.get("lastError", "")) == ("ok", ""), rule["name"]
    firing = {one["metric"]["alertname"] for one in prometheus.query('ALERTS{alertstate="firing"}')}
    assert firing <= {"RasidAlertsLate", "RasidAlertsLateSlowly", "RasidUnknownReceiver"}, firing


def defined() -> list[MetricWrapperBase]:
    return [metric for metric in vars(metrics).values() if isinstance(metric, MetricWrapperBase)]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("up == 0", "up == bool 0"),
        ('a{b!="c", d=~"e>"} > 1 and on (f) g <= 2 * h', 'a{b!="c", d=~"e>"} > bool 1 and on (f) g <= bool 2 * h'),
        ("sum(rate(a[5m]))", "sum(rate(a[5m]))"),
    ],
)
def test_filters_are_made_answers_outside_of_selectors_alone(expression, expected):
    assert without_filters(expression) == expected
