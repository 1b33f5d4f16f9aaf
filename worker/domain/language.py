"""The language of a text.

langdetect decides by statistics. Where a script is shared by few languages, letters and small words that only
one of them has may overrule it: on a single sentence they are right where statistics err (langdetect takes one
Urdu sentence in six for something else). Scripts that one language alone is written in need no statistics.
"""

import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache

from worker.domain.article import Language
from worker.domain.language_statistics import probabilities

# langdetect's cost grows with length, its answer settles long before: the same on whole texts and on 2,000
# characters. The slice from the middle is for texts that open with a quotation or a dateline in another language.
HEAD_CHARACTERS = 2_000
MIDDLE_CHARACTERS = 500
# Below this a text is a name or a number.
MIN_LETTERS = 10
# langdetect's own answer below this is a guess among many.
MIN_CONFIDENCE = 0.5
UNDETERMINED = Language("und", 0.0)

# Unicode blocks of letters, in the order in which they are counted. Source: Unicode Blocks.txt.
_SCRIPTS = {
    "latin": re.compile(r"[A-Za-z\u00aa-\u024f\u1e00-\u1eff]"),
    "arabic": re.compile(
        r"[\u0620-\u064a\u066e-\u06d3\u06d5\u06ee-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc]"
    ),
    "cyrillic": re.compile(r"[\u0400-\u052f]"),
    "hebrew": re.compile(r"[\u05d0-\u05f2]"),
    "greek": re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]"),
    "han": re.compile(r"[\u3400-\u9fff\U00020000-\U0002fa1f]"),
    "kana": re.compile(r"[\u3041-\u30ff\uff66-\uff9d]"),
    "hangul": re.compile(r"[\uac00-\ud7af\u1100-\u11ff]"),
    "thai": re.compile(r"[\u0e01-\u0e4e]"),
    "armenian": re.compile(r"[\u0531-\u0587]"),
    "georgian": re.compile(r"[\u10a0-\u10ff]"),
}
# Scripts that one living language of the news is written in.
_ONE_LANGUAGE = {
    "hebrew": "he", "greek": "el", "hangul": "ko", "thai": "th", "armenian": "hy", "georgian": "ka",
    "kana": "ja", "han": "zh",
}  # fmt: skip
# Japanese mixes Han and kana; this share of kana among both is reached by every Japanese sentence.
MIN_KANA_SHARE = 0.1

# Letters that, within the script, one language has and its neighbours lack. Source: the alphabets in Unicode
# CLDR's main exemplar sets. Letters that two neighbours share stand with both.
_LETTERS: Mapping[str, Mapping[str, str]] = {
    "arabic": {
        "ur": "ٹڈڑےںہھۓۂ",
        "fa": "پچژگکیۀ",
        "ar": "ةىيكإأؤ",
        "ps": "ټډړښځڅۍېڼګ",
        "ku": "ەێۆڵڕڤ",
        "sd": "ڪٻڀٺٽڌڏڊڻڳڱ",
        "ug": "ۇۈۋېەڭ",
    },
    "cyrillic": {
        "ru": "ыэё",
        "uk": "іїєґ",
        "be": "ўі",
        "bg": "ъ",
        "sr": "јљњђћџ",
        "mk": "јљњѓќѕџ",
        "kk": "әғқңұһіөү",
        "mn": "өү",
        "tg": "ӣӯҳҷғқ",
        "ky": "ңөү",
    },
}
# Letters that count for a language only beside one of its own: Russian has them alone.
_BESIDES: Mapping[str, str] = {"be": "ыэё", "mn": "ыэё", "ky": "ыэё"}
# Letters whose presence rules a language out: an alphabet without them.
_FOREIGN: Mapping[str, str] = {
    "be": "ищъїєґ", "uk": "ыэёъў", "ru": "іїєґўјљњђћџәғқңұһөүӣӯҳҷ", "bg": "ыэёіїєґўјљњђћџ", "sr": "йщъыьэюяёіїє",
    "mk": "йщъыьэюяёіїєђћ", "fa": "ٹڈڑےںټډړښځڅۍ", "ar": "ٹڈڑےںہټډړښځڅۍەێۆ",
}  # fmt: skip


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Small words that are frequent in one language and no words in its neighbours. Compared with Arabic ي and ك
# written as Persian ی and ک, because Persian is often typed on Arabic keyboards.
_WORDS: Mapping[str, Mapping[str, frozenset[str]]] = {
    "arabic": {
        "ar": _words(
            "فی علی إلى الی أن ان إن عن التی الذی هذا هذه قال کان کانت بعد قبل مع هو هی وقال لم لا ما ذلک"
        ),
        "fa": _words("است این که را از برای با در شد کرد می شده آن خود بود باید نیست هم کرده شود های"),
        "ur": _words("کے کی ہے میں نے اور سے کا کہ کو پر ہیں تھا نہیں اس"),
        "ps": _words("دی چې کړی شوی ته څخه"),
        "ku": _words("له بۆ کە ئەو لە"),
    },
    "cyrillic": {
        "ru": _words("что это как его был была были или из также после только уже когда она они чтобы об со все"),
        "uk": _words(
            "що це та й від але також був була були які який щодо після під час про із зі як його вже тільки"
        ),
        "be": _words("што гэта ён яго быў пра пасля якія таксама ад ці"),
        "bg": _words("че се са е ще това към като който която които през беше със във след бе обаче"),
        "sr": _words("је су који која није да се од што као био"),
        "mk": _words("дека со во од го ќе ја беше кои кој"),
        "kk": _words("және бұл үшін мен бар деп"),
    },
}
_ENGLISH = _words(
    "the and of that was with from were has have this which said their been would after who is are by his will"
    " they about had when into could should where there says its"
)
# A fifth of the words of an English text are among these; no other language reaches half of that.
MIN_ENGLISH_SHARE = 0.15
_SAME = str.maketrans({"ي": "ی", "ك": "ک"})


