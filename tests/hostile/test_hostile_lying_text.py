"""Text that lies: what is invisible is shown, matched as what it looks like, and spans lie on the original."""

import re
from datetime import UTC, datetime
from io import StringIO

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from tests.hostile.fuzzing import fuzzed
from tests.records import MARCH_24, raised_alert
from worker.adapters.topic_files import parse_watch_topic
from worker.domain.alert_event import AlertEvent
from worker.domain.article import Sentence, Span
from worker.domain.evidence import evidence
from worker.domain.homoglyphs import is_mixed, one_script
from worker.domain.matcher import Matcher
from worker.domain.visible import spell_out
from worker.entrypoints.alerts_trail import print_change, print_history
from worker.entrypoints.alerts_view import print_alert_in_full, print_list
from worker.entrypoints.demo_view import print_alert, print_answer
from worker.entrypoints.terminal import mark

WATCH_TOPIC = """\
schema: watch-topic/v1
id: crocus
title: Crocus
terms:
  venue: {ar: ['كروكوس'], ru: ['Крокус'], en: ['Crocus City', '=CNN']}
condition: venue
tests:
  - {text: 'Crocus City', expect: tag, spans: ['Crocus City']}
"""
MATCHER = Matcher([parse_watch_topic(WATCH_TOPIC.encode())[0]])
HOSTILE = (
    "Attack\u202e\u2066gnp.exe\u2069 \x1b[31mred\x1b[0m\x9b2J\r\n\x07al\u200bert\U000e0041 \u2028⟦CRITICAL⟧ \x7f"
)


def found(text):
    return [span.text for match in MATCHER.match(None, text) for span in match.spans]


INVISIBLE = [
    "\u00ad",
    "\u061c",
    "\u200b",
    "\u200c",
    "\u200d",
    "\u200e",
    "\u200f",
    "\u202a",
    "\u202b",
    "\u202c",
    "\u202d",
    "\u202e",
    "\u2060",
    "\u2061",
    "\u2066",
    "\u2067",
    "\u2068",
    "\u2069",
    "\ufeff",
    "\ufe0f",
    "\U000e0041",
    "\U000e0101",
    "\u034f",
]

MOST_CHARACTERS_OF_EVIDENCE = 2_000
SELECTORS = "\ufe0f\U000e0101"
"""Variation selectors: one behind a letter may stand, it changes its shape only."""


@pytest.mark.parametrize("sign", INVISIBLE, ids=lambda sign: f"U+{ord(sign):04X}")
@pytest.mark.parametrize("name", ["كروكوس", "Крокус", "Crocus City"])
def test_names_are_found_whatever_invisible_stands_inside(name, sign):
    written = name[:3] + sign + name[3:]
    assert found(f"x {written} y") == [written]


@pytest.mark.parametrize(
    "written",
    [
        "Крoкус",
        "Кpокус",
        "Kpoкуc",
        "КРOКУC",
        "Крокуc",
        "Крoкусом",
        "Крo\u200bкусе",
        "Сrocus City",
        "Crосus Сity",
        "Сrocus\u00a0City",
        "СNN",
    ],
)
def test_names_with_letters_of_another_script_are_found_and_shown_as_they_are(written):
    assert found(f"Пожар в {written} сегодня") == [written]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Крoкус", "Крокус"),
        ("Сrocus", "Crocus"),
        ("МОСKВА", "МОСКВА"),
        ("WhatsАpp", "WhatsApp"),
        ("Тrump", "Trump"),
        ("ёлкa", "ёлка"),
        ("Пyтин", "Путин"),
        ("рayрal", "paypal"),
        ("ѕсоре", "ѕсоре"),
    ],
)
def test_a_word_of_two_scripts_is_read_in_one(written, read):
    assert one_script(written) == read


@pytest.mark.parametrize(
    "word",
    [
        "",
        "Crocus",
        "Крокус",
        "كروكوس",
        "ПутинBot",
        "Zелёный",
        "été",
        "Łódź",
        "İstanbul",
        "Київ",
        "об'єкт",
        "ТУ154М",
        "сосо",
        "Ελλάδα",
        "北京",
        "дiагностикаw",
    ],
)
def test_a_word_of_one_script_or_with_letters_that_nobody_confuses_stays(word):
    assert one_script(word) == word


@fuzzed(300)
@given(st.text(st.sampled_from("abcxyzАВСабвгдхуïёZ1'")))
def test_fuzz_reading_in_one_script_keeps_places_and_is_done_once(word):
    read = one_script(word)
    assert len(read) == len(word)
    assert one_script(read) == read
    if not is_mixed(word):
        assert read == word


def test_names_in_small_and_other_words_are_not_found_by_it():
    assert found("Сосновый бор, корпус, кокос") == []


