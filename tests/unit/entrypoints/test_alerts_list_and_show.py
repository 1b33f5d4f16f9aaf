"""`rasid alerts list` and `show`: which alerts, in which order, readable for people and for scripts."""

import json
import re
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from tests.notifications import HEADLINE, MARCH_24, SURGE, made_alert, made_article
from tests.records import alert_action, match_record
from tests.unit.entrypoints.alerts_fake import FakeKafka, rasid
from worker.domain import alert_life
from worker.domain.alert import Comment
from worker.domain.alert_fold import apply
from worker.domain.alert_settings import AlertSettings, Escalation
from worker.entrypoints.alerts_kafka import Kept
from worker.entrypoints.alerts_read import UnknownIdError, whole_id
from worker.entrypoints.alerts_view import next_timer, print_list, span_of_time
from worker.streaming import kafka_topics

RUSSIAN = "Стрельба в концертном зале под Москвой: что известно к этому часу о погибших и пострадавших при теракте"
FIRING = made_alert(id="aa" * 16)
ESCALATED = made_alert(
    id="ab" * 16, status="escalated", escalation_step=1, severity="high", title=RUSSIAN,
    watch_topic="a-watch-topic-with-a-name-that-is-longer-than-columns", raised_at=MARCH_24 + timedelta(hours=1),
)  # fmt: skip
RESOLVED = made_alert(id="cc" * 16, status="resolved", resolved_by="Huda", resolved_at=MARCH_24)


def ids(result) -> list[str]:
    return [json.loads(line)["id"] for line in result.stdout.splitlines()]


def listed(width: int, *alerts, terminal: bool = True, visual: bool = True) -> list[str]:
    console = Console(file=StringIO(), width=width, force_terminal=terminal, color_system=None, highlight=False)
    print_list(console, alerts, MARCH_24 + timedelta(hours=3), visual=visual)
    return re.sub(r"\x1b\[[0-9;]*m", "", console.file.getvalue()).splitlines()


def test_list_shows_what_is_not_resolved_with_the_newest_first():
    result = rasid(FakeKafka(FIRING, RESOLVED, ESCALATED), "list", "--json")
    assert (result.exit_code, ids(result)) == (0, [ESCALATED.id, FIRING.id])


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--all"], [ESCALATED, FIRING, RESOLVED]),
        (["--status", "resolved"], [RESOLVED]),
        (["--status", "resolved", "--status", "escalated"], [ESCALATED, RESOLVED]),
        (["--severity", "high"], [ESCALATED]),
        (["--watch-topic", "moscow-attack", "--all"], [FIRING, RESOLVED]),
        (["--watch-topic", "moscow-attack", "--severity", "high"], []),
    ],
)
def test_options_of_list_choose(options, expected):
    result = rasid(FakeKafka(FIRING, RESOLVED, ESCALATED), "list", "--json", *options)
    assert ids(result) == [alert.id for alert in expected]


def test_list_says_when_the_limit_leaves_alerts_out():
    result = rasid(FakeKafka(FIRING, ESCALATED), "list", "--json", "--limit", "1")
    assert ids(result) == [ESCALATED.id]
    assert result.stderr == "rasid: 1 of 2 alerts; --limit 2 shows them all\n"


@pytest.mark.parametrize(
    ("alerts", "words"),
    [
        ([], "no alerts yet; `rasid kafka status`"),
        ([RESOLVED], "no open alerts (resolved: 1); `rasid alerts list --all`"),
    ],
)
def test_empty_list_says_so_and_what_to_do(alerts, words):
    result = rasid(FakeKafka(*alerts), "list")
    assert result.exit_code == 0
    assert words in result.stdout


def test_record_of_another_version_is_left_out_and_counted():
    kafka = FakeKafka(FIRING)
    kafka.topics[kafka_topics.ALERTS.name]["old"] = Kept(b'{"id": "old"}', 0)
    result = rasid(kafka, "list", "--json")
    assert ids(result) == [FIRING.id]
    assert "1 record left out, since" in result.stderr


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_of_the_list_is_wider_than_the_terminal(width):
    lines = listed(width, FIRING, ESCALATED)
    assert max(map(len, lines)) <= width
    assert lines[1].split()[:5] == ["aaaaaaaa", "firing", "critical", "3h", "1/1/1"]
    assert lines[4].endswith("…") == (width == 80)


def test_headline_in_arabic_stands_in_visual_order_at_the_right_of_a_terminal():
    headline = listed(80, FIRING)[2]
    assert len(headline) == 80
    assert headline.split()[-1] == "ﻥﻮﺤﻠﺴﻣ"


def test_pipe_gets_whole_names_and_headlines_in_their_own_order():
    lines = listed(80, FIRING, ESCALATED, terminal=False, visual=False)
    assert lines[2] == f"  {HEADLINE}"
    assert lines[3].endswith(ESCALATED.watch_topic)
    assert lines[4] == f"  {RUSSIAN}"


def test_nothing_in_a_headline_acts_on_the_terminal():
    lines = listed(80, made_alert(title="red \x1b[31m alert\u202e"))
    assert "\\u001b[31m" in lines[2]
    assert "\\u202e" in lines[2]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "0s"), (59, "59s"), (60, "1m"), (7_199, "1h"), (86_400, "1d"), (40 * 86_400, "40d")],
)
def test_age_is_told_in_its_largest_unit(seconds, words):
    assert span_of_time(timedelta(seconds=seconds)) == words


def described(_key: str) -> str:
    return "moscow-attack"


