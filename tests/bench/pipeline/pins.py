"""The ratios that CI holds a change against: pinned in ratios.json, in no unit of time.

They are of the pages written for this project, which are there without a network; and of CPU time alone, because
articles a second depend on what else a machine does. They tell whether a change costs speed, and nothing of how
fast Rasid is on real pages. A pin holds on one broker; those of a broker that is not there are passed over.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from tests.bench.pipeline.results import Run, Spread
from tests.bench.pipeline.rounds import Work
from tests.bench.pipeline.targets import ratios

FILE = Path(__file__).with_name("ratios.json")
LEAST_SHARE = 0.8
"""Of its pinned value: below it a ratio has fallen."""
ROUNDS = 2
PIN_ROUNDS = 6
"""A short round is up to a third off on a machine that others use too: the lowest of so many is expected."""
WORKS = (Work("pages", 1_000, 400, 100, 0.0), Work("plain", 1_000, 400, 100, 0.0))
_BY_CPU = (", a core: ", ", all CPU: ")


def pin(run: Run, file: Path = FILE) -> int:
    """Write the lowest of a run's ratios down as what is expected from now on; returns 0.

    Pins of another broker stay.
    """
    known = msgspec.json.decode(file.read_bytes(), type=dict[str, float]) if file.exists() else {}
    pinned = known | {name: round(value.low, 3) for name, value in _found(run).items()}
    file.write_bytes(msgspec.json.format(msgspec.json.encode(pinned, order="sorted")) + b"\n")
    return 0


def check(run: Run, file: Path = FILE) -> int:
    """Print every ratio that is pinned on the run's broker; returns 1 where one has fallen, else 0."""
    brokers = {one.broker for one in run.trials if one.broker}
    known = msgspec.json.decode(file.read_bytes(), type=dict[str, float])
    pinned = {name: value for name, value in known.items() if name.rpartition(", ")[2] in brokers}
    found = {name: value.median for name, value in _found(run).items()}
    fallen = fallen_ratios(pinned, found)
    for name, value in pinned.items():
        measured = f"{found[name]:.3f}" if name in found else "not measured"
        sys.stdout.write(f"{'FALLEN ' if name in fallen else 'ok     '}{name}: {measured}, pinned {value:.3f}\n")
    return 1 if fallen or not pinned else 0


def fallen_ratios(pinned: Mapping[str, float], found: Mapping[str, float]) -> list[str]:
    """Return the pinned ratios that are more than a fifth lower now, or that were not measured."""
    return [name for name, value in pinned.items() if found.get(name, 0.0) < LEAST_SHARE * value]


def _found(run: Run) -> dict[str, Spread]:
    return {name: value for name, value in ratios(run).items() if any(by in name for by in _BY_CPU)}
