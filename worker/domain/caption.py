"""Captions of pictures and videos, and the credits they end in."""

import re
from dataclasses import dataclass

from worker.domain.furniture import MAX_SOURCE_WORDS, STOPS, FurnitureRules, ends_sentence, is_name, key

# A paragraph up to this long that ends in a picture credit is the picture's caption. News agencies' captions
# run to two sentences; above that it is a paragraph of the story with a credit glued to its end.
MAX_CAPTION_CHARACTERS = 250
MAX_CAPTION_SENTENCES = 2
# A credit names people and agencies: no more words than this.
MAX_CREDIT_WORDS = 8
MAX_CREDIT_CHARACTERS = 80
# Where none of the names is a known agency's, fewer; before a full stop, no more than a person's name.
MAX_CREDIT_WORDS_WITHOUT_AGENCY = 5
MAX_NAME_WORDS = 3


# After one of these a label begins anew; after a word it needs a known agency behind the colon.
_SEPARATORS = frozenset(STOPS + "|/–—-([«»”\"')]")
_IN_BRACKETS = re.compile(r"[(\[](?P<credit>[^()\[\]]{2,80})[)\]]$")
_OWNED = re.compile(r"(?:©|\([cC]\)|(?<!\w)[Cc]opyright)\s*(?P<credit>[^.!?؟©]{2,60})$")
_SOURCE_TAIL = re.compile(
    rf"[{STOPS}][\"'»”)]?\s+(?P<label>[^\W\d_]+(?: [^\W\d_]+)?)\s?:\s?(?P<name>[^:!?؟.]{{2,60}})$"
)
# Each run of signs is looked at once, however long it is.
_STOPS = re.compile(r"(?<![.!?؟…])[.!?؟…]++(?=\s|$)")
_SLASHED = re.compile(r"(?P<credit>[A-Z][A-Za-z ]{1,20}/[A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*){0,3})$")


@dataclass(frozen=True, slots=True)
class Cut:
    """Where furniture begins in a paragraph: at 0 all of it goes."""

    kind: str
    start: int


def is_headline_with_label(line: str, rules: FurnitureRules) -> bool:
    """Tell whether a text's first line is a headline such as "Video: …" or "Source: …", not a credit."""
    label, colon, said = line.replace("：", ":").partition(":")
    return (
        bool(colon)
        and len(said.split()) >= MAX_SOURCE_WORDS
        and not _names_agency(said, rules)
        and bool(key(label))
    )


def find_caption(paragraph: str, rules: FurnitureRules) -> Cut | None:
    """Return where a caption or a credit begins, or None.

    A short paragraph that ends in a credit is a caption and goes whole; of a long one only the credit goes.
    """
    if _opens_as_caption(paragraph, rules):
        return Cut("caption", 0)
    body = paragraph.rstrip()
    body = body[:-1].rstrip() if body.endswith(".") and not body.endswith("..") else body
    cut = (
        _labelled_credit(body, paragraph, rules)
        or _bracketed_credit(body, paragraph, rules)
        or _bare_credit(body, paragraph, rules)
    )
    return cut or _trailing_source(body, rules)


def _opens_as_caption(paragraph: str, rules: FurnitureRules) -> bool:
    opener = re.match(r"([^,،:：]{3,38})([,،:：])", paragraph)
    if not opener or len(paragraph) > 2 * MAX_CAPTION_CHARACTERS:
        return False
    letters = key(opener[1])
    # One word before a comma may begin a sentence of the story; "Image caption," does not.
    return letters in rules.caption_openers and (" " in letters or opener[2] in ":：")


def _whole_or_tail(body: str, start: int) -> Cut:
    before = body[:start].strip()
    sentences = len(_STOPS.findall(before))
    short = len(before) <= MAX_CAPTION_CHARACTERS and sentences <= MAX_CAPTION_SENTENCES
    return Cut("caption", 0) if short else Cut("credit", len(body[:start].rstrip(" ([-–—|/\u00a0")))


