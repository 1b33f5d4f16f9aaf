"""`rasid dead-letters redrive` and `drop`: only what is named, each once, and what is left is told."""

import json

import pytest

from tests.unit.entrypoints.dead_letters_fake import FakeDeadLetters, rasid, stored
from worker.domain.dead_letter_record import DeadLetterMark
from worker.domain.errors import Reason
from worker.entrypoints.dead_letters_kafka import SOURCES
from worker.streaming import kafka_topics

ONE, TWO = stored(1), stored(2, reason=Reason.TOO_LARGE)
FIRST, SECOND = (str(one.letter.place) for one in (ONE, TWO))


def offsets(kafka: FakeDeadLetters) -> list[int]:
    return [place.offset for place, _ in kafka.sent]


def test_every_dead_letter_topic_has_the_source_that_its_agent_reads():
    assert {name: source.name for name, source in SOURCES.items()} == {
        "articles.raw.extract.dlq": "articles.raw",
        "articles.extracted.tag.dlq": "articles.extracted",
        "matches.alert.dlq": "matches",
        "alert-actions.act.dlq": "alert-actions",
        "alerts.deliver.dlq": "alerts",
    }
    assert len(SOURCES) == len(kafka_topics.DEAD_LETTERS)


def test_letter_that_is_named_is_redriven_once_however_often_it_is_named():
    kafka = FakeDeadLetters(ONE, TWO)
    result = rasid(kafka, "redrive", FIRST, FIRST, "--why", "جرّب")
    assert (result.exit_code, result.stdout) == (0, f"{FIRST} redriven to articles.raw[1]@99\n")
    assert result.stderr == "rasid: 1 redriven, 0 left\n"
    assert offsets(kafka) == [1]
    assert (kafka.marked[FIRST].by, kafka.marked[FIRST].why) == ("Huda", "جرّب")


def test_letter_that_was_redriven_is_not_redriven_again_by_accident():
    kafka = FakeDeadLetters(ONE)
    rasid(kafka, "redrive", FIRST)
    again = rasid(kafka, "redrive", FIRST)
    assert again.exit_code == 1
    assert f"{FIRST} is left: redriven already, by Huda" in again.stderr
    assert offsets(kafka) == [1]
    nothing = rasid(kafka, "redrive", "--agent", "extract", "--yes")
    assert (nothing.exit_code, nothing.stderr) == (0, "rasid: no dead letter that waits fits\n")


def test_again_redrives_what_is_named_and_counts_on():
    kafka = FakeDeadLetters(ONE)
    rasid(kafka, "redrive", FIRST)
    result = rasid(kafka, "redrive", FIRST, "--again")
    assert (result.exit_code, result.stdout) == (0, f"{FIRST} redriven to articles.raw[1]@99, 2 times by now\n")
    assert rasid(kafka, "redrive", "--agent", "extract", "--again").exit_code == 2


def test_bound_leaves_a_message_that_was_redriven_as_often():
    kafka = FakeDeadLetters(
        stored(1, headers={"rasid.redriven": b"3"}), stored(2, headers={"rasid.redriven": b"2"})
    )
    result = rasid(kafka, "redrive", "--agent", "extract", "--yes")
    assert result.exit_code == 1
    assert offsets(kafka) == [2]
    assert f"{FIRST} is left: redriven 3 times and given up again" in result.stderr
    assert "1 redriven, 1 left" in result.stderr
    assert rasid(kafka, "redrive", FIRST, "--most-times", "4").exit_code == 0


@pytest.mark.parametrize("command", ["redrive", "drop"])
def test_question_names_how_many_and_no_answer_does_nothing(command):
    for given in ("", "n\n", "maybe\n"):
        kafka = FakeDeadLetters(ONE, TWO, stored(3))
        result = rasid(kafka, command, "--agent", "extract", "--json", given=given)
        assert (result.exit_code, result.stdout) == (1, "")
        assert "3 dead letters (extract not_json 2, extract too_large 1)" in result.stderr
        assert "nothing was done" in result.stderr
        assert (kafka.sent, kafka.marked) == ([], {})


def test_answer_yes_takes_what_fits_and_nothing_else():
    kafka = FakeDeadLetters(ONE, TWO)
    result = rasid(kafka, "redrive", "--reason", "too_large", "--json", given="y\n")
    assert result.exit_code == 0
    assert offsets(kafka) == [2]
    assert json.loads(result.stdout)["mark"]["to"] == "articles.raw[1]@99"


@pytest.mark.parametrize("command", ["redrive", "drop"])
@pytest.mark.parametrize("arguments", [[], ["--yes"], [FIRST, "--agent", "extract"]])
def test_nothing_is_done_without_being_named(command, arguments):
    kafka = FakeDeadLetters(ONE)
    result = rasid(kafka, command, *arguments)
    assert result.exit_code == 2
    assert "name the letters" in result.stderr
    assert (kafka.sent, kafka.marked) == ([], {})


@pytest.mark.parametrize("command", ["redrive", "drop"])
def test_one_place_that_is_wrong_stops_the_command_before_anything_is_done(command):
    kafka = FakeDeadLetters(ONE)
    for wrong in ("articles.raw.extract.dlq[0]@77", "alert-events[0]@1"):
        result = rasid(kafka, command, FIRST, wrong)
        assert result.exit_code == 1
        assert "; nothing was" in result.stderr
        assert (kafka.sent, kafka.marked) == ([], {})


def test_message_that_the_broker_refuses_is_left_and_the_others_go():
    kafka = FakeDeadLetters(ONE, TWO, refused=[ONE.letter.place])
    result = rasid(kafka, "redrive", FIRST, SECOND)
    assert result.exit_code == 1
    assert offsets(kafka) == [2]
    assert "is left: the broker refuses it: MessageSizeTooLargeError" in result.stderr
    assert FIRST not in kafka.marked


def test_older_state_is_not_put_back_over_a_newer_one():
    kafka = FakeDeadLetters(ONE, superseded=[ONE.letter.place])
    result = rasid(kafka, "redrive", FIRST, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["outcome"] == "left"
    assert "newer message of the same key" in result.stderr
    assert kafka.sent == []


def test_letter_that_another_person_took_meanwhile_is_left():
    kafka = FakeDeadLetters(ONE)
    theirs = DeadLetterMark(
        place=FIRST, letter_at=ONE.letter.written_at, outcome="dropped", at=ONE.letter.written_at, by="Omar\x1b[2J"
    )
    read = kafka.letters

    async def letters(*arguments):
        found = await read(*arguments)
        kafka.marked[FIRST] = theirs
        return found

    kafka.letters = letters
    result = rasid(kafka, "redrive", "--agent", "extract", "--yes")
    assert "is left: dropped already, by Omar\\u001b[2J" in result.stderr
    assert kafka.sent == []


def test_drop_marks_and_a_dropped_letter_is_neither_listed_nor_redriven():
    kafka = FakeDeadLetters(ONE, TWO)
    result = rasid(kafka, "drop", "--reason", "not_json", "--yes", "--why", "Проба ленты")
    assert (result.exit_code, result.stdout) == (0, f"{FIRST} dropped\n")
    assert kafka.marked[FIRST].outcome == "dropped"
    assert "Проба" not in rasid(kafka, "list", "--each").stdout
    assert rasid(kafka, "redrive", FIRST).exit_code == 1
    assert rasid(kafka, "drop", FIRST).exit_code == 1
    assert kafka.sent == []


def test_help_of_drop_says_that_no_bytes_are_deleted():
    assert "No bytes are deleted" in rasid(FakeDeadLetters(), "drop", "--help").stdout
