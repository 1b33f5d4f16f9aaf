"""A line of the log is one line of ours, whatever is quoted in it."""

import json
import logging
import re

import pytest
import structlog

from worker.adapters.telemetry import configure_logging
from worker.settings import Settings

HOSTILE = [
    "a\n2026-01-01 [critical] forged",
    "a\r\nforged",
    "\x1b[2J\x1b]0;title\x07",
    "\x9b31m",
    "\u202egnp.exe\u2066",
    "\u2028x",
    "al\u200bert",
    "tag\U000e0041",
    "\x00",
    "\x7f",
    '"}\n{"level": "critical"}',
    "{}%s%d",
    "[bold red]x[/]",
    "\ud800",
]


@pytest.fixture
def log_as():
    """Return a function that sets up the log in a form; what is logged then stands on standard error."""
    root, before, level = logging.getLogger(), logging.getLogger().handlers[:], logging.getLogger().level

    def configure(form):
        configure_logging(Settings(log_format=form))
        return root

    yield configure
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def without_colours(line):
    return re.sub(r"\x1b\[[0-9;]*m", "", line)


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_json_line_stays_one_line_and_says_the_same(log_as, capsys, text):
    log_as("json")
    logging.getLogger("rasid.x").warning("dead letter: %s", text, extra={"title": text})
    (line,) = capsys.readouterr().err.splitlines()
    assert line.isprintable()
    said = json.loads(line)
    assert said["event"] == f"dead letter: {text}"
    assert said["title"] == text
    assert said["level"] == "warning"


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_console_line_stays_one_line_and_acts_on_nothing(log_as, capsys, text):
    log_as("console")
    structlog.get_logger("rasid.x").warning("dead letter", title=text, names=[text], fields={text: text})
    logging.getLogger("rasid.x").warning("dead letter: %s", text)
    lines = [without_colours(line) for line in capsys.readouterr().err.splitlines()]
    assert len(lines) == 2
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize("form", ["json", "console"])
def test_exception_that_quotes_an_article_forges_no_line(log_as, capsys, form):
    log_as(form)
    try:
        raise ValueError("a\n2026-01-01 [critical] forged\x1b[2J\u202e")
    except ValueError:
        logging.getLogger("rasid.x").exception("defect")
    written = capsys.readouterr().err
    lines = [without_colours(line) for line in written.splitlines()]
    assert all(line.isprintable() for line in lines)
    assert not any(line.startswith("2026-01-01 [critical] forged") for line in lines)
    assert "ValueError" in written


def test_traceback_for_people_shows_no_local_variables(log_as, capsys):
    log_as("console")
    password = "".join(["hunter", "2"])
    try:
        raise ValueError("it broke")
    except ValueError:
        logging.getLogger("rasid.x").exception("defect")
    written = capsys.readouterr().err
    assert "it broke" in written
    assert password not in written
