"""Words keep their place in the original text, and folding makes spellings equal."""

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from worker.domain.text import (
    WORD,
    arabic_letters,
    exact_form,
    fold,
    fold_text,
    is_one_word,
    one_word_bounds,
    tokens,
    without_vowel_signs,
    word_bounds,
    words,
)

LETTERS = "abZéß İıøمحةكيیہאבцйёї莫モ가नि .-\n·_1٣ﷺﬁ\U0001d400\U00020000\u0e33\u0e19'\u2019\""
MARKS = "\u0301\u064b\u0651\u0640\u0308\u0306\u3099\uff9e\u0600\ufe0f\U0001f3fd"
INVISIBLE = "\u200b\u200c\u200d\u200e\u202b\u00ad"
ALPHABET = st.sampled_from(LETTERS + MARKS + INVISIBLE)
SIGNS = st.text(".,:;!?()[]«»“„…–—،؛؟", max_size=3)
TEXTS = st.lists(ALPHABET, max_size=30).map("".join)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("об'єкт и об’єкт", ["об'єкт", "и", "об’єкт"]),
        ("l'attaque d’hier", ["l", "attaque", "d", "hier"]),
        ("צה\"ל ג'ורג", ['צה"ל', "ג'ורג"]),
        ("'слово' \"צהל\"", ["слово", "צהל"]),
        ("莫斯科, モスクワ", ["莫", "斯", "科", "モ", "ス", "ク", "ワ"]),
        ("Mos\u00adcow می\u200cشود", ["Mos\u00adcow", "می\u200cشود"]),
        ("\u200fموسكو\u200f", ["موسكو"]),
        ("#هجوم_موسكو", ["هجوم", "موسكو"]),
        ("Crocus-City 9/11", ["Crocus", "City", "9", "11"]),
        ("ｶﾞｽ", ["ｶﾞ", "ｽ"]),
        ("", []),
        ("… — !", []),
    ],
)
def test_text_is_cut_into_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("MOSCOW", "Ｍｏｓｃｏｗ"),
        ("Straße", "STRASSE"),
        ("Łódź", "lodz"),
        ("Ørsted", "orsted"),
        ("İstanbul", "istanbul"),
        ("ISTANBUL", "ıstanbul"),
        ("cœur", "COEUR"),
        ("ёлка", "елка"),
        ("е\u0308лка", "елка"),
        ("هُجُومٌ", "هجـــوم"),
        ("أمن", "امن"),
        ("مسؤول", "مسئول"),
        ("مسؤول", "مسءول"),
        ("مستشفى", "مستشفي"),
        ("مدرسة", "مدرسه"),
        ("کیا", "كيا"),
        ("ہے", "هي"),
        ("ﻫﺠﻮﻡ", "هجوم"),
        ("٢٠٢٤", "2024"),
        ("۲۰۲۴", "2024"),
        ("Mos\u200bc\u00adow", "moscow"),
        ("שָׁלוֹם", "שלום"),
        ('צה"ל', "צה״ל"),
        ("ΑΘΗΝΑ", "Αθήνα"),
        ("ｶﾞ", "ガ"),
        ("краи\u0306", "край"),
        ("ʼобʼєкт", "об'єкт"),
    ],
)
def test_spellings_of_one_word_fold_to_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("край", "краи"),
        ("її", "іі"),
        ("ў", "у"),
        ("گ", "ك"),
        ("پ", "ب"),
        ("چ", "ج"),
        ("ژ", "ز"),
        ("が", "か"),
        ("की", "का"),
    ],
)
def test_letters_of_their_own_stay(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_exact_form_keeps_case_and_letters_but_no_marks() -> None:
    assert exact_form("دَاعِـش") == "داعش"
    assert exact_form("NA\u00adTO") == "NATO"
    assert exact_form("Café") == "Café"
    assert exact_form("أمن") != exact_form("امن")


@given(TEXTS)
def test_words_never_split_a_grapheme_and_stand_where_they_say(text: str) -> None:
    borders = {0, *(found.end() for found in regex.finditer(r"\X", text))}
    for token in tokens(text):
        assert text[token.start : token.end] == token.raw
        assert token.start in borders
        assert token.end in borders


@given(TEXTS)
def test_quick_and_full_expressions_find_the_same_words(text: str) -> None:
    assert words(text) == WORD.findall(text)
    assert word_bounds(text) == tuple((token.start, token.end) for token in tokens(text))


@given(TEXTS)
def test_words_are_the_same_when_a_text_is_cut_at_spaces_first(text: str) -> None:
    pieces = text.replace("\n", " ").split(" ")

    assert [word for piece in pieces for word in words(piece)] == words(text)
    assert all(words(word) == [word] for word in words(text))
    assert all(words(piece) == [piece] for piece in pieces if is_one_word(piece))


@given(TEXTS)
def test_bounds_of_an_only_word_are_those_that_all_words_have(text: str) -> None:
    for piece in [*text.split(), *words(text)]:
        if len(word_bounds(piece)) == 1:
            assert one_word_bounds(piece) == word_bounds(piece)[0]


def test_bounds_of_an_only_word_hold_for_every_character_at_its_ends() -> None:
    for sign in map(chr, range(0x20, 0x11000)):
        for piece in (f"{sign}ab", f"ab{sign}", f"«{sign}a{sign},", sign, f"ن{sign}"):
            if len(word_bounds(piece)) == 1:
                assert one_word_bounds(piece) == word_bounds(piece)[0], piece.encode("unicode_escape")


def test_letters_come_out_the_same_with_and_without_a_sign_that_is_dropped() -> None:
    # The sign keeps a word from the quick way for words of letters alone.
    for raw in map(chr, range(0x400, 0x700)):
        for changed in (fold, exact_form, arabic_letters):
            assert changed(raw) == changed(raw + "\u200d")
            assert changed("ابй" + raw) == changed("ابй" + raw + "\u200d")


@example("éц")
@example("øц")
@example("ḂЇ")
@given(TEXTS)
def test_folding_a_folded_word_changes_nothing(text: str) -> None:
    for raw in words(text):
        assert fold(fold(raw)) == fold(raw)


@given(st.one_of(TEXTS, st.tuples(SIGNS, st.sampled_from(["Kyiv", "تطبيق", "сёл"]), SIGNS).map("".join)))
def test_bounds_are_those_of_the_tokens(text: str) -> None:
    bounds = tuple((token.start, token.end) for token in tokens(text))

    assert word_bounds(text) == bounds


@given(st.text("ابتةأإآؤئىيكله\u0640\u064b\u064e\u0651\u0652", min_size=1))
def test_vowel_signs_and_tatweel_make_no_other_word(raw: str) -> None:
    bare = without_vowel_signs(raw)

    for form in (fold, exact_form, arabic_letters):
        assert form(bare) == form(raw)


def test_fold_text_leaves_words_and_single_spaces() -> None:
    assert fold_text("«Крокус-Сити»,\nМосква!") == "крокус сити москва"
