"""The audit: `python -m tests.audit`, or `make audit`. Exit code 1 where something is found, else 0.

What needs the network and has none is told as not checked. policy.toml beside this file holds what is accepted.
"""

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path

from rich.console import Console

from tests.audit import locks, sbom, services
from tests.audit.check import ROOT, Check, load_policy
from tests.audit.licences import licences
from tests.audit.report import exit_code, show
from tests.audit.source_code import weak_code

SBOM = ROOT / "dist" / "sbom.cdx.json"


def checks(bill: Path, *, offline: bool) -> Iterator[Check]:
    """Make every check, the quick ones first."""
    policy, packages = load_policy(), list(distributions())
    pins, runtime = locks.pins_of("audit"), locks.pins_of("runtime")
    yield locks.pinned()
    yield locks.installed(packages, pins, policy)
    yield locks.consistent()
    yield locks.fresh(policy, datetime.now(UTC))
    yield licences(packages, policy)
    yield weak_code(policy)
    text = sbom.bill_of_materials(packages, runtime, policy)
    yield sbom.written_to(bill, text, runtime)
    yield services.published(policy, offline=offline)
    yield services.advisories(offline=offline)


def main(arguments: list[str]) -> int:
    """Make the audit and print it."""
    parser = argparse.ArgumentParser(prog="python -m tests.audit", description=__doc__)
    parser.add_argument("--offline", action="store_true", help="ask no service on the network")
    parser.add_argument("--sbom", type=Path, default=SBOM, metavar="FILE", help="where the bill of materials goes")
    asked = parser.parse_args(arguments)
    made = list(checks(asked.sbom, offline=asked.offline))
    show(made, Console())
    return exit_code(made)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
