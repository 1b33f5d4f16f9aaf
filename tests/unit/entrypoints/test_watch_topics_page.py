"""docs/watch-topics.md cannot lie: its examples are run and its commands give the output that it shows.

`python tests/unit/entrypoints/test_watch_topics_page.py` writes the output of the commands into the page anew.
"""

import os
import re
import shlex
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from worker.adapters.topic_files import parse_watch_topic
from worker.domain.condition_grammar import GRAMMAR
from worker.domain.matcher import Matcher
from worker.domain.watch_topic_tests import run_tests
from worker.entrypoints.cli import cli

PAGE = Path(__file__).parents[3] / "docs" / "watch-topics.md"
BLOCK = re.compile(r"^```(?P<info>[^\n]+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
HEAD = "schema: watch-topic/v1\nid: example\ntitle: An example of the page\n"


class Row(NamedTuple):
    term: str
    language: str
    matches: list[str]
    others: list[str]


def blocks(kind: str) -> list[str]:
    return [found["body"] for found in BLOCK.finditer(PAGE.read_text("utf-8")) if found["info"] == kind]


def rows() -> list[Row]:
    """The rows of tables with the columns: written, means (language), matches, does not match."""
    found = []
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[0].startswith("`"):
            language = re.search(r"\((\w+)\)$", cells[1])
            assert language is not None, f"no language in {line}"
            found.append(Row(cells[0].strip("`"), language[1], cells[2].split(", "), cells[3].split(", ")))
    return found


def finds(row: Row, text: str) -> bool:
    quoted = row.term.replace("'", "''")
    content = f"{HEAD}terms: {{words: {{{row.language}: ['{quoted}']}}}}\ncondition: words\n"
    watch_topic, problems = parse_watch_topic(content.encode())
    assert watch_topic is not None, problems
    return bool(Matcher([watch_topic]).match(None, text))


def run_page(folder: Path) -> str:
    """Return the page with the commands' real output; its files are written in the page's order."""
    page, done, place = PAGE.read_text("utf-8"), [], 0
    for found in BLOCK.finditer(page):
        _, _, name = found["info"].partition(" file=")
        if name:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(found["body"], "utf-8")
        if found["info"] == "console":
            done += [page[place : found.start("body")], run_console(found["body"])]
            place = found.end("body")
    return "".join([*done, page[place:]])


def run_console(body: str) -> str:
    written = []
    for command in re.findall(r"^\$ rasid (.*)$", body, re.MULTILINE):
        result = CliRunner().invoke(cli, shlex.split(command), catch_exceptions=False)
        written += [f"$ rasid {command}\n", result.output]
    return "".join(written)


@pytest.mark.parametrize("body", blocks("yaml example"))
def test_example_says_truly_what_matches(body):
    watch_topic, problems = parse_watch_topic((HEAD + body).encode())
    assert problems == []
    assert watch_topic is not None
    assert len(watch_topic.tests) >= 2
    assert {test.expect for test in watch_topic.tests} > {"none"}
    assert [str(failure) for failure in run_tests(watch_topic)] == []


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.term)
def test_row_says_truly_which_words_match(row):
    assert [word for word in row.matches if not finds(row, word)] == []
    assert [word for word in row.others if finds(row, word)] == []


def test_commands_give_the_output_on_the_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    assert run_page(tmp_path) == PAGE.read_text("utf-8")


def test_grammar_on_the_page_is_the_parsers_own():
    (grammar,) = blocks("lark")
    own = GRAMMAR.replace("OR and_", '"or"i and_').replace("AND near_", '"and"i near_')
    assert grammar in own


def test_every_operator_is_shown_on_a_sentence():
    conditions = " ".join(re.findall(r"^condition: (.*)$", PAGE.read_text("utf-8"), re.MULTILINE))
    for operator in (
        "and",
        "or",
        "not",
        "near/",
        "before/",
        "2 of (",
        "any of ",
        "all of ",
        "title:",
        "lead:",
        '"',
    ):
        assert operator in conditions


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["COLUMNS"] = "100"
        fresh = run_page(Path(folder))
    PAGE.write_text(fresh, "utf-8")
    sys.stdout.write(f"{PAGE} is written\n")
