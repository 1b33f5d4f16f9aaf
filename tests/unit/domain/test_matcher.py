"""From articles to matches: spans, scores, levels, and that the index changes nothing but the time it takes."""

import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.domain.conditions import NAMES, PLAIN_CONDITIONS
from tests.unit.domain.watch_topic_maker import letters, make_watch_topic, watch_topic_data
from worker.domain.article import Span
from worker.domain.condition import Condition, to_text
from worker.domain.matcher import MOST_SPANS, Matcher, evidence
from worker.domain.source_tree import tree_of
from worker.domain.term_table import MOST_REMEMBERED, TermTable
from worker.domain.text import fold_text
from worker.domain.watch_topic import WatchTopic
from worker.domain.watch_topic_file import read_watch_topic

DECORATIONS = st.sampled_from(["", "", "", "\u200b", "\u00ad", "\u200d", "\u2060", "\u200e"])
TERMS = {
    "ar": ["هجوم", "إطلاق نار", "استخبارات"],
    "fa": ["حمله"],
    "ru": ["теракт", "Крокус Сити", "самолёт"],
    "uk": ["вибух"],
    "en": ["attack", "mass shooting", "office"],
    "tr": ["saldırı"],
    "he": ["פיגוע"],
    "ja": ["モスクワ"],
    "zh": ["莫斯科"],
}
CASES = [(language, term) for language, terms in TERMS.items() for term in terms]
ALL_TERMS = Matcher(
    [
        make_watch_topic(id=f"t-{number}", terms={"group": {language: [term]}}, condition="group")
        for number, (language, term) in enumerate(CASES)
    ]
)


def groups_and_texts(matcher: Matcher, title: str | None, text: str) -> list[tuple[str, str]]:
    return [(span.group, span.text) for match in matcher.match(title, text) for span in match.spans]


def test_contract_example() -> None:
    topic = make_watch_topic(
        id="moscow-attack",
        terms={
            "venue": {"ar": ["كروكوس سيتي"], "en": ["Crocus City"]},
            "place": {"ar": ["موسكو"], "en": ["Moscow"], "ru": ["Москва"]},
            "attack": {"ar": ["هجوم", "إطلاق نار"], "en": ["attack"], "ru": ["теракт"]},
            "crowd": {"ar": ["حفل"], "en": ["concert"], "ru": ["концерт"]},
            "drones": {"ar": ["طائرات مسيرة"], "en": ["drone"]},
        },
        condition="(venue and attack) or (place near/15 attack and crowd and not drones)",
        score={
            "weights": {"venue": 3, "attack": 2, "crowd": 1, "place": 1},
            "title_boost": 2,
            "tag_at": 3,
            "alert_at": 4,
        },
    )
    text = "وبموسكو استهدف هجومٌ حفلًا موسيقيًا"

    (match,) = Matcher([topic]).match(None, text)

    assert (match.watch_topic, match.version, match.level, match.score) == (topic.id, topic.version, "alert", 4)
    assert [(s.start, s.end, s.text, s.group, s.term) for s in match.spans] == [
        (0, 7, "وبموسكو", "place", "موسكو"),
        (15, 20, "هجومٌ", "attack", "هجوم"),
        (21, 26, "حفلًا", "crowd", "حفل"),
    ]
    assert match.title_spans == []
    assert match.groups == ["place", "attack", "crowd"]
    assert Matcher([topic]).match(None, "Crocus City to host a furniture fair next week") == []


def test_title_counts_more_and_has_its_own_spans() -> None:
    topic = make_watch_topic(score={"title_boost": 2, "tag_at": 3, "alert_at": 4})
    matcher = Matcher([topic])

    (match,) = matcher.match("Moscow", "An attack on Moscow")

    assert (match.level, match.score) == ("tag", 3)
    assert [(span.start, span.text) for span in match.title_spans] == [(0, "Moscow")]
    assert [(span.start, span.text) for span in match.spans] == [(3, "attack"), (13, "Moscow")]
    assert matcher.match(None, "An attack on Moscow") == []
    assert [match.level for match in matcher.match("Moscow attack", "")] == ["alert"]


def test_negated_group_weighs_nothing_and_has_no_spans() -> None:
    topic = make_watch_topic(terms=letters("alpha", "beta", "gamma"), condition="alpha or beta and not gamma")

    (match,) = Matcher([topic]).match(None, "gamma alpha")

    assert [span.group for span in match.spans] == ["alpha"]
    assert (match.groups, match.score) == (["alpha"], 1)


