"""Looking before extracting loses no article: what is passed over would have matched no watch topic.

On the pages and texts that the project ships, and on the real pages of scrapinghub/article-extraction-benchmark
(MIT) where they are present: `RASID_BENCH_PAGES`, else .cache/bench-pages/.
"""

import base64
import contextlib
import gzip
import json
import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import msgspec
import pytest

from tests.bench.generated import watch_topics
from tests.bench.trees import checked
from tests.bench.vocabulary import LANGUAGES, ROOT, Vocabulary, real_texts
from worker.adapters.furniture_files import load_furniture_rules
from worker.adapters.topic_files import load_watch_topics
from worker.domain.article import ExtractedArticle, Match, RawArticle
from worker.domain.errors import RejectedError
from worker.domain.extract import extract, open_article
from worker.domain.glance import possible_words
from worker.domain.matcher import Matcher
from worker.domain.text import exact_form, words
from worker.domain.watch_topic import WatchTopic
from worker.streaming.codec import encode
from worker.streaming.stages import Extracted, PassedOver, Stages

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
RULES = load_furniture_rules()
PAGES_OF_THE_PROJECT = ("seeds/articles", "tests/unit/domain/pages")
REAL_PAGES = Path(os.environ.get("RASID_BENCH_PAGES") or ROOT / ".cache" / "bench-pages")
WATCH_TOPICS = 1_000
SEEDS = range(2)
FEW = 20
"""Of fewer articles nothing is asked on average."""


def pages_of_the_project() -> Iterator[RawArticle]:
    """Yield the pages that are committed, as bytes whose charset is to be found."""
    for place in PAGES_OF_THE_PROJECT:
        for path in sorted((ROOT / place).glob("*.html")):
            body = base64.b64encode(path.read_bytes()).decode()
            yield RawArticle(body_base64=body, url=f"https://example.org/{path.stem}")


def texts_of_the_project() -> Iterator[RawArticle]:
    """Yield the plain texts: whole articles, short ones with titles of their producers, labelled sentences."""
    for path in sorted((ROOT / "seeds" / "articles").glob("*.txt")):
        yield RawArticle(body=path.read_text("utf-8"), content_type="text/plain", id=path.stem)
    for line in (ROOT / "seeds" / "articles" / "short.jsonl").read_text("utf-8").splitlines():
        yield msgspec.json.decode(line, type=RawArticle)
    for line in (ROOT / "tests" / "quality" / "corpus.jsonl").read_text("utf-8").splitlines():
        record = json.loads(line)
        yield RawArticle(body=record["text"], title=record.get("title"), content_type="text/plain")


def real_pages() -> Iterator[RawArticle]:
    """Yield the pages that are not committed."""
    for path in sorted((REAL_PAGES / "html").glob("*.html.gz")):
        yield RawArticle(body=gzip.decompress(path.read_bytes()).decode("utf-8", "replace"), id=path.name)


SETS = {"pages of the project": pages_of_the_project, "texts": texts_of_the_project, "real pages": real_pages}


@lru_cache
def articles(name: str) -> list[tuple[RawArticle, ExtractedArticle, list[str] | None]]:
    """Return the articles of a set that can be extracted: raw, extracted, and the words that a look shows."""
    found = []
    for raw in SETS[name]():
        try:
            extracted = extract(raw, NOW, RULES)
        except RejectedError:
            continue
        written = possible_words(open_article(raw))
        found.append((raw, extracted, None if written is None else list(written)))
    if name == "real pages" and not found:
        pytest.skip(f"no pages in {REAL_PAGES}: python -m tests.bench.pages gets them")
    return found


@lru_cache
def vocabulary() -> dict[str, Vocabulary]:
    """Return the vocabulary of the project's texts and, where they are present, of the real pages in English."""
    texts = real_texts()
    with contextlib.suppress(pytest.skip.Exception):
        texts["en"] += [extracted.text for _, extracted, _ in articles("real pages")]
    return {language: Vocabulary(language, texts[language], random.Random(language)) for language in LANGUAGES}


@lru_cache
def generated(seed: int) -> list[WatchTopic]:
    return [checked(data) for data in watch_topics(WATCH_TOPICS, vocabulary(), seed)]


def topic_of(term: str, number: int) -> WatchTopic:
    return checked(
        {
            "schema": "watch-topic/v1",
            "id": f"word-{number}",
            "title": term,
            "terms": {"word": {"en": [term]}},
            "condition": "word",
        }
    )


@pytest.mark.parametrize("name", SETS)
def test_every_word_of_a_title_and_a_text_is_seen(name: str) -> None:
    for raw, extracted, written in articles(name):
        if written is not None:
            seen = {exact_form(word) for piece in written for word in words(piece)}
            found = {exact_form(word) for word in words(f"{extracted.title or ''}\n{extracted.text}")}
            assert found <= seen, (raw.id or raw.url, sorted(found - seen))


@pytest.mark.parametrize("name", SETS)
def test_few_articles_are_in_doubt(name: str) -> None:
    found = articles(name)
    assert sum(written is None for _, _, written in found) <= len(found) / 10


@pytest.mark.timeout(300)  # the vocabulary and 181 pages take a minute on a busy machine
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", SETS)
def test_no_match_of_a_generated_watch_topic_is_lost(name: str, seed: int) -> None:
    found = articles(name)
    topics = generated(seed)
    all_of_them, chance = Matcher(topics), random.Random(seed)
    matched = passed_over = 0
    for raw, extracted, written in found:
        if written is None:
            continue
        matches = {match.watch_topic for match in all_of_them.match(extracted.title, extracted.text)}
        matched += len(matches)
        for topic in chance.sample([topic for topic in topics if topic.id in matches], min(3, len(matches))):
            assert Matcher([topic]).may_match(written), (raw.id or raw.url, topic.id)
        passed_over += not Matcher(chance.sample(topics, 3)).may_match(written)
    assert passed_over
    # Without real pages the watch topics have few English words, and the project's texts are short.
    assert matched >= (len(found) / 20 if name == "real pages" else 1) or len(found) < FEW


@pytest.mark.parametrize("name", SETS)
def test_no_match_of_a_word_or_a_phrase_of_the_article_is_lost(name: str) -> None:
    chance = random.Random(name)
    for raw, extracted, written in articles(name):
        said = [word for word in words(f"{extracted.title or ''}\n{extracted.text}") if word.isalnum()]
        if written is None or len(said) < 3:
            continue
        for number in range(5):
            start = chance.randrange(len(said) - 2)
            term = chance.choice(["", "="]) + " ".join(said[start : start + chance.choice([1, 2, 3])])
            matcher = Matcher([topic_of(term, number)])
            if matcher.match(extracted.title, extracted.text):
                assert matcher.may_match(written), (raw.id or raw.url, term)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", SETS)
def test_both_modes_give_the_same_matches(name: str) -> None:
    topics = [*load_watch_topics(ROOT / "topics" / "watch").watch_topics, *generated(7)[:10]]
    stages = Stages(RULES, Matcher(topics), {topic.id: topic for topic in topics}, 10**8)
    kept = 0
    for raw, _, _ in articles(name):
        every = stages.extract(encode(raw), NOW)
        candidate = stages.extract_candidate(encode(raw), NOW)
        if isinstance(candidate, PassedOver):
            assert matches(stages, every) == []
        else:
            kept += 1
            assert candidate.value == every.value
    assert 0 < kept < len(articles(name)) or len(articles(name)) < FEW


def matches(stages: Stages, extracted: Extracted) -> list[Match]:
    article = msgspec.json.decode(extracted.value, type=ExtractedArticle)
    return stages.matcher.match(article.title, article.text)
