"""What a notification says, in text, Markdown and HTML."""

import html
import re
import unicodedata
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.notifications import HEADLINE, MARCH_24, SENTENCE, SURGE, made_alert, made_article, made_notification
from tests.notifications import sentence as marked_sentence
from worker.domain.alert import News
from worker.domain.article import Sentence, Span
from worker.domain.message_markup import Original, clean, shortened
from worker.domain.notification import BriefAlert
from worker.domain.notification_text import MOST_ALERTS, MOST_CHARACTERS, body, title

FORMS = ("text", "markdown", "html")
FSI, PDI = "\u2068", "\u2069"


class Page(HTMLParser):
    """Reads HTML back: its text, the words in <mark>, and every tag that it holds."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.text, self.marked, self.tags, self._open, self._marks = "", [], set(), [], 0
        self.feed(page)
        self.close()
        assert self._open == [], "every tag is closed"

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self._open.append(tag)
        if tag == "mark":
            self.marked.append("")

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.text += data
        if "mark" in self._open:
            self.marked[-1] += data


def test_the_title_names_severity_reason_and_headline():
    assert title(made_notification()) == f"[CRITICAL] New alert: {FSI}{HEADLINE}{PDI}"


def test_the_title_of_a_digest_counts_its_alerts_and_names_the_gravest_severity():
    alerts = [made_alert(severity="low"), made_alert(severity="high"), made_alert(severity="medium")]
    expected = f"[HIGH] Digest: 3 alerts, {FSI}Crocus City Hall attack{PDI}"
    assert title(made_notification(*alerts, reason="digest")) == expected


def test_the_title_of_alerts_of_several_watch_topics_counts_those():
    alerts = [made_alert(), made_alert(watch_topic="kerman-bombing")]
    assert title(made_notification(*alerts)) == "[CRITICAL] New alert: 2 alerts, 2 watch topics"


def test_plain_text_says_why_it_fired_what_matched_where_it_was_found_and_what_to_do():
    said = body(made_notification(), "text", "https://rasid.example.org/alerts/")
    assert said.split("\n") == [
        f"[CRITICAL] {FSI}{HEADLINE}{PDI}",
        "New alert.",
        f"Watch topic {FSI}Crocus City Hall attack{PDI} (moscow-attack, version v1): matched; score 5, "
        "severity critical. Raised 2024-03-24 09:00 UTC.",
        f"    {FSI}قال مسؤولون إن ⟦الهجوم⟧ الذي وقع ⟦بموسكو⟧ أودى بحياة العشرات.{PDI}",
        f"1 article; languages: {FSI}ar{PDI}; sources: {FSI}example.com{PDI}.",
        "First article: https://www.example.com/news/1",
        "To acknowledge: rasid alerts acknowledge 01234567",
        "See it: https://rasid.example.org/alerts/0123456789abcdef0123456789abcdef",
    ]


def test_html_marks_the_words_and_lets_each_text_find_its_direction():
    page = body(made_notification(), "html")
    assert Page(page).marked == ["الهجوم", "بموسكو"]
    assert SENTENCE in Page(page).text
    assert '<blockquote dir="auto">' in page
    assert f'<bdi dir="auto">{FSI}{HEADLINE}{PDI}</bdi>' in page


def test_markdown_marks_the_words_in_bold():
    said = body(made_notification(), "markdown")
    assert f"> {FSI}قال مسؤولون إن **الهجوم** الذي وقع **بموسكو** أودى بحياة العشرات.{PDI}" in said
    assert "`rasid alerts acknowledge 01234567`" in said


def test_the_headline_is_marked_where_it_matched():
    alert = made_alert(title_evidence=marked_sentence(HEADLINE, "موسكو"), evidence=[])
    assert "⟦موسكو⟧" in body(made_notification(alert), "text")


@pytest.mark.parametrize(
    ("news", "said"),
    [
        (News("development", "first article from Egypt"), f"New development: {FSI}first article from Egypt{PDI}."),
        (News("escalated"), "Escalated: nobody has acknowledged it."),
        (News("acknowledged"), f"Acknowledged by {FSI}منى{PDI}."),
        (News("resolved"), f"Resolved by {FSI}rasid{PDI}."),
    ],
)
def test_each_kind_of_news_is_told(news, said):
    alert = made_alert(news=[news], acknowledged_by="منى", resolved_by="rasid")
    assert said in body(made_notification(alert, reason="update"), "text").split("\n")


def test_a_repetition_says_since_when_nobody_has_answered():
    alert = made_alert(news=[])
    said = body(made_notification(alert, reason="repeat"), "text")
    assert "Sent again: firing, not acknowledged since 2024-03-24 09:00 UTC." in said


def test_a_rise_comes_with_its_figures():
    said = body(made_notification(made_alert(kind="surge", surge=SURGE)), "text")
    expected = "42 matches from 7 sources within 1 hour; usual are 3.5 (median of 14 days), 10.5 were needed."
    assert expected in said.split("\n")


@pytest.mark.parametrize("status", ["acknowledged", "resolved"])
def test_nobody_is_asked_to_acknowledge_what_needs_no_answer(status):
    assert "To acknowledge" not in body(made_notification(made_alert(status=status)), "text")


def test_joined_messages_are_told():
    assert "joined 4 messages into this one" in body(made_notification(joined=4), "text")


def brief(number, **fields):
    given = {
        "revision": 1,
        "watch_topic": "moscow-attack",
        "status": "firing",
        "severity": "high",
        "title": HEADLINE,
    }
    return BriefAlert(id=f"{number:032x}", **(given | fields))


def test_the_first_alerts_are_told_in_full_and_the_others_in_a_line_each():
    alerts = [made_alert(id=f"{number:032x}") for number in range(20)]
    others = [brief(0xABCDEF00 << 96), brief(0xABCDEF01 << 96, severity="low", title="Взрыв в центре Москвы")]
    said = body(made_notification(*alerts, others=others, reason="digest"), "text").split("\n")
    assert said[0] == "Digest: 22 alerts"
    assert sum("To acknowledge" in line for line in said) == MOST_ALERTS
    assert said[-2:] == [
        f"[HIGH] {FSI}{HEADLINE}{PDI} (abcdef00)",
        f"[LOW] {FSI}Взрыв в центре Москвы{PDI} (abcdef01)",
    ]


def test_what_has_no_room_is_counted():
    alerts = [made_alert(id=f"{number:032x}") for number in range(20)]
    others = [brief(number) for number in range(980)]
    said = body(made_notification(*alerts, others=others, reason="digest"), "text", None, 20_000).split("\n")
    told = sum(line.startswith("[") for line in said)
    assert 20 < told < 200
    assert said[-1] == f"… and {1_000 - told} more: rasid alerts list"


def test_the_title_counts_the_others_too_and_takes_their_severity():
    alerts, others = [made_alert(severity="low")], [brief(1), brief(2, watch_topic="kerman-bombing")]
    assert title(made_notification(*alerts, others=others)) == "[HIGH] New alert: 3 alerts, 2 watch topics"


def test_a_message_that_may_have_come_before_says_so():
    said = body(made_notification(maybe_repeated=True), "text")
    assert said.endswith("This message may have come before: the worker ended before it knew.")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("most", [300, 1_000, 4_096])
def test_a_small_message_still_says_how_many_alerts_there_are(form, most):
    alerts = [made_alert(id=f"{number:032x}") for number in range(20)]
    said = body(made_notification(*alerts), form, None, most)
    assert len(said) <= most
    assert "20 alerts" in said


def test_a_long_sentence_is_cut_around_the_words_that_matched():
    long = "كلمة " * 400 + "الهجوم" + " كلمة" * 400
    said = body(made_notification(made_alert(evidence=[marked_sentence(long, "الهجوم")])), "text")
    assert "⟦الهجوم⟧" in said
    assert len(said) < 1_500


def test_times_are_told_in_utc():
    there = datetime.fromisoformat("2024-03-24T12:00:00+03:00")
    assert there.astimezone(UTC) == MARCH_24
    assert "Raised 2024-03-24 09:00 UTC" in body(made_notification(made_alert(raised_at=there)), "text")


def test_an_article_cannot_call_a_whole_chat_room_nor_turn_the_line_around():
    nasty = "@everyone @here \u202eنص مقلوب\u2069 \x1b[31m"
    said = body(made_notification(made_alert(title=nasty)), "text")
    assert "@everyone" not in said
    assert "@here" not in said
    assert "\u202e" not in said
    assert "\x1b" not in said
    assert said.count(FSI) == said.count(PDI)


def test_an_address_that_is_none_of_the_web_is_no_link():
    alert = made_alert(articles=[made_article(url="javascript:alert(1)")])
    assert "<a " not in body(made_notification(alert), "html")
    assert "<javascript" not in body(made_notification(alert), "markdown")


def test_markup_in_an_article_is_text():
    nasty = '<script>alert("1")</script> & **bold** [link](http://evil.example) `code` <!channel>'
    alert = made_alert(title=nasty, evidence=[Sentence(nasty, [Span(0, 8, "<script>", "g", "t")])])
    page = Page(body(made_notification(alert), "html"))
    assert nasty in page.text
    assert page.marked == ["<script>"]
    assert page.tags <= {"h3", "p", "blockquote", "bdi", "mark", "b", "a", "code"}
    said = body(made_notification(alert), "markdown")
    assert r"& \*\*bold\*\* \[link\](http://evil.example) \`code\` \<!channel\>" in said
    heading = title(made_notification(alert))
    assert not {"<", ">"} & set(heading)
    assert "](" not in heading


texts = st.text(max_size=300) | st.sampled_from(
    [SENTENCE, HEADLINE, "В Москве <b>нападение</b>", "", " \n", "\ud800"]
)
spans = st.lists(
    st.builds(Span, st.integers(-5, 400), st.integers(-5, 400), st.just("w"), st.just("g"), st.just("t"))
)
sentences = st.builds(Sentence, texts, spans)
alerts = st.builds(
    made_alert,
    title=texts,
    title_evidence=st.none() | sentences,
    evidence=st.lists(sentences, max_size=4),
    watch_topic_title=texts,
    severity=st.sampled_from(["low", "critical"]) | texts,
    status=st.sampled_from(["firing", "acknowledged", "escalated", "resolved"]),
    kind=st.sampled_from(["story", "surge"]),
    surge=st.sampled_from([None, SURGE]),
    sources=st.lists(texts, max_size=15),
    languages=st.lists(texts, max_size=15),
    articles=st.lists(st.builds(made_article, url=st.none() | texts), max_size=2),
    acknowledged_by=st.none() | texts,
    news=st.lists(
        st.builds(
            News, st.sampled_from(["raised", "development", "escalated", "acknowledged", "resolved"]), texts
        ),
        max_size=3,
    ),
)
briefs = st.builds(brief, st.integers(0, 9), title=texts, severity=texts, watch_topic=st.sampled_from(["a", "b"]))
notifications = st.builds(
    lambda told, others, reason, joined: made_notification(*told, others=others, reason=reason, joined=joined),
    st.lists(alerts, min_size=1, max_size=4),
    st.lists(briefs, max_size=3),
    st.sampled_from(["new", "update", "repeat", "escalation", "digest", "resolved", "refresh"]),
    st.integers(1, 100),
)


@given(notifications, st.sampled_from([300, 2_000, MOST_CHARACTERS]))
def test_whatever_an_article_holds_html_has_only_our_own_tags_and_fits(notification, most):
    page = body(notification, "html", "https://rasid.example.org", most)
    assert len(page) <= most
    assert Page(page).tags <= {"h3", "p", "blockquote", "bdi", "mark", "b", "a", "code"}
    without_tags = re.sub(
        r'</?(h3|p|blockquote|bdi|mark|b|code)( dir="auto")?>|<a href="https?://[^"<>]*">|</a>', "", page
    )
    assert not set("<>\"'") & set(without_tags)
    page.encode()


@given(notifications, st.sampled_from([300, 2_000, MOST_CHARACTERS]), st.sampled_from(["text", "markdown"]))
def test_whatever_an_article_holds_text_is_printable_fits_and_closes_its_isolates(notification, most, form):
    said = body(notification, form, None, most)
    assert len(said) <= most
    assert said.count(FSI) == said.count(PDI)
    depth = 0
    for character in said:
        depth += (character == FSI) - (character == PDI)
        assert depth in (0, 1)
    ours = {"\n", FSI, PDI, "\u200c", "\u200d", "\u2060"}
    assert all(unicodedata.category(character)[0] != "C" for character in set(said) - ours)


@given(notifications, st.integers(30, 300))
def test_a_title_is_one_line_that_fits(notification, most):
    said = title(notification, most)
    assert len(said) <= most
    assert "\n" not in said


@given(texts)
def test_html_gives_the_text_back_as_it_was_cleaned(text):
    page = body(made_notification(made_alert(evidence=[Sentence(text[:100], [])])), "html")
    assert clean(text[:100]) in html.unescape(page)


@given(texts, st.lists(st.tuples(st.integers(-5, 400), st.integers(-5, 400))), st.integers(4, 100))
def test_a_shortened_text_keeps_its_first_mark_in_place(text, marks, most):
    short = shortened(text, marks, most)
    assert len(short.text) <= most + 2
    inside = sorted((max(0, a), min(b, len(text))) for a, b in marks if max(0, a) < min(b, len(text)))
    assert bool(short.marks) == bool(inside)
    if inside and isinstance(short, Original):
        start, end = short.marks[0]
        assert short.text[start:end] == text[inside[0][0] :][: end - start]
