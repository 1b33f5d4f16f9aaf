"""Right-to-left text reads right, matched words are marked, and nothing in an article acts on the terminal."""

from io import StringIO

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from worker.domain.article import Span
from worker.entrypoints.terminal import CLOSE, OPEN, escape_controls, lines_for, mark, wants_visual_order


def span(text: str, part: str) -> Span:
    start = text.index(part)
    return Span(start, start + len(part), part, "group", part)


def console(width: int = 80, terminal: bool = False) -> Console:
    return Console(file=StringIO(), width=width, force_terminal=terminal)


def shown(marked: str, *, visual: bool, width: int = 80) -> list[str]:
    return [line.plain for line in lines_for(console(width), marked, visual=visual)]


def test_matched_words_stand_between_marks():
    text = "وبموسكو استهدف هجومٌ حفلًا"
    assert mark(text, [span(text, "وبموسكو"), span(text, "هجومٌ")]) == "⟦وبموسكو⟧ استهدف ⟦هجومٌ⟧ حفلًا"


def test_overlapping_spans_are_marked_once():
    text = "Crocus City Hall"
    assert mark(text, [span(text, "Crocus City"), span(text, "City Hall")]) == "⟦Crocus City Hall⟧"


def test_pipe_gets_the_text_in_its_own_order():
    assert shown("⟦هجوم⟧ موسكو", visual=False) == ["⟦هجوم⟧ موسكو"]


def test_terminal_without_bidi_gets_joined_letters_in_visual_order():
    (line,) = shown("⟦هجوم⟧ في موسكو", visual=True)
    words = line.split()
    assert words[-1] == "⟦ﻡﻮﺠﻫ⟧"[0] + "ﻡﻮﺠﻫ" + CLOSE
    assert words[0] == "ﻮﻜﺳﻮﻣ"


def test_right_to_left_line_stands_at_the_right_edge_in_visual_order():
    (line,) = shown("هجوم", visual=True, width=40)
    assert line.startswith(" " * 30)
    assert len(line) == 40


def test_left_to_right_text_is_the_same_in_both_orders():
    assert shown("An ⟦attack⟧ in Moscow", visual=True) == shown("An ⟦attack⟧ in Moscow", visual=False)


def test_mark_that_wrapping_splits_is_closed_and_opened_again():
    lines = shown("one two ⟦three four five six seven eight nine⟧ ten", visual=False, width=30)
    assert len(lines) > 1
    for line in lines:
        assert line.count(OPEN) == line.count(CLOSE)


def test_matched_words_are_in_colour_on_a_terminal():
    (line,) = lines_for(console(terminal=True), "an ⟦attack⟧", visual=False)
    assert [line.plain[s.start : s.end] for s in line.spans] == ["⟦attack⟧"]


def test_order_is_left_to_terminals_that_know_it(monkeypatch):
    monkeypatch.setenv("VTE_VERSION", "7200")
    assert not wants_visual_order(console(terminal=True), "auto")
    monkeypatch.delenv("VTE_VERSION")
    monkeypatch.delenv("TERM_PROGRAM", raising=False)
    assert wants_visual_order(console(terminal=True), "auto")
    assert not wants_visual_order(console(terminal=False), "auto")
    assert wants_visual_order(console(terminal=False), "visual")


def test_escape_codes_and_bidi_overrides_are_spelt_out():
    assert escape_controls("\x1b[31mred\u202egnp.exe") == "\\u001b[31mred\\u202egnp.exe"


def test_joiners_that_persian_words_need_stay():
    assert escape_controls("می\u200cشود") == "می\u200cشود"


@given(st.text(), st.integers(0, 20), st.integers(1, 10))
def test_nothing_that_acts_on_a_terminal_gets_through(text, start, length):
    marked = mark(text, [Span(start, start + length, "", "", "")])
    assert all(character.isprintable() or character in "\u200c\u200d" for character in marked.replace(" ", ""))
