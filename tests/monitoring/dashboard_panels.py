"""The dashboards as they are checked in: their panels, and their queries as Grafana would ask them."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "deploy" / "grafana"
FILES = sorted((FOLDER / "dashboards").glob("*.json"))

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


@dataclass(frozen=True)
class Asked:
    """A query of a panel, with its variables, and how its series are named."""

    expr: str
    legend: str
    instant: bool

    def with_values(self, values: Mapping[str, str]) -> str:
        """Return the query as Prometheus gets it; a variable without a value is a KeyError."""
        return _VARIABLE.sub(lambda found: values[found[1] or found[2]], self.expr)


@dataclass(frozen=True)
class Panel:
    """A panel with figures."""

    dashboard: str
    row: str
    title: str
    kind: str
    unit: str
    queries: tuple[Asked, ...]
    raw: Mapping[str, Any] = field(repr=False)


def read(file: Path) -> dict[str, Any]:
    """Return a dashboard."""
    document: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return document


def panels(file: Path) -> Iterator[Panel]:
    """Return the panels of a dashboard that ask for figures, from top to bottom."""
    row = ""
    for one in read(file)["panels"]:
        if one["type"] == "row":
            row = one["title"]
        elif one["type"] != "text":
            asked = (Asked(t["expr"], t.get("legendFormat", ""), t["instant"]) for t in one["targets"])
            unit = one["fieldConfig"]["defaults"]["unit"]
            yield Panel(file.stem, row, one["title"], one["type"], unit, tuple(asked), one)


def values(*, watch_topic: str, interval: str, rate_interval: str, time_range: str) -> dict[str, str]:
    """Return a value for every variable: a watch topic or `.*`, all severities, all workers, spans of time."""
    return {
        "watch_topic": watch_topic,
        "severity": ".*",
        "instance": ".*",
        "__interval": interval,
        "__rate_interval": rate_interval,
        "__range": time_range,
    }
