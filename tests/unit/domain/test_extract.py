"""From a raw article to its text and metadata."""

import base64
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from worker.adapters.furniture_files import load_furniture_rules
from worker.domain.article import ExtractedArticle, RawArticle
from worker.domain.errors import Reason, RejectedError
from worker.domain.extract import extract, read_raw_article

RULES = load_furniture_rules()
NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
PAGES = Path(__file__).parent / "pages"
SEEDS = Path(__file__).parents[3] / "seeds" / "articles"
PARAGRAPHS = [f"The council met on Monday and decided on plan number {i} for the harbour." for i in range(1, 6)]
HTML = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)


def from_file(path: Path) -> ExtractedArticle:
    content_type = "text/html" if path.suffix == ".html" else "text/plain"
    message = {"body_base64": base64.b64encode(path.read_bytes()).decode(), "content_type": content_type}
    return extract(read_raw_article(json.dumps(message).encode(), 10**7), NOW, RULES)


def from_page(head: str = "", body: str = HTML, **fields: str) -> ExtractedArticle:
    page = f"<!doctype html><html><head>{head}</head><body><article>{body}</article></body></html>"
    return extract(RawArticle(body=page, **fields), NOW, RULES)


def from_text(text: str, **fields: str) -> ExtractedArticle:
    return extract(RawArticle(body=text, content_type="text/plain", **fields), NOW, RULES)


# --- the seeds -------------------------------------------------------------------------------------------

FURNITURE_OF_THE_SEEDS = {
    "000_7a53ebf06f65ff88": [
        "أخبار ذات صلة",
        'واشنطن تندد بهجوم موسكو "البغيض"',
        '"راسلوني عبر تلغرام".. اعترافات مثيرة لأحد منفذي هجوم موسكو',
        "هجوم موسكو الدامي.. أوكرانيا تعلق بغضب على اتهامات روسيا",
        "ارتفاع عدد قتلى هجوم موسكو.. والبحث بين الأنقاض يستغرق أياما",
    ],
    "001_6dc87c83f0684de8": [
        "كيف وقع الهجوم الإرهابي على المسرح الروسي؟ فيديو: رويترز، تاس",
        "مسلحون داخل المنطقة التي يُعتقد أنها بهو مسرح قاعة مدينة كروكوس في كراسنوجورسك، منطقة موسكو، روسيا "
        "في 23 مارس/آذار. فيديو: أماق",
        "اشتعلت النيران في مسرح كروكوس سيتي هول في ضواحي موسكو، روسيا، بعد هجوم إرهابي في ليلة 22 مارس. "
        "الصورة: AP",
        "[إعلان 2]",
        "رابط المصدر",
        "تعليق (0)",
    ],
}


@pytest.mark.parametrize(
    ("name", "sha256"),
    [
        ("000_7a53ebf06f65ff88.txt", "cb2a1ecd3119b4626f54f06eb51b5d7fc4dc696657b56061d70ce3a7ab0e4da1"),
        ("001_6dc87c83f0684de8.txt", "d9a9ba65f3d1a52ad74e6455a28741d32dbcf537705e96af85b12ee2a0efa0fc"),
    ],
)
def test_the_seeds_are_the_texts_as_they_came(name: str, sha256: str) -> None:
    assert hashlib.sha256((SEEDS / name).read_bytes()).hexdigest() == sha256


@pytest.mark.parametrize("suffix", [".txt", ".html"])
@pytest.mark.parametrize("name", list(FURNITURE_OF_THE_SEEDS))
def test_a_seed_keeps_every_line_of_the_story_and_loses_every_line_of_furniture(name: str, suffix: str) -> None:
    furniture = FURNITURE_OF_THE_SEEDS[name]
    lines = [" ".join(line.split()) for line in (SEEDS / f"{name}.txt").read_text(encoding="utf-8").split("\n")]
    assert set(furniture) <= set(lines)
    story = [line for line in lines if line and line not in furniture]
    assert from_file(SEEDS / f"{name}{suffix}").text.split("\n") == story


@pytest.mark.parametrize("name", list(FURNITURE_OF_THE_SEEDS))
def test_text_and_page_of_a_seed_are_copies(name: str) -> None:
    text, page = from_file(SEEDS / f"{name}.txt"), from_file(SEEDS / f"{name}.html")
    assert text.text_hash == page.text_hash == hashlib.sha256(text.text.encode()).hexdigest()
    assert text.id != page.id


def test_a_seed_page_tells_about_itself() -> None:
    page = from_file(SEEDS / "000_7a53ebf06f65ff88.html")
    assert page.title == "جدل في روسيا بعد تحذير أميركي سبق هجوم كروكوس"
    assert (page.author, page.source) == ("سامي الخطيب", "صحيفة المرقب")
    assert page.url == "https://marqab.example.org/world/17295-crocus-warning"
    assert page.published_at == datetime(2024, 3, 24, 14, 42, 10, tzinfo=UTC)
    assert page.declared_language == "ar"


