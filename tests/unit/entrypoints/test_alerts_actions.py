"""`rasid alerts acknowledge`, `resolve`, `comment`, `silence` and `unsilence`: what is sent, and what is said."""

import getpass
import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.notifications import made_alert
from tests.unit.entrypoints.alerts_fake import FakeKafka, rasid
from worker.domain.alert_action import Silence

ALERT = made_alert(id="ab" * 16)
OTHER = made_alert(id="cd" * 16, watch_topic="intelligence-sharing")
RESOLVED = made_alert(
    id="ef" * 16, status="resolved", resolved_by="Omar", resolved_at=datetime(2024, 3, 25, tzinfo=UTC)
)


@pytest.mark.parametrize(
    ("command", "said"), [("acknowledge", "acknowledged"), ("resolve", "resolved"), ("comment", "commented")]
)
def test_answer_is_sent_to_the_desk_of_the_alert_and_its_outcome_is_said(command, said):
    kafka = FakeKafka(ALERT, OTHER)
    result = rasid(kafka, command, "abab", "--by", "Huda", "--why", "السفارة تؤكد الخبر")
    assert (result.exit_code, result.stdout) == (0, f"abababab {said} by Huda\n")
    (sent,) = kafka.sent
    assert (sent.key, sent.partition) == ("moscow-attack", 2)
    action = sent.action
    assert (action.action, action.alert, action.by, action.why) == (
        command,
        ALERT.id,
        "Huda",
        "السفارة تؤكد الخبر",
    )
    assert datetime.now(UTC) - action.at < timedelta(minutes=1)


def test_each_of_several_alerts_is_answered_once():
    kafka = FakeKafka(ALERT, OTHER)
    result = rasid(kafka, "acknowledge", "ab", "cd", ALERT.id, "--by", "Huda")
    assert result.stdout == "abababab acknowledged by Huda\ncdcdcdcd acknowledged by Huda\n"
    assert [sent.key for sent in kafka.sent] == ["moscow-attack", "intelligence-sharing"]
    assert len({sent.action.id for sent in kafka.sent}) == 2


def test_refusal_goes_to_standard_error_with_exit_code_1_and_the_others_are_done():
    result = rasid(FakeKafka(ALERT, RESOLVED), "acknowledge", "ef", "ab", "--by", "Huda")
    assert (result.exit_code, result.stdout) == (1, "abababab acknowledged by Huda\n")
    assert result.stderr == "rasid: efefefef: the alert was resolved by Omar at 2024-03-25 00:00 UTC\n"


def test_second_of_two_who_acknowledge_is_told_who_was_first():
    kafka = FakeKafka(ALERT)
    assert rasid(kafka, "acknowledge", "ab", "--by", "Huda").exit_code == 0
    second = rasid(kafka, "acknowledge", "ab", "--by", "Omar")
    assert second.exit_code == 1
    assert "the alert was acknowledged by Huda" in second.stderr


def test_no_answer_in_time_is_exit_code_2_and_a_hint():
    kafka = FakeKafka(ALERT)
    kafka.is_running = False
    result = rasid(kafka, "acknowledge", "ab", "--timeout", "0.5")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "abababab: no answer within 0.5 s; is a worker running?" in result.stderr


def test_unknown_id_among_several_sends_nothing():
    kafka = FakeKafka(ALERT)
    result = rasid(kafka, "resolve", "ab", "99")
    assert result.exit_code == 1
    assert "begins with '99'" in result.stderr
    assert "nothing was sent" in result.stderr
    assert kafka.sent == []


def test_json_tells_every_outcome_in_one_object_a_line():
    result = rasid(FakeKafka(ALERT, RESOLVED), "acknowledge", "ab", "ef", "--json", "--by", "Huda")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(line["alert"], line["outcome"]) for line in lines] == [
        (ALERT.id, "acknowledged"), (RESOLVED.id, "refused"),
    ]  # fmt: skip
    assert lines[0]["event"]["action"] == lines[0]["action"]
    assert result.exit_code == 1


def test_who_acts_is_the_option_else_the_setting_else_the_login(monkeypatch):
    monkeypatch.setattr(getpass, "getuser", lambda: "login")
    kafka = FakeKafka(ALERT)
    rasid(kafka, "comment", "ab", "--why", "one", "--by", "Huda", RASID_USER="Omar")
    rasid(kafka, "comment", "ab", "--why", "two", RASID_USER="Omar")
    rasid(kafka, "comment", "ab", "--why", "three")
    assert [sent.action.by for sent in kafka.sent] == ["Huda", "Omar", "login"]


def test_user_without_a_name_is_asked_for_one(monkeypatch):
    def no_name() -> str:
        raise KeyError("getpwuid(): uid not found: 1234")

    monkeypatch.setattr(getpass, "getuser", no_name)
    result = rasid(FakeKafka(ALERT), "acknowledge", "ab")
    assert result.exit_code == 2
    assert "--by NAME or RASID_USER" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("comment", "ab"), ("comment", "ab", "--why", "x" * 2001), ("acknowledge",),
        ("acknowledge", "ab", "--by", "x" * 201), ("acknowledge", "ab", "--timeout", "-1"),
    ],
    ids=["no words", "long words", "no id", "long name", "timeout"],
)  # fmt: skip
def test_what_the_desk_could_not_take_is_not_sent(arguments):
    kafka = FakeKafka(ALERT)
    assert rasid(kafka, *arguments).exit_code == 2
    assert kafka.sent == []


