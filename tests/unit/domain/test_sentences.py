"""Texts are cut into sentences where they end, and nothing of them is lost."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.domain.sentences import sentences

TEXTS = st.text('aZ1é ح莫ж.!?…؟。۔\n\t"”)»\u200b', max_size=40)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The U.S. Embassy warned. It was right.", ["The U.S. Embassy warned.", "It was right."]),
        ("It rose 3.5 per cent. Mr. Kirby said so!", ["It rose 3.5 per cent.", "Mr. Kirby said so!"]),
        ("Погибли 5 тыс. человек. Это не всё.", ["Погибли 5 тыс. человек.", "Это не всё."]),
        ("قال الرئيس. ماذا قال؟ لا شيء.", ["قال الرئيس.", "ماذا قال؟", "لا شيء."]),
        ("莫斯科遇袭。死者很多。", ["莫斯科遇袭。", "死者很多。"]),
        ("one\ntwo\n\n three ", ["one", "two", "three"]),
        ("He said: “Run!” Then silence.", ["He said: “Run!”", "Then silence."]),
        ("etc. and so on", ["etc. and so on"]),
        ("Wait... what?", ["Wait... what?"]),
        ("", []),
    ],
)
def test_text_is_cut_into_sentences(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text)] == expected


@given(TEXTS)
def test_sentences_are_in_order_and_lose_nothing_but_space(text: str) -> None:
    found = sentences(text)
    assert all(one[1] <= two[0] for one, two in pairwise(found))
    assert "".join("".join(text[a:b].split()) for a, b in found) == "".join(text.split())
