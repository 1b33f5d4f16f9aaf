"""Light stemming of Arabic, from the term's side: the forms a term takes are made, not guessed from the text.

A word of the text is only freed of its proclitics, in every way they can be read (`readings`). A term is
turned into all the forms it may take with suffixes, each with the proclitics that grammar allows before it
(`forms`): a form with a pronoun takes no article, a verb no preposition. A text word matches when one of its
readings is one of the term's forms, so letters that belong to a word are never cut off a word that the term
does not know.

What follows from it:

* A term without the article matches with and without it (حرب: والحرب, بالحرب, للحرب). A term written with the
  article asks for the definite form (الحذر: والحذر, بالحذر, للحذر, but neither حذر nor بحذر).
* A term that ends in ta marbuta asks for a feminine ending in the text: غارة matches غاراتها, not غار.
* Up to four letters a stem keeps its kind; from five letters on the endings ة ي ية ات يين are one family, so that
  استخبارات matches الاستخباراتية.
* Words of `VERBS_UNLIKE_THEIR_NOUN`, written bare, are verbs: و and ف before them, verb endings behind.
"""

from worker.domain.arabic_words import (
    BEGINS_LIKE_A_PROCLITIC,
    NOT_A_FORM_OF_THE_SHORTER_WORD,
    VERBS_UNLIKE_THEIR_NOUN,
)
from worker.domain.text import arabic_letters, without_hamza

BARE = 1  # nothing before the word
CONJUNCTION = 2  # و or ف
PREPOSITION = 4  # ب or ل, with or without a conjunction
LIKE = 8  # ك, with or without a conjunction: rare before a word without article, and often a letter of the word
ARTICLE = 16  # ال or لل, with or without what may stand before it
FUTURE = 32  # س before an imperfect verb
_WITH_PRONOUN = 6  # how far to the left the same bits stand for a word that a pronoun follows

_INDEFINITE = BARE | CONJUNCTION | PREPOSITION | LIKE
_ANY = _INDEFINITE | ARTICLE
_VERBAL = BARE | CONJUNCTION
_OWNED = _INDEFINITE << _WITH_PRONOUN
_OBJECT = _VERBAL << _WITH_PRONOUN

# By their last letter, longest first: هما ends in ما, so that no shorter pronoun is hidden in a longer one but in
# نا, ني and كما. ي (my) is an ending of the forms: it cannot be told from the ending of مسؤولي and سعودي.
_PRONOUNS = {
    "ا": ("هما", "كما", "ها", "نا"),
    "م": ("هم", "كم"),
    "ن": ("هن",),
    "ي": ("ني",),
    "ه": ("ه",),
    "ك": ("ك",),
}
_PROCLITICS = frozenset("وفابكلس")  # what the first proclitic of a word may begin with

_SHORTEST_BEFORE_PRONOUN = 3
_ENDINGS = frozenset(
    {"", "ا", "ة", "ه", "ي", "ت", "ها", "هم", "نا", "ات", "ان", "ين", "ون", "وا", "ية", "اته", "يين"}
)
# Most words begin like none of them, which costs one look-up.
_BEGINNINGS = frozenset(word[:3] for word in BEGINS_LIKE_A_PROCLITIC)

Forms = dict[str, int]


def plain(raw: str) -> str:
    """Return the spelling that readings and forms share: as `fold`, but ta marbuta stays."""
    return _without_hamza(arabic_letters(raw))


def _without_hamza(letters: str) -> str:
    return without_hamza(letters).replace("ٱ", "ا").replace("ۀ", "ه").replace("ۂ", "ه")


def readings(raw: str) -> list[tuple[str, int]]:
    """Return every way to read a word of a text: what is left without proclitics, and which ones they were."""
    letters = arabic_letters(raw)
    return _readings(letters, _without_hamza(letters))


def readings_of_plain(raw: str, folded: str) -> list[tuple[str, int]]:
    """Return the same as `readings` for a word of plain letters (`is_plain`) that is folded already."""
    return _readings(raw, without_hamza(raw) if "ة" in raw else folded)


