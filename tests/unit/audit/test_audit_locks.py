"""The audit of the locks: what is not pinned, not hashed, old, or installed otherwise is found."""

import subprocess
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from tests.audit import locks
from tests.audit.check import Policy

HASH = "--hash=sha256:" + "0a" * 32
GOOD = f"""aiohttp==3.14.5 \\
    {HASH} \\
    {HASH}
colorama==0.4.6 ; sys_platform == 'win32' \\
    {HASH}
"""
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def policy(**accepted: dict[str, str]) -> Policy:
    kinds = {"licence": {}, "source_only": {}, "installed": {}, "bandit": {}}
    return Policy(frozenset({"MIT"}), 90, {}, kinds | accepted)


def package(name: str, version: str) -> SimpleNamespace:
    return SimpleNamespace(name=name, version=version)


def test_pinned_and_hashed_entries_are_read_with_all_their_hashes():
    pins, found = locks.read_lock(GOOD)
    assert [(pin.name, pin.version, len(pin.hashes)) for pin in pins] == [
        ("aiohttp", "3.14.5", 2),
        ("colorama", "0.4.6", 1),
    ]
    assert found == []


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        ("aiohttp>=3.14 \\\n    " + HASH, "not pinned"),
        ("aiohttp \\\n    " + HASH, "not pinned"),
        ("aiohttp @ file:///tmp/aiohttp", "not pinned"),
        ("-r other.txt", "not pinned"),
        ("aiohttp==3.14.5", "no hash"),
        ("aiohttp==3.14.5 \\\n    --hash=md5:0123", "no hash"),
    ],
)
def test_an_entry_that_is_not_pinned_or_not_hashed_is_found(entry, what):
    pins, found = locks.read_lock(GOOD + entry + "\n")
    assert len(pins) == 2
    assert len(found) == 1
    assert found[0].startswith(f"{what}: {entry.splitlines()[0][:7]}")


def test_the_locks_of_the_repository_are_clean():
    made = locks.pinned()
    assert made.found == []
    assert len(locks.pins_of("audit")) > len(locks.pins_of("dev")) > len(locks.pins_of("runtime")) > 40


def test_the_lock_of_the_audit_has_the_others_in_it():
    everything = {(pin.name, pin.version) for pin in locks.pins_of("audit").values()}
    for name in locks.LOCKS:
        assert {(pin.name, pin.version) for pin in locks.pins_of(name).values()} <= everything, name


def test_another_version_than_the_pinned_one_and_an_unpinned_package_are_found():
    pins = {pin.name: pin for pin in locks.read_lock(GOOD)[0]}
    there = [
        package("aiohttp", "3.13.0"),
        package("colorama", "v0.4.6"),
        package("Left_Pad", "1.0"),
        package("rasid", "0.1.0"),
    ]
    made = locks.installed(there, pins, policy(installed={"rasid": "this repository"}))
    assert made.found == [
        "aiohttp 3.13.0 is installed, 3.14.5 is pinned",
        "left-pad 1.0 is installed and in no lock",
    ]


def test_a_pin_for_another_platform_need_not_be_installed():
    pins = {pin.name: pin for pin in locks.read_lock(GOOD)[0]}
    assert locks.installed([package("aiohttp", "3.14.5")], pins, policy()).outcome == "clean"


def git_says(monkeypatch: pytest.MonkeyPatch, code: int, output: str, errors: str = "") -> None:
    done = subprocess.CompletedProcess([], code, output, errors)
    monkeypatch.setattr(locks, "run", lambda *_, **__: done)


@pytest.mark.parametrize(("days", "outcome"), [(0, "clean"), (90, "clean"), (91, "1 found")])
def test_locks_older_than_the_policy_allows_are_found(monkeypatch, days, outcome):
    git_says(monkeypatch, 0, f"{(NOW - timedelta(days=days)).timestamp():.0f}\n")
    assert locks.fresh(policy(), NOW).outcome == outcome


@pytest.mark.parametrize(("code", "errors"), [(128, "fatal: not a git repository"), (0, "")])
def test_an_age_that_git_cannot_tell_is_not_checked_and_not_clean(monkeypatch, code, errors):
    git_says(monkeypatch, code, "", errors)
    made = locks.fresh(policy(), NOW)
    assert made.outcome == "not checked"
    assert "git tells no date" in (made.not_checked or "")


def test_what_pip_complains_of_is_found(monkeypatch):
    git_says(monkeypatch, 1, "faust 1 requires click<8.4, but you have click 9\n")
    assert locks.consistent().found == ["faust 1 requires click<8.4, but you have click 9"]
