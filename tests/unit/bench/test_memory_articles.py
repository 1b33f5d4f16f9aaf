"""The articles of the memory benchmark: distinct, the same every time, and few of them match."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.bench.raw_articles import POISON_EVERY, poisoned, raw_articles
from tests.bench.vocabulary import LANGUAGES, Vocabulary, vocabularies
from worker.domain.errors import RejectedError
from worker.streaming.stages import load_stages

COUNT = 2 * POISON_EVERY
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def vocabulary() -> dict[str, Vocabulary]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.bench.vocabulary.WORDS_IN_ALL", 4_000)  # coining them takes most of the time
        return vocabularies(1)


@pytest.fixture(scope="module")
def messages(vocabulary: dict[str, Vocabulary]) -> list[bytes]:
    return list(raw_articles(COUNT, vocabulary, 1))


def articles(messages: list[bytes]) -> list[dict[str, str]]:
    return [json.loads(message) for number, message in enumerate(messages) if (number + 1) % POISON_EVERY]


def test_ids_and_bodies_are_distinct(messages):
    read = articles(messages)
    assert len({one["id"] for one in read}) == len({one["body"] for one in read}) == len(read)


def test_an_article_depends_on_the_seed_and_its_number_alone(vocabulary, messages):
    assert list(raw_articles(5, vocabulary, 1, first=40)) == messages[40:45]
    assert next(raw_articles(1, vocabulary, 2)) != messages[0]


def test_half_are_pages_and_half_are_plain(messages):
    pages = [one for one in articles(messages) if one["content_type"] == "text/html"]
    assert 0.35 < len(pages) / len(articles(messages)) < 0.65


def test_event_time_only_goes_forward(messages):
    times = [one["fetched_at"] for one in articles(messages)]
    assert times == sorted(times)
    assert len(set(times)) == len(times)


def test_poison_is_dead_lettered_and_nothing_else_is(messages):
    stages = load_stages(Path("topics/watch"), 1 << 20)
    refused, languages, matched = [], set(), 0
    for number, message in enumerate(messages):
        try:
            tagged = stages.tag(stages.extract(message, NOW).value)
        except RejectedError:
            refused.append(number)
            continue
        languages.add(tagged.language)
        matched += bool(tagged.matches)
    assert refused == [number for number in range(COUNT) if (number + 1) % POISON_EVERY == 0]
    assert len(refused) == poisoned(COUNT)
    assert languages == set(LANGUAGES)
    assert 0 < matched < COUNT / 4