@given(st.lists(st.text("0123456789abcdef", min_size=32, max_size=32), min_size=1, max_size=20, unique=True))
def test_every_beginning_means_one_alert_or_is_refused(known):
    for one in known:
        for length in (1, 8, 32):
            fitting = [other for other in known if other.startswith(one[:length])]
            if len(fitting) == 1:
                assert whole_id(one[:length].upper(), known, "alert", described) == one
            else:
                with pytest.raises(UnknownIdError):
                    whole_id(one[:length], known, "alert", described)


def test_beginning_of_two_ids_is_refused_and_both_are_named():
    result = rasid(FakeKafka(FIRING, ESCALATED), "show", "a")
    assert result.exit_code == 1
    assert "2 alerts have an id that begins with 'a': aaaaaaaa (moscow-attack), abababab" in result.stderr


@pytest.mark.parametrize("beginning", ["ff", "", "%", "a" * 33])
def test_unknown_id_is_refused(beginning):
    result = rasid(FakeKafka(FIRING), "show", beginning)
    assert result.exit_code == 1
    assert f"no alert has an id that begins with {beginning!r}; `rasid alerts list --all`" in result.stderr


def lived_alert():
    """Return an alert with a copy, a refusal and a comment, and its events."""
    settings = AlertSettings(acknowledge_within_seconds=900, escalate=(Escalation(900, "duty-officer"),))
    first = match_record(settings=settings, source="aljazeera.net")
    events = [alert_life.raise_alert(first, "story", MARCH_24, ("articles.raw[2]@57", "matches[1]@42"))]
    alert = apply(None, events[0])
    copy = match_record("a2", source="bbc.co.uk", headline="Gunmen open fire near Moscow")
    events.append(alert_life.add_article(alert, copy, "copy", MARCH_24 + timedelta(minutes=1), ("matches[1]@43",)))
    alert = apply(alert, events[-1])
    for kind, why in (("comment", "السفارة تؤكد الخبر"), ("acknowledge", "on it"), ("acknowledge", "me too")):
        action = alert_action(kind, alert.id, MARCH_24 + timedelta(minutes=5), why=why)
        events.append(alert_life.act(alert, action, action.at, alert.watch_topic))
        alert = apply(alert, events[-1])
    return alert, events


def test_show_tells_the_alert_and_its_history():
    alert, events = lived_alert()
    kafka = FakeKafka(alert, events=tuple(events))
    result = rasid(kafka, "show", alert.id[:8])
    assert result.exit_code == 0
    history = result.stdout.partition("History\n")[2]
    assert re.findall(r"UTC +(\d|-)  (\S+)", history) == [
        ("1", "raised"), ("2", "copy"), ("3", "commented"), ("4", "acknowledged"), ("-", "refused"),
    ]  # fmt: skip
    for words in (
        "articles.raw[2]@57, matches[1]@42", "bbc.co.uk", "by Huda", "السفارة تؤكد الخبر",
        "the alert was acknowledged by Huda at 2024-03-24 09:05 UTC",
    ):  # fmt: skip
        assert words in history
    assert "Gunmen open fire near Moscow" in result.stdout
    assert kafka.read_from == [(2, alert.raised_at)]


def test_show_as_json_is_one_document_in_which_a_repeated_event_stands_once():
    alert, events = lived_alert()
    document = json.loads(rasid(FakeKafka(alert, events=(*events, events[1])), "show", alert.id, "--json").stdout)
    assert document["alert"]["id"] == alert.id
    changes = [event["change"] for event in document["events"]]
    assert changes == ["raised", "copy", "commented", "acknowledged", "refused"]


def test_show_marks_the_matched_words_and_tells_figures_and_comments():
    alert = made_alert(
        kind="surge", surge=SURGE, comments=[Comment(MARCH_24, "هدى", "السفارة تؤكد الخبر")], article_count=103,
        articles=[made_article(), made_article(id="a2", headline="US embassy warns", source=None, url=None)],
    )  # fmt: skip
    shown = rasid(FakeKafka(alert), "show", alert.id).stdout
    assert "قال مسؤولون إن ⟦الهجوم⟧ الذي وقع ⟦بموسكو⟧ أودى بحياة العشرات." in shown
    assert "42 matches from 7 sources within 1h; usual are 3.5 (median of 14 days), 10.5 were needed" in shown
    assert "هدى\n    السفارة تؤكد الخبر" in shown
    assert "no source named" in shown
    assert "and 101 more, which the alert does not list" in shown


STEPS = AlertSettings(
    acknowledge_within_seconds=600, escalate=(Escalation(900, "duty-officer"), Escalation(1800, "head-of-desk"))
)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"settings": STEPS}, "escalated to duty-officer at 2024-03-24 09:15:00 UTC, in 5m"),
        ({"settings": STEPS, "status": "escalated", "escalation_step": 1}, "escalated to head-of-desk at"),
        ({"settings": STEPS, "status": "escalated", "escalation_step": 5}, "escalated to head-of-desk at"),
        ({"settings": STEPS, "status": "acknowledged"}, "resolved by itself at"),
        ({"settings": AlertSettings(acknowledge_within_seconds=600)}, "escalated to the watch topic's receivers"),
        ({}, "resolved by itself at"),
    ],
)
def test_next_timer_says_what_to_whom_and_when(fields, words):
    alert = made_alert(due_at=MARCH_24 + timedelta(minutes=15), **fields)
    assert next_timer(alert, MARCH_24 + timedelta(minutes=10)).startswith(words)


def test_timer_of_a_replayed_alert_is_by_the_clock_of_its_articles():
    alert = made_alert(due_at=MARCH_24, settings=STEPS)
    assert "at 2024-03-24 09:00:00 UTC by the clock of its articles" in next_timer(alert, datetime.now(UTC))


def test_resolved_alert_has_no_timer():
    assert next_timer(RESOLVED, MARCH_24) == ""
