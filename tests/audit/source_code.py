"""Weak code in worker/: bandit, where a line that ruff was told about with a reason counts as told."""

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.audit.check import ROOT, Check, Policy, last_line, run

FOLDER = "worker"
_MARK = re.compile(r"#\s*noqa:\s*(?P<rules>[A-Z]+\d+(?:,\s*[A-Z]+\d+)*)(?P<why>.*)")


def is_marked(lines: Sequence[str], first: int, last: int, test: str) -> bool:
    """Say whether ruff's name of a bandit test is switched off, with a reason, on one of the lines (from 1)."""
    rule = f"S{test.removeprefix('B')}"
    for line in lines[first - 1 : last]:
        mark = _MARK.search(line)
        if mark and rule in mark["rules"].replace(" ", "").split(",") and mark["why"].strip(" -#"):
            return True
    return False


def findings(results: Sequence[dict[str, Any]], root: Path) -> list[str]:
    """Return what bandit found and nobody has answered for, a line each."""
    found = []
    for one in results:
        lines = (root / one["filename"]).read_text(encoding="utf-8").splitlines()
        place = one["line_range"] or [one["line_number"]]
        if not is_marked(lines, min(place), max(place), one["test_id"]):
            found.append(f"{one['filename']}:{one['line_number']}: {one['test_id']} {one['issue_text']}")
    return found


def weak_code(policy: Policy) -> Check:
    """Run bandit over worker/."""
    name, skipped = "weak code (bandit)", policy.accepted["bandit"]
    command = [sys.executable, "-m", "bandit", "--quiet", "--recursive", "--format", "json"]
    done = run([*command, "--skip", ",".join(skipped), FOLDER])
    try:
        report = json.loads(done.stdout)
    except ValueError:
        return Check(name, f"{FOLDER}/", [f"bandit broke: {last_line(done.stderr or done.stdout)}"])
    found = findings(report["results"], ROOT)
    found += [f"{one['filename']}: not read: {one['reason']}" for one in report["errors"]]
    count = report["metrics"]["_totals"]["loc"]
    return Check(name, f"{count:,} lines of {FOLDER}/", found)
