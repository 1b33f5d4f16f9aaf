"""Bytes of unknown charset -> text."""

import re
from typing import NamedTuple

from charset_normalizer import from_bytes
from w3lib.encoding import (
    html_body_declared_encoding,
    html_to_unicode,
    http_content_type_encoding,
    read_bom,
)

from worker.domain.errors import Reason, RejectedError

# How much of the bytes detection looks at: enough words to tell, little enough to take milliseconds.
SAMPLE_BYTES = 12_000
SAMPLE_CHARACTERS = 20_000
# Share of control characters and U+FFFD above which a text is not one; a page cut in the middle of a
# character or with a stray NUL stays far below.
MAX_ODD_SHARE = 0.02
# A declared UTF-8 that does not hold for this share of the non-ASCII bytes is wrong, not damaged.
MAX_DAMAGED_SHARE = 0.05
# UTF-16 text in any language has blanks and line ends, each with a NUL beside it: more than this share.
MIN_NUL_SHARE = 0.02

# First bytes of what is often stored where an article should be. Source: the formats' own definitions.
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"%PDF-", "a PDF file"),
    (b"PK\x03\x04", "a ZIP file"),
    (b"PK\x05\x06", "a ZIP file"),
    (b"\x1f\x8b\x08", "gzip data"),
    (b"\x28\xb5\x2f\xfd", "Zstandard data"),
    (b"BZh", "bzip2 data"),
    (b"\xfd7zXZ\x00", "XZ data"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip file"),
    (b"Rar!\x1a\x07", "a RAR file"),
    (b"\x7fELF", "an ELF program"),
    (b"RIFF", "a RIFF file"),
    (b"OggS", "an Ogg file"),
    (b"ID3", "an MP3 file"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an OLE document"),
)
# What news pages outside UTF-8 are written in; detection chooses among these only, because the other code
# pages that Python knows (box drawings, EBCDIC) make "text" of anything.
_CANDIDATES = [
    "cp1256", "cp1251", "cp1252", "cp1250", "cp1253", "cp1254", "cp1255", "cp1257", "koi8_r", "koi8_u",
    "iso8859_5", "iso8859_6", "iso8859_2", "iso8859_7", "iso8859_8", "cp866", "cp949", "cp932", "euc_jp",
    "big5", "gb18030", "utf_8",
]  # fmt: skip
_ODD = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f\ufffd\ufffe\uffff\ud800-\udfff]")
# Three accented Latin letters in a row: no Western language has them, other scripts read as Latin-1 do.
_LATIN_GARBAGE = re.compile(r"[\u00c0-\u00ff]{3,}")
_HALF_WIDTH = re.compile(r"[\uff61-\uff9f]")
_MARKUP = re.compile(rb"<[^<>]*>|&[a-zA-Z]{2,8};")


class Decoded(NamedTuple):
    """A text, the charset it was written in, and what was odd about finding it."""

    text: str
    charset: str
    notes: list[str]


def decode(data: bytes, content_type: str | None) -> Decoded:
    """Return the text in the bytes of a page or a plain text.

    Tried in order: byte order mark, charset of the content type, charset of the page's meta tag, strict
    UTF-8, UTF-16 without a mark, detection. A declaration is believed only if the bytes bear it out.

    Raises:
        RejectedError: NOT_TEXT, when no charset turns the bytes into text.
    """
    for signature, name in _SIGNATURES:
        if data.startswith(signature):
            raise RejectedError(Reason.NOT_TEXT, f"the body is {name}, not text")
    if read_bom(data)[0] is not None:
        charset, text = html_to_unicode(content_type, data)
        return _checked(Decoded(text, charset, [f"charset {charset} from the byte order mark"]))
    wide = _read_utf16(data)
    if wide is not None:
        return _checked(wide)
    declared = http_content_type_encoding(content_type) or html_body_declared_encoding(data)
    utf8 = _read_utf8(data, declared)
    if utf8 is not None:
        return _checked(utf8)
    if declared is not None and declared != "utf-8":
        text = html_to_unicode(content_type, data)[1]
        if _is_believable(text, declared):
            return _checked(Decoded(text, declared, []))
    return _checked(_detect(data, declared))


