"""Every kind of bad input ends in a text or in one of the closed list of reasons; none crashes or hangs."""

import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.adapters.furniture_files import load_furniture_rules
from worker.domain.article import ExtractedArticle, RawArticle
from worker.domain.errors import Reason, RejectedError
from worker.domain.extract import extract, read_raw_article

RULES = load_furniture_rules()
NOW = datetime(2024, 5, 1, tzinfo=UTC)
MAX_BYTES = 12_000_000
STORY = [f"The council met on Monday and decided on plan number {i} for the harbour." for i in range(1, 9)]
HTML = "".join(f"<p>{line}</p>" for line in STORY)
CONTROLS = [chr(code) for code in [*range(9), 11, 12, *range(14, 32), 127]]


def run(value: bytes) -> ExtractedArticle:
    return extract(read_raw_article(value, MAX_BYTES), NOW, RULES)


def run_page(page: str) -> ExtractedArticle:
    return extract(RawArticle(body=page), NOW, RULES)


def message(**fields: object) -> bytes:
    return json.dumps(fields).encode()


def reason_of(value: bytes) -> tuple[Reason, str | None]:
    with pytest.raises(RejectedError) as error:
        run(value)
    assert error.value.detail
    assert len(error.value.detail) < 500
    return error.value.reason, error.value.article_id


@pytest.mark.parametrize(
    "value",
    [b"", b" ", b"{", b"not json", b'{"body": "x"', b'{"body": "x"} {"body": "y"}', b'{"body": NaN}', b"\x00",
     b'{"body": "\xff\xfe"}', "قصة".encode("cp1256"), b"[" * 100_000, b'{"a":' * 100_000, b'{"body": "a\nb"}'],
)  # fmt: skip
def test_what_is_not_json_is_rejected(value: bytes) -> None:
    assert reason_of(value) == (Reason.NOT_JSON, None)


@pytest.mark.parametrize(
    "value",
    [b"[]", b"null", b"1", b'"text"', b"[1, 2]", b'{"body": 1}', b'{"body": ["x"]}', b'{"body": "x", "title": 5}',
     b'{"body": "x", "published_at": 1711270800}', b'{"body": "x", "content_type": null}',
     b'{"body": "\\ud800", "title": 5}'],
)  # fmt: skip
def test_json_of_another_shape_is_rejected(value: bytes) -> None:
    assert reason_of(value)[0] is Reason.WRONG_SHAPE


def test_a_rejected_message_keeps_the_id_it_gave() -> None:
    assert reason_of(b'{"id": "a-1", "body": 1}') == (Reason.WRONG_SHAPE, "a-1")
    assert reason_of(b'{"id": "a-2"}') == (Reason.NO_BODY, "a-2")
    assert reason_of(message(id="a-3", body="x", content_type="image/png")) == (
        Reason.UNKNOWN_CONTENT_TYPE,
        "a-3",
    )


@pytest.mark.parametrize(
    "value", [b"{}", b'{"url": "https://a.example/"}', b'{"body": null, "body_base64": null}']
)
def test_no_body_is_rejected(value: bytes) -> None:
    assert reason_of(value)[0] is Reason.NO_BODY


@pytest.mark.parametrize(
    "fields",
    [{"body": ""}, {"body": " \n\t\u00a0"}, {"body_base64": ""}, {"body": "", "body_base64": " "},
     {"body_base64": base64.b64encode(b" \r\n").decode()}],
)  # fmt: skip
def test_an_empty_body_is_rejected(fields: dict[str, str]) -> None:
    assert reason_of(message(**fields))[0] is Reason.EMPTY_BODY


def test_a_body_of_20_mb_is_rejected_before_it_is_read() -> None:
    assert reason_of(b'{"body": "' + b"x" * 20_000_000 + b'"}') == (Reason.TOO_LARGE, None)
    assert reason_of(b"x" * 20_000_000) == (Reason.TOO_LARGE, None)


def test_the_limit_on_size_is_exact() -> None:
    value = message(body="x")
    assert read_raw_article(value, len(value)).body == "x"
    with pytest.raises(RejectedError):
        read_raw_article(value, len(value) - 1)


@pytest.mark.parametrize("content_type", ["application/pdf", "image/png", "", "html", "text/", "text/htmlx", ";"])
def test_an_unknown_content_type_is_rejected(content_type: str) -> None:
    assert reason_of(message(body="x y", content_type=content_type))[0] is Reason.UNKNOWN_CONTENT_TYPE