def detect(text: str) -> Language:
    """Return the language of a text: an ISO 639-1 code and a confidence between 0 and 1.

    `und` with confidence 0 when there are too few letters to tell. Never raises. The same text always gives
    the same answer. Loads langdetect's profiles if `language_statistics.load_profiles` has not been called.
    """
    sample = _sample(text)
    characters = Counter(sample)
    letters = sum(times for character, times in characters.items() if character.isalpha())
    counts = _by_script(characters)
    script, count = counts.most_common(1)[0]
    # One Chinese character says as much as a few letters.
    if letters < MIN_LETTERS and counts["han"] + counts["kana"] + counts["hangul"] < MIN_LETTERS // 2:
        return UNDETERMINED
    if script in {"han", "kana"}:
        both = counts["han"] + counts["kana"]
        script = "kana" if counts["kana"] >= MIN_KANA_SHARE * both else "han"
        count = both
    if script in _ONE_LANGUAGE:
        return Language(_ONE_LANGUAGE[script], round(count / letters, 4))
    by_statistics = _statistics(sample)
    if script in _LETTERS and count * 2 > letters:
        by_letters = _tell(sample.lower(), script)
        if by_letters is not None and by_letters.code != by_statistics.code:
            return by_letters
    return by_statistics


def _by_script(characters: Counter[str]) -> Counter[str]:
    """Return how many letters of each script there are, every script named."""
    counts = Counter(dict.fromkeys(_SCRIPTS, 0))
    for character, times in characters.items():
        script = _script(character)
        if script is not None:
            counts[script] += times
    return counts


@lru_cache(maxsize=1 << 13)
def _script(character: str) -> str | None:
    return next((script for script, pattern in _SCRIPTS.items() if pattern.match(character)), None)


def _sample(text: str) -> str:
    if len(text) <= HEAD_CHARACTERS + MIDDLE_CHARACTERS:
        return text
    middle = max(HEAD_CHARACTERS, len(text) // 2)
    return text[:HEAD_CHARACTERS] + " " + text[middle : middle + MIDDLE_CHARACTERS]


def _tell(sample: str, script: str) -> Language | None:
    """Let letters and small words vote; None when they are silent or two languages come close."""
    seen = Counter(sample)
    words = Counter(re.findall(r"[^\W\d_]+", sample.translate(_SAME)))
    votes = Counter[str]()
    for language, own in _LETTERS[script].items():
        votes[language] = sum(seen[letter] for letter in own)
        if votes[language]:
            votes[language] += sum(seen[letter] for letter in _BESIDES.get(language, ""))
    for language, own_words in _WORDS[script].items():
        votes[language] += 2 * sum(words[word] for word in own_words)
    if script == "arabic":
        votes["ar"] += sum(n for word, n in words.items() if word.startswith("ال") and len(word) > 3)
        # Urdu shares Persian's letters and adds its own: what is common to both is no vote against it.
        if sum(seen[letter] for letter in _LETTERS[script]["ur"]) * 6 > votes["fa"]:
            votes["ur"] += votes["fa"]
    for language, foreign in _FOREIGN.items():
        if votes[language]:
            votes[language] -= 3 * sum(seen[letter] for letter in foreign)
    (first, most), (_, second) = votes.most_common(2)
    if most <= 0 or most - max(second, 0) < 1:
        return None
    return Language(first, round(most / (most + max(second, 0)), 4))


def _statistics(sample: str) -> Language:
    found = probabilities(sample)
    if not found:
        return UNDETERMINED
    language, probability = found[0]
    # langdetect writes zh-cn and zh-tw; the code alone is ISO 639-1.
    code, confidence = language.partition("-")[0], round(min(probability, 1.0), 4)
    if code != "en" and (english := _english_share(sample)) >= MIN_ENGLISH_SHARE:
        return Language("en", round(min(1.0, 0.5 + english), 4))
    return Language(code, confidence) if confidence >= MIN_CONFIDENCE else UNDETERMINED


def _english_share(sample: str) -> float:
    words = re.findall(r"[a-z]+", sample.lower())
    return sum(word in _ENGLISH for word in words) / len(words) if words else 0.0
