"""The markup of a page made small and harmless, by quick ways that do what the plain ones do."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.domain import markup
from worker.domain.markup import clean_markup

BREAK = st.sampled_from(["<br>", "<BR/>", '<bR class="x">', "<br", "<brx>", " ", "\n", "a", "<b>", "<"])
# The expression as one would write it, before it was turned so that Python leaps from one "<" to the next.
PLAIN_BREAKS = re.compile(r"(?:<br\b[^<>]{0,40}>\s*){3,}+", re.IGNORECASE)
PLAIN_TAG = re.compile(r"<[a-zA-Z](?:[^\"'>]+|\"[^\"]*\"|'[^']*')*+>?")


@given(st.text(st.characters(max_codepoint=0x100) | st.sampled_from("\ufffe\uffff\ud800ب")))
def test_controls_are_seen_as_by_the_expression(text):
    assert markup._has_controls(text) == (markup._CONTROLS.search(text) is not None)


@given(st.lists(BREAK, max_size=30).map("".join))
def test_line_breaks_in_a_row_become_two(text):
    assert markup._BREAKS.sub("<br><br>", text) == PLAIN_BREAKS.sub("<br><br>", text)


@given(st.text("<>ab\"' /=", max_size=60))
def test_tags_end_where_their_quotes_allow(text):
    assert markup._TAG.findall(text) == PLAIN_TAG.findall(text)


@pytest.mark.parametrize(
    "page",
    ["a<script>b</script>c", "a<SCRIPT type=x>b</Script >c", "a<!-- b -->c", "a<Style>b</style>c",
     "a<sVg><b></svg>c", "a<tEmplate>b</template>c"],
)  # fmt: skip
def test_what_is_no_text_is_cut_out_however_it_is_written(page):
    assert clean_markup(page).text == "a c"


@pytest.mark.parametrize("page", ["a<scripts>b", "a<st>b", "a<!b>c", "a<t>b"])
def test_tags_that_only_begin_alike_stay(page):
    assert clean_markup(page).text == page
