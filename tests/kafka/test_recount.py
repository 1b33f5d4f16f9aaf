"""The recount itself: it must see what is lost, doubled or without its alert. No broker is needed."""

from collections import Counter
from types import SimpleNamespace

import pytest

from tests.kafka.checker import ATTACKS, READ_BACK, Articles, Recount, held_against
from tests.kafka.report import HEADINGS, read_rows, row_of, write_row
from tests.records import raised_alert
from worker.streaming import kafka_topics
from worker.streaming.codec import encode

TAGGED, DEAD = kafka_topics.ARTICLES_TAGGED.name, kafka_topics.DEAD_LETTERS[0].name
REASON = [("rasid.reason", b"not_json")]


@pytest.fixture
def articles():
    articles = Articles()
    articles.add(300)
    articles.attacks.clear()
    return articles


@pytest.fixture
def read(articles):
    """Return the records of a run in which nothing went wrong; of alerts nothing is asked."""
    tagged = [SimpleNamespace(key=name.encode(), value=b'{"id":"%s"}' % name.encode()) for name in articles.ids]
    dead = [SimpleNamespace(key=None, value=value, headers=REASON) for value in articles.poison]
    return {one.name: [] for one in READ_BACK} | {TAGGED: tagged, DEAD: dead}


def test_same_numbers_make_the_same_articles_and_some_of_each_kind():
    one, other = Articles(), Articles()
    assert one.add(300) == other.add(100) + other.add(200)
    assert len(one.ids) + len(one.poison) == 300
    assert 5 <= len(one.poison) <= 20
    assert set(one.attacks.values()) == set(ATTACKS)


def test_run_without_faults_breaks_no_promise(articles, read):
    recount = held_against(articles, read)
    assert recount.promises_broken() == {}
    assert recount.dead_letters == Counter(not_json=len(articles.poison))


def test_article_that_is_nowhere_is_lost(articles, read):
    gone = read[TAGGED].pop()
    assert held_against(articles, read).lost == [gone.key.decode()]


def test_poison_that_is_not_dead_lettered_is_lost(articles, read):
    gone = read[DEAD].pop()
    assert held_against(articles, read).lost == [repr(gone.value)]


def test_article_in_a_dead_letter_topic_is_given_up_and_not_lost(articles, read):
    gone = read[TAGGED].pop()
    read[DEAD].append(SimpleNamespace(key=None, value=gone.value, headers=REASON))
    recount = held_against(articles, read)
    assert (recount.lost, recount.dead_articles) == ([], {gone.key.decode()})


def test_double_is_counted_and_one_that_differs_is_a_broken_promise(articles, read):
    first, second = read[TAGGED][:2]
    read[TAGGED] += [first, SimpleNamespace(key=second.key, value=b"{}")]
    recount = held_against(articles, read)
    assert (recount.doubled, recount.changed) == (2, [second.key.decode()])


def test_article_without_its_match_and_story_without_its_alert_are_missing(articles, read):
    name = min(articles.ids)
    articles.attacks[name] = ATTACKS[0]
    assert held_against(articles, read).alerts_missing == [name, ATTACKS[0]]


def test_alert_whose_events_are_gone_is_seen(articles, read):
    alert = raised_alert()
    read[kafka_topics.ALERTS.name].append(SimpleNamespace(key=alert.id.encode(), value=encode(alert)))
    assert held_against(articles, read).not_rebuilt == [alert.id]


def test_page_keeps_the_rows_of_tests_that_did_not_run(tmp_path, articles, read):
    page = tmp_path / "reliability.md"
    recount: Recount = held_against(articles, read)
    write_row(row_of("one", "nothing lost", "test_b", recount, [3.0, 31.4], "4"), page)
    write_row(row_of("two", "nothing lost", "test_a", recount, [], "4"), page)
    write_row(row_of("one, again", "nothing lost", "test_b", recount, [], "4"), page)
    rows = read_rows(page)
    assert [(row.test, row.fault, row.sent, row.lost) for row in rows] == [
        ("`test_a`", "two", "300", "0"),
        ("`test_b`", "one, again", "300", "0"),
    ]
    assert page.read_text("utf-8").count("| " + " | ".join(HEADINGS) + " |") == 1