def _readings(letters: str, word: str) -> list[tuple[str, int]]:
    """Return the readings of a word, given also without the forms of hamza."""
    found = [(word, BARE)]
    if word[:1] in _PROCLITICS and len(word) >= 3:
        _add_readings(letters, word, found)
        if (word[0] == "و" or word[0] == "ف") and not _belongs(word):
            found.append((word[1:], CONJUNCTION))
            _add_readings(letters[1:], word[1:], found)
    for pronoun in _PRONOUNS.get(word[-1:], ()):
        if word.endswith(pronoun):
            size = len(pronoun)
            for core, way in found[:]:
                if len(core) >= size + _SHORTEST_BEFORE_PRONOUN:
                    found.append((core[:-size], way << _WITH_PRONOUN))
            break
    return found


def _add_readings(letters: str, word: str, found: list[tuple[str, int]]) -> None:
    """Add the readings of a word without conjunction that begins with an article or a preposition."""
    first = word[0]
    # أل and إل are the beginning of ألمانيا or إلغاء, never the article.
    if first == "ا":
        if letters.startswith(("ال", "ٱل")) and len(word) >= 4:
            found.append((word[2:], ARTICLE))
    elif first in {"ب", "ك", "ل"}:
        if letters[1:3] in {"ال", "ٱل"} and len(word) >= 5:
            found.append((word[3:], ARTICLE))
        elif word.startswith("لل") and len(word) >= 4:
            found.append((word[1:], ARTICLE))  # ل + اللجنة is written للجنة
            if not _belongs(word[1:]):
                found.append((word[2:], ARTICLE))
        if len(word) >= 4 and not _belongs(word):
            found.append((word[1:], LIKE if first == "ك" else PREPOSITION))
    elif first == "س" and len(word) >= 4 and word[1] in "يتنا":
        found.append((word[1:], FUTURE))


def _belongs(word: str) -> bool:
    """Say whether the first letter is known to belong to the word, also when the word has an ending."""
    if word[:3] not in _BEGINNINGS:
        return False
    for length in range(max(3, len(word) - 3), len(word) + 1):
        if word[:length] in BEGINS_LIKE_A_PROCLITIC and word[length:] in _ENDINGS:
            return True
    return False


def forms(raw: str) -> Forms:
    """Return the forms of a term's word, each with the proclitics that may stand before it as a bit set."""
    letters = arabic_letters(raw)
    word = _without_hamza(letters)
    if letters.startswith(("ال", "ٱل")) and len(word) >= 5:
        inner = {form: ARTICLE for form, allowed in _forms(word[2:], known_noun=True).items() if allowed & ARTICLE}
        return {**inner, word: _INDEFINITE}
    return _forms(word, known_noun=False)


def _forms(word: str, *, known_noun: bool) -> Forms:
    """Return the forms of a word without article."""
    if len(word) < 3:
        return {word: BARE | CONJUNCTION | ARTICLE}
    if word in VERBS_UNLIKE_THEIR_NOUN and not known_noun:
        return _verb(word)
    found: Forms = {word: (_ANY if len(word) > 3 else _ANY & ~LIKE) | _OWNED}
    if word.endswith("ة"):
        found = {word: _ANY}
        _feminine(word[:-1], found)
    elif word.endswith("ات") and len(word) >= 5:
        _sound_plural_feminine(word[:-2], found)
    elif word.endswith(("ون", "ين")) and len(word) >= 6:
        _sound_plural_masculine(word[:-2], found)
    elif word.endswith("ي"):
        _ends_in_ya(word, found)
    else:
        _masculine(word, found)
    return {
        form: allowed
        for form, allowed in found.items()
        if form == word or form not in NOT_A_FORM_OF_THE_SHORTER_WORD
    }


def _add(found: Forms, allowed: int, *forms: str) -> None:
    for form in forms:
        found[form] = found.get(form, 0) | allowed


def _verb(word: str) -> Forms:
    """Forms of a perfect verb: حذر, حذرت, حذروا, حذرا, with objects."""
    found: Forms = {}
    _add(found, _VERBAL | _OBJECT, word, word + "ت", word + "نا", word + "ا")
    _add(found, _VERBAL, word + "وا", word + "تا", word + "ن", word + "تم", word + "ني")
    _add(found, _OBJECT, word + "و")
    return found