def test_a_page_in_windows_1256_is_read_by_its_own_declaration() -> None:
    raw = (SEEDS / "001_6dc87c83f0684de8.html").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")
    page = from_file(SEEDS / "001_6dc87c83f0684de8.html")
    assert page.title == '"واجب التحذير".. مبدأ استخباراتي لم يمنع هجوم كروكوس'
    assert page.published_at == datetime(2024, 4, 3, 5, 30, tzinfo=UTC)


# --- pages of other make -----------------------------------------------------------------------------------


def test_an_english_page_keeps_its_story_only() -> None:
    article = from_file(PAGES / "en_harbour.html")
    lines = article.text.split("\n")
    assert lines[0].startswith("The town council has approved")
    assert lines[-1].endswith("held in the library from Monday.")
    assert "What opponents say" in lines
    assert any(line.startswith("Read more about the plan was") for line in lines)
    assert len(lines) == 7
    for furniture in [
        "Advertisement",
        "Related",
        "Fishermen threaten",
        "Five things",
        "Sign up",
        "Source:",
        "Tom Reed",
    ]:
        assert furniture not in article.text
    assert (article.author, article.source) == ("Mary Holt", "The Quay Gazette")
    assert article.published_at == datetime(2023, 11, 14, 21, 15, tzinfo=UTC)
    assert article.declared_language == "en"


def test_a_russian_page_keeps_its_story_only() -> None:
    article = from_file(PAGES / "ru_bridge.html")
    lines = article.text.split("\n")
    assert lines[0].startswith("Новый автомобильный мост")
    assert lines[-1].startswith("Старый мост")
    assert len(lines) == 5
    assert article.title == "Мост через Волгу откроют на месяц раньше срока"
    assert article.published_at == datetime(2024, 2, 5, 6, 30, tzinfo=UTC)
    assert {"related", "advertisement", "source", "newsletter"} <= {piece.kind for piece in article.removed}


# --- the text --------------------------------------------------------------------------------------------


def test_plain_text_becomes_one_paragraph_a_line() -> None:
    assert from_text("  First  one.\r\n\r\n\r\nSecond\tone.\u2028Third.\x0bFourth.").text == (
        "First one.\nSecond one.\nThird.\nFourth."
    )


def test_page_and_text_with_the_same_story_have_the_same_hash() -> None:
    assert from_page().text_hash == from_text("\n\n".join(PARAGRAPHS)).text_hash


def test_persian_non_joiners_and_bidi_controls_survive_a_page() -> None:
    story = "این خبر را خبرگزاری‌ها روز دوشنبه منتشر کردند و مقام‌ها آن را تایید می‌کنند. \u2067(Reuters)\u2069 گفت"
    article = from_page(body=f"<p>{story}</p>{HTML}")
    assert article.text.split("\n")[0] == story
    assert from_page(body=f"<p>می&zwnj;شود که {story}</p>{HTML}").text.startswith("می\u200cشود")


def test_a_widthless_sign_written_as_entity_is_kept_in_an_ascii_page() -> None:
    assert (
        "one\u200dtwo"
        in from_page(body=f"<p>The words one&#8205;two stood in the notice on Monday.</p>{HTML}").text
    )


def test_the_text_is_not_normalised() -> None:
    decomposed = "Le cafe\u0301 est ferme\u0301 depuis lundi."
    assert from_text(decomposed).text == decomposed


def test_a_title_repeated_above_the_story_is_not_part_of_the_text() -> None:
    article = from_page(head="<title>Harbour plan</title>", body=f"<h1>Harbour plan</h1>{HTML}")
    assert article.title == "Harbour plan"
    assert article.text.split("\n") == PARAGRAPHS


def test_lists_keep_their_items_without_bullets() -> None:
    article = from_page(body=f"{HTML}<ul><li>A new breakwater will be built.</li><li>The quay stays.</li></ul>")
    assert article.text.split("\n")[-2:] == ["A new breakwater will be built.", "The quay stays."]


@pytest.mark.parametrize("tag", ["article", "div", "main", "section"])
def test_a_flash_of_news_keeps_its_paragraphs(tag: str) -> None:
    flash = ["Blast heard in Kyiv.", "Officials have not commented yet."]
    body = "".join(f"<p>{line}</p>" for line in flash)
    article = f"<{tag}><h1>Blast</h1>{body}<p>Advertisement</p></{tag}>"
    page = f"<body><nav><a href=/>Home</a></nav>{article}<footer>The Gazette 2024</footer></body>"
    assert extract(RawArticle(body=page, title="Blast"), NOW, RULES).text.split("\n") == flash


def test_bold_words_do_not_break_a_line_of_a_short_page() -> None:
    page = "<html><body><div>The <b>council</b> met on <i>Monday</i>, it said.</div></body></html>"
    assert extract(RawArticle(body=page), NOW, RULES).text == "The council met on Monday, it said."


