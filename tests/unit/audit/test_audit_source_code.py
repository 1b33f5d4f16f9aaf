"""Weak code: a line is only let off where it says why."""

import pytest

from tests.audit.source_code import findings, is_marked

CALL = "run([git])"


@pytest.mark.parametrize(
    ("line", "is_let_off"),
    [
        (f"{CALL}  # noqa: S603 - our own arguments", True),
        (f"{CALL}  # noqa: S101, S603 - our own arguments", True),
        (f"{CALL}  # noqa: S603", False),
        (f"{CALL}  # noqa: S603 -", False),
        (f"{CALL}  # noqa: S101 - another rule", False),
        (f"{CALL}  # noqa: S6035 - another rule", False),
        (f"{CALL}  # noqa", False),
        (f"{CALL}  # S603 is not switched off", False),
    ],
)
def test_a_mark_counts_when_it_names_the_rule_and_a_reason(line, is_let_off):
    assert is_marked([line], 1, 1, "B603") is is_let_off


def test_a_mark_counts_on_every_line_of_the_statement_and_on_no_other():
    lines = ["run(", "    [git],  # noqa: S603 - why", ")", "run([x])"]
    assert is_marked(lines, 1, 3, "B603")
    assert not is_marked(lines, 4, 4, "B603")


def test_what_nobody_answered_for_is_a_line_with_its_place(tmp_path):
    (tmp_path / "one.py").write_text(f"import x\n{CALL}\n{CALL}  # noqa: S603 - ours\n", "utf-8")
    told = {"filename": "one.py", "test_id": "B603", "issue_text": "subprocess call"}
    results = [told | {"line_number": number, "line_range": [number]} for number in (2, 3)]
    assert findings(results, tmp_path) == ["one.py:2: B603 subprocess call"]
