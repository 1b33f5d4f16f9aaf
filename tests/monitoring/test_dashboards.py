"""The dashboards as files: made by the code beside them, complete, and leading only to what is there."""

import json
import re
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models import units
from grafana_foundation_sdk.models.dashboard import Dashboard
from prometheus_client.metrics import MetricWrapperBase

from deploy.grafana import generate
from tests.monitoring.conftest import FOLDER as PROMETHEUS_FOLDER
from tests.monitoring.conftest import ROOT, alerting_rules, rules
from tests.monitoring.dashboard_panels import FILES, FOLDER, panels, read
from worker.adapters import metrics
from worker.entrypoints.cli import cli
from worker.streaming import kafka_topics

UIDS = {"newsroom": "rasid-newsroom", "pipeline": "rasid-pipeline", "watch-topic": "rasid-watch-topic"}
"""Part of addresses that people have kept: a change breaks them."""

OF_GRAFANA = {"__all", "__interval", "__rate_interval", "__range", "__url_time_range", "__value", "__field"}
OF_PROMETHEUS_CLIENT = {
    "process_start_time_seconds", "process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds",
}  # fmt: skip
UNITS = {unit for name, unit in vars(units).items() if isinstance(unit, str) and not name.startswith("_")}

_VARIABLE = re.compile(r"\$(?:\{(\w+)|(\w+))")
_NAME = re.compile(r"(?<![\w:\"$])(?:rasid|process|stage|stage_outcome|kafka_topic|source)[_:][a-z0-9_:]+")
_GROUPING = re.compile(r"\b(?:by|on) \([^)]*\)")

every_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


def series_names() -> set[str]:
    """Return the name of every series that the worker tells or a rule records."""
    found = {str(rule["record"]) for rule in rules() if "record" in rule} | OF_PROMETHEUS_CLIENT
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase):
            suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}
            found |= {metric._name + suffix for suffix in suffixes.get(metric._type, [""])}
    return found


