"""What only others know: advisories, packages that were withdrawn, wheels that are missing.

Each asks a service on the network. Where none answers the check was not made, and says so.
"""

import json
import sys
import tempfile

from tests.audit.check import Check, Policy, last_line, run
from tests.audit.locks import lock_file

OFFLINE = "told not to (--offline)"
PYTHONS = ("3.11", "3.12", "3.13")
_NO_SERVICE = ("requests.exceptions", "ConnectionError", "ServiceError")
_NO_ANSWER = ("Failed to fetch", "client error", "dns error", "timed out")


def advisories(*, offline: bool) -> Check:
    """Ask OSV, by pip-audit, what is known against the packages of the image."""
    name, looked_at = "known weaknesses (pip-audit)", "requirements/runtime.txt"
    if offline:
        return Check(name, looked_at, not_checked=OFFLINE)
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner", "off"]
    command += ["--vulnerability-service", "osv", "--timeout", "10", "--format", "json"]
    done = run([*command, "--requirement", str(lock_file("runtime"))])
    return read_advisories(name, looked_at, done.stdout, done.stderr)


def read_advisories(name: str, looked_at: str, output: str, errors: str) -> Check:
    """Return what pip-audit's report says; without a report nothing was checked, for want of a network or not."""
    try:
        packages = json.loads(output)["dependencies"]
    except (ValueError, KeyError, TypeError):
        why = last_line(errors)[:90]
        if any(words in errors for words in _NO_SERVICE):
            return Check(name, looked_at, not_checked=f"no advisory service reachable ({why})")
        return Check(name, looked_at, [f"pip-audit broke: {why}"])
    skipped = [one["name"] for one in packages if "skip_reason" in one]
    found = [
        f"{one['name']} {one['version']}: {weakness['id']}, mended in {', '.join(weakness['fix_versions']) or '-'}"
        for one in packages
        for weakness in one.get("vulns", ())
    ]
    left_out = f"left out by the service: {', '.join(skipped)}" if skipped else None
    return Check(name, f"{len(packages) - len(skipped)} packages of {looked_at}", found, left_out)


def published(policy: Policy, *, offline: bool) -> Check:
    """Ask the package registry, by uv, whether every pin is there, not withdrawn, and has wheels."""
    name, source_only = "wheels, none withdrawn (uv)", policy.accepted["source_only"]
    looked_at = f"requirements/audit.txt on Python {', '.join(PYTHONS)}"
    if offline:
        return Check(name, looked_at, not_checked=OFFLINE)
    found: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for version in PYTHONS:
            command = [sys.executable, "-m", "uv", "pip", "install", "--dry-run", "--no-deps", "--require-hashes"]
            command += [
                "--only-binary",
                ":all:",
                "--python-version",
                version,
                "--target",
                folder,
                "--color",
                "never",
            ]
            command += [argument for package in source_only for argument in ("--no-binary", package)]
            done = run([*command, "--requirement", str(lock_file("audit"))])
            if done.returncode and any(words in done.stderr for words in _NO_ANSWER):
                why = f"no package registry reachable ({last_line(done.stderr)[:90]})"
                return Check(name, looked_at, not_checked=why)
            found += [f"Python {version}: {one}" for one in read_resolution(done.returncode, done.stderr)]
    return Check(name, looked_at, found)


def read_resolution(exit_code: int, errors: str) -> list[str]:
    """Return what uv complained of: what it refused, and what was withdrawn (`yanked`)."""
    lines = [" ".join(line.split()) for line in errors.splitlines()]
    found = [line.removeprefix("warning: ") for line in lines if "yanked" in line]
    if exit_code:
        told = [line.strip("×╰─▶ ") for line in lines if line and not line.startswith(("Resolved", "+", "Would"))]
        found.append(" ".join(told)[:300] or f"uv ended with {exit_code}")
    return found
