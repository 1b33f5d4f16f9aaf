"""Saved Kafka topics: every byte comes back, and what is not whole is not taken."""

import gzip
from datetime import UTC, datetime

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from worker.entrypoints.cli import cli
from worker.entrypoints.saved_messages import (
    FORMAT,
    Saved,
    SavedKafkaTopic,
    SavedMessage,
    bytes_of,
    file_of,
    line_of,
    new_folder,
    read_contents,
    read_messages,
    saved_bytes,
    write_contents,
)
from worker.entrypoints.sources import SourceError

TEXTS = ("هجوم كروكوس", "нападение", "a\x00b\u2028\n", "")


def saved(folder, *messages: SavedMessage, claimed: int | None = None) -> SavedKafkaTopic:
    """Write messages as `rasid kafka save` does and return the entry of their Kafka topic."""
    one = SavedKafkaTopic("matches", 4, len(messages) if claimed is None else claimed, {0: 2})
    with gzip.open(file_of(folder, one.name), "wb") as file:
        file.writelines(map(line_of, messages))
    write_contents(folder, Saved(FORMAT, datetime(2026, 3, 24, tzinfo=UTC), (one,)))
    return one


def message(offset: int = 0, text: str = "x") -> SavedMessage:
    return SavedMessage(0, offset, 1_711_270_000_250, saved_bytes(b"k"), saved_bytes(text.encode()))


@given(st.none() | st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_every_byte_comes_back_and_none_is_not_empty(value):
    line = line_of(SavedMessage(3, 7, 1, saved_bytes(value), saved_bytes(value), (("h", saved_bytes(value)),)))
    again = msgspec.json.decode(line, type=SavedMessage)
    assert line.count(b"\n") == 1, "one line a message"
    assert bytes_of(again.key) == bytes_of(again.value) == bytes_of(again.headers[0][1]) == value


@pytest.mark.parametrize("text", TEXTS)
def test_text_can_be_read_in_the_file(tmp_path, text):
    one = saved(tmp_path, message(0, text), message(1))
    assert [bytes_of(each.value) for each in read_messages(tmp_path, one)] == [text.encode(), b"x"]
    assert msgspec.json.decode(line_of(message(0, text)))["value"] == {"text": text}


def test_contents_are_read_as_they_were_written(tmp_path):
    one = saved(tmp_path, message())
    assert read_contents(tmp_path).kafka_topics == (one,)


def test_folder_that_is_not_empty_is_not_written_into(tmp_path):
    (tmp_path / "mine").touch()
    with pytest.raises(SourceError, match="is not empty"):
        new_folder(tmp_path)
    new_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()


@pytest.mark.parametrize(
    ("contents", "words"),
    [
        (None, "not saved to the end"),
        (b'{"format": 1', "cannot be read"),
        (b'{"format":2,"saved_at":"2026-03-24T00:00:00Z","kafka_topics":[]}', "of format 2"),
    ],
)
def test_folder_that_was_not_saved_to_its_end_is_not_loaded(tmp_path, contents, words):
    if contents is not None:
        (tmp_path / "saved.json").write_bytes(contents)
    with pytest.raises(SourceError, match=words):
        read_contents(tmp_path)


def test_file_that_is_cut_off_is_not_taken_for_a_whole_one(tmp_path):
    one = saved(tmp_path, *(message(number, f"{number:x}" * 40) for number in range(500)))
    path = file_of(tmp_path, one.name)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(SourceError, match="is damaged behind line"):
        list(read_messages(tmp_path, one))


def test_file_with_fewer_messages_than_were_saved_is_not_taken_for_a_whole_one(tmp_path):
    one = saved(tmp_path, message(), claimed=2)
    with pytest.raises(SourceError, match="holds 1 messages in place of 2"):
        list(read_messages(tmp_path, one))


def test_line_that_is_no_message_is_told_with_its_number(tmp_path):
    one = saved(tmp_path, message())
    with gzip.open(file_of(tmp_path, one.name), "wb") as file:
        file.write(line_of(message()) + b"{}\n")
    with pytest.raises(SourceError, match="is damaged behind line 1"):
        list(read_messages(tmp_path, one))


def test_kafka_topic_that_was_not_saved_cannot_be_asked_for(tmp_path):
    saved(tmp_path, message())
    result = CliRunner().invoke(cli, ["kafka", "load", str(tmp_path), "--kafka-topic", "alerts"], obj={})
    assert result.exit_code == 2
    assert "does not hold alerts" in result.stderr


@pytest.mark.parametrize("command", ["save", "load"])
def test_help_has_an_example_and_names_the_page_with_the_procedure(command):
    said = CliRunner().invoke(cli, ["kafka", command, "--help"], obj={}).stdout
    assert f"rasid kafka {command} " in said.partition("Examples:")[2]
    assert "docs/procedures.md" in said