def anchors(page: Path) -> set[str]:
    """Return what can stand behind the # in an address of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_files_are_what_the_code_generates():
    assert generate.drift(FOLDER / "dashboards") == []


def test_drift_names_files_that_differ_that_are_missing_and_that_no_code_stands_behind(tmp_path):
    for name, text in generate.dashboards().items():
        (tmp_path / name).write_text(text, "utf-8")
    assert generate.drift(tmp_path) == []
    (tmp_path / "newsroom.json").write_text("{}")
    (tmp_path / "pipeline.json").unlink()
    (tmp_path / "old.json").write_text("{}")
    assert generate.drift(tmp_path) == ["newsroom.json", "old.json", "pipeline.json"]


def test_places_in_addresses_stay():
    assert {file.stem: read(file)["uid"] for file in FILES} == UIDS


@every_file
def test_what_grafanas_own_types_read_is_what_was_written(file):
    register_default_plugins()
    document = read(file)
    again = json.loads(json.dumps(Dashboard.from_json(document), cls=JSONEncoder))
    for one in (*again["links"], *again["annotations"]["list"]):
        one.pop("placement", None)
    assert again == document


@every_file
def test_every_panel_says_what_it_shows_in_which_unit(file):
    for panel in panels(file):
        assert len(panel.raw["description"]) > 10, panel.title
        assert panel.unit in UNITS or panel.unit.startswith("suffix:"), f"{panel.title}: {panel.unit}"
    described = [one for one in read(file)["panels"] if one["type"] == "text"]
    assert [one["title"] for one in described] == ["What is not shown here, and why"]


@every_file
def test_panels_fill_the_grid_without_lying_on_each_other(file):
    taken: set[tuple[int, int]] = set()
    for one in read(file)["panels"]:
        at = one["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not taken & cells, one["title"]
        assert at["x"] + at["w"] <= 24, one["title"]
        taken |= cells


@every_file
def test_titles_are_unique_in_a_dashboard(file):
    titles = [panel.title for panel in panels(file)]
    assert len(titles) == len(set(titles))


@every_file
def test_only_variables_are_used_that_the_dashboard_or_grafana_has(file):
    own = {one["name"] for one in read(file)["templating"]["list"]}
    used = {found[1] or found[2] for found in _VARIABLE.finditer(file.read_text("utf-8"))}
    assert used <= own | OF_GRAFANA


@every_file
def test_only_series_are_asked_for_that_there_are(file):
    document = read(file)
    queries = [query.expr for panel in panels(file) for query in panel.queries]
    queries += [one["expr"] for one in document["annotations"]["list"]]
    queries += [one["definition"] for one in document["templating"]["list"] if one["type"] == "query"]
    for query in queries:
        names = set(_NAME.findall(_GROUPING.sub("", query)))
        assert names, query
        assert names <= series_names(), query


@every_file
def test_links_lead_to_dashboards_runbooks_and_pages_that_are_there(file):
    document = read(file)
    shown_by_tag = [link for link in document["links"] if link["type"] == "dashboards"]
    assert [link["tags"] for link in shown_by_tag] == [document["tags"]]
    for address in re.findall(r'"url": "([^"]+)"', file.read_text("utf-8")):
        if address.startswith("/d/"):
            assert address.removeprefix("/d/").partition("?")[0] in UIDS.values()
            continue
        page, _, anchor = address.removeprefix("${docs}/").partition("#")
        assert (ROOT / "docs" / page).is_file(), page
        assert not anchor or anchor in anchors(ROOT / "docs" / page), address


@every_file
def test_commands_and_kafka_topics_that_are_recommended_are_there(file):
    text = next(one["options"]["content"] for one in read(file)["panels"] if one["type"] == "text")
    quoted = re.findall(r"`([^`]+)`", text)
    assert quoted
    for one in quoted:
        if one.startswith("rasid "):
            command = cli
            for word in one.split()[1:]:
                command = command.commands[word]
        elif re.fullmatch(r"[a-z.-]+", one):
            assert one in {kafka_topic.name for kafka_topic in kafka_topics.ALL}, one


def test_every_alerting_rule_has_a_panel_that_leads_to_its_runbook():
    linked = set(re.findall(r"runbooks\.md#(\w+)", "".join(file.read_text("utf-8") for file in FILES)))
    assert linked >= {name.lower() for name in alerting_rules()} - {
        "rasidunknownreceiver",
        "rasidalertmanagerdown",
    }


def test_grafana_is_told_of_prometheus_and_of_the_folder_with_the_dashboards():
    sources = yaml.safe_load((FOLDER / "provisioning" / "datasources" / "prometheus.yaml").read_text("utf-8"))
    [source] = sources["datasources"]
    assert (source["type"], source["url"], source["isDefault"]) == ("prometheus", "http://prometheus:9090", True)
    prometheus = yaml.safe_load((PROMETHEUS_FOLDER / "prometheus.yml").read_text("utf-8"))
    assert source["jsonData"]["timeInterval"] == prometheus["global"]["scrape_interval"]
    assert source["jsonData"]["manageAlerts"] is False
    providers = yaml.safe_load((FOLDER / "provisioning" / "dashboards" / "rasid.yaml").read_text("utf-8"))
    [provider] = providers["providers"]
    assert provider["allowUiUpdates"] is False
    mounted = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]["grafana"]["volumes"]
    assert f"./deploy/grafana/dashboards:{provider['options']['path']}:ro" in mounted
    assert "./deploy/grafana/provisioning:/etc/grafana/provisioning:ro" in mounted
    assert "./docs:/usr/share/grafana/public/rasid-docs:ro" in mounted


@every_file
def test_picture_in_the_docs_has_every_panel_and_is_none_of_grafana(file):
    picture = ElementTree.parse(ROOT / "docs" / "dashboards" / f"{file.stem}.svg")
    texts = {one.text for one in picture.iter("{http://www.w3.org/2000/svg}text")}
    assert texts >= {panel.title for panel in panels(file)}, "python -m tests.monitoring.dashboard_pictures"
    assert any("This is not how Grafana looks." in str(text) for text in texts)
    assert f"(dashboards/{file.stem}.svg)" in (ROOT / "docs" / "dashboards.md").read_text("utf-8")


_BUILD = 'rasid_build_info{{instance="{}",version="{}"}}'
_INFO = 'rasid_watch_topic_info{{watch_topic="{}",version="{}",origin="{}"}}'
ALL_THE_TIME, UNTIL_THEN, FROM_THEN_ON = "1x39", "1x29 stale", "_x30 1x9"
"""A figure each minute; `then` is the 30th, at which the query is asked."""

CASES = {
    "a new version of the worker": (
        "Deploys",
        {_BUILD.format("a", "1"): UNTIL_THEN, _BUILD.format("a", "2"): FROM_THEN_ON},
        ['{version="2"}'],
    ),
    "a restart of the same version": ("Deploys", {_BUILD.format("a", "1"): "1x25 stale _x3 1x9"}, []),
    "another worker of the same version": (
        "Deploys", {_BUILD.format("a", "1"): ALL_THE_TIME, _BUILD.format("b", "1"): FROM_THEN_ON}, [],
    ),
    "another version of a watch topic": (
        "Watch topics",
        {_INFO.format("flood", "aa", "file"): UNTIL_THEN, _INFO.format("flood", "bb", "file"): FROM_THEN_ON},
        ['{watch_topic="flood",version="bb",origin="file"}'],
    ),
    "a watch topic more": (
        "Watch topics",
        {_INFO.format("flood", "aa", "file"): ALL_THE_TIME, _INFO.format("fire", "cc", "kafka"): FROM_THEN_ON},
        ['{watch_topic="fire",version="cc",origin="kafka"}'],
    ),
    "the first start of all, which changes nothing": (
        "Watch topics", {_INFO.format("flood", "aa", "file"): FROM_THEN_ON}, [],
    ),
    "a watch topic less": (
        "Watch topics taken away",
        {_INFO.format("flood", "aa", "file"): UNTIL_THEN, _INFO.format("fire", "cc", "file"): ALL_THE_TIME},
        ['{watch_topic="flood"}'],
    ),
    "another version, which takes nothing away": (
        "Watch topics taken away",
        {_INFO.format("flood", "aa", "file"): UNTIL_THEN, _INFO.format("flood", "bb", "file"): FROM_THEN_ON},
        [],
    ),
    "no worker that runs": (
        "Watch topics taken away", {_INFO.format("flood", "aa", "file"): UNTIL_THEN}, [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_annotations_mark_what_changed_and_nothing_else(case, programs, tmp_path):
    name, series, expected = CASES[case]
    [annotation] = [one for one in read(FILES[0])["annotations"]["list"] if one["name"] == name]
    expr = annotation["expr"].replace("$watch_topic", ".*")
    scenario = {
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": one, "values": figures} for one, figures in series.items()],
                "promql_expr_test": [
                    {
                        "expr": expr,
                        "eval_time": "30m",
                        "exp_samples": [{"labels": labels, "value": 1} for labels in expected],
                    }
                ],
            }
        ],
    }
    file = tmp_path / "annotation.yaml"
    file.write_text(yaml.safe_dump(scenario), "utf-8")
    run = subprocess.run(
        [programs / "promtool", "test", "rules", file], check=False, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr
