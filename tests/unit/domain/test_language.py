"""Languages told apart on single sentences, and what cannot be told."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.domain.language import UNDETERMINED, detect

SENTENCES: dict[str, list[str]] = tomllib.loads(
    (Path(__file__).parent / "sentences.toml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("code", list(SENTENCES))
def test_a_single_sentence_tells_its_language(code: str) -> None:
    wrong = {sentence: detect(sentence).code for sentence in SENTENCES[code] if detect(sentence).code != code}
    assert wrong == {}


def test_the_six_languages_of_the_issue_are_tested_on_twenty_sentences_each() -> None:
    assert all(len(SENTENCES[code]) >= 20 for code in ("ar", "fa", "ur", "ru", "uk", "en"))


@pytest.mark.parametrize(
    "text", ["", " ", "12.5.2024 – 17:30", "!!! ???", "Kyiv", "موسكو", "😀" * 50, "\x00\ud800"]
)
def test_text_without_letters_or_too_short_is_undetermined(text: str) -> None:
    assert detect(text) == UNDETERMINED


@given(st.text(max_size=300))
def test_any_text_gets_an_answer_and_always_the_same(text: str) -> None:
    first = detect(text)
    assert first == detect(text)
    assert 0.0 <= first.confidence <= 1.0
    assert (first.code == "und") == (first.confidence == 0.0)


def test_persian_typed_on_an_arabic_keyboard_is_persian() -> None:
    assert detect("رئيس جمهور گفت كه اين تصميم براي كشور مهم است و بايد اجرا شود.").code == "fa"


def test_foreign_names_in_an_arabic_text_do_not_make_it_another_language() -> None:
    assert detect("قالت شركة Google إن تطبيق YouTube سيتوقف عن العمل في البلاد، وفق وكالة Reuters.").code == "ar"


def test_an_arabic_quotation_at_the_head_of_a_long_english_text_does_not_decide() -> None:
    text = SENTENCES["ar"][0] + " " + " ".join(SENTENCES["en"] * 5)
    assert detect(text).code == "en"


def test_a_long_text_is_read_in_part_only() -> None:
    head, middle = (
        "The minister said on Monday that talks would go on. " * 40,
        "Переговоры продолжатся. " * 10_000,
    )
    assert detect(head[:2_000] + middle).code == "en"
