"""A watch topic's file is read whole, and everything that is wrong with it is told at once."""

import pytest

from tests.unit.domain.watch_topic_maker import letters, make_watch_topic, problems_of, watch_topic_data
from worker.domain.alert_settings import Escalation
from worker.domain.source_tree import tree_of
from worker.domain.watch_topic import content_version
from worker.domain.watch_topic_file import read_watch_topic
from worker.domain.watch_topic_tests import run_tests


def test_every_field_is_read() -> None:
    topic = make_watch_topic(
        description="What belongs here.",
        status="experimental",
        severity="critical",
        labels={"desk": "security"},
        score={"weights": {"place": 2}, "title_boost": 1.5, "tag_at": 2, "alert_at": 3},
        alert={
            "group_wait": "1m",
            "group_interval": "90s",
            "repeat_interval": "4h",
            "acknowledge_within": "15m",
            "escalate": [{"after": "1d", "to": "duty-officer"}],
        },
        tests=[{"text": "Moscow attack", "title": "T", "expect": "alert", "spans": ["Moscow"]}],
    )

    assert (topic.status, topic.severity, topic.labels) == ("experimental", "critical", {"desk": "security"})
    assert (topic.score.weights, topic.score.title_boost) == ({"place": 2.0}, 1.5)
    assert (topic.score.tag_at, topic.score.alert_at) == (2.0, 3.0)
    alert = topic.alert
    assert (alert.group_wait_seconds, alert.group_interval_seconds, alert.repeat_interval_seconds) == (
        60,
        90,
        14_400,
    )
    assert (alert.acknowledge_within_seconds, alert.escalate) == (900, (Escalation(86_400, "duty-officer"),))
    assert topic.tests[0].spans == ("Moscow",)
    assert topic.terms["place"] == {"en": ("Moscow",)}


def test_what_is_left_out_has_defaults() -> None:
    topic = make_watch_topic()

    assert (topic.status, topic.severity, topic.score.alert_at, topic.tests) == ("stable", "medium", None, ())
    assert topic.alert.acknowledge_within_seconds is None


def test_version_is_a_hash_of_the_content_whatever_its_order() -> None:
    data = watch_topic_data()

    assert make_watch_topic().version == content_version(dict(reversed(data.items())))
    assert len(make_watch_topic().version) == 12
    assert make_watch_topic(title="Another").version != make_watch_topic().version