def test_blank_comment_is_refused():
    result = rasid(FakeKafka(ALERT), "comment", "ab", "--why", " ")
    assert (result.exit_code, result.stderr) == (1, "rasid: abababab: a comment without words\n")


def test_bytes_that_are_no_text_do_not_break_an_action():
    kafka = FakeKafka(ALERT)
    assert rasid(kafka, "comment", "ab", "--why", "caf\udce9", "--by", "Hud\udce9").exit_code == 0
    assert (kafka.sent[0].action.why, kafka.sent[0].action.by) == ("caf?", "Hud?")


def test_silence_is_sent_under_its_own_id_and_says_how_to_end_it():
    kafka = FakeKafka(ALERT, OTHER)
    result = rasid(
        kafka, "silence", "--watch-topic", "moscow-attack", "--source", "example.com", "--language", "AR",
        "--label", "desk=security", "--for", "2h", "--why", "على الهواء", "--by", "Huda",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    (sent,) = kafka.sent
    silence = sent.action.silence
    assert (sent.key, sent.partition, sent.action.alert) == (silence.id, None, None)
    assert (silence.watch_topic, silence.source, silence.language) == ("moscow-attack", "example.com", "ar")
    assert silence.labels == {"desk": "security"}
    assert silence.ends_at - silence.starts_at == timedelta(hours=2)
    assert f"`rasid alerts unsilence {silence.id[:8]}` ends it" in result.stdout
    assert "it holds 1 of the alerts that stand" in result.stdout


def test_silence_with_a_wrong_name_says_that_it_holds_nothing():
    result = rasid(FakeKafka(ALERT), "silence", "--watch-topic", "moskow", "--for", "1h", "--why", "x")
    assert "it holds none of the alerts that stand" in result.stdout


def test_silence_may_begin_later():
    kafka = FakeKafka()
    rasid(kafka, "silence", "--language", "ru", "--for", "30m", "--starts", "2999-01-01T10:00+03:00", "--why", "x")
    silence = kafka.sent[0].action.silence
    assert silence.starts_at == datetime(2999, 1, 1, 7, 0, tzinfo=UTC)
    assert silence.ends_at == datetime(2999, 1, 1, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--for", "2h"], "name what to silence"),
        (["--language", "ru", "--for", "2 hours"], "a duration such as 30s, 15m, 2h or 1d"),
        (["--language", "ru", "--for", "0s"], "a duration such as"),
        (["--language", "ru"], "--for"),
        (["--label", "security", "--for", "2h"], "NAME=VALUE"),
        (["--language", "ru", "--for", "2h", "--starts", "tomorrow"], "a time such as"),
        (
            ["--language", "ru", "--for", "2h", "--starts", "2020-01-01T00:00"],
            "it would have ended at 2020-01-01 02:00",
        ),
    ],
)
def test_silence_that_makes_no_sense_is_not_sent(arguments, words):
    kafka = FakeKafka(ALERT)
    result = rasid(kafka, "silence", "--why", "x", *arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert kafka.sent == []


def silence_of(name: str, begins: timedelta, lasts: timedelta) -> Silence:
    start = datetime.now(UTC) + begins
    return Silence(
        id=name * 16, starts_at=start, ends_at=start + lasts, by="هدى", why="على الهواء", source="ria.ru"
    )


HOUR = timedelta(hours=1)


def test_silences_lists_those_in_force_and_to_come_and_with_all_those_that_ended():
    past, present, future = (
        silence_of("1a", -3 * HOUR, HOUR), silence_of("2a", -HOUR, 2 * HOUR), silence_of("3a", HOUR, HOUR),
    )  # fmt: skip
    kafka = FakeKafka(silences=(future, past, present))
    listed = [json.loads(line)["id"] for line in rasid(kafka, "silences", "--json").stdout.splitlines()]
    assert listed == [present.id, future.id]
    everything = rasid(kafka, "silences", "--all").stdout
    assert [line[:8] for line in everything.splitlines()[::2]] == ["1a1a1a1a", "2a2a2a2a", "3a3a3a3a"]
    assert "source ria.ru  by هدى\n  على الهواء" in everything


def test_no_silence_says_so():
    assert "nothing is silenced" in rasid(FakeKafka(), "silences").stdout


def test_unsilence_ends_a_silence_now():
    kafka = FakeKafka(silences=(silence_of("2a", -HOUR, 2 * HOUR), silence_of("2b", -5 * HOUR, HOUR)))
    result = rasid(kafka, "unsilence", "2", "--by", "Huda")
    assert result.stdout == "silence 2a2a2a2a (source ria.ru) ended by Huda\n"
    assert kafka.sent[0].key == "2a" * 16
    assert "nothing is silenced" in rasid(kafka, "silences").stdout


@pytest.mark.parametrize(
    ("beginning", "words"), [("2b", "ended at"), ("9", "no silence has an id"), ("", "no silence")]
)
def test_silence_that_is_over_or_unknown_cannot_be_ended(beginning, words):
    kafka = FakeKafka(silences=(silence_of("2b", -5 * HOUR, HOUR),))
    result = rasid(kafka, "unsilence", beginning)
    assert (result.exit_code, kafka.sent) == (1, [])
    assert words in result.stderr


def test_silence_without_an_answer_is_exit_code_2():
    kafka = FakeKafka()
    kafka.is_running = False
    result = rasid(kafka, "silence", "--language", "ru", "--for", "1h", "--why", "x")
    assert result.exit_code == 2
    assert "is a worker running?" in result.stderr
