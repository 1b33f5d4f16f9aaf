"""The ratios that CI holds a change against: pinned in ratios.json, in no unit of time.

They are of the pages written for this project, which are there without a network, on the embedded broker. They
tell whether a change costs speed, and nothing of how fast Rasid is on real pages.
"""

import sys
from pathlib import Path

import msgspec

from tests.bench.pipeline.results import Run
from tests.bench.pipeline.rounds import Work
from tests.bench.pipeline.targets import ratios

FILE = Path(__file__).with_name("ratios.json")
LEAST_SHARE = 0.8
"""Of its pinned value: below it a ratio has fallen."""
WORKS = (Work("pages", 1_000, 800, 150, 0.0), Work("plain", 1_000, 800, 150, 0.0))


def pin(run: Run, file: Path = FILE) -> int:
    """Write the medians of a run's ratios down as what is expected from now on; returns 0."""
    found = {name: round(value.median, 3) for name, value in ratios(run).items()}
    file.write_bytes(msgspec.json.format(msgspec.json.encode(found, order="sorted")) + b"\n")
    return 0


def check(run: Run, file: Path = FILE) -> int:
    """Print every pinned ratio beside the one that was measured; returns 1 where one has fallen, else 0."""
    pinned = msgspec.json.decode(file.read_bytes(), type=dict[str, float])
    found = {name: value.median for name, value in ratios(run).items()}
    fallen = fallen_ratios(pinned, found)
    for name, value in pinned.items():
        measured = f"{found[name]:.3f}" if name in found else "not measured"
        sys.stdout.write(f"{'FALLEN ' if name in fallen else 'ok     '}{name}: {measured}, pinned {value:.3f}\n")
    return 1 if fallen else 0


def fallen_ratios(pinned: dict[str, float], found: dict[str, float]) -> list[str]:
    """Return the pinned ratios that are more than a fifth lower now, or that were not measured."""
    return [name for name, value in pinned.items() if found.get(name, 0.0) < LEAST_SHARE * value]