@pytest.mark.parametrize(
    ("fields", "found", "expected"),
    [
        ({"colour": "red"}, "unknown field 'colour'", "one of schema"),
        ({"schema": "watch-topic/v2"}, "'watch-topic/v2'", "watch-topic/v1"),
        ({"id": "Moscow Attack"}, "'Moscow Attack'", "small letters"),
        ({"id": "-moscow"}, "'-moscow'", "small letters"),
        ({"id": None}, "no id", "the field id"),
        ({"title": 7}, "7 (a number)", "text"),
        ({"title": " "}, "' '", "text"),
        ({"status": "new"}, "'new'", "experimental, test, stable, deprecated"),
        ({"severity": "urgent"}, "'urgent'", "informational"),
        ({"labels": ["a"]}, "a list of 1", "labels"),
        ({"labels": {"a": 1}}, "1 (a number)", "text"),
        ({"terms": {}}, "a mapping of 0", "at least one group"),
        ({"terms": {"place": ["Moscow"]}}, "a list of 1", "terms by language"),
        ({"terms": {"place": {"en": "Moscow"}}}, "'Moscow'", "a list of terms"),
        ({"terms": {"place": {"en": []}}}, "a list of 0", "at least one term"),
        ({"terms": {"place": {"english": ["x"]}}}, "language 'english'", "ar, ru, en"),
        ({"terms": {"my place": {"en": ["x"]}}}, "group 'my place'", "begins with a letter"),
        ({"terms": {"place": {"en": ["…"]}, "attack": {"en": ["x"]}}}, "without a word", "letter or digit"),
        ({"terms": {"place": {"en": ["x y", "x y"]}, "attack": {"en": ["x"]}}}, "a second time", "once"),
        ({"terms": letters("place", "attack", "crowd")}, "'crowd', which the condition never uses", "all groups"),
        ({"condition": "place and attak and attack"}, "group 'attak'", "one of the groups place, attack"),
        ({"condition": "place and"}, "the end of the condition", "a group's name"),
        ({"condition": "not place and not attack"}, "holds when no term is found", "must be found"),
        ({"condition": "place or not attack"}, "holds when no term is found", "must be found"),
        ({"condition": "not place near/3 not attack"}, "'not' on both sides", "found somewhere"),
        ({"condition": "place and attack and any of x_*"}, "which 0 groups fit", "a pattern"),
        ({"condition": "place and attack and '…'"}, "without a word", "letter or digit"),
        ({"score": {"weights": {"plaice": 1}}}, "'plaice', which is no group", "place, attack"),
        ({"score": {"weights": {"place": "high"}}}, "'high'", "a number"),
        ({"score": {"alert_at": 3}}, "alert_at 3, but all weights together give 2", "can be reached"),
        ({"score": {"tag_at": 3}}, "tag_at 3, but all weights together give 2", "can be reached"),
        ({"score": {"weights": {"place": 0, "attack": 0}}}, "tag_at 1, but", "can be reached"),
        ({"score": {"tag_at": 2, "alert_at": 1}}, "tag_at 2 above alert_at 1", "at most alert_at"),
        ({"score": {"title_boost": 0.5}}, "0.5", "at least 1"),
        ({"score": {"boost": 2}}, "unknown field 'boost'", "title_boost"),
        ({"score": {"alert_at": 2}, "alert": {"group_wait": "soon"}}, "'soon'", "30s, 15m"),
        ({"score": {"alert_at": 2}, "alert": {"group_wait": 60}}, "60", "30s, 15m"),
        ({"score": {"alert_at": 2}, "alert": {"escalate": [{"to": "x"}]}}, "without after or to", "both"),
        ({"alert": {"group_wait": "1m"}}, "no score.alert_at", "score.alert_at"),
        ({"tests": [{"text": "x"}]}, "without text or expect", "both"),
        ({"tests": [{"text": "x", "expect": "yes"}]}, "'yes'", "none, tag, alert"),
        (
            {"tests": [{"text": "x", "expect": "none", "spans": ["x"]}]},
            "spans in a test that expects none",
            "no spans",
        ),
        ({"tests": {"text": "x"}}, "a mapping", "a list of tests"),
    ],
)
def test_mistake_is_told_with_what_was_expected(fields: dict[str, object], found: str, expected: str) -> None:
    told = problems_of(**fields)

    assert any(found in problem.found and expected in problem.expected for problem in told), told


def test_all_mistakes_are_told_at_once() -> None:
    told = problems_of(
        id="A B", severity="urgent", colour="red", score={"weights": {"x": 1}}, tests=[{"text": "t"}]
    )

    assert len(told) == 5


def test_negated_groups_do_not_count_towards_what_can_be_reached() -> None:
    assert problems_of(condition="place and not attack", score={"alert_at": 2})
    assert not problems_of(condition="place and not attack", score={"alert_at": 2, "title_boost": 2})


@pytest.mark.parametrize("root", [None, "text", [], 7])
def test_file_that_is_no_mapping_is_one_problem(root: object) -> None:
    topic, told = read_watch_topic(tree_of(root))

    assert topic is None
    assert len(told) == 1


def test_own_tests_that_hold_give_no_failure() -> None:
    topic = make_watch_topic(
        score={"tag_at": 1, "alert_at": 4, "title_boost": 2},
        tests=[
            {"text": "Moscow attacks", "expect": "tag", "spans": ["attacks", "Moscow"]},
            {"title": "Moscow attack", "text": "more", "expect": "alert", "spans": ["attack"]},
            {"text": "Moscow fair", "expect": "none"},
        ],
    )

    assert run_tests(topic) == []


def test_own_tests_that_fail_say_what_was_found() -> None:
    topic = make_watch_topic(
        tests=[
            {"text": "Moscow attack", "expect": "none"},
            {"text": "Moscow fair", "expect": "tag"},
            {"text": "Moscow attack", "expect": "tag", "spans": ["Moscow attack"]},
        ],
    )

    found = [(failure.expected, failure.found) for failure in run_tests(topic)]

    assert found == [
        ("none", "tag (score 2), spans ['Moscow', 'attack']"),
        ("tag", "none"),
        ("spans ['Moscow attack']", "spans ['Moscow', 'attack']"),
    ]