@pytest.mark.parametrize("content_type", ["text/plain", "TEXT/PLAIN", " text/plain ; charset=utf-8"])
def test_a_content_type_is_read_whatever_its_spelling(content_type: str) -> None:
    assert run(message(body="A story.", content_type=content_type)).text == "A story."


@pytest.mark.parametrize(
    "data",
    [b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, b"%PDF-1.4\n%\xe2\xe3", b"PK\x03\x04" + b"a" * 100,
     bytes(range(256)) * 30, b"\x00" * 500],
)  # fmt: skip
def test_bytes_that_are_no_text_are_rejected(data: bytes) -> None:
    encoded = base64.b64encode(data).decode()
    assert reason_of(message(body_base64=encoded))[0] is Reason.NOT_TEXT
    assert reason_of(message(body_base64=encoded, content_type="text/plain"))[0] is Reason.NOT_TEXT


def test_a_body_string_of_controls_is_no_text() -> None:
    assert reason_of(message(body="\x01\x02\x03\x04" * 50))[0] is Reason.NOT_TEXT


@pytest.mark.parametrize("encoded", ["%%%", "abc", "YWJj*", "ناص"])
def test_what_is_not_base64_is_of_another_shape(encoded: str) -> None:
    assert reason_of(message(body_base64=encoded))[0] is Reason.WRONG_SHAPE


def test_base64_with_line_ends_is_read() -> None:
    assert run(message(body_base64=base64.encodebytes(HTML.encode()).decode())).text.split("\n") == STORY


@pytest.mark.parametrize("charset", ["windows-1256", "utf-16", "utf-16-le", "utf-8-sig"])
@pytest.mark.parametrize("declared", ["", "utf-8", "windows-1252"])
def test_wrong_or_missing_charsets_end_in_the_text(charset: str, declared: str) -> None:
    story = "قال المتحدث باسم الكرملين إن موسكو لم تتلق أي تحذير، وأضاف أن التحقيق مستمر منذ يوم الجمعة."
    meta = f'<meta charset="{declared}">' if declared else ""
    page = f"<html><head>{meta}</head><body><article><p>{story}</p><p>{story[5:]}</p></article></body></html>"
    article = run(message(body_base64=base64.b64encode(page.encode(charset)).decode()))
    assert article.text.split("\n") == [story, story[5:]]
    assert len(article.notes) == 1


# --- markup that is hard to parse ---------------------------------------------------------------------------


@pytest.mark.parametrize("tag", ["div", "span", "b", "blockquote", "table><tr><td", "ul><li", "a", "form", "font"])
def test_a_page_100_000_levels_deep_is_read_or_holds_no_article(tag: str) -> None:
    page = (
        f"<html><body>{HTML}" + f"<{tag}>" * 100_000 + "inmost" + f"</{tag.split('>', maxsplit=1)[0]}>" * 100_000
    )
    assert run_page(page).text.split("\n")[:8] == STORY
    with pytest.raises(RejectedError) as error:
        run_page(f"<{tag}>" * 100_000)
    assert error.value.reason is Reason.NO_ARTICLE


def test_a_story_below_the_depth_that_can_be_parsed_is_read_without_structure() -> None:
    article = run_page("<div>" * 1_000 + HTML + "</div>" * 1_000)
    assert article.text.split("\n") == STORY
    assert "levels deep" in article.notes[0]


@pytest.mark.parametrize("attribute", ["a{}=1", "a{}", 'a{}="<>"', "data-{}='x y'"])
def test_a_tag_with_very_many_attributes_does_not_hide_the_story(attribute: str) -> None:
    attributes = " ".join(attribute.format(i) for i in range(200_000))
    assert run_page(f"<html><body><div {attributes}>{HTML}</div></body></html>").text.split("\n") == STORY


def test_a_million_attributes_on_a_tag_do_not_hide_the_story() -> None:
    assert run_page(f"<body><p {'a=1 ' * 1_000_000}>{HTML}").text.split("\n") == STORY


@pytest.mark.parametrize(
    "junk",
    ["<br>" * 2_500_000, "<!-- " * 500_000, "<script>" * 500_000, "<style>" * 100_000, '<a href="' * 200_000,
     "<" * 1_000_000, "<p " * 300_000, "&#0;" * 200_000, "&" * 1_000_000, "<svg>" * 200_000,
     "<![CDATA[" * 50_000, "<?x " * 50_000, "<li>Read more</li>" * 7_000, "<p>[Ad]</p>" * 5_000],
    ids=["10 MB of br", "comments", "scripts", "styles", "quotes", "angle brackets", "tags", "entities",
         "ampersands", "drawings", "cdata", "instructions", "related headings", "advertisements"],
)  # fmt: skip
def test_megabytes_of_junk_after_the_story_change_nothing(junk: str) -> None:
    assert run_page(f"<html><body>{HTML}{junk}").text.split("\n")[: len(STORY)] == STORY


