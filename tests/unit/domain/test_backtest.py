"""Two versions of a watch topic on one article: what changed, and why."""

import pytest
from watch_topic_maker import make_watch_topic

from worker.domain.backtest import kind_of_change, reasons, side
from worker.domain.matcher import Matcher

TERMS = {"place": {"en": ["Moscow"], "ru": ["Москва"]}, "attack": {"en": ["attack"], "ru": ["нападение"]}}
TEXT = "Gunmen opened fire at a concert hall outside Moscow."
CONDITION = "place near/15 attack"


def matcher(**fields) -> Matcher:
    return Matcher([make_watch_topic(**{"terms": TERMS, "condition": CONDITION, **fields})])


def why(before: Matcher | None, after: Matcher, text: str, title: str | None = None) -> list[str]:
    return reasons(before, after, "some-topic", title, text)


def with_attack(*terms: str) -> dict:
    return {**TERMS, "attack": {"en": list(terms)}}


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("none", "tag", "gained"),
        ("none", "alert", "gained"),
        ("alert", "none", "lost"),
        ("tag", "alert", "level"),
        ("alert", "tag", "level"),
        ("tag", "tag", None),
        ("none", "none", None),
    ],
)
def test_change_is_named_by_the_levels_before_and_after(before, after, kind):
    assert kind_of_change(before, after) == kind


def test_side_of_no_match_is_level_none_without_spans():
    assert (side(None).level, side(None).spans) == ("none", [])


def test_gained_match_names_the_term_that_was_added_and_the_words_it_finds():
    said = why(matcher(), matcher(terms=with_attack("attack", "gunman")), TEXT)
    assert said[0] == "attack: 'Gunmen' is found by the term 'gunman', which was added"
    assert said[-1].startswith("score 2 (was 1), tag_at 1")
    assert f"{CONDITION} holds (before, not found: attack)" in said


def test_lost_match_names_the_term_that_was_removed():
    said = why(matcher(terms=with_attack("attack", "gunman")), matcher(), TEXT)
    assert said[0] == "attack: 'Gunmen' is no longer found by the term 'gunman', which was removed"
    assert f"{CONDITION} does not hold: not found: attack (it held before)" in said


def test_term_in_both_files_that_finds_by_another_language_is_not_said_to_be_added():
    before = matcher(terms={**TERMS, "attack": {"ru": ["gunman"]}})
    after = matcher(terms={**TERMS, "attack": {"en": ["gunman"]}})
    assert why(before, after, TEXT)[0] == "attack: 'Gunmen' is found by the term 'gunman'"


def test_match_lost_to_a_new_not_names_the_words_that_forbid_it():
    terms = {**TERMS, "drones": {"en": ["drone"]}}
    text = "A drone attack on Moscow was repelled."
    said = why(matcher(), matcher(terms=terms, condition=f"{CONDITION} and not drones"), text)
    assert "drones: 'drone' is found by the term 'drone', which was added" in said
    assert any(reason.startswith("not drones does not hold: found, though it must not be") for reason in said)


def test_lifted_not_that_stood_in_nobodys_way_is_no_reason():
    terms = {**TERMS, "drones": {"en": ["drone"]}}
    before = matcher(terms=terms, condition=f"{CONDITION} and not drones")
    after = matcher(terms=with_attack("attack", "gunman"))
    assert not any("drones" in reason for reason in why(before, after, TEXT))


def test_wider_distance_is_the_reason_when_words_stand_too_far_apart():
    before, after = matcher(condition="place near/1 attack"), matcher(condition="place near/9 attack")
    said = why(before, after, "An attack on a hall outside Moscow")
    assert said[0] == "place near/9 attack holds (new)"
    assert any(
        reason.startswith("place near/1 attack is no longer in the condition (both found") for reason in said
    )


def test_change_of_level_names_weights_and_thresholds():
    before = matcher(score={"title_boost": 2, "alert_at": 4})
    after = matcher(score={"title_boost": 2, "weights": {"attack": 3}, "alert_at": 3})
    said = why(before, after, "Нападение в Москве")
    assert said == ["attack adds 3, was 1 (weight 3, was 1)", "score 4 (was 2), tag_at 1, alert_at 3 (was 4)"]


def test_watch_topic_that_was_not_there_before_is_the_reason():
    assert why(None, matcher(), TEXT) == ["the watch topic is new"]
    assert why(Matcher([make_watch_topic(id="another")]), matcher(), TEXT) == ["the watch topic is new"]