def _feminine(stem: str, found: Forms) -> None:
    """Forms of a word in ta marbuta, whose stem is given: غارة, غارته, غارات, غارتين."""
    _add(found, _ANY, stem + "ه", stem + "تان", stem + "تين")
    _add(found, _OWNED, stem + "ت", stem + "تي")
    _add(found, _INDEFINITE, stem + "تي", stem + "تا")
    if len(stem) >= 3:
        _add(found, _ANY | _OWNED, stem + "ات")
        _add(found, _INDEFINITE, stem + "اتي")
    if len(stem) >= 5:
        _family(stem, found)


def _sound_plural_feminine(stem: str, found: Forms) -> None:
    """Forms of a plural in ات, whose stem is given: استخبارات, استخباراتها, الاستخباراتية."""
    plural = stem + "ات"
    _add(found, _ANY, *(plural + ending for ending in ("ي", "ية", "يه", "يون", "يين")))
    if len(stem) >= 3:
        _add(found, _ANY, stem + "ة", stem + "ه", stem + "تان", stem + "تين")
        _add(found, _OWNED, stem + "ت")
    if len(stem) >= 5:
        _add(found, _ANY | _OWNED, stem)
        _add(found, _INDEFINITE, stem + "ا")
        _family(stem, found)


def _sound_plural_masculine(stem: str, found: Forms) -> None:
    """Forms of a plural in ون or ين, whose stem is given: مسلحون, المسلحين, مسلحيهم, مسلحو."""
    _add(found, _ANY, stem + "ون", stem + "ين")
    _add(found, _INDEFINITE | _OWNED, stem + "و", stem + "ي")
    if len(stem) >= 5 or stem.endswith("ي"):
        _add(found, _ANY, stem)


def _ends_in_ya(word: str, found: Forms) -> None:
    """Forms of a word in ي or ى: روسي, الروسية, روسيين; مستشفى, مستشفاه, مستشفيات."""
    stem = word[:-1]
    _add(found, _OWNED, stem + "ا")
    if len(word) >= 4:
        _add(found, _INDEFINITE, word + "ا")
        _add(found, _ANY, *(word + ending for ending in ("ة", "ه", "ين", "ون", "ات", "ان", "تين", "تان")))
        _add(found, _VERBAL, stem + "ت", stem + "وا")
        _add(found, _OWNED, word + "ت")


def _masculine(word: str, found: Forms) -> None:
    """Forms of any other word: as a noun هجوم, هجومها, هجوما, هجومين, as a verb قتل, قتلت, قتلوه."""
    _add(found, _ANY, word + "ين", word + "ان")
    if not word.endswith(("ا", "ه")):
        _add(found, _INDEFINITE, word + "ا")
        # A longer word that begins with م is a participle or a noun of place, no verb: مدرستها is not of مدرس.
        if len(word) == 3 or word[0] != "م":
            _add(found, _VERBAL | _OBJECT, word + "ت", word + "نا")
            _add(found, _VERBAL, *(word + ending for ending in ("وا", "تا", "تم")))
            _add(found, _OBJECT, word + "و")
    if word.endswith("ه") and len(word) >= 4:
        # Ta marbuta is often written without its dots.
        found[word[:-1] + "ة"] = _ANY
        _add(found, _OWNED, word[:-1] + "ت")
    if word[0] in "يتنا":
        _add(found, FUTURE | FUTURE << _WITH_PRONOUN, word, word + "و")
        _add(found, _VERBAL | PREPOSITION | FUTURE, word + "ون", word + "وا")
    if len(word) >= 4:
        _add(found, _ANY | _OWNED, word + "ات")
        _add(found, _ANY, word + "ون")
        _add(found, _INDEFINITE | _OWNED, word + "ي", word + "و")
    if len(word) >= 5:
        _add(found, _ANY, word + "ة", word + "ه")
        _family(word, found)


def _family(stem: str, found: Forms) -> None:
    """Endings that a stem of five letters or more takes without becoming another word."""
    _add(found, _INDEFINITE, stem + "يا")
    _add(found, _ANY, stem + "ات", *(stem + "ي" + ending for ending in ("", "ة", "ه", "ين", "ون", "ات")))