@pytest.mark.parametrize("junk", ["<tr><td>1</td><td>2</td></tr>", "<a href='/x'>a link</a> ", "x<br>"])
def test_markup_is_cut_where_more_would_cost_too_much(junk: str) -> None:
    article = run_page(f"<html><body>{HTML}<table>{junk * 100_000}</table>")
    assert any(note.startswith("markup cut") for note in article.notes)


def test_a_large_json_ld_is_left_out() -> None:
    block = json.dumps({"datePublished": "2024-01-01", "x": ["y" * 100] * 30_000})
    article = run_page(
        f'<html><head><script type="application/ld+json">{block}</script></head><body>{HTML}</body></html>'
    )
    assert article.text.split("\n") == STORY
    assert article.published_at is None
    assert article.notes == ["JSON-LD too large to be read"]


@pytest.mark.parametrize(
    "block", ["[" * 60_000, "{", "null", "[1]", '{"datePublished": 5}', '{"@graph": {"a": []}}', "\ud800"]
)
def test_broken_json_ld_is_ignored(block: str) -> None:
    page = f'<html><head><script type="application/ld+json">{block}</script></head><body>{HTML}</body></html>'
    assert run_page(page).text.split("\n") == STORY


def test_unclosed_tags_and_comments_do_not_swallow_the_story() -> None:
    assert run_page("<html><body><div><p>" + "<p>".join(STORY)).text.split("\n") == STORY
    assert run_page(f"<html><body><!-- a comment without end<hr>{HTML}").text.split("\n") == STORY
    assert run_page(f"<html><body><!--><p></p><!---->{HTML}").text.split("\n") == STORY


@pytest.mark.parametrize(
    "page",
    ["<html></html>", "<p></p>", "<nav><a href='/'>Home page</a></nav>", "<script>var story = 'a b c';</script>",
     "<!-- a comment -->", "<img src='x.jpg'>", "<><>",
     "<html><head><title>Only a title</title></head></html>"],
)  # fmt: skip
def test_markup_without_an_article_is_rejected(page: str) -> None:
    assert reason_of(message(body=page)) == (Reason.NO_ARTICLE, run_id(page))


def run_id(body: str) -> str:
    from worker.domain.article import article_id

    return article_id(None, [], body.encode())


@pytest.mark.parametrize("text", ["إعلان", "12:30\n\n***", "أخبار ذات صلة\n\nخبر أول"])
def test_text_of_furniture_only_holds_no_article(text: str) -> None:
    assert reason_of(message(body=text, content_type="text/plain"))[0] is Reason.NO_ARTICLE


# --- odd characters -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("content_type", ["text/html", "text/plain"])
def test_controls_and_nul_are_taken_out(content_type: str) -> None:
    for control in CONTROLS:
        if control in "\x0b\x0c":
            continue  # these end a line or a word
        first = STORY[0].replace("Monday", f"Mon{control}day")
        body = "\n\n".join([first, *STORY[1:]])
        if content_type == "text/html":
            body = "".join(f"<p>{line}</p>" for line in [first, *STORY[1:]])
        assert run(message(body=body, content_type=content_type)).text.split("\n") == STORY


@pytest.mark.parametrize(
    "reference", ["&#0;", "&#x0;", "&#1;", "&#xD800;", "&#xDFFF;", "&#x110000;", "&#xFFFE;", "&#99999999999;"]
)
def test_references_to_no_character_are_taken_out(reference: str) -> None:
    page = HTML.replace("Monday", f"Mon{reference}day", 1)
    assert run_page(page).text.split("\n") == STORY


@pytest.mark.parametrize("content_type", ["text/html", "text/plain"])
def test_lone_surrogates_become_replacement_characters(content_type: str) -> None:
    story = STORY[0].replace("Monday", "Mon\\ud800day")
    body = f"<p>{story}</p>{HTML}" if content_type == "text/html" else story
    value = f'{{"body": "{body}", "title": "a\\udfff", "id": "x", "content_type": "{content_type}"}}'.encode()
    article = run(value)
    assert article.text.split("\n")[0] == STORY[0].replace("Monday", "Mon\ufffdday")
    assert article.title == "a\ufffd"
    assert article.text.encode("utf-8")