def test_markup_without_tags_is_read_as_text() -> None:
    article = extract(RawArticle(body="One line of story.\n\nAnother line."), NOW, RULES)
    assert article.text == "One line of story.\nAnother line."


def test_what_was_removed_is_bounded() -> None:
    text = "\n\n".join([*PARAGRAPHS, *(f"[Advertisement {i}]" for i in range(200)), "Photo: " + "x" * 70])
    article = from_text(text)
    assert len(article.removed) == 50
    assert all(len(piece.text) <= 300 for piece in article.removed)


# --- metadata --------------------------------------------------------------------------------------------


def test_the_producers_fields_win_over_the_pages() -> None:
    head = (
        '<title>Page title</title><link rel="canonical" href="https://a.example/page">'
        '<meta property="og:site_name" content="Site">'
        '<meta property="article:published_time" content="2020-01-01">'
    )
    article = from_page(
        head, title="Mine", source="Me", url="https://b.example/x", published_at="2021-02-03T04:05:06Z"
    )
    assert (article.title, article.source, article.url) == ("Mine", "Me", "https://b.example/x")
    assert article.published_at == datetime(2021, 2, 3, 4, 5, 6, tzinfo=UTC)
    page_only = from_page(head)
    assert (page_only.title, page_only.source, page_only.url) == (
        "Page title",
        "Site",
        "https://a.example/page",
    )
    assert page_only.published_at == datetime(2020, 1, 1, tzinfo=UTC)


def test_the_id_is_given_or_derived_from_the_url_or_the_body() -> None:
    canonical = '<link rel="canonical" href="https://a.example/page">'
    assert from_page(id="mine").id == "mine"
    by_url = from_text("A story.", url="https://a.example/page?utm_source=feed").id
    assert by_url == from_page(canonical).id
    assert by_url != from_page(canonical, url="https://b.example/other").id
    assert from_text("A story.").id == from_text("A story.").id != from_text("Another story.").id


def test_the_same_page_as_text_and_as_bytes_has_the_same_id() -> None:
    as_bytes = extract(RawArticle(body_base64=base64.b64encode(HTML.encode()).decode()), NOW, RULES)
    assert as_bytes.id == extract(RawArticle(body=HTML), NOW, RULES).id


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2024-03-24T10:00:00Z", datetime(2024, 3, 24, 10, tzinfo=UTC)),
        ("2024-03-24t10:00:00.123z", datetime(2024, 3, 24, 10, 0, 0, 123000, tzinfo=UTC)),
        ("2024-03-24 10:00:00+03:00", datetime(2024, 3, 24, 7, tzinfo=UTC)),
        ("2024-03-24T10:00", datetime(2024, 3, 24, 10, tzinfo=UTC)),
        ("2024-03-24", datetime(2024, 3, 24, tzinfo=UTC)),
        ("2024-03-24T23:59:60Z", datetime(2024, 3, 24, 23, 59, 59, tzinfo=UTC)),
        ("Sun, 24 Mar 2024 10:00:00 GMT", datetime(2024, 3, 24, 10, tzinfo=UTC)),
        ("2024-05-02T11:00:00Z", datetime(2024, 5, 2, 11, tzinfo=UTC)),
    ],
)
def test_times_are_read_leniently(written: str, read: datetime) -> None:
    article = from_text("A story.", published_at=written)
    assert article.published_at == read
    assert article.notes == []


@pytest.mark.parametrize(
    "written",
    ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00", "1989-12-31T00:00:00Z", "2024-05-02T12:00:01Z",
     "0001-01-01T00:00:00+14:00", "yesterday", "12/13/14/15", "2024-13-45", "x" * 5000, "\u0663"],
)  # fmt: skip
def test_a_time_that_cannot_be_is_dropped_with_a_note(written: str) -> None:
    article = from_text("A story.", published_at=written, fetched_at="2024-04-30T00:00:00Z")
    assert article.published_at is None
    assert article.fetched_at == datetime(2024, 4, 30, tzinfo=UTC)
    assert len(article.notes) == 1
    assert article.notes[0].startswith("published_at dropped")
    assert len(article.notes[0]) < 150


def test_overlong_fields_are_cut() -> None:
    article = from_text(
        "A story.", title="t" * 100_000, source="s" * 100_000, url="https://a.example/" + "u" * 9_000
    )
    assert len(article.title or "") == len(article.source or "") == 1_000
    assert article.url is None
    assert "url dropped" in article.notes[0]


def test_a_page_of_navigation_only_holds_no_article() -> None:
    page = "<html><body><nav><a href='/'>Home</a><a href='/a'>About</a></nav><footer>2024</footer></body></html>"
    with pytest.raises(RejectedError) as error:
        extract(RawArticle(body=page, id="x1"), NOW, RULES)
    assert error.value.reason is Reason.NO_ARTICLE
    assert error.value.article_id == "x1"
