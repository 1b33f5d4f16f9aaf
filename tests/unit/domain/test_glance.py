"""A look at an article shows every word that its title and its text come to hold, and leaves the rest in doubt."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.watch_topic_maker import make_watch_topic
from worker.adapters.furniture_files import load_furniture_rules
from worker.domain.article import RawArticle
from worker.domain.extract import open_article
from worker.domain.glance import possible_words
from worker.domain.matcher import Matcher
from worker.domain.text import words

RULES = load_furniture_rules()
STORY = "".join(
    f"<p>The council met on Monday and decided on plan number {n} for the harbour.</p>" for n in range(9)
)


def looked_at(body: str, **fields: str) -> set[str] | None:
    """Return the words of an article as a look at it shows them, None when in doubt."""
    written = possible_words(open_article(RawArticle(body=body, **fields)))
    return None if written is None else {word for piece in written for word in words(piece)}


def on_page(body: str = "", head: str = "", **fields: str) -> set[str]:
    found = looked_at(page(body, head), **fields)
    assert found is not None
    return found


def page(body: str = "", head: str = "") -> str:
    return f"<!doctype html><html><head>{head}</head><body><article>{STORY}{body}</article></body></html>"


def json_ld(data: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(data)}</script>'


def test_words_of_a_plain_text_and_of_the_producers_title_are_seen() -> None:
    found = looked_at("وقع هجوم\nفي موسكو", content_type="text/plain", title="Moscow, attacked")
    assert found == {"وقع", "هجوم", "في", "موسكو", "Moscow", "attacked"}


def test_a_control_in_a_plain_text_hides_no_word() -> None:
    found = looked_at("The Mos\x1ccow metro, " + "a long story. " * 20, content_type="text/plain")
    assert found is not None
    assert "Moscow" in found


def test_all_texts_of_a_page_are_seen_whatever_they_are_for() -> None:
    menu = "<nav>Sport</nav><aside>Weather</aside><noscript>Video</noscript><figcaption>Reuters</figcaption>"
    assert {"Sport", "Weather", "Video", "Reuters", "harbour"} <= on_page(menu)


def test_scripts_styles_and_addresses_are_not() -> None:
    body = "<script>var attack</script><style>.bomb{}</style><a href='/moscow' title='siege'>here</a><!-- riot -->"
    assert on_page(body).isdisjoint({"attack", "bomb", "moscow", "siege", "riot"})


@pytest.mark.parametrize(
    "markup",
    [
        "<p><b>M</b>oscow</p>",
        "<p><span>M</span><span>os</span>cow</p>",
        "<h2>Today</h2><p>Mos<wbr>cow</p><p>Again</p>",
        "<ul><li>Sport</li><li>Mos<i>cow</i></li><li>News</li></ul>",
        "<h2>" + "".join(f"<span>{letter}</span>" for letter in "Moscow") + "</h2><p>Now</p>",
        "<p>Mos&shy;cow</p>",
        "<p>Mos\u200bcow</p>",
        "<p>Mos&#7;cow</p>",
        "<p>Mos\ue000cow</p>",
        "<p>&#77;oscow</p>",
    ],
)
def test_a_word_in_pieces_is_seen_whole(markup: str) -> None:
    found = {word.replace("\u200b", "").replace("\xad", "") for word in on_page(markup)}
    assert "Moscow" in found


def test_words_of_neighbouring_boxes_are_seen_apart() -> None:
    assert {"Moscow", "Attack"} <= on_page("<div>Moscow</div><div>Attack</div>")


@pytest.mark.parametrize(
    "head",
    [
        "<title>Siege of the harbour - Daily</title>",
        "<meta property='og:title' content='Siege'>",
        "<meta name='Twitter:Title' content='&lt;b&gt;Sie&lt;/b&gt;ge'>",
        "<meta itemprop='headline' content='Sie&amp;shy;ge'>",
        json_ld({"@type": "NewsArticle", "headline": "Siege"}),
        json_ld({"@graph": [{"@type": "NewsArticle", "headline": "Siege \ud83d"}]}),
        json_ld({"@type": "NewsArticle", "articleBody": "<p>A &lt;b&gt;Siege&lt;/b&gt;</p>"}),
        json_ld({"@type": "NewsArticle", "headline": "Sie\nge"}),
        json_ld({"@type": "NewsArticle", "articleBody": "A Sie&lt;b class=x&gt;ge"}),
        json_ld({"@type": "NewsArticle", "articleBody": "A Sie<b class=x>ge</b>"}),
        json_ld([{"acceptedAnswer": {"text": "Siege"}}, {"@type": "Product", "description": "x"}]),
    ],
)
def test_what_titles_and_rescued_stories_come_from_is_seen(head: str) -> None:
    assert "Siege" in {word.replace("\xad", "") for word in on_page(head=head)}


def test_names_and_addresses_in_json_ld_are_no_story() -> None:
    data = {"@type": "NewsArticle", "headline": "Harbour", "url": "https://a.example/siege", "keywords": "riot"}
    assert on_page(head=json_ld(data)).isdisjoint({"siege", "riot", "NewsArticle", "url"})


@pytest.mark.parametrize(
    "body",
    [
        page(head='<script type="application/ld+json">{"headline": "Sie</script>'),
        page(head=json_ld({"headline": "profits < 5% <b>up</b>"})),
        page(head=json_ld({"headline": "long " * 300})),
        page(head=f"<title>{'long ' * 2_000}</title>"),
        page("<div id='data-preloaded' data-preloaded='{}'></div>"),
        page(head=json_ld({"articleBody": "Profits < 5%, losses > 4%, and 3 < 4"})),
        page(head=json_ld({"articleBody": "word " * 15_000})),
        page("<p>Mos\x07cow</p>"),
        page("<h1>" + "word <br>" * 1_500 + "</h1>"),
        page("<h1>Never closed"),
        page("<textarea>tags are <b>text</b> here</textarea>"),
        page("<p>" + "word " * 70_000 + "</p>"),
        page("<p>" + "".join(f"<i>{letter}</i>" for letter in "abcdefgh" * 200) + "</p>"),
    ],
    ids=[
        "broken JSON-LD",
        "signs in a title",
        "long headline",
        "long title",
        "signs in a story",
        "long JSON-LD",
        "texts in an attribute",
        "control",
        "long heading",
        "heading without end",
        "tags as text",
        "cut",
        "letters",
    ],
)
def test_what_cannot_be_told_for_certain_is_in_doubt(body: str) -> None:
    assert looked_at(body) is None


def test_a_long_title_of_the_producer_is_in_doubt() -> None:
    assert looked_at("A story.", content_type="text/plain", title="word " * 201) is None


@given(st.lists(st.sampled_from(["attack", "Moscow", "siege of", " ", "، ", "<b>", "</b>", "<p>", "<br>", "x"])))
def test_every_word_of_the_tree_is_seen_alone(parts: list[str]) -> None:
    found = on_page(" ".join(parts))
    assert {word for part in parts if "<" not in part for word in words(part)} <= found


# --- what a watch topic makes of it ---------------------------------------------------------------------------


def may_match(written: list[str], condition: str = "one and two", **terms: list[str]) -> bool:
    known = {"one": ["attack"], "two": ["Moscow"], **terms}
    groups = {name: {"en": listed} for name, listed in known.items() if name in condition}
    return Matcher([make_watch_topic(terms=groups, condition=condition)]).may_match(written)


def test_an_article_without_a_required_group_cannot_match() -> None:
    assert may_match(["the", "attacks,", "in", "«Moscow»"])
    assert not may_match(["the", "attacks"])
    assert not may_match([])


def test_order_title_and_nearness_are_not_known_yet() -> None:
    assert may_match(["Moscow", "attack"], "title:one near/2 title:two")
    assert may_match(["day", "attack", "on", "of"], "one", one=["day of attack"])
    assert not may_match(["attack", "day"], "one", one=["day of attack"])


def test_what_is_ruled_out_rules_nothing_out_yet() -> None:
    assert may_match(["attack", "Moscow"], "one and not two")


def test_a_condition_of_negations_only_is_looked_at_too() -> None:
    assert may_match(["attack"], "not (not one or two)")


def test_a_score_that_cannot_be_reached_is_no_match() -> None:
    topic = make_watch_topic(condition="place or attack", score={"tag_at": 2, "title_boost": 1.5})
    assert not Matcher([topic]).may_match(["attack"])
    assert Matcher([topic]).may_match(["attack", "Moscow"])


def test_no_watch_topic_matches_nothing() -> None:
    assert not Matcher([]).may_match(["attack"])


@pytest.mark.parametrize(
    "unit",
    [
        "<",
        "<p",
        "<b>a",
        "<h1>",
        "<meta content='",
        "<meta name=title content=",
        "&",
        "<!--",
        "<i>a</i>",
        "<textarea>",
    ],
)
def test_a_page_made_of_one_thing_is_looked_at_or_in_doubt(unit: str) -> None:
    story = on_page()
    for made in (
        page(unit * (250_000 // len(unit))),
        page(head=json_ld({"articleBody": unit * (60_000 // len(unit))})),
    ):
        found = looked_at(made)
        assert found is None or found >= story