def test_group_with_a_weight_of_its_own_counts_wherever_it_stands() -> None:
    topic = make_watch_topic(
        terms=letters("alpha", "gamma"),
        condition="alpha or not gamma and alpha",
        score={"weights": {"gamma": 2.5}},
    )

    (match,) = Matcher([topic]).match(None, "gamma alpha")

    assert match.score == 3.5


def test_quoted_phrase_counts_as_a_term() -> None:
    topic = make_watch_topic(terms={"place": {"ru": ["Москва"]}}, condition='place and "концертный зал"')

    (match,) = Matcher([topic]).match(None, "В концертном зале под Москвой")

    assert [(span.group, span.term, span.text) for span in match.spans] == [
        ('"концертный зал"', "концертный зал", "концертном зале"),
        ("place", "Москва", "Москвой"),
    ]
    assert match.score == 2


def test_longest_term_of_a_group_gives_the_span() -> None:
    topic = make_watch_topic(terms={"venue": {"en": ["Crocus", "Crocus City", "City"]}}, condition="venue")

    assert groups_and_texts(Matcher([topic]), None, "Crocus City and Crocus") == [
        ("venue", "Crocus City"),
        ("venue", "Crocus"),
    ]


def test_matches_are_sorted_by_id_whatever_order_the_watch_topics_come_in() -> None:
    topics = [make_watch_topic(id=name, condition="place or attack") for name in ("c", "a", "b")]

    assert [match.watch_topic for match in Matcher(topics).match(None, "Moscow")] == ["a", "b", "c"]


def test_spans_are_capped_but_every_group_keeps_some() -> None:
    (match,) = Matcher([make_watch_topic()]).match("attack " * 100, "Moscow " * 1000 + "attack")

    assert len(match.spans) + len(match.title_spans) == MOST_SPANS
    assert {span.group for span in match.spans} == {"place"}
    assert {span.group for span in match.title_spans} == {"attack"}
    assert match.spans == sorted(match.spans, key=lambda span: span.start)


def test_no_watch_topics_and_empty_articles_match_nothing() -> None:
    assert Matcher([]).match("title", "text") == []
    assert Matcher([make_watch_topic()]).match(None, "") == []
    assert Matcher([make_watch_topic()]).match("", " \n ") == []


def test_unspaced_terms_bridge_line_breaks_and_name_dots_but_no_punctuation() -> None:
    matcher = Matcher([make_watch_topic(terms={"place": {"ja": ["クロッカスシティ"]}}, condition="place")])

    assert groups_and_texts(matcher, None, "「クロッカス・シティ」") == [("place", "クロッカス・シティ")]
    assert groups_and_texts(matcher, None, "クロッ\nカスシティ") == [("place", "クロッ\nカスシティ")]
    assert groups_and_texts(matcher, None, "クロッカス。シティ") == []


@given(
    st.sampled_from(range(len(CASES))), st.lists(DECORATIONS, min_size=30, max_size=30), st.booleans(), st.data()
)
def test_span_holds_the_term_whatever_invisible_signs_are_inside(
    number: int, signs: list[str], upper: bool, data: st.DataObject
) -> None:
    language, term = CASES[number]
    written = term.upper() if upper and language in ("ru", "uk", "en") else term
    marks = st.sampled_from(
        {"ar": ["", "\u064e", "\u0651\u064f", "\u0640"], "he": ["", "\u05b8"]}.get(language, [""])
    )
    inner = "".join(
        letter
        + (signs[index % len(signs)] + data.draw(marks) if letter != " " and language not in ("ja", "zh") else "")
        for index, letter in enumerate(written[:-1])
    )
    before = data.draw(st.sampled_from(["", "In ", "\u202bفي ", "«", "x. ", "这里"]))
    after = data.draw(st.sampled_from(["", " b", "»، و", "!", "\u202c ﷺ", "。"]))
    text = before + inner + written[-1] + after

    found = {match.watch_topic: match for match in ALL_TERMS.match(None, text)}

    spans = found[f"t-{number}"].spans
    borders = {0, *(cut.end() for cut in regex.finditer(r"\X", text))}
    assert any(fold_text(span.text) == fold_text(term) for span in spans)
    for span in spans:
        assert text[span.start : span.end] == span.text
        assert {span.start, span.end} <= borders


def topic_of(number: int, condition: Condition) -> WatchTopic | None:
    data = watch_topic_data(
        id=f"t-{number}",
        terms={name: {"en": [name * 3], "ru": [name * 3 + " x"]} for name in NAMES},
        condition=to_text(condition),
        score={"tag_at": 0},
    )
    topic, _ = read_watch_topic(tree_of(data))
    return topic


