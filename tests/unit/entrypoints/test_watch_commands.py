"""`rasid watch check`, `list` and `test`: what an analyst and a script get, and how they exit."""

import json

import pytest
from click.testing import CliRunner

from worker.entrypoints.cli import cli

RIGHT = """schema: watch-topic/v1
id: embassy
title: تحذيرات السفارات
status: test
severity: high
terms:
  embassy: {en: [embassy], ar: ['سفارة']}
  warning: {en: [warn], ar: ['حذر']}
condition: embassy near/6 warning
tests:
  - {text: 'حذّرت السفارة الأميركية رعاياها.', expect: tag, spans: ['السفارة']}
"""
FAILING = RIGHT.replace("id: embassy", "id: failing") + (
    "  - {text: 'The embassy told its citizens to leave.', expect: tag}\n"
    "  - {title: 'سفارة', text: 'The embassy warned its citizens.', expect: none}\n"
    "  - {text: 'The embassy warned.', expect: tag, spans: ['citizens']}\n"
)
WRONG = RIGHT.replace("severity: high", "severity: hihg").replace("near/6 warning", "near/6 warnin")


def run(*arguments: object):
    return CliRunner().invoke(cli, ["watch", *map(str, arguments)])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("RASID_WATCH_TOPICS", str(tmp_path))
    (tmp_path / "embassy.yaml").write_text(RIGHT, "utf-8")
    return tmp_path


def test_check_of_the_settings_folder_is_quiet_when_all_is_right(folder):
    result = run("check")
    assert (result.exit_code, result.output) == (0, f"1 watch topic in {folder} is valid, 1 tests pass\n")


def test_check_tells_every_problem_of_every_file_at_once_with_its_place(folder):
    (folder / "wrong.yaml").write_text(WRONG, "utf-8")
    (folder / "failing.yaml").write_text(FAILING, "utf-8")
    result = run("check", folder / "wrong.yaml", folder / "failing.yaml")
    assert result.exit_code == 1
    assert f"{folder}/wrong.yaml:5:11: found 'hihg'" in result.output
    assert f"{folder}/wrong.yaml:9:27: found group 'warnin'" in result.output
    assert f"{folder}/failing.yaml:12:1: found none" in result.output
    assert result.stdout == ""


def test_check_as_json_is_one_document_with_problems_in_fields(folder):
    (folder / "wrong.yaml").write_text(WRONG, "utf-8")
    report = json.loads(run("check", folder, "--json").stdout)
    assert report["watch_topics"] == 1
    assert [(problem["line"], problem["column"]) for problem in report["problems"]] == [(5, 11), (9, 27)]


def test_two_files_with_one_id_are_a_problem_also_when_they_are_named_one_by_one(folder):
    (folder / "again.yml").write_text(RIGHT, "utf-8")
    result = run("check", folder / "embassy.yaml", folder / "again.yml")
    assert result.exit_code == 1
    assert f"id 'embassy', which {folder}/embassy.yaml has already" in result.output


def test_file_given_twice_is_checked_once(folder):
    result = run("check", folder, folder / "embassy.yaml")
    assert (result.exit_code, "1 watch topic " in result.output) == (0, True)


@pytest.mark.parametrize("command", ["check", "list", "test"])
@pytest.mark.parametrize(("name", "said"), [("absent", "does not exist"), ("a.txt", "should end in .yaml")])
def test_path_that_is_no_watch_topic_is_a_usage_error_of_one_line(folder, command, name, said):
    (folder / "a.txt").write_text("x")
    result = run(command, folder / name)
    assert result.exit_code == 2
    assert said in result.output
    assert len(result.output.splitlines()) == 1


def test_folder_without_watch_topics_is_a_usage_error_and_not_all_right(tmp_path):
    result = run("check", tmp_path)
    assert (result.exit_code, "holds no watch topics" in result.output) == (2, True)


def test_list_shows_what_each_watch_topic_is(folder):
    result = run("list")
    assert result.exit_code == 0
    assert result.output.splitlines()[1].split()[:5] == ["embassy", "test", "high", "4", "1"]
    assert "  تحذيرات السفارات" in result.output
    assert "  ar en" in result.output


def test_list_as_json_has_every_fact(folder):
    (row,) = json.loads(run("list", "--json").stdout)
    assert row["languages"] == ["ar", "en"]
    assert (row["id"], row["terms"], row["tests"], row["severity"]) == ("embassy", 4, 1, "high")
    assert len(row["version"]) == 12


def test_list_shows_what_is_right_and_exits_1_for_what_is_not(folder):
    (folder / "wrong.yaml").write_text(WRONG, "utf-8")
    result = run("list")
    assert result.exit_code == 1
    assert "embassy" in result.stdout
    assert "found 'hihg'" in result.stderr


def test_passing_tests_give_one_line_and_exit_0(folder):
    result = run("test")
    assert (result.exit_code, result.output) == (0, "1 watch topic, 1 test: 1 passed\n")


def test_failing_tests_are_shown_like_a_diff_with_words_marked_and_what_was_lacking(folder):
    (folder / "failing.yaml").write_text(FAILING, "utf-8")
    result = run("test", folder / "failing.yaml")
    assert result.exit_code == 1
    lines = [line.strip() for line in result.output.splitlines()]
    first = lines.index(f"{folder}/failing.yaml:12 failing")
    assert lines[first + 1 : first + 5] == [
        "The embassy told its citizens to leave.",
        "- expected tag",
        "+ found    none",
        "lacking  embassy near/6 warning: not found: warning",
    ]
    assert "The ⟦embassy⟧ ⟦warned⟧ its citizens." in lines
    assert "⟦سفارة⟧" in lines
    assert "- expected spans ['citizens']" in lines
    assert lines[-1] == "1 watch topic, 4 tests: 1 passed, 3 failed"


def test_failing_tests_as_json_carry_the_spans(folder):
    (folder / "failing.yaml").write_text(FAILING, "utf-8")
    result = run("test", folder, "--json")
    report = json.loads(result.stdout)
    assert (result.exit_code, report["tests"], len(report["failures"])) == (1, 5, 3)
    second = report["failures"][1]
    assert [span["text"] for span in second["spans"]] == ["embassy", "warned"]
    assert [span["text"] for span in second["title_spans"]] == ["سفارة"]


def test_file_that_is_not_valid_fails_the_tests_too(folder):
    (folder / "wrong.yaml").write_text(WRONG, "utf-8")
    result = run("test", folder)
    assert (result.exit_code, "found 'hihg'" in result.output) == (1, True)


def test_watch_topics_without_tests_are_named(folder):
    (folder / "bare.yaml").write_text(RIGHT.replace("id: embassy", "id: bare").split("tests:")[0], "utf-8")
    assert "without tests: bare" in run("test").output


@pytest.mark.parametrize("command", ["check", "list", "test", "explain", "backtest"])
def test_every_command_helps_with_an_example(command):
    result = run(command, "--help")
    assert (result.exit_code, f"  rasid watch {command}" in result.output) == (0, True)
