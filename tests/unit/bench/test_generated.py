"""The benchmark's material: the same every time, right for the loader, and such that some articles match."""

import pytest

from tests.bench.articles import Article, articles
from tests.bench.generated import SHAPES, WatchTopicData, watch_topics
from tests.bench.trees import checked
from tests.bench.vocabulary import LANGUAGES, Vocabulary, vocabularies
from worker.domain.matcher import Matcher
from worker.domain.text import words

COUNT = 300


@pytest.fixture(scope="module")
def vocabulary() -> dict[str, Vocabulary]:
    return vocabularies(1)


@pytest.fixture(scope="module")
def topics(vocabulary: dict[str, Vocabulary]) -> list[WatchTopicData]:
    return watch_topics(COUNT, vocabulary, 1)


@pytest.fixture(scope="module")
def written(vocabulary: dict[str, Vocabulary]) -> list[Article]:
    return articles(60, vocabulary, 1)


def test_the_same_seed_gives_the_same_watch_topics_and_articles(topics, written):
    again = vocabularies(1)
    assert watch_topics(COUNT, again, 1) == topics
    assert articles(60, again, 1) == written


def test_another_seed_gives_others(vocabulary, topics, written):
    assert watch_topics(5, vocabulary, 2) != topics[:5]
    assert articles(5, vocabulary, 2) != written[:5]


def test_a_larger_set_begins_with_the_smaller_one(vocabulary, topics, written):
    assert watch_topics(10, vocabulary, 1) == topics[:10]
    assert articles(6, vocabulary, 1, first=6) == written[6:12]


def test_the_loader_accepts_every_watch_topic(topics):
    assert [checked(data).id for data in topics] == [data["id"] for data in topics]


def test_every_shape_comes_and_has_two_to_five_groups(topics):
    assert {data["condition"] for data in topics} == {shape.condition for shape in SHAPES}
    assert {len(data["terms"]) for data in topics} <= {2, 3, 4, 5}


def test_common_terms_are_shared_and_most_are_not(topics):
    asked: dict[str, int] = {}
    for data in topics:
        for by_language in data["terms"].values():
            for term in {term for terms in by_language.values() for term in terms}:
                asked[term] = asked.get(term, 0) + 1
    assert max(asked.values()) > COUNT / 20
    assert sum(count == 1 for count in asked.values()) > len(asked) / 2


def test_articles_have_about_a_thousand_words_in_each_language(written):
    assert {article.language for article in written} == set(LANGUAGES)
    assert all(950 <= len(words(article.text)) <= 1_150 for article in written)


def test_articles_for_warming_up_are_not_among_those_measured(written):
    assert len({article.text for article in written}) == len(written)


def test_some_articles_match_and_no_watch_topic_matches_most(topics, written):
    matcher = Matcher(map(checked, topics))
    found = [match.watch_topic for article in written for match in matcher.match(article.title, article.text)]
    assert len(found) > len(written) / 10
    assert len(set(found)) > 5
    assert max(found.count(name) for name in set(found)) < len(written) / 2
