"""`rasid alerts watch`: every change once, with the alert as it stands after it, until Ctrl-C."""

import json
from datetime import timedelta

import msgspec
import pytest

from tests.notifications import MARCH_24, made_alert
from tests.records import alert_action, match_record
from tests.unit.entrypoints.alerts_fake import FakeKafka, rasid
from worker.domain import alert_life
from worker.domain.alert_event import AlertEvent
from worker.domain.alert_fold import apply
from worker.domain.alert_settings import AlertSettings, Escalation
from worker.entrypoints.alerts_watch import Watched

SETTINGS = AlertSettings(acknowledge_within_seconds=900, escalate=(Escalation(900, "duty-officer"),))


def life() -> list[AlertEvent]:
    """Return a life: raised, a follow-up, escalated, acknowledged, refused."""
    raised = alert_life.raise_alert(match_record(settings=SETTINGS, source="ria.ru"), "story", MARCH_24)
    alert = apply(None, raised)
    more = match_record("a2", source="bbc.co.uk", headline="Gunmen open fire near Moscow")
    events = [raised, alert_life.add_article(alert, more, "follow_up", MARCH_24 + timedelta(minutes=1))]
    alert = apply(alert, events[-1])
    events.append(alert_life.fire(alert))
    alert = apply(alert, events[-1])
    for by in ("هدى", "Omar"):
        action = alert_action("acknowledge", alert.id, MARCH_24 + timedelta(minutes=20), by, why="السفارة تؤكد")
        events.append(alert_life.act(alert, action, action.at, alert.watch_topic))
        alert = apply(alert, events[-1])
    return events


LIFE = life()
SILENCED = AlertEvent(
    id="s", alert=None, revision=0, change="silenced", at=MARCH_24, watch_topic="5b" * 16, cause="action",
    by="Huda", why="على الهواء",
)  # fmt: skip


def watched(*options: str, events=(*LIFE, SILENCED)):
    return rasid(FakeKafka(events=tuple(events)), "watch", "--from-beginning", *options)


def changes(*options: str, events=(*LIFE, SILENCED)) -> list[str]:
    lines = watched("--json", *options, events=events).stdout.splitlines()
    return [json.loads(line)["event"]["change"] for line in lines]


ALL = ["raised", "follow_up", "escalated", "acknowledged", "refused"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], [*ALL, "silenced"]),
        (["--watch-topic", "moscow-attack"], ALL),
        (["--watch-topic", "other"], []),
        (["--severity", "critical"], ALL),
        (["--severity", "low"], []),
    ],
)
def test_every_change_that_is_wanted_is_shown(options, expected):
    assert changes(*options) == expected


def test_ctrl_c_is_no_failure():
    assert watched().exit_code == 0


def test_event_that_was_written_twice_is_shown_once():
    assert changes(events=[LIFE[0], LIFE[0], *LIFE]) == ALL


def test_alert_that_is_raised_again_after_its_end_is_shown_again():
    ended = alert_life.resolve(apply(None, LIFE[0]), MARCH_24 + timedelta(days=3), "no new article")
    again = alert_life.raise_alert(match_record(settings=SETTINGS), "story", MARCH_24 + timedelta(days=30))
    assert again.id == LIFE[0].id
    assert changes(events=[LIFE[0], ended, again]) == ["raised", "resolved", "raised"]


def test_json_has_the_alert_as_it_stands_after_the_change():
    lines = [json.loads(line) for line in watched("--json").stdout.splitlines()]
    assert [line["alert"] and line["alert"]["status"] for line in lines] == [
        "firing", "firing", "escalated", "acknowledged", "acknowledged", None,
    ]  # fmt: skip
    assert lines[1]["alert"]["article_count"] == 2


def test_people_get_a_line_of_facts_the_words_and_the_headline():
    shown = watched().stdout
    alert = LIFE[0].alert[:8]
    for words in (
        f"2024-03-24 09:00:00 UTC  raised        {alert}  critical  moscow-attack  ar ria.ru\n  هجوم موسكو\n",
        "follow up", "2 articles, 2 sources", "\n  Gunmen open fire near Moscow\n",
        "by rasid · told duty-officer", "by هدى\n  السفارة تؤكد\n  هجوم موسكو\n",
        "silenced      5b5b5b5b  by Huda\n  على الهواء\n",
    ):  # fmt: skip
        assert words in shown


def test_without_from_beginning_only_what_comes_is_shown_with_the_alert_known_from_before():
    kafka = FakeKafka(LIFE[0].raised, events=tuple(LIFE))

    async def ends():
        return {0: 3}

    kafka.event_ends = ends
    lines = [json.loads(line) for line in rasid(kafka, "watch", "--json").stdout.splitlines()]
    assert [line["event"]["change"] for line in lines] == ["acknowledged", "refused"]
    assert lines[0]["alert"]["title"] == "هجوم موسكو"


def test_change_of_an_alert_that_is_not_known_is_shown_with_its_id():
    assert LIFE[3].alert[:8] in watched(events=LIFE[3:4]).stdout


def test_memory_is_bounded_and_the_alert_that_changed_longest_ago_is_forgotten():
    alerts = [
        made_alert(id=f"{number:032x}", changed_at=MARCH_24 + timedelta(hours=number)) for number in range(20)
    ]
    memory = Watched(alerts, most_kept=10)
    comments = [
        alert_life.act(alert, alert_action("comment", alert.id, MARCH_24, why="x"), MARCH_24, alert.watch_topic)
        for alert in alerts
    ]
    known = [memory.take(msgspec.structs.replace(comment)).alert is not None for comment in comments]
    assert known == [False] * 10 + [True] * 10
