"""How an analyst's term is read."""

import pytest

from worker.domain.term import EQUAL, EXACT, FORMS, WILDCARD, TermError, parse_term


@pytest.mark.parametrize(
    ("source", "kinds"),
    [
        ("mass shooting", [FORMS, FORMS]),
        ("=NATO", [EXACT]),
        ("=Al-Qaeda", [EXACT, EXACT]),
        ("Moscow =Attack", [FORMS, EXACT]),
        ("x=y", [FORMS, FORMS]),
        ("terror* cell?", [WILDCARD, WILDCARD]),
        ("莫斯科", [EQUAL, EQUAL, EQUAL]),
        ("22 March", [EQUAL, FORMS]),
    ],
)
def test_words_of_a_term_know_how_they_are_compared(source: str, kinds: list[str]) -> None:
    assert [word.kind for word in parse_term(source, "en").words] == kinds


def test_only_characters_of_unspaced_scripts_must_touch() -> None:
    assert parse_term("IS 組織", "ja").joined == (False, False, True)
    assert parse_term("mass shooting", "en").joined == (False, False)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("…", "without a word"),
        ("", "without a word"),
        ("*", "without a word"),
        ("* ?", "without a word"),
        ("=", "without a word"),
        ("attack *", "'*'"),
        ("a*", "'a*'"),
        ("=NAT*", "wildcard in the exact term"),
        ("of =NAT*", "wildcard in the exact term"),
        ("莫*", "'*'"),
        ("abc莫*科", "'*'"),
    ],
)
def test_term_that_can_match_nothing_is_refused(source: str, found: str) -> None:
    with pytest.raises(TermError) as caught:
        parse_term(source, "en")

    assert found in caught.value.found
    assert caught.value.expected
