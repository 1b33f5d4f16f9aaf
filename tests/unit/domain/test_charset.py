"""Bytes of every charset that news are written in, declared rightly, wrongly or not at all."""

import contextlib
import os
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.domain.charset import decode
from worker.domain.errors import Reason, RejectedError

ARABIC = "قال المتحدث باسم الكرملين إن موسكو لم تتلق أي تحذير، وأضاف أن التحقيق مستمر منذ يوم الجمعة."
RUSSIAN = "Пресс-секретарь Кремля заявил, что Москва не получала предупреждений, расследование продолжается."
FRENCH = "Le porte-parole a déclaré que l'enquête était en cours et que les témoins étaient entendus à Paris."


def page(text: str, charset: str | None = None) -> str:
    meta = f'<meta charset="{charset}">' if charset else ""
    return f"<!doctype html><html><head>{meta}<title>x</title></head><body><p>{text}</p></body></html>"


@pytest.mark.parametrize(
    ("text", "charset", "content_type"),
    [
        (page(ARABIC, "windows-1256"), "cp1256", "text/html"),
        (page(ARABIC), "cp1256", "text/html; charset=windows-1256"),
        (page(ARABIC, "utf-8"), "utf-8", "text/html"),
        (page(RUSSIAN, "windows-1251"), "cp1251", "text/html"),
        (page(RUSSIAN), "koi8-r", "text/html;charset=KOI8-R"),
        (page(FRENCH, "iso-8859-1"), "cp1252", "text/html"),
        (RUSSIAN, "utf-8", "text/plain"),
        (page("ascii only", "windows-1256"), "cp1256", "text/html"),
    ],
)
def test_a_right_declaration_is_believed_without_a_note(text: str, charset: str, content_type: str) -> None:
    decoded = decode(text.encode(charset), content_type)
    assert decoded.text == text
    assert decoded.notes == []


@pytest.mark.parametrize("charset", ["utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("declared", ["text/html", "text/html; charset=windows-1252"])
def test_a_byte_order_mark_wins_over_everything(charset: str, declared: str) -> None:
    decoded = decode(page(ARABIC, "iso-8859-1").encode(charset), declared)
    assert decoded.text == page(ARABIC, "iso-8859-1")
    assert "byte order mark" in decoded.notes[0]


@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [ARABIC, RUSSIAN, FRENCH, page(ARABIC)])
def test_utf_16_without_a_mark_is_found(charset: str, text: str) -> None:
    decoded = decode(text.encode(charset), "text/plain")
    assert (decoded.text, decoded.charset) == (text, charset)


@pytest.mark.parametrize(
    ("text", "charset"), [(ARABIC, "cp1256"), (RUSSIAN, "cp1251"), (RUSSIAN, "koi8-r"), (FRENCH, "cp1252")]
)
@pytest.mark.parametrize("wrap", [str, page])
def test_bytes_without_declaration_are_recognised(text: str, charset: str, wrap: type[str]) -> None:
    decoded = decode(wrap(text).encode(charset), "text/html")
    assert decoded.text == wrap(text)
    assert "detected" in decoded.notes[0]


@pytest.mark.parametrize(
    ("charset", "declared"),
    [("cp1256", "utf-8"), ("cp1256", "iso-8859-1"), ("cp1256", "no-such-charset"), ("utf-8", "windows-1256"),
     ("utf-8", "iso-8859-1"), ("utf-8", "us-ascii"), ("cp1256", "us-ascii")],
)  # fmt: skip
def test_a_wrong_declaration_is_noticed(charset: str, declared: str) -> None:
    text = page(f"{ARABIC} {ARABIC}", declared)
    decoded = decode(text.encode(charset), "text/html")
    assert decoded.text == text
    assert len(decoded.notes) == (0 if declared == "no-such-charset" and charset == "utf-8" else 1)


def test_a_page_cut_within_a_character_stays_utf_8() -> None:
    whole = "خبر عاجل من موسكو " * 20 + "و"
    decoded = decode(whole.encode()[:-1], "text/plain")
    assert decoded.charset == "utf-8"
    assert decoded.text == whole[:-1] + "\ufffd"
    assert decoded.notes == ["1 damaged characters in UTF-8"]


def test_a_few_nuls_do_not_make_a_text_something_else() -> None:
    assert decode((ARABIC + "\x00" + ARABIC).encode(), "text/plain").text == ARABIC + "\x00" + ARABIC


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        b"%PDF-1.7\n1 0 obj << /Type /Catalog >>",
        b"PK\x03\x04\x14\x00\x00\x00\x08\x00hello.txt",
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
        b"\xff\xd8\xff\xe0\x00\x10JFIF",
        zlib.compress(ARABIC.encode() * 30),
        bytes(range(256)) * 20,
        b"\x00" * 1000,
        random.Random(7).randbytes(5_000),
    ],
    ids=["png", "pdf", "zip", "gzip", "jpeg", "zlib", "every byte", "nuls", "random"],
)
@pytest.mark.parametrize(
    "content_type", ["text/html", "text/html; charset=windows-1256", "text/plain; charset=utf-8"]
)
def test_bytes_that_are_no_text_are_rejected(data: bytes, content_type: str) -> None:
    with pytest.raises(RejectedError) as error:
        decode(data, content_type)
    assert error.value.reason is Reason.NOT_TEXT


@given(
    st.binary(max_size=400),
    st.sampled_from(["text/html", "text/plain; charset=utf-16", "", "x;charset=\x00"]),
)
def test_any_bytes_are_text_or_rejected(data: bytes, content_type: str) -> None:
    with contextlib.suppress(RejectedError):
        assert isinstance(decode(data, content_type).text, str)


def test_detection_reads_a_bounded_part_of_a_large_page() -> None:
    large = page((ARABIC + " ") * 20_000)
    assert decode(large.encode("cp1256"), "text/html").text == large


def test_random_bytes_of_any_length_are_rejected() -> None:
    for size in (200, 2_000, 20_000):
        with pytest.raises(RejectedError):
            decode(os.urandom(size), "text/plain")
