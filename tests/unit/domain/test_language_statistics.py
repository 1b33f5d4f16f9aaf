"""Both makes of langdetect: the same answers, and the reference where they are not."""

import tomllib
from pathlib import Path
from types import SimpleNamespace

import langdetect
import langdetect_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.domain import language_statistics
from worker.domain.language_statistics import load_profiles, probabilities

SENTENCES: dict[str, list[str]] = tomllib.loads(
    (Path(__file__).parent / "sentences.toml").read_text(encoding="utf-8")
)
load_profiles()


def by_reference(text):
    try:
        return [(found.lang, found.prob) for found in langdetect.detect_langs(text)]
    except langdetect.LangDetectException:
        return []


@pytest.fixture
def fresh():
    """Profiles not yet loaded, before the test and after it."""
    load_profiles.cache_clear()
    yield
    load_profiles.cache_clear()


def test_the_quick_make_answers_where_the_two_agree(fresh):
    assert load_profiles() == "langdetect_rs"


def test_langdetect_itself_answers_where_the_two_part(fresh, monkeypatch):
    other = SimpleNamespace(lang="tlh", prob=0.99)
    monkeypatch.setattr(langdetect_rs, "detect_langs", lambda text: [other])
    assert load_profiles() == "langdetect"
    assert probabilities(SENTENCES["ru"][0]) == by_reference(SENTENCES["ru"][0])


@pytest.mark.parametrize("code", list(SENTENCES))
def test_probabilities_are_langdetects_to_the_last_bit(code):
    for sentence in [*SENTENCES[code], " ".join(SENTENCES[code])]:
        assert probabilities(sentence) == by_reference(sentence)


@given(st.text(max_size=200))
def test_probabilities_are_langdetects_for_any_text(text):
    assert probabilities(text) == by_reference(text)


def test_no_probability_where_nothing_tells():
    assert probabilities("12.5.2024 – 17:30") == []


def test_each_probe_is_one_that_statistics_can_tell():
    assert all(probabilities(probe) for probe in language_statistics.PROBES)
