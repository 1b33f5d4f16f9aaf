"""No expression of ours takes n² steps, whatever an article is made of.

Not by a stop-watch: an input four times as long may take some four times as long; one that is quadratic takes
sixteen times as long, on any machine.
"""

import re
import time

import pytest

from worker.adapters.furniture_files import load_furniture_rules
from worker.domain import caption, charset, furniture, language, markup, page, paragraphs, sentences, text
from worker.domain.paragraphs import read_story, split_lines
from worker.domain.term import wildcard_expression

RULES = load_furniture_rules()
MOST_TIMES_AS_LONG = 9
"""Of an input four times as long: between 4, which is linear, and 16, which is quadratic."""


def assert_linear(run, size):
    """Run on inputs of `size` and of four times `size`; the best of some tries each, until it is seen."""
    for _ in range(4):
        times = []
        for length in (size, 4 * size):
            tries = []
            for _ in range(3):
                started = time.process_time()
                run(length)
                tries.append(time.process_time() - started)
            times.append(min(tries))
        ratio = times[1] / max(times[0], 1e-4)
        if ratio < MOST_TIMES_AS_LONG:
            return
    pytest.fail(f"four times as long takes {ratio:.1f} times as long: {times}")


SENTENCE_TRAPS = ["!", ".", "…", "؟", ".)", '!"', "! ", ".\n", "a.", "。」", "\n", ").", "U.S. "]


@pytest.mark.parametrize("piece", SENTENCE_TRAPS)
def test_sentences(piece):
    assert_linear(lambda size: sentences.sentences(piece * size + "x"), 4_000)


@pytest.mark.parametrize(
    "piece",
    [
        "a'",
        "'",
        "\u200b",
        "a\u200b",
        "\u0301",
        "a\u0301",
        "й'",
        'צ"',
        "\u0640",
        "مُ",
        "مـــّ",
        "中",
        "ﷺ",
        "a\u0327\u0301",
        "\u2019",
        "К",
        "Кo",
    ],
)
def test_words_and_their_folding(piece):
    def run(size):
        for word in text.words("a" + piece * size + "x"):
            text.fold_anew(text.without_vowel_signs(word))
            text.exact_form(word)
            text.arabic_letters(word)

    assert_linear(run, 4_000)


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<a",
        "<a ",
        "<a '",
        "<a \"'",
        "<!--",
        "-->",
        "<script>",
        "<script",
        "</script",
        "<svg><style>",
        "&#",
        "&#x",
        "&",
        "<br>",
        "<br> ",
        "<br>\n\n\n\n",
        "<br><BR> <br",
        "<p",
        '"data:',
        "'data:",
        "<p a='\"",
        "<!",
        "\x00",
        "<br",
        "</",
        "<script></script",
    ],
)
def test_markup(piece):
    def run(size):
        page_text = piece * size + "x"
        markup.clean_markup(page_text)
        markup.has_tags(page_text)
        markup.text_of(page_text)
        page._hide_widthless(page_text)

    assert_linear(run, 4_000)


@pytest.mark.parametrize(
    "piece",
    [
        "!",
        ".",
        "…",
        "(",
        "[",
        "«",
        ":",
        "a:",
        " (",
        "a (Reuters",
        "©",
        "(c)",
        "Photo: ",
        "/",
        "A/",
        ". ",
        "! ",
        ",",
        "[a",
        "http://",
        "|",
        "- ",
        "abc. ",
        "Source: a. ",
    ],
)
@pytest.mark.parametrize("tail", ["x", "x Photo: Reuters", "x (Reuters)", "x © Reuters", "x. Source: Reuters"])
def test_lines_of_a_story(piece, tail):
    assert_linear(lambda size: read_story(split_lines("A story.\n" + piece * size + tail), RULES), 2_000)


@pytest.mark.parametrize("piece", [b"<", b"<a", b"&", b"&a", b"\xc3", b"\xc3\xa9", b"\xff", b"\x00a", b"\xe2\x80"])
def test_charsets(piece):
    def run(size):
        data = piece * size
        charset._MARKUP.sub(b" ", data)
        charset.odd_share(data.decode("latin-1"))
        charset._read_damaged_utf8(data)

    assert_linear(run, 4_000)


@pytest.mark.parametrize("piece", ["a", "a ", "ё", "中", "a1", "_", "ب"])
def test_language(piece):
    assert_linear(lambda size: language.detect(piece * size), 2_000)


@pytest.mark.parametrize(("key", "piece"), [("*a*b", "a"), ("a*a*a*b", "a"), ("x*ab*ab*c", "xab"), ("?*?b", "a")])
def test_wildcards_of_terms(key, piece):
    assert_linear(lambda size: wildcard_expression(key).fullmatch(piece * size), 2_000)


@pytest.mark.parametrize(
    ("key", "word", "is_found"),
    [
        ("a*b", "ab", True),
        ("a*b", "axxb", True),
        ("a*b", "axxbc", False),
        ("*ab*", "xxabxx", True),
        ("*", "", True),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("a*b*b", "ab", False),
        ("a*b*b", "abb", True),
        ("*ab*b", "ab", False),
        ("*a?*d", "abcd", True),
        ("a.*b", "axb", False),
        ("дом*", "домами", True),
        ("a*bc*bc", "abcbbc", True),
    ],
)
def test_wildcards_find_what_they_found_before(key, word, is_found):
    assert (wildcard_expression(key).fullmatch(word) is not None) is is_found


def test_every_expression_of_the_text_modules_is_looked_at_here():
    """A new expression in these modules is to be tried above with what it might stumble over."""
    modules = (text, sentences, markup, page, paragraphs, caption, furniture, charset)
    known = {name for module in modules for name, value in vars(module).items() if isinstance(value, re.Pattern)}
    assert known == KNOWN


KNOWN = {
    "WORD",
    "_ABBREVIATIONS",
    "_AFTER_HEADING",
    "_ANY_TAG",
    "_ARABIC",
    "_BLOCK",
    "_BRACKETED",
    "_BREAKS",
    "_CONTROLS",
    "_DATA_URI",
    "_HALF_WIDTH",
    "_IGNORED",
    "_INLINE_HEADING",
    "_IN_BRACKETS",
    "_LANGUAGE",
    "_LATIN_GARBAGE",
    "_LINE_ENDS",
    "_MARKED",
    "_MARKUP",
    "_NOT_PLAIN",
    "_ODD",
    "_OPTIONAL_MARKS",
    "_OWNED",
    "_PLAIN_LETTERS",
    "_PLAIN_WORD",
    "_QUOTED",
    "_REFERENCE",
    "_SENTENCE_END",
    "_SIGNED_ARABIC",
    "_SIGNS_IN_IT",
    "_SLASHED",
    "_SOURCE_TAIL",
    "_STOPS",
    "_STRIPPED",
    "_TAG",
    "_VOWEL_SIGNS",
    "_WIDTHLESS_REFERENCE",
    "_clinging_character",
    "_unspaced_character",
}
