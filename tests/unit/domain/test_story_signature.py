"""By which a story is known."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.domain.story_signature import StorySignature, story_signature
from worker.domain.story_words import NAMES_KEPT, stem

ARABIC = (
    "أعلن حاكم منطقة بيلغورود الروسية فياتشيسلاف غلادكوف، الثلاثاء، إصابة خمسة مدنيين بينهم طفل في هجوم بطائرات "
    "مسيرة أوكرانية على قرية غورا بودول القريبة من الحدود. وقال غلادكوف عبر تلغرام إن مسيرتين انفجرتا فوق منزلين "
    "واشتعلت النيران في سيارتين، وإن المصابين نقلوا إلى مستشفى في مدينة بيلغورود."
)
RUSSIAN = (
    "Дамба на реке Урал в Орске прорвалась вечером в пятницу, под воду ушли около 2,5 тысячи домов в Старом "
    "городе, сообщил мэр Василий Козупица. Эвакуированы более 4 тысяч человек, в пунктах размещения ночуют почти "
    "800 жителей. Уровень реки поднялся до 9,3 метра."
)
ENGLISH = (
    "Ukrainian drones struck the Engels air base in Russia's Saratov region early on Monday, killing three "
    "servicemen with falling debris, the defence ministry in Moscow said. Governor Roman Busargin "
    "said on Telegram "
    "that no civilian sites were damaged, and that there was no threat to residents of Engels."
)
TEXTS = {"ar": ARABIC, "ru": RUSSIAN, "en": ENGLISH}
PINNED = ["fb410e54a2129bbb", "4fa24d2666d1cd30", "68f7e5ba988993ba"]
languages = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)


def _with_vowel_signs(text: str) -> str:
    return "".join(letter + "\u064e" if "\u0628" <= letter <= "\u064a" else letter for letter in text)


@languages
def test_it_does_not_change_with_the_signs_between_the_words(text: str) -> None:
    changed = "\n  " + text.replace("، ", " ؛ ").replace(", ", " ; ").replace(" ", "\u00a0 ") + " …"
    assert story_signature(None, changed).same_words == story_signature(None, text).same_words
    assert story_signature(None, changed).sketch == story_signature(None, text).sketch


@languages
def test_words_and_sketch_do_not_change_with_letter_case(text: str) -> None:
    one, other = story_signature(None, text), story_signature(None, text.upper())
    assert (one.same_words, one.sketch, one.words) == (other.same_words, other.sketch, other.words)


@pytest.mark.parametrize(
    "change",
    [
        _with_vowel_signs,
        lambda text: text.replace("غلادكوف", "غلادكـــوف"),
        lambda text: text.replace("أ", "ا").replace("إ", "ا"),
        lambda text: text.replace("ة ", "ه "),
        lambda text: text.replace("، ", " "),
    ],
    ids=["vowel signs", "tatweel", "hamza", "ta marbuta", "commas"],
)
def test_an_arabic_signature_does_not_change_with_its_spelling(change: Callable[[str], str]) -> None:
    assert story_signature("عنوان", change(ARABIC)) == story_signature("عنوان", ARABIC)


@languages
def test_the_headline_of_an_article_is_no_part_of_its_text(text: str) -> None:
    one, other = story_signature("Экстренное сообщение", text), story_signature(None, text)
    assert (one.same_words, one.sketch) == (other.same_words, other.sketch)


def test_of_a_flash_the_headline_is_a_part() -> None:
    alone = story_signature("Взрыв в Казани", "")
    assert alone.same_words == story_signature(None, "Взрыв в Казани").same_words
    assert alone.same_words != story_signature("Взрыв в Саратове", "").same_words
    assert (
        story_signature("Взрыв в Казани", "Видео").same_words != story_signature("Град в Уфе", "Видео").same_words
    )


def test_the_names_tell_the_event_and_not_what_every_report_has() -> None:
    names = set(story_signature("Drones hit Russian bomber base at Engels", ENGLISH).names)
    assert {stem("Engels"), stem("Saratov"), stem("Busargin"), stem("bomber")} <= names
    assert not names & {
        stem(word) for word in ("the", "said", "Moscow", "Russian", "Telegram", "Governor", "killing")
    }
    # Roman Busargin is one name.
    assert stem("Roman") not in names


@pytest.mark.parametrize(
    ("forms", "expected"),
    [
        (("كروكوس", "بكروكوس", "وكروكوس", "لكروكوس"), 1),
        (("مصفاة", "المصفاة", "والمصفاة", "للمصفاة", "بالمصفاة"), 1),
        (("Бортников", "Бортникова", "Бортникову", "Бортниковым"), 1),
        (("Казань", "Казани", "Казанью"), 1),
        (("refinery", "Refinery"), 1),
        (("bomber", "bombers"), 1),
        (("американский", "Керман"), 2),
    ],
)
def test_clitics_and_cases_do_not_split_a_name(forms: tuple[str, ...], expected: int) -> None:
    assert len({stem(form) for form in forms}) == expected


def test_a_long_text_has_a_short_signature() -> None:
    text = " ".join(f"слово{number} город{number}" for number in range(20_000))
    signature = story_signature("Заголовок", text)
    assert len(signature.names) <= NAMES_KEPT
    assert len(signature.sketch) == 128
    assert len(msgspec.json.encode(signature)) < 2_500


def test_an_empty_text_has_a_signature() -> None:
    empty = story_signature(None, "")
    assert (empty.sketch, empty.names, empty.words) == (b"", (), 0)


@given(st.text(max_size=300), st.one_of(st.none(), st.text(max_size=60)))
def test_any_text_has_one_and_it_survives_json(text: str, title: str | None) -> None:
    signature = story_signature(title, text)
    assert signature == story_signature(title, text)
    coded = msgspec.json.decode(msgspec.json.encode(signature), type=StorySignature)
    assert coded == signature


def test_it_is_the_same_in_another_process_and_for_ever() -> None:
    code = (
        "import sys, json; from worker.domain.story_signature import story_signature as s; import msgspec;"
        "sys.stdout.buffer.write(msgspec.json.encode([s('Заголовок', t) for t in json.loads(sys.argv[1])]))"
    )
    made = subprocess.run(
        [sys.executable, "-c", code, json.dumps(list(TEXTS.values()))],
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[3],
        env={"PYTHONHASHSEED": "7"},
    ).stdout
    here = [story_signature("Заголовок", text) for text in TEXTS.values()]
    assert msgspec.json.decode(made, type=list[StorySignature]) == here
    # Stored signatures are compared with new ones: a release that changes these must read its stories anew.
    assert [signature.sketch[:8].hex() for signature in here] == PINNED
