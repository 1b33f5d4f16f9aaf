"""Prometheus and promtool, from Debian's package without root, and the rules as they are checked in."""

import subprocess
from pathlib import Path

import pytest
import yaml

from tests.e2e.conftest import pipeline

__all__ = ["pipeline"]  # a worker of its own process on the embedded broker

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "prometheus"


@pytest.fixture(scope="session")
def programs() -> Path:
    """The folder with prometheus and promtool."""
    script = ROOT / "deploy" / "get-prometheus"
    found = subprocess.run([script], check=False, capture_output=True, text=True, timeout=110)
    assert found.returncode == 0, found.stderr
    return Path(found.stdout.strip())


def rules() -> list[dict[str, object]]:
    """Return every rule of deploy/prometheus/rules, recording and alerting."""
    documents = [yaml.safe_load(path.read_text("utf-8")) for path in sorted((FOLDER / "rules").glob("*.yml"))]
    return [rule for document in documents for group in document["groups"] for rule in group["rules"]]


def alerting_rules() -> dict[str, dict[str, object]]:
    """Return the alerting rules by name."""
    return {str(rule["alert"]): rule for rule in rules() if "alert" in rule}
