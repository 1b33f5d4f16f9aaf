"""An article made from what its body is known to say is the article that extraction would make.

On the pages and texts of the project, and on real pages where they are present: see test_candidates.py.
"""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from tests.bench.vocabulary import ROOT
from tests.unit.streaming.test_candidates import SETS
from worker.adapters.furniture_files import load_furniture_rules
from worker.adapters.topic_files import load_watch_topics
from worker.domain.article import RawArticle
from worker.domain.errors import RejectedError
from worker.domain.matcher import Matcher
from worker.streaming.codec import encode
from worker.streaming.stages import Stages, Tagged

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
TOPICS = load_watch_topics(ROOT / "topics" / "watch").watch_topics
STAGES = Stages(load_furniture_rules(), Matcher(TOPICS), {topic.id: topic for topic in TOPICS}, 10**8)
MOST = 40
"""Articles of a set that are tried."""

BRINGERS = (
    {"id": "another"},
    {"id": None, "url": "https://mirror.example.org/2023/11/05/story?utm_source=feed"},
    {"id": None, "url": " "},
    {"url": "https://a.example/x&copy=1", "source": "Another", "published_at": "2024-04-30T08:00:00+02:00"},
    {"source": "ينقل", "published_at": "some day", "fetched_at": "2024-05-01T11:00:00Z"},
)
LATER = (timedelta(0), timedelta(hours=11), timedelta(hours=13), timedelta(hours=-13))


def brought_again(raw: RawArticle) -> list[RawArticle]:
    return [raw, *(msgspec.structs.replace(raw, **fields) for fields in BRINGERS)]


@pytest.mark.parametrize("name", SETS)
def test_what_is_made_from_a_known_body_is_what_extraction_makes(name: str) -> None:
    every = list(SETS[name]())
    if not every:
        pytest.skip("the real pages are not there")
    asked = made = 0
    for first in every[:: len(every) // MOST + 1]:
        try:
            content = STAGES.extract(encode(first), NOON).content
        except RejectedError:
            continue
        for number, copy in enumerate(brought_again(first)):
            value, at = encode(copy), NOON + LATER[number % len(LATER)]
            from_known = STAGES.extract(value, at, content)
            assert from_known.value == STAGES.extract(value, at).value, (first.id or first.url, number)
            asked += 1
            made += from_known.is_from_known
    assert made > asked / 2


def tagged(value: bytes, at: datetime, known: bytes | None) -> tuple[bytes, Tagged]:
    extracted = STAGES.extract(value, at, known)
    return extracted.content, STAGES.tag(extracted.value)


def test_matches_of_a_copy_are_those_of_its_own_extraction() -> None:
    text = "Gunmen opened fire at Crocus City Hall near Moscow. The attack killed dozens of people."
    first = RawArticle(body=text, content_type="text/plain", id="first", source="a.example")
    copy = msgspec.structs.replace(first, id="copy", source="b.example", url="https://b.example/1")
    content, of_first = tagged(encode(first), NOON, None)
    _, of_copy = tagged(encode(copy), NOON, content)
    _, extracted_again = tagged(encode(copy), NOON, None)
    assert of_first.matches
    assert (of_copy.value, of_copy.matches) == (extracted_again.value, extracted_again.matches)
    assert (of_copy.article_id, of_copy.source) == ("copy", "b.example")


def test_an_article_that_only_its_body_names_keeps_the_id_of_its_body() -> None:
    nameless = RawArticle(body="A story of the harbour.", content_type="text/plain")
    named = msgspec.structs.replace(nameless, id="named")
    of_nameless, of_named = (STAGES.extract(encode(raw), NOON) for raw in (nameless, named))
    assert STAGES.extract(encode(named), NOON, of_nameless.content).article_id == "named"
    again = STAGES.extract(encode(nameless), NOON, of_named.content)
    assert (again.article_id, again.is_from_known) == (of_nameless.article_id, False)
    assert STAGES.extract(encode(nameless), NOON, of_nameless.content).is_from_known


def test_a_page_that_does_not_say_where_it_stands_is_known_at_its_own_address_only() -> None:
    body = "<html><head><title>Harbour</title></head><body><article>" + "<p>The harbour is open.</p>" * 20
    head = "<meta property='article:published_time' content='2024-04-30T08:00:00Z'>"
    first = RawArticle(body=body.replace("<title>", head + "<title>"), url="https://a.example/1")
    content = STAGES.extract(encode(first), NOON).content
    elsewhere = msgspec.structs.replace(first, url="https://b.example/2023/11/05/1")
    assert STAGES.extract(encode(first), NOON, content).is_from_known
    assert not STAGES.extract(encode(elsewhere), NOON, content).is_from_known


def test_a_page_that_does_not_say_when_it_was_published_is_known_on_its_own_day_only() -> None:
    body = "<html><head><title>Harbour</title></head><body><article>" + "<p>The harbour is open.</p>" * 20
    first = RawArticle(body=body, url="https://a.example/1")
    content = STAGES.extract(encode(first), NOON).content
    assert STAGES.extract(encode(first), NOON + timedelta(hours=11), content).is_from_known
    assert not STAGES.extract(encode(first), NOON + timedelta(hours=13), content).is_from_known


def test_a_candidate_whose_body_is_known_is_made_from_it() -> None:
    raw = RawArticle(body="The harbour has a new bridge.", content_type="text/plain", id="x")
    content = STAGES.extract(encode(raw), NOON).content
    candidate = STAGES.extract_candidate(encode(raw), NOON, content)
    assert candidate.value == STAGES.extract(encode(raw), NOON).value