def test_surrogates_in_a_record_that_was_not_read_from_json_are_replaced() -> None:
    for content_type in ("text/html", "text/plain"):
        raw = RawArticle(body=f"<p>{STORY[0]} \ud800</p>{HTML}", content_type=content_type, title="t\ud800")
        article = extract(raw, NOW, RULES)
        assert (article.text + (article.title or "")).encode("utf-8")


def test_an_escaped_pair_of_surrogates_is_one_character() -> None:
    value = b'{"body": "\\ud83d\\ude00 smiled.", "title": "\\ud800", "content_type": "text/plain"}'
    assert run(value).text == "\U0001f600 smiled."


@pytest.mark.parametrize("content_type", ["text/html", "text/plain"])
def test_bidi_controls_stay_in_the_text(content_type: str) -> None:
    story = "قال \u202bموقع\u202c \u2067(Reuters)\u2069 إن\u200f الهجوم\u200e وقع يوم الجمعة في موسكو وفق ما نقل."
    body = f"<p>{story}</p>{HTML}" if content_type == "text/html" else story
    assert run(message(body=body, content_type=content_type)).text.split("\n")[0] == story


def test_a_byte_order_mark_before_the_json_is_ignored() -> None:
    assert run(b"\xef\xbb\xbf" + message(body="A story.", content_type="text/plain")).text == "A story."


# --- odd fields ---------------------------------------------------------------------------------------------


def test_a_date_in_the_year_9999_is_dropped() -> None:
    article = run(message(body="A story.", content_type="text/plain", published_at="9999-12-31T23:59:59Z"))
    assert article.published_at is None
    assert "9999" in article.notes[0]


def test_an_id_of_10_kb_is_of_another_shape() -> None:
    assert reason_of(message(id="x" * 10_000, body="A story."))[0] is Reason.WRONG_SHAPE
    assert reason_of(message(id="ق" * 257, body="A story."))[0] is Reason.WRONG_SHAPE
    assert run(message(id="x" * 512, body="A story.")).id == "x" * 512


@pytest.mark.parametrize(
    "url", ["", " ", "http://[", "javascript:alert(1)", "\x00", "not a url", "//", "http://" + "a" * 9_000]
)
def test_an_odd_address_never_loses_an_article(url: str) -> None:
    assert run(message(body=HTML, url=url)).text.split("\n") == STORY


# --- anything at all ----------------------------------------------------------------------------------------


@given(st.binary(max_size=300))
def test_any_message_is_read_or_rejected(value: bytes) -> None:
    try:
        read_raw_article(value, MAX_BYTES)
    except RejectedError as error:
        assert error.reason in Reason  # noqa: PT017


@given(st.binary(max_size=300), st.sampled_from(["text/html", "text/plain"]))
def test_any_bytes_as_body_end_in_text_or_a_rejection(data: bytes, content_type: str) -> None:
    raw = RawArticle(body_base64=base64.b64encode(data).decode(), content_type=content_type)
    check(raw)


@given(st.text(alphabet=st.characters(), max_size=300), st.sampled_from(["text/html", "text/plain"]))
def test_any_text_as_body_ends_in_text_or_a_rejection(body: str, content_type: str) -> None:
    check(RawArticle(body=body, content_type=content_type, title=body, url=body, source=body, published_at=body))


MARKUP = st.lists(
    st.sampled_from(
        ["<p>", "</p>", "<div>", "</div>", "<!--", "-->", "<script>", "</script>", "<figure>", "<ul><li>",
         "<a href=x>", "</a>", "<table>", "&#0;", "&amp;", "<h2>Related</h2>", "أخبار ذات صلة", "The council met.",
         "Photo: Reuters", "\x00", "\u200f", "<html>", "<head>", "<body>", "<title>", "<br>", "\n", "[Ad]",
         '<script type="application/ld+json">{"datePublished":"2024"}', "</html>", "<frameset>", "<template>",
         "<svg>", "<noscript>", "<textarea>", "<?xml version='1.0' encoding='x'?>"]
    ),
    max_size=40,
)  # fmt: skip


@given(MARKUP)
def test_any_markup_ends_in_text_or_a_rejection(pieces: list[str]) -> None:
    check(RawArticle(body="".join(pieces)))


def check(raw: RawArticle) -> None:
    try:
        article = extract(raw, NOW, RULES)
    except RejectedError as error:
        assert error.reason in Reason  # noqa: PT017
        return
    assert article.text.strip() == article.text != ""
    assert not any(control in article.text for control in CONTROLS)
    assert all(line and " ".join(line.split()) == line for line in article.text.split("\n"))
    assert article.text.encode("utf-8")
