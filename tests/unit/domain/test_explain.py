"""An explanation says which part of the condition held, where, what it weighed and what was lacking."""

import msgspec
import pytest

from tests.unit.domain.watch_topic_maker import letters, make_watch_topic
from worker.domain.explain import Explanation, explain
from worker.domain.matcher import Matcher


def explanation(condition: str, text: str, title: str | None = None, **score: object) -> Explanation:
    topic = make_watch_topic(terms=letters("alpha", "beta", "gamma"), condition=condition, score=score or None)
    return explain(Matcher([topic]), topic.id, title, text)


def test_match_is_explained_with_words_places_and_weights() -> None:
    found = explanation(
        "alpha near/2 beta and not gamma",
        "alpha x beta",
        "alpha",
        title_boost=2,
        tag_at=1,
        alert_at=3,
        weights={"beta": 0.5},
    )

    assert (found.level, found.score, found.condition.holds) == ("tag", 2.5, True)
    near, negation = found.condition.parts
    assert [(place.field, place.start, place.end, place.text) for place in near.places] == [
        ("text", 0, 12, "alpha x beta")
    ]
    assert [(place.field, place.text, place.term) for place in near.parts[0].places] == [
        ("title", "alpha", "alpha"),
        ("text", "alpha", "alpha"),
    ]
    assert negation.holds
    assert [(c.group, c.found, c.in_title, c.adds) for c in found.contributions] == [
        ("alpha", True, True, 2.0),
        ("beta", True, False, 0.5),
        ("gamma", False, False, 0.0),
    ]
    assert found.lacking == ["score 2.5, 0.5 below alert_at 3"]


def test_part_inside_of_a_zone_is_missed_in_that_zone_and_each_reason_is_told_once() -> None:
    found = explanation("(title:(alpha or beta) or alpha before/1 beta) and gamma", "beta alpha gamma")
    inner = [part.lacking for part in found.condition.parts[0].parts[0].parts[0].parts]
    assert inner == ["no term of alpha is found in the title", "no term of beta is found in the title"]
    twice = explanation("(alpha and gamma) or (beta and gamma)", "x")
    assert twice.lacking.count("gamma: no term of gamma is found") == 1


@pytest.mark.parametrize(
    ("condition", "text", "lacking"),
    [
        (
            "alpha and beta and gamma",
            "alpha",
            ["beta: no term of beta is found", "gamma: no term of gamma is found"],
        ),
        (
            "alpha near/1 beta and gamma",
            "alpha x x beta gamma",
            ["alpha near/1 beta: both found, but never with at most 1 words between"],
        ),
        ("alpha and not beta and gamma", "alpha beta gamma", ["not beta: found, though it must not be: beta"]),
        ("alpha before/9 beta and gamma", "beta alpha gamma", ["words between and in this order"]),
        ("title:alpha and beta and gamma", "alpha beta gamma", ["title:alpha: not found in the title"]),
        ("alpha and beta and gamma and 'one two'", "alpha beta gamma", ['"one two": "one two" is not found']),
    ],
)
def test_miss_says_what_was_lacking(condition: str, text: str, lacking: list[str]) -> None:
    found = explanation(condition, text)

    assert (found.level, found.condition.holds) == ("none", False)
    assert len(found.lacking) == len(lacking)
    assert all(expected in reason for expected, reason in zip(lacking, found.lacking, strict=True))


def test_too_low_a_score_is_lacking_too() -> None:
    found = explanation("alpha or beta or gamma", "alpha", tag_at=2)

    assert (found.level, found.lacking) == ("none", ["score 1, 1 below tag_at 2"])


def test_level_and_score_are_those_of_the_match() -> None:
    topic = make_watch_topic(score={"tag_at": 1, "alert_at": 2})
    matcher = Matcher([topic])
    article = ("News", "An attack near Moscow")

    (match,) = matcher.match(*article)
    found = explain(matcher, topic.id, *article)

    assert (found.level, found.score, found.version) == (match.level, match.score, match.version)


def test_patterns_and_scopes_show_their_groups() -> None:
    found = explanation("any of * and title:(alpha or beta) and gamma", "gamma", "beta")
    pattern, scope, _ = found.condition.parts

    assert [(part.condition, part.holds) for part in pattern.parts] == [
        ("alpha", False),
        ("beta", True),
        ("gamma", True),
    ]
    assert [(part.condition, part.holds) for part in scope.parts[0].parts] == [("alpha", False), ("beta", True)]


def test_explanation_goes_into_json_and_back() -> None:
    found = explanation("alpha and not beta and gamma", "alpha gamma")

    assert msgspec.json.decode(msgspec.json.encode(found), type=Explanation) == found


def test_unknown_watch_topic_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        explain(Matcher([]), "nothing", None, "text")
