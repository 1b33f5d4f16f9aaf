"""What one check of the audit says: what it looked at, what it found, and what it could not look at."""

import subprocess
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
POLICY = Path(__file__).with_name("policy.toml")


@dataclass(frozen=True)
class Check:
    """The outcome of one check. A check that could not be made is neither clean nor a finding."""

    name: str
    looked_at: str
    found: list[str] = field(default_factory=list)
    not_checked: str | None = None

    @property
    def outcome(self) -> str:
        """What the table says."""
        if self.found:
            return f"{len(self.found)} found"
        return "not checked" if self.not_checked else "clean"


@dataclass(frozen=True)
class Policy:
    """What is accepted: see policy.toml, where each exception has its reason."""

    licences: frozenset[str]
    lock_days: int
    named: dict[str, str]
    accepted: dict[str, dict[str, str]]

    def stale(self, kind: str, used: Sequence[str]) -> list[str]:
        """Return a finding for each exception of a kind that nothing needs any more."""
        return [
            f"policy.toml: nothing needs accepted.{kind}.{name}"
            for name in self.accepted[kind]
            if name not in used
        ]


def load_policy(path: Path = POLICY) -> Policy:
    """Read the policy.

    Raises:
        ValueError: It is not TOML, or an entry is missing.
    """
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    try:
        return Policy(frozenset(data["licences"]), data["lock_days"], data["named"], data["accepted"])
    except KeyError as error:
        raise ValueError(f"{path.name}: {error} is missing") from None


def run(command: Sequence[str], *, seconds: float = 300.0) -> "subprocess.CompletedProcess[str]":
    """Run a tool in the repository; its exit code is for the caller to judge."""
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=seconds, check=False, errors="replace"
    )


def last_line(text: str) -> str:
    """Return the last line that says something, short enough for a table."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:160] if lines else "it said nothing"
