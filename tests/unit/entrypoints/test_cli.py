"""The command line: help with an example for every command, one-line errors, exit codes."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from worker.entrypoints.cli import cli


def commands(command=cli, path=()):
    for name, child in command.commands.items():
        if isinstance(child, click.Group):
            yield from commands(child, (*path, name))
        else:
            yield (*path, name)


@pytest.mark.parametrize("path", list(commands()), ids=" ".join)
def test_every_command_has_help_with_an_example(path):
    result = CliRunner().invoke(cli, [*path, "--help"])
    assert result.exit_code == 0
    assert f"rasid {' '.join(path)}" in result.output.partition("Example")[2] or "make demo" in result.output


def rasid(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "worker", *arguments], capture_output=True, text=True, check=False, timeout=60,
        env={"PATH": "/usr/bin:/bin", **environment},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["replay", "no-such-folder"], "no-such-folder does not exist"),
        (["tag", "no-such-file.jsonl"], "no-such-file.jsonl"),
        (["kafka", "init", "--broker", "127.0.0.1:1"], "no Kafka broker answers at 127.0.0.1:1"),
        (["kafka", "status", "--broker", "nowhere"], "RASID_BROKER='nowhere'"),
        (["tag", "--watch-topics", "no-such-folder", "-"], "no-such-folder"),
    ],
)
def test_error_is_one_line_that_says_what_is_wrong(arguments, words):
    result = rasid(*arguments)
    assert result.returncode == 2
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_misspelt_setting_is_an_error_that_names_it():
    result = rasid("kafka", "status", RASID_BROKR="localhost:9092")
    assert result.returncode == 2
    assert "RASID_BROKR is no setting" in result.stderr


def test_debug_shows_where_an_error_came_from():
    result = rasid("--debug", "kafka", "init", "--broker", "127.0.0.1:1")
    assert result.returncode != 0
    assert "Traceback" in result.stderr


def test_output_that_nobody_reads_to_the_end_is_no_error():
    line = '{"id": "1", "content_type": "text/plain", "body": "A story of some words that is long enough."}'
    lines = "\n".join([line] * 50)
    result = subprocess.run(
        ["sh", "-c", f"printf '%s' \"$LINES_IN\" | {sys.executable} -m worker tag - | head -n 1"],
        capture_output=True, text=True, check=False, timeout=60, env={"PATH": "/usr/bin:/bin", "LINES_IN": lines},
    )  # fmt: skip
    assert result.stdout.count("\n") == 1
    assert result.stderr == ""
