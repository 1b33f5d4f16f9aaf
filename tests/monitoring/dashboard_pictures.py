"""Draws docs/dashboards/*.svg from a run of five minutes: `python -m tests.monitoring.dashboard_pictures`.

A real Prometheus watches the run. The pictures show what figures to expect; they are none of Grafana.
"""

import argparse
import json
import math
import subprocess
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from tests.monitoring.conftest import ROOT
from tests.monitoring.dashboard_panels import FILES, Panel, panels, read
from tests.monitoring.dashboard_run import WATCH_TOPIC, figures_of_a_run
from tests.monitoring.figures_svg import Named, Sheet, name_of

FOLDER = ROOT / "docs" / "dashboards"


def main() -> None:
    """Run, and draw; with a file of figures that is there already, only draw."""
    parser = argparse.ArgumentParser(prog="python -m tests.monitoring.dashboard_pictures", description=__doc__)
    parser.add_argument("--figures", type=Path, help="file that keeps the run's figures, or has them from before")
    options = parser.parse_args()
    if options.figures and options.figures.is_file():
        run = json.loads(options.figures.read_text("utf-8"))
    else:
        programs = subprocess.run([ROOT / "deploy" / "get-prometheus"], check=True, capture_output=True, text=True)
        run = figures_of_a_run(Path(programs.stdout.strip()))
        if options.figures:
            options.figures.write_text(json.dumps(run), "utf-8")
    FOLDER.mkdir(exist_ok=True)
    for file in FILES:
        (FOLDER / f"{file.stem}.svg").write_text(drawn(file, run), "utf-8")


def drawn(file: Path, run: Mapping[str, Any]) -> str:
    """Return the picture of a dashboard's figures in a run."""
    document, start = read(file), run["start"]
    marks = _marks(run)
    of_what = f' Watch topic: "{WATCH_TOPIC}".' if file.stem == "watch-topic" else ""
    note = [
        f"Drawn from the figures of one worker's run of {run['seconds'] / 60:.1f} minutes on the seeds, scraped "
        f"every second. This is not how Grafana looks.{of_what}",
        "Dashed: "
        + "; ".join(
            f"{(at - start) / 60:.1f} min: {name}" for name, at in sorted(marks.items(), key=lambda m: m[1])
        ),
    ]
    sheet = Sheet(document["title"], note, (start, start + run["seconds"]), marks)
    for row, of_row in groupby(panels(file), key=lambda panel: panel.row):
        sheet.row(row, list(of_row), lambda panel: _series(panel, run["series"]))
    return sheet.svg()


def _series(panel: Panel, figures: Mapping[str, Any]) -> Named:
    named: Named = []
    for number, query in enumerate(panel.queries):
        for one in figures[f"{panel.dashboard}/{panel.title}/{number}"]:
            samples = one.get("values") or [one["value"]]
            points = [(float(at), float(value)) for at, value in samples if not math.isnan(float(value))]
            if points:
                named.append((name_of(one, query.legend), points))
    return named if panel.kind == "timeseries" else sorted(named, key=lambda one: -one[1][-1][1])


def _marks(run: Mapping[str, Any]) -> dict[str, float]:
    """Return when what happened, after the worker's first start."""
    found = {}
    for name, text in (("Watch topics", "{{watch_topic}} changed"), ("Starts", "the worker started anew")):
        for series in run["annotations"][name]:
            # Starts tell their time as their value, in milliseconds.
            at = float(series["values"][-1][1]) / 1000 if name == "Starts" else float(series["values"][0][0])
            found[name_of(series, text)] = at
    return found


if __name__ == "__main__":
    main()
