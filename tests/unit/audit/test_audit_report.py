"""The table and the exit code; and the policy, whose exceptions all have a reason."""

import io

import pytest
from rich.console import Console

from tests.audit.check import Check, load_policy
from tests.audit.report import exit_code, show

CLEAN = Check("pins", "4 locks")
FOUND = Check("licences", "3 packages", ["x 1: GPL-3.0-only", "y 1: [bold]no licence[/bold]"])
BLIND = Check("weaknesses", "63 packages", not_checked="no advisory service reachable")


@pytest.mark.parametrize(
    ("made", "code"), [([CLEAN], 0), ([CLEAN, BLIND], 0), ([CLEAN, FOUND], 1), ([BLIND, FOUND], 1), ([], 0)]
)
def test_exit_code_is_1_exactly_when_something_was_found(made, code):
    assert exit_code(made) == code


def test_every_finding_and_every_check_that_was_not_made_is_told():
    written = io.StringIO()
    show([CLEAN, FOUND, BLIND], Console(file=written, width=100))
    text = written.getvalue()
    assert "found: licences: y 1: [bold]no licence[/bold]" in text
    assert "not checked: weaknesses: no advisory service reachable" in text
    assert [word in text for word in ("clean", "2 found", "not checked")] == [True] * 3


def test_every_exception_of_the_policy_has_a_reason():
    policy = load_policy()
    assert set(policy.accepted) == {"licence", "source_only", "installed", "bandit"}
    reasons = [reason for kind in policy.accepted.values() for reason in kind.values()]
    assert all(len(reason.split()) >= 2 for reason in reasons)


def test_an_exception_that_nothing_needs_is_told():
    policy = load_policy()
    needed = [name for name in policy.accepted["licence"] if name != "venusian"]
    assert policy.stale("licence", needed) == ["policy.toml: nothing needs accepted.licence.venusian"]


def test_a_policy_without_a_part_is_refused(tmp_path):
    (tmp_path / "policy.toml").write_text("lock_days = 9\n", "utf-8")
    with pytest.raises(ValueError, match="licences"):
        load_policy(tmp_path / "policy.toml")
