"""What the network knows: a finding is found, and no answer is never taken for a clean one."""

import json
import subprocess

import pytest

from tests.audit import services
from tests.audit.check import load_policy

NO_NETWORK = "error: Request failed\n  cause: Failed to fetch: `x`\n  cause: dns error\n"
NO_WHEEL = (
    "  × No solution found when resolving dependencies:\n  ╰─▶ Because langdetect==1.0.9 has no usable wheels,\n"
    "      it cannot be used.\n"
)
YANKED = (
    'Resolved 1 package in 2ms\nwarning: `six==1.17.0` is yanked (reason: "broken")\nWould download 1 package\n'
)


def report(*packages: dict[str, object]) -> str:
    return json.dumps({"dependencies": list(packages), "fixes": []})


def answer(monkeypatch: pytest.MonkeyPatch, code: int, errors: str) -> None:
    monkeypatch.setattr(services, "run", lambda *_, **__: subprocess.CompletedProcess([], code, "", errors))


def test_a_known_weakness_is_found_with_the_version_that_mends_it():
    vulnerable = {"name": "six", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}]}
    made = services.read_advisories("a", "b", report(vulnerable, {"name": "pip", "version": "1", "vulns": []}), "")
    assert made.found == ["six 1.0: PYSEC-1, mended in 1.1"]
    assert made.not_checked is None


@pytest.mark.parametrize("output", ["", "Traceback", "[]", "{}"])
def test_without_a_report_the_weaknesses_are_not_checked(output):
    made = services.read_advisories("a", "b", output, "ConnectionError: Failed to resolve 'advisories.example'")
    assert made.outcome == "not checked"
    assert "no advisory service reachable (ConnectionError" in (made.not_checked or "")


@pytest.mark.parametrize("output", ["", "{}"])
def test_a_tool_that_broke_is_a_finding_and_no_want_of_a_network(output):
    made = services.read_advisories("a", "b", output, "AssertionError: unexpected line in the lock")
    assert made.found == ["pip-audit broke: AssertionError: unexpected line in the lock"]


def test_packages_that_the_service_left_out_are_named():
    made = services.read_advisories("a", "b", report({"name": "six", "skip_reason": "not known"}), "")
    assert made.outcome == "not checked"
    assert "six" in (made.not_checked or "")


@pytest.mark.parametrize("check", [services.advisories, lambda **o: services.published(load_policy(), **o)])
def test_nothing_is_asked_when_told_to_stay_offline(monkeypatch, check):
    monkeypatch.setattr(services, "run", lambda *_, **__: pytest.fail("asked"))
    assert check(offline=True).outcome == "not checked"


def test_a_registry_that_does_not_answer_is_not_checked(monkeypatch):
    answer(monkeypatch, 2, NO_NETWORK)
    made = services.published(load_policy(), offline=False)
    assert made.found == []
    assert "no package registry reachable" in (made.not_checked or "")


def test_a_missing_wheel_is_found_for_each_python(monkeypatch):
    answer(monkeypatch, 1, NO_WHEEL)
    found = services.published(load_policy(), offline=False).found
    assert len(found) == len(services.PYTHONS)
    assert "langdetect==1.0.9 has no usable wheels, it cannot be used." in found[0]


def test_a_withdrawn_package_is_found_though_it_could_be_installed(monkeypatch):
    answer(monkeypatch, 0, YANKED)
    found = services.published(load_policy(), offline=False).found
    assert found[0] == 'Python 3.11: `six==1.17.0` is yanked (reason: "broken")'