@settings(max_examples=150)
@given(
    st.lists(PLAIN_CONDITIONS, min_size=1, max_size=5),
    st.lists(st.sampled_from(["aaa", "bbb", "ccc", "ddd", "x"]), max_size=4),
    st.lists(st.sampled_from(["aaa", "bbb", "ccc", "ddd", "x", "y"]), max_size=10),
)
def test_index_changes_no_match(conditions: list[Condition], title: list[str], text: list[str]) -> None:
    topics = [topic for number, condition in enumerate(conditions) if (topic := topic_of(number, condition))]
    matcher = Matcher(topics)
    article = (" ".join(title), " ".join(text))

    assert matcher.match(*article) == matcher.match_without_index(*article)


def test_index_looks_only_at_watch_topics_whose_rarest_group_is_found() -> None:
    topics = [
        make_watch_topic(
            id=f"t-{n}",
            terms={"place": {"en": ["Moscow"]}, "who": {"en": [f"suspectnr{n}"]}},
            condition="place and who",
        )
        for n in range(50)
    ]
    matcher = Matcher(topics)

    assert matcher.candidates(matcher.read("Moscow", "News from Moscow")) == []
    assert [entry.topic.id for entry in matcher.candidates(matcher.read(None, "suspectnr7 in Moscow"))] == ["t-7"]


def test_title_scope_is_no_candidate_when_the_term_is_only_in_the_text() -> None:
    matcher = Matcher([make_watch_topic(condition="title:place and attack")])

    assert matcher.candidates(matcher.read("News", "Moscow attack")) == []
    assert len(matcher.candidates(matcher.read("Moscow", "attack"))) == 1


def test_table_forgets_words_when_it_is_full_and_still_answers() -> None:
    table = TermTable()
    number = table.add("attack", "en")
    table.close()
    for word in range(MOST_REMEMBERED + 10):
        assert table.satisfied(str(word)).words == ()

    found = table.satisfied("attacks")

    assert len(table) <= MOST_REMEMBERED
    assert found.terms == (number,)


def test_table_keeps_the_words_of_a_text_with_more_words_than_it_remembers() -> None:
    matcher = Matcher([make_watch_topic()])
    filler = " ".join(map(str, range(MOST_REMEMBERED + 10)))

    (match,) = matcher.match(None, f"Moscow attack, {filler} attack")

    assert [span.text for span in match.spans] == ["Moscow", "attack", "attack"]
    assert matcher.match(None, "Moscow attack")[0].spans == match.spans[:2]


def test_evidence_prefers_sentences_with_more_groups() -> None:
    text = "Moscow is big. Moscow, Moscow. An attack hit Moscow! No news."
    (match,) = Matcher([make_watch_topic()]).match(None, text)

    (best,) = evidence(text, match.spans, 1)
    two = evidence(text, match.spans, 2)

    assert best.text == "An attack hit Moscow!"
    assert [best.text[span.start : span.end] for span in best.spans] == ["attack", "Moscow"]
    assert [sentence.text for sentence in two] == ["An attack hit Moscow!", "Moscow is big."]
    assert evidence(text, match.spans, 0) == []


def test_evidence_joins_sentences_over_whose_border_a_phrase_reaches() -> None:
    topic = make_watch_topic(terms={"venue": {"en": ["Crocus City"]}}, condition="venue")
    text = "First. At Crocus\nCity today.\nLast."
    (match,) = Matcher([topic]).match(None, text)

    (sentence,) = evidence(text, match.spans, 3)

    assert sentence.text == "At Crocus\nCity today."
    assert [sentence.text[span.start : span.end] for span in sentence.spans] == ["Crocus\nCity"]


def test_evidence_begins_with_the_sentence_whose_groups_are_rarest_where_as_many_are_found():
    text = "An attack. Another attack. The embassies in Nairobi. One more attack."
    words = [("attack", "attack"), ("embassies", "embassies")]
    spans = [
        Span(found.start(), found.end(), found[0], group, term)
        for group, term in words
        for found in regex.finditer(term, text)
    ]
    assert [sentence.text for sentence in evidence(text, spans, 2)] == ["The embassies in Nairobi.", "An attack."]
    heavy = evidence(text, spans, 2, {"attack": 3.0})
    assert [sentence.text for sentence in heavy] == ["An attack.", "Another attack."]