def odd_share(text: str) -> float:
    """Return the share of characters that no text is made of: controls, U+FFFD, lone surrogates.

    Counted in the beginning only: bytes that are no text are not so from their middle on.
    """
    beginning = text[:SAMPLE_CHARACTERS]
    return len(_ODD.findall(beginning)) / len(beginning) if beginning else 0.0


def check_text(text: str) -> None:
    """Check that a decoded text is one.

    Raises:
        RejectedError: NOT_TEXT, when more than a few of its characters are controls or U+FFFD.
    """
    share = odd_share(text)
    # Of a handful of characters one may be odd without the whole being so.
    if share > MAX_ODD_SHARE and share * min(len(text), SAMPLE_CHARACTERS) > 3:
        raise RejectedError(Reason.NOT_TEXT, f"{share:.0%} of the characters are controls or unreadable")


def _checked(decoded: Decoded) -> Decoded:
    check_text(decoded.text)
    return decoded


def _read_utf8(data: bytes, declared: str | None) -> Decoded | None:
    """Return the text if the bytes are UTF-8, whole or with little damage.

    Bytes of another charset are never valid UTF-8 by chance beyond a character or two, so validity is
    believed over a declaration.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _read_damaged_utf8(data) if declared in {None, "utf-8"} else None
    if declared is None or declared == "utf-8":
        return Decoded(text, "utf-8", [])
    sequences = len(re.findall(rb"[\xc2-\xf4][\x80-\xbf]+", data[:SAMPLE_BYTES]))
    if sequences >= 3:
        return Decoded(text, "utf-8", [f"declared charset {declared} is wrong: the bytes are UTF-8"])
    # ASCII reads the same in every charset but those that switch by escape sequences.
    return Decoded(text, declared, []) if data.isascii() and b"\x1b" not in data else None


def _read_damaged_utf8(data: bytes) -> Decoded | None:
    text = data.decode("utf-8", "replace")
    high = sum(map(len, re.findall(rb"[\x80-\xff]+", data)))
    damaged = text.count("\ufffd")
    if damaged > MAX_DAMAGED_SHARE * high:
        return None
    return Decoded(text, "utf-8", [f"{damaged} damaged characters in UTF-8"])


def _read_utf16(data: bytes) -> Decoded | None:
    nuls = data.count(0, 0, SAMPLE_BYTES)
    if nuls <= MIN_NUL_SHARE * min(len(data), SAMPLE_BYTES):
        return None
    best: tuple[int, str, str] | None = None
    for charset in ("utf-16-le", "utf-16-be"):
        try:
            text = data[: len(data) // 2 * 2].decode(charset)
        except UnicodeDecodeError:
            continue
        blanks = text.count(" ") + text.count("\n") + text.count("<")
        if odd_share(text) <= MAX_ODD_SHARE and (best is None or blanks > best[0]):
            best = (blanks, charset, text)
    if best is None or best[0] == 0:
        return None
    return Decoded(best[2], best[1], [f"charset {best[1]} without a byte order mark"])


def _is_believable(text: str, charset: str) -> bool:
    if odd_share(text) > MAX_ODD_SHARE / 4:
        return False
    if charset in {"cp1252", "iso8859-1", "iso8859-15", "latin_1"}:
        words = len(_LATIN_GARBAGE.findall(text))
        return words < 5 or words * 50 < len(text.split())
    return True


def _detect(data: bytes, declared: str | None) -> Decoded:
    # Markup is ASCII in every charset: only the words tell them apart.
    words = _MARKUP.sub(b" ", data[: 20 * SAMPLE_BYTES])
    lines = b" ".join(words.split())
    middle = max(0, len(lines) // 2 - SAMPLE_BYTES // 2)
    guesses = from_bytes(lines[middle : middle + SAMPLE_BYTES], cp_isolation=_CANDIDATES)
    found = next((guess for guess in guesses if not _is_half_width(str(guess))), None)
    if found is None:
        raise RejectedError(Reason.NOT_TEXT, "no charset turns the body's bytes into text")
    text = data.decode(found.encoding, "replace")
    how = f"charset {found.encoding} detected"
    return Decoded(text, found.encoding, [how if declared is None else f"{how}: declared {declared} is wrong"])


def _is_half_width(text: str) -> bool:
    """Shift-JIS turns the letters of any 8-bit charset into half-width katakana, which nobody writes in."""
    return len(_HALF_WIDTH.findall(text)) > len(text) / 3
