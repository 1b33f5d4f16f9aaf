"""The rules: promtool takes them, each fires and is silent where it should, and each has its runbook."""

import re
import subprocess
from collections import defaultdict

import click
import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from tests.monitoring.conftest import FOLDER, ROOT, alerting_rules, rules
from worker.adapters import metrics
from worker.entrypoints.cli import cli

RUNBOOKS = ROOT / "docs" / "runbooks.md"
RUNBOOK_PARTS = ("Meaning", "Impact", "Diagnosis", "Mitigation")
OF_PROMETHEUS = {"up", "process_start_time_seconds", "ALERTS"}
"""Metrics of Prometheus and its client that rules and runbooks may name."""

_OWN_NAME = re.compile(r"(?<![\w:./-])rasid_[a-z0-9_]+")
_QUERIED = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?=\{|\[)")
_COMMAND = re.compile(r"^(?:docker compose \S+ (?:--\S+ )*\S+ )?rasid ([a-z-]+(?: [a-z-]+)?)(.*)$", re.MULTILINE)

SCENARIOS = sorted((FOLDER / "tests").glob("*.yaml"))


def names() -> set[str]:
    """Return the name of every series that metrics.py leads to."""
    found = set()
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase):
            suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum", "")}
            found |= {metric._name + suffix for suffix in suffixes.get(metric._type, ("",))}
    return found


def runbooks() -> dict[str, str]:
    """Return the runbook's sections by heading."""
    parts = re.split(r"^## (.+)$", RUNBOOKS.read_text("utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def run_promtool(programs, *arguments) -> str:
    run = subprocess.run([programs / "promtool", *arguments], check=False, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def test_promtool_takes_the_configuration_with_all_rules(programs):
    said = run_promtool(programs, "check", "config", FOLDER / "prometheus.yml")
    assert f"{len(list((FOLDER / 'rules').glob('*.yml')))} rule files found" in said


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: path.stem)
def test_rules_fire_and_are_silent_where_they_should(programs, scenario):
    assert "SUCCESS" in run_promtool(programs, "test", "rules", scenario)


def test_every_alerting_rule_is_tested_both_firing_and_silent():
    expected = defaultdict(set)
    for path in SCENARIOS:
        for test in yaml.safe_load(path.read_text("utf-8"))["tests"]:
            for check in test["alert_rule_test"]:
                expected[check["alertname"]].add(bool(check["exp_alerts"]))
    assert expected == {name: {True, False} for name in alerting_rules()}


@pytest.mark.parametrize("name", alerting_rules())
def test_alerting_rule_says_how_grave_it_is_what_is_wrong_and_where_its_runbook_is(name):
    rule = alerting_rules()[name]
    assert rule["labels"]["severity"] in ("critical", "warning")
    annotations = rule["annotations"]
    assert set(annotations) == {"summary", "description", "runbook_url"}
    assert annotations["runbook_url"] == f"docs/runbooks.md#{name.lower()}"


@pytest.mark.parametrize("name", alerting_rules())
def test_alerting_rule_has_a_runbook_with_all_its_parts(name):
    assert name in runbooks(), f"docs/runbooks.md has no section {name}"
    found = re.findall(r"^\*\*(\w+)\.\*\*", runbooks()[name], re.MULTILINE)
    assert tuple(found) == RUNBOOK_PARTS


def test_no_runbook_is_left_over():
    assert set(runbooks()) <= set(alerting_rules())


def test_rules_name_only_metrics_that_there_are():
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    for rule in rules():
        queried = set(_QUERIED.findall(rule["expr"])) | set(_OWN_NAME.findall(rule["expr"]))
        assert queried <= names() | recorded | OF_PROMETHEUS, rule["expr"]


def test_scenarios_name_only_metrics_that_there_are():
    for path in SCENARIOS:
        for test in yaml.safe_load(path.read_text("utf-8"))["tests"]:
            series = {one["series"].partition("{")[0] for one in test["input_series"]}
            assert series <= names() | OF_PROMETHEUS, path.name


@pytest.mark.parametrize("page", ["operations.md", "runbooks.md"])
def test_pages_name_only_metrics_that_there_are(page):
    for name in _OWN_NAME.findall((ROOT / "docs" / page).read_text("utf-8")):
        is_begin = name.endswith("_") and any(one.startswith(name) for one in names())  # grep ^rasid_pool_
        assert name in names() or is_begin, name


def test_runbooks_name_only_commands_and_options_that_there_are():
    shown = "\n".join(re.findall(r"^```\n(.*?)^```", RUNBOOKS.read_text("utf-8"), re.MULTILINE | re.DOTALL))
    found = [(words.split(), options) for words, options in _COMMAND.findall(shown)]
    assert len(found) > 10
    for words, options in found:
        command: click.Command = cli
        for word in words:
            if isinstance(command, click.Group):
                assert word in command.commands, f"rasid {' '.join(words)}"
                command = command.commands[word]
        known = {option for parameter in command.params for option in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", options.partition("#")[0])) <= known, f"rasid {words} {options}"
