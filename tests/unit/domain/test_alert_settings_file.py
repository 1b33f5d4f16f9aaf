"""The field `alert` of a watch topic's file is read whole, and what is wrong or contradicts itself is told."""

from typing import Any

import pytest

from tests.unit.domain.watch_topic_maker import make_watch_topic, problems_of
from worker.domain.alert_settings import AlertSettings, Escalation, SurgeSettings

SCORE = {"alert_at": 2}


def read(**alert: Any) -> AlertSettings:
    return make_watch_topic(score=SCORE, alert=alert).alert


def test_every_setting_is_read() -> None:
    settings = read(
        to=["editors", "newsroom-chat"],
        group_wait="0s",
        group_interval="90s",
        repeat_interval="2h",
        acknowledge_within="15m",
        escalate=[{"after": "15m", "to": "duty-officer"}, {"after": "45m", "to": "chief-editor"}],
        resolve_after="12h",
        surge={"window": "30m", "factor": 2.5, "at_least": 10, "min_sources": 4},
    )

    assert settings == AlertSettings(
        to=("editors", "newsroom-chat"),
        group_wait_seconds=0,
        group_interval_seconds=90,
        repeat_interval_seconds=7_200,
        acknowledge_within_seconds=900,
        escalate=(Escalation(900, "duty-officer"), Escalation(2_700, "chief-editor")),
        resolve_after_seconds=43_200,
        surge=SurgeSettings(window_seconds=1_800, factor=2.5, at_least=10, min_sources=4),
    )


def test_what_is_left_out_has_defaults() -> None:
    assert make_watch_topic().alert == AlertSettings()
    assert read() == AlertSettings()
    assert read(surge={}).surge == SurgeSettings()


def test_one_receiver_needs_no_list() -> None:
    assert read(to="editors").to == ("editors",)
    assert read(to="editors.ru_night-2").to == ("editors.ru_night-2",)


def test_digest_stands_alone() -> None:
    assert read(digest="1h").digest_seconds == 3_600
    assert read(digest="1h", repeat_interval="1d", acknowledge_within="2h").acknowledge_within_seconds == 7_200


def test_escalation_may_begin_later_than_the_time_to_answer_ends() -> None:
    assert read(acknowledge_within="10m", escalate=[{"after": "1h", "to": "x"}]).escalate == (
        Escalation(3_600, "x"),
    )


def test_answer_may_be_asked_for_without_an_escalation() -> None:
    assert read(acknowledge_within="10m").escalate == ()


def test_rise_needs_no_score_to_alert_at() -> None:
    assert make_watch_topic(alert={"surge": {}, "to": "editors"}).alert.surge == SurgeSettings()
    assert problems_of(alert={"to": "editors"})


WITHIN = {"acknowledge_within": "15m"}


@pytest.mark.parametrize(
    ("alert", "found", "expected"),
    [
        ({"receiver": "editors"}, "unknown field 'receiver'", "one of to, group_wait"),
        ({"to": ["Editors"]}, "'Editors'", "small letters"),
        ({"to": "the editors"}, "'the editors'", "small letters"),
        ({"to": "редакция"}, "'редакция'", "small letters"),
        ({"to": "x" * 101}, "'xxx", "small letters"),
        ({"to": []}, "a list of 0", "at least one receiver"),
        ({"to": ["a", "a"]}, "'a' a second time", "each receiver once"),
        ({"to": {"a": 1}}, "a mapping of 1", "a receiver's name, or a list of them"),
        ({"to": [7]}, "7 (a number)", "a receiver's name"),
        ({"group_wait": "-1s"}, "'-1s'", "30s, 15m"),
        ({"group_interval": "0s"}, "'0s'", "group_interval: longer than zero"),
        ({"repeat_interval": "0m"}, "'0m'", "repeat_interval: longer than zero"),
        ({"digest": "0h"}, "'0h'", "digest: longer than zero"),
        ({"acknowledge_within": "0s"}, "'0s'", "acknowledge_within: longer than zero"),
        ({"resolve_after": "0d"}, "'0d'", "resolve_after: longer than zero"),
        ({"resolve_after": "3 days"}, "'3 days'", "resolve_after: a duration"),
        ({"digest": "1h", "group_interval": "5m"}, "group_interval beside digest", "not both"),
        ({"digest": "1h", "group_wait": "5m"}, "group_wait beside digest", "not both"),
        (WITHIN | {"digest": "1h"}, "digest 1h, after which nobody", "shorter than acknowledge_within (15m)"),
        (WITHIN | {"group_wait": "15m"}, "group_wait 15m, after which nobody", "shorter than acknowledge_within"),
        ({"escalate": [{"after": "15m", "to": "x"}]}, "no acknowledge_within", "acknowledge_within beside it"),
        (WITHIN | {"escalate": [{"to": "x"}]}, "without after or to", "both"),
        (WITHIN | {"escalate": [{"after": "10m", "to": "x"}]}, "'10m'", "at least acknowledge_within (15m)"),
        (WITHIN | {"escalate": [{"after": "20m", "to": "Chief"}]}, "'Chief'", "small letters"),
        (
            WITHIN | {"escalate": [{"after": "20m", "to": "x"}, {"after": "20m", "to": "y"}]},
            "'20m'",
            "longer than in the step before",
        ),
        ({"surge": True}, "True (true or false)", "a mapping such as {at_least: 10}"),
        ({"surge": None}, "nothing", "{} for what it is without settings"),
        ({"surge": {"sources": 3}}, "unknown field 'sources'", "min_sources"),
        ({"surge": {"window": "4m"}}, "'4m'", "between 5m and 1d"),
        ({"surge": {"window": "25h"}}, "'25h'", "between 5m and 1d"),
        ({"surge": {"factor": 1}}, "1 (a number)", "above 1"),
        ({"surge": {"factor": "3x"}}, "'3x'", "above 1"),
        ({"surge": {"factor": float("nan")}}, "nan", "above 1"),
        ({"surge": {"at_least": 0}}, "0 (a number)", "a whole number from 1"),
        ({"surge": {"at_least": 2.5}}, "2.5 (a number)", "a whole number from 1"),
        ({"surge": {"at_least": True}}, "True (true or false)", "a whole number from 1"),
        ({"surge": {"min_sources": 101}}, "101 (a number)", "from 1 to 100"),
    ],
)
def test_mistake_is_told_with_what_was_expected(alert: dict[str, object], found: str, expected: str) -> None:
    told = problems_of(score=SCORE, alert=alert)

    assert any(found in problem.found and expected in problem.expected for problem in told), told


def test_each_mistake_is_told_once() -> None:
    told = problems_of(
        score=SCORE,
        alert={
            "to": "A",
            "digest": "0s",
            "acknowledge_within": "soon",
            "escalate": [{"after": "later", "to": "x"}],
            "surge": {"factor": "x", "window": "1s"},
        },
    )

    assert len(told) == 6