def _labelled_credit(body: str, paragraph: str, rules: FurnitureRules) -> Cut | None:
    colon = max(body.rfind(":"), body.rfind("："))
    if colon < 0:
        return None
    credit = body[colon + 1 :].rstrip(")] ")
    if len(credit) > MAX_CREDIT_CHARACTERS or not _looks_like_credit(credit):
        return None
    # Without a known agency it must look like a name: a sentence may follow "Video:" too.
    most_words = MAX_NAME_WORDS if ends_sentence(paragraph) else MAX_CREDIT_WORDS_WITHOUT_AGENCY
    # The label is the last words before the colon; more words may stand before it without a full stop.
    words = list(re.finditer(r"[^\s\u00a0(\[|/]+", body[max(0, colon - 60) : colon]))[-4:]
    for word in words:
        start = max(0, colon - 60) + word.start()
        if key(body[start:colon]) not in rules.credit_labels:
            continue
        before = body[:start].rstrip()
        if _names_agency(credit, rules):
            return _whole_or_tail(body, start)
        if (not before or before[-1] in _SEPARATORS) and len(credit.split()) <= most_words:
            return _whole_or_tail(body, start)
    return None


def _looks_like_credit(credit: str) -> bool:
    if (
        not key(credit)
        or len(re.split(r"[\s/+|&]+", credit.strip())) > MAX_CREDIT_WORDS
        or re.search("[!?؟]", credit)
    ):
        return False
    # A full stop after a word of three letters ends a sentence; after fewer it belongs to an abbreviation.
    return not re.search(r"\w{3,}[.…]\s", credit)


def _names_agency(credit: str, rules: FurnitureRules) -> bool:
    return any(key(part) in rules.agencies for part in re.split(r"[,،/;؛+&|]| - | – | via | / ", credit))


def _bracketed_credit(body: str, paragraph: str, rules: FurnitureRules) -> Cut | None:
    if not body.endswith((")", "]")):
        return None
    found = _IN_BRACKETS.search(body[-(MAX_CREDIT_CHARACTERS + 2) :])
    if not found or not is_name(found["credit"], rules) or not _names_agency(found["credit"], rules):
        return None
    start = len(body) - len(found[0])
    before = body[:start].rstrip()
    if "/" in found["credit"] or not before:
        return _whole_or_tail(body, start)
    if before.endswith(tuple(STOPS)):
        return Cut("credit", len(before))  # a whole sentence and who reported it: the sentence stays
    if (
        paragraph.rstrip().endswith(".")
        or len(before) > MAX_CAPTION_CHARACTERS
        or re.search(r"\w{3,}[.!?؟] ", before)
    ):
        return None  # the agency is named inside a sentence of the story
    return Cut("caption", 0)


def _bare_credit(body: str, paragraph: str, rules: FurnitureRules) -> Cut | None:
    tail = body[-MAX_CREDIT_CHARACTERS:]
    for pattern, sign in ((_OWNED, "©"), (_OWNED, "(c)"), (_OWNED, "opyright"), (_SLASHED, "/")):
        found = pattern.search(tail) if sign in tail else None
        if not found or not _names_agency(found["credit"], rules) or not _looks_like_credit(found["credit"]):
            continue
        start = len(body) - len(tail) + found.start()
        before = body[:start].rstrip()
        # "a poll by CNN/ORC" ends a sentence, "the hall. REUTERS/Name" a caption.
        if pattern is _OWNED or not before or before[-1] in _SEPARATORS:
            return _whole_or_tail(body, start)
    if ends_sentence(paragraph):
        return None  # "Photos by the agency show smoke." is a sentence
    # "Photo by …": after a full stop or alone, then a name of a few words.
    start = max(body.rfind(stop) for stop in (". ", "! ", "? ", "؟ ", ") "))
    last = body[start + 1 :].strip()
    if len(last) > MAX_CREDIT_CHARACTERS:
        return None
    words = key(last).split()
    opens = any(" ".join(words[:size]) in rules.credit_by for size in (2, 3, 4) if len(words) > size)
    return _whole_or_tail(body, start + 1) if opens and len(words) <= MAX_CREDIT_WORDS else None


def _trailing_source(body: str, rules: FurnitureRules) -> Cut | None:
    found = _SOURCE_TAIL.search(body[-100:]) if ":" in body[-100:] else None
    if not found or key(found["label"]) not in rules.source or not is_name(found["name"], rules):
        return None
    return Cut("source", max(0, len(body) - 100) + found.start("label"))
