"""The locks in requirements/: pinned, hashed, not too old, and what is installed is what they say."""

import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import Distribution
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.audit.check import ROOT, Check, Policy, last_line, run

LOCKS = ("runtime", "build", "demo", "dev", "engine", "audit")
_ENTRY = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)(?:\s*;\s*([^\\\n]+?))?\s*(?:\\|$)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})\b")


@dataclass(frozen=True)
class Pin:
    """A package that a lock names, with the SHA-256 of each file that may be installed."""

    name: str
    version: str
    hashes: tuple[str, ...]


def read_lock(text: str) -> tuple[list[Pin], list[str]]:
    """Return the pins of a lock, and a finding for each entry that is not pinned or has no hash."""
    pins, found = [], []
    for block in re.split(r"\n(?=\S)", text.strip()):
        first = block.splitlines()[0] if block else ""
        if not first or first.startswith("#"):
            continue
        entry, hashes = _ENTRY.match(first), tuple(_HASH.findall(block))
        if entry is None:
            found.append(f"not pinned: {first}")
        elif not hashes:
            found.append(f"no hash: {first}")
        else:
            pins.append(Pin(str(canonicalize_name(entry[1])), entry[2], hashes))
    return pins, found


def lock_file(name: str) -> Path:
    """Return where a lock lies."""
    return ROOT / "requirements" / f"{name}.txt"


def pins_of(name: str) -> dict[str, Pin]:
    """Return the pins of a lock by name; what is wrong with it is for `pinned` to say."""
    return {pin.name: pin for pin in read_lock(lock_file(name).read_text(encoding="utf-8"))[0]}


def pinned() -> Check:
    """Look at every entry of every lock."""
    count, found = 0, []
    for name in LOCKS:
        pins, wrong = read_lock(lock_file(name).read_text(encoding="utf-8"))
        count += len(pins)
        found += [f"requirements/{name}.txt: {one}" for one in wrong]
    return Check("pinned with hashes", f"{count} entries of {len(LOCKS)} locks", found)


def installed(distributions: Iterable[Distribution], pins: Mapping[str, Pin], policy: Policy) -> Check:
    """Hold what is installed against the lock of the audit, which has all the others in it."""
    found, seen = [], {}
    for one in distributions:
        name = canonicalize_name(one.name)
        seen[name] = one.version
        pin = pins.get(name)
        if pin is None and name not in policy.accepted["installed"]:
            found.append(f"{name} {one.version} is installed and in no lock")
        elif pin is not None and Version(pin.version) != Version(one.version):
            found.append(f"{name} {one.version} is installed, {pin.version} is pinned")
    return Check("installed as pinned", f"{len(seen)} installed packages", found)


def consistent() -> Check:
    """Ask pip whether what is installed fits together."""
    done = run([sys.executable, "-m", "pip", "check"])
    found = done.stdout.strip().splitlines() if done.returncode else []
    return Check("fit together (pip check)", "what each package asks for", found)


def fresh(policy: Policy, now: datetime) -> Check:
    """Look at how long ago the locks were changed last."""
    name, looked_at = "age of the locks", f"at most {policy.lock_days} days"
    done = run(["git", "log", "-1", "--format=%ct", "--", "requirements"])
    if done.returncode or not done.stdout.strip():
        why = last_line(done.stderr) if done.returncode else "no commit has them"
        return Check(name, looked_at, not_checked=f"git tells no date: {why}")
    days = (now - datetime.fromtimestamp(int(done.stdout), UTC)).days
    found = [f"changed {days} days ago: `make lock`"] if days > policy.lock_days else []
    return Check(name, looked_at, found)
