"""Watch topics come from YAML files; every mistake is told with its file, line and column."""

from pathlib import Path

import pytest

from worker.adapters.topic_files import (
    MOST_BYTES,
    check_content,
    load_watch_topic,
    load_watch_topics,
    parse_watch_topic,
)

RIGHT = """\
schema: watch-topic/v1
id: moscow
title: Moscow
terms:
  place: {ar: ['موسكو'], en: ['Moscow']}
condition: place
tests:
  - {text: 'News from Moscow', expect: tag, spans: ['Moscow']}
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def told(text: str) -> list[tuple[int, int, str]]:
    return [(problem.line, problem.column, problem.found) for problem in parse_watch_topic(text.encode())[1]]


def test_folder_is_loaded_in_order_of_ids(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", RIGHT.replace("id: moscow", "id: zeta"))
    write(tmp_path, "b.yml", RIGHT)
    write(tmp_path, "c.txt", "no YAML: [")
    write(tmp_path, ".hidden.yaml", "no YAML: [")

    loaded = load_watch_topics(tmp_path)

    assert [topic.id for topic in loaded.watch_topics] == ["moscow", "zeta"]
    assert loaded.problems == []


def test_two_files_with_one_id_are_both_left_out(tmp_path: Path) -> None:
    first = write(tmp_path, "a.yaml", RIGHT)
    second = write(tmp_path, "b.yaml", RIGHT)

    loaded = load_watch_topics(tmp_path)

    assert loaded.watch_topics == []
    (problem,) = loaded.problems
    assert (problem.file, problem.line, problem.column) == (str(second), 2, 5)
    assert f"'moscow', which {first} has" in problem.found


def test_a_wrong_file_does_not_keep_the_right_ones_out(tmp_path: Path) -> None:
    write(tmp_path, "right.yaml", RIGHT)
    wrong = write(tmp_path, "wrong.yaml", RIGHT.replace("condition: place", "condition: plaice"))

    loaded = load_watch_topics(tmp_path)

    assert [topic.id for topic in loaded.watch_topics] == ["moscow"]
    assert {problem.file for problem in loaded.problems} == {str(wrong)}
    assert str(loaded.problems[0]).startswith(f"{wrong}:6:12: found group 'plaice'")


def test_missing_folder_is_a_problem_and_no_exception(tmp_path: Path) -> None:
    (problem,) = load_watch_topics(tmp_path / "none").problems

    assert "No such file" in problem.found


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "found"),
    [
        ("ar: [", "no: [", 5, 11, "YAML reads no without quotes as false: write 'no'"),
        ("'Moscow']}", "*oscow]}", 5, 31, "*oscow without quotes"),
        ("['Moscow']", "[?oscow]", 5, 31, "YAML reads ?"),
        ("'Moscow']}", "2024]}", 5, 31, "2024 without quotes"),
        ("'Moscow']}", "on]}", 5, 31, "YAML reads on without quotes as true"),
        ("'Moscow']}", "2024-03-22]}", 5, 31, "2024-03-22 without quotes"),
        ("id: moscow", "id: &x moscow", 2, 5, "the anchor &x"),
        ("id: moscow", "id: moscow\nid: other", 3, 1, "id a second time"),
        ("title: Moscow", "title: [Moscow", 4, 6, "expected ',' or ']'"),
        ("title: Moscow", "title: !!python/name:os.system x", 3, 8, "os.system"),
        ("condition: place", "condition: 'place and'", 6, 22, "the end of the condition"),
        ("condition: place", "condition: place or plce", 6, 21, "group 'plce'"),
        ("condition: place", "condition: >\n  place or\n  plce", 8, 3, "group 'plce'"),
        ("condition: place", "condition: place or\n    plce", 7, 5, "group 'plce'"),
        ("condition: place", 'condition: "place or\n  plce"', 6, 12, "line 1, column 10"),
        ("expect: tag", "expect: maybe", 8, 40, "'maybe'"),
    ],
)
def test_mistake_is_told_in_its_place(old: str, new: str, line: int, column: int, found: str) -> None:
    problems = told(RIGHT.replace(old, new))

    assert any((at, by) == (line, column) and found in what for at, by, what in problems), problems


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "an empty file"),
        (b"\xff\xfe", "which is not UTF-8"),
        (b"a: \x01", "U+0001"),
        (b"a: 1\n---\nb: 2\n", "another document"),
        (b"[" * 5000 + b"]" * 5000, "nesting"),
        (b"? [a]\n: b\n", "a list or mapping as a key"),
        (b"a: " + b"x" * MOST_BYTES, "bytes"),
    ],
)
def test_content_that_is_no_watch_topic_is_a_problem(content: bytes, found: str) -> None:
    topic, problems = parse_watch_topic(content)

    assert topic is None
    assert any(found in problem.found for problem in problems), problems


def test_byte_order_mark_is_passed_over() -> None:
    topic, problems = parse_watch_topic(b"\xef\xbb\xbf" + RIGHT.encode())

    assert problems == []
    assert topic is not None


def test_large_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.write_bytes(b"#" * (MOST_BYTES + 1))

    topic, problems = load_watch_topic(path)

    assert topic is None
    assert "1,000,001 bytes" in problems[0].found


def test_lines_of_tests_are_kept_for_their_failures() -> None:
    _, problems = check_content(RIGHT.replace("News from Moscow", "News from Paris").encode())
    assert len(problems) == 1
    assert "moscow, test in line 8: expected tag, found none" in problems[0]


def test_content_that_is_right_and_whose_tests_pass_has_no_problems() -> None:
    watch_topic, problems = check_content(RIGHT.encode())
    assert watch_topic is not None
    assert (watch_topic.id, problems) == ("moscow", [])