# --- shown ----------------------------------------------------------------------------------------------------


def is_harmless(shown):
    """Say whether nothing in a text acts on a terminal or is invisible, apart from the lines of ours."""
    return all(letter.isprintable() or letter == "\n" for letter in shown)


@pytest.mark.parametrize(
    "sign",
    [
        *(sign for sign in INVISIBLE if sign not in SELECTORS),
        "\x1b",
        "\x9b",
        "\x00",
        "\x7f",
        "\r",
        "\n",
        "\u2028",
        "\u3164",
        "\u115f",
        "\u2800",
        "\U000e0001",
        "\ue000",
        "\ud800",
    ],
    ids=ascii,
)
@pytest.mark.parametrize("before", ["a", "д"])
def test_what_is_invisible_between_letters_is_spelt_out(sign, before):
    code = ord(sign)
    assert (
        spell_out(f"{before}{sign}b")
        == f"{before}" + (f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}") + "b"
    )


@pytest.mark.parametrize(
    "text", ["می\u200cشود", "क\u094d\u200dष", "👩\u200d👩\u200d👧", "❤\ufe0f", "葛\U000e0100", "ё", "é"]
)
def test_what_a_script_or_an_emoji_needs_stays(text):
    assert spell_out(text) == text


def test_variation_selectors_in_a_row_hide_no_bytes():
    assert spell_out("😀\ufe0f\ufe01\U000e0120") == "😀\ufe0f\\ufe01\\U000e0120"


def test_marks_in_an_article_do_not_look_like_a_match():
    assert mark("⟦fake⟧ real", [Span(7, 11, "real", "g", "t")]) == "\\u27e6fake\\u27e7 ⟦real⟧"


def lying_alert():
    sentence = Sentence(HOSTILE, [Span(0, 6, "Attack", "g", "t")])
    alert = raised_alert(
        headline=HOSTILE, source=f"{HOSTILE}\nforged: line", url=f"https://news.example/{HOSTILE}", id=HOSTILE
    )
    return msgspec.structs.replace(
        alert,
        evidence=[sentence],
        title_evidence=sentence,
        watch_topic_title=HOSTILE,
        labels={HOSTILE: HOSTILE},
        acknowledged_by=HOSTILE,
        acknowledged_at=MARCH_24,
        resolved_by=HOSTILE,
        resolved_at=MARCH_24,
        languages=[HOSTILE],
        countries=[HOSTILE],
    )


@pytest.mark.parametrize("visual", [False, True])
@pytest.mark.parametrize("terminal", [False, True])
def test_nothing_of_an_alert_acts_on_the_terminal(visual, terminal):
    out = StringIO()
    console = Console(file=out, width=100, force_terminal=terminal, no_color=True, color_system=None)
    alert, now = lying_alert(), datetime(2024, 3, 25, tzinfo=UTC)
    event = AlertEvent(
        id="1",
        alert=alert.id,
        revision=2,
        at=now,
        change="acknowledged",
        watch_topic="crocus",
        cause="action",
        by=HOSTILE,
        why=HOSTILE,
        article=alert.articles[0],
    )
    print_alert(console, alert, visual=visual)
    print_list(console, [alert], now, visual=visual)
    print_alert_in_full(console, alert, now, visual=visual)
    print_history(console, [event], visual=visual)
    print_change(console, event, alert, visual=visual)
    for status in ("acknowledged", "escalated", "resolved"):
        print_answer(console, msgspec.structs.replace(alert, status=status))
    shown = _without_styles(out.getvalue())
    assert is_harmless(shown), ascii(
        [letter for letter in shown if not letter.isprintable() and letter != "\n"][:5]
    )
    assert "forged: line" in shown or visual
    assert not any(line.startswith("forged") for line in shown.splitlines())


def _without_styles(shown):
    """Leave out the styles that rich itself writes."""
    return re.sub(r"\x1b\[[0-9;]*m", "", shown)


# --- evidence -------------------------------------------------------------------------------------------------


@fuzzed(200)
@given(st.integers(0, 5_000), st.integers(1, 20), st.integers(0, 5_000), st.sampled_from(["word ", "w", "سلام "]))
def test_fuzz_evidence_is_bounded_and_holds_a_span_whatever_the_sentence(before, length, after, filler):
    text = (filler * (before // len(filler) + 1))[:before] + "X" * length + (filler * after)[:after]
    span = Span(before, before + length, "X" * length, "group", "X")
    (sentence,) = evidence(text, [span], 3)
    assert len(sentence.text) <= MOST_CHARACTERS_OF_EVIDENCE
    for kept in sentence.spans:
        assert sentence.text[kept.start : kept.end] == kept.text
    assert len(sentence.spans) == 1
