"""The extract agent in Faust's test context, with its own stage in this process."""

import msgspec
import pytest

from worker.adapters import metrics
from worker.adapters.pool import Pool
from worker.domain.article import ExtractedArticle, RawArticle
from worker.domain.errors import Reason, RejectedError
from worker.domain.known_bodies import KnownBodies
from worker.settings import Settings
from worker.streaming import child, kafka_topics, stages
from worker.streaming.agents import extract, tag
from worker.streaming.codec import encode
from worker.streaming.extractions import Extractions, in_pool
from worker.streaming.message import COPY_HEADER, ORIGIN_HEADER

DEAD_LETTERS = kafka_topics.dead_letter_topic(kafka_topics.ARTICLES_RAW, "extract")


class InProcess(Pool):
    """A pool whose children are this very process: the stages without the cost of a start."""

    def __init__(self):
        child.start_child(Settings().watch_topics, Settings().max_article_bytes)

    async def run(self, function, *arguments):
        return function(*arguments)


@pytest.fixture(scope="module")
def pool():
    return InProcess()


def work(pool, stage=child.extract_in_child, most_bytes=0):
    return extract.extract_work(Extractions(in_pool(pool, stage), KnownBodies(most_bytes)))


def plain(body: str, **fields) -> bytes:
    return encode(RawArticle(content_type="text/plain", body=body, **fields))


async def test_text_comes_out_without_furniture_under_the_articles_id(run_agent, sent, pool):
    body = "حذّرت السفارة الأميركية رعاياها من هجوم وشيك في موسكو.\n\n[إعلان 2]\n\nرابط المصدر"
    await run_agent(extract, work(pool), [plain(body, id="a1")])
    (record,) = sent.records
    article = msgspec.json.decode(record.value, type=ExtractedArticle)
    assert record.key == b"a1"
    assert article.text == "حذّرت السفارة الأميركية رعاياها من هجوم وشيك في موسكو."
    assert len(article.removed) == 2


async def test_poison_goes_to_dead_letter_and_the_next_article_is_extracted(run_agent, sent, pool):
    await run_agent(extract, work(pool), [b"\xff{", plain("A sentence of a story.", id="a2")])
    assert sent.values(DEAD_LETTERS) == [b"\xff{"]
    assert len(sent.values(kafka_topics.ARTICLES_EXTRACTED)) == 1


async def test_rejection_of_the_pool_is_a_dead_letter_with_its_reason(run_agent, sent):
    class Overrun(InProcess):
        def __init__(self):
            pass

        async def run(self, function, *arguments):
            raise RejectedError(Reason.TIME_LIMIT, "longer than 20 s in one stage")

    await run_agent(extract, work(Overrun()), [b"a page that never ends"])
    (letter,) = sent.records
    assert (dict(letter.headers)["rasid.reason"], letter.value) == (b"time_limit", b"a page that never ends")


async def test_what_no_watch_topic_could_match_is_passed_over_counted_and_not_sent(run_agent, sent, pool, caplog):
    caplog.set_level("DEBUG", logger=extract.__name__)
    before = passed_over()
    values = [
        plain("The harbour has a new bridge, and the mayor opened it.", id="a5"),
        plain("Gunmen opened fire at Crocus City Hall near Moscow, an attack.", id="a6"),
        b"\xff{",
    ]
    await run_agent(extract, work(pool, child.extract_candidate_in_child), values)
    assert [record.key for record in sent.records if record.kafka_topic == kafka_topics.ARTICLES_EXTRACTED] == [
        b"a6"
    ]
    assert sent.values(DEAD_LETTERS) == [b"\xff{"]
    assert passed_over() == before + 1
    assert "article a5" in caplog.text


async def test_an_article_that_cannot_be_looked_at_is_extracted(run_agent, sent, pool, monkeypatch):
    def fail(opened):
        raise ZeroDivisionError

    monkeypatch.setattr(stages, "possible_words", fail)
    looking = work(pool, child.extract_candidate_in_child)
    await run_agent(extract, looking, [plain("The harbour has a new bridge.", id="a7")])
    assert [record.key for record in sent.records] == [b"a7"]


async def test_copy_is_made_from_the_first_names_it_and_is_counted(run_agent, sent, pool):
    before = metrics.REGISTRY.get_sample_value("rasid_copies_total")
    body = "A flood has cut off the harbour road, the mayor said."
    values = [plain(body, id="a8", source="a.example"), plain(body, id="a9", source="b.example")]
    await run_agent(extract, work(pool, most_bytes=10_000), values)
    first, copy = sent.records
    one, other = (msgspec.json.decode(record.value, type=ExtractedArticle) for record in sent.records)
    assert (other.id, other.source, other.text) == ("a9", "b.example", one.text)
    assert COPY_HEADER not in dict(first.headers)
    assert dict(copy.headers)[COPY_HEADER] == dict(first.headers)[ORIGIN_HEADER]
    assert metrics.REGISTRY.get_sample_value("rasid_copies_total") == before + 1


async def test_tag_agent_writes_the_tagged_article_and_a_record_for_each_match(run_agent, sent, pool):
    text = "Gunmen opened fire at Crocus City Hall near Moscow. Russia ignored the US warning of the attack."
    extracted = pool_extract(plain(text, id="a3", title="Attack on Crocus City Hall"))
    await run_agent(tag, tag.tag_work(pool), [extracted])
    tagged, *matches = sent.records
    assert (tagged.kafka_topic, tagged.key) == (kafka_topics.ARTICLES_TAGGED, b"a3")
    assert {record.kafka_topic for record in matches} == {kafka_topics.MATCHES}
    assert b"moscow-attack" in {record.key for record in matches}


async def test_tag_agent_dead_letters_what_is_no_extracted_article(run_agent, sent, pool):
    await run_agent(tag, tag.tag_work(pool), [b'{"id": "x"}'])
    assert sent.values(kafka_topics.dead_letter_topic(kafka_topics.ARTICLES_EXTRACTED, "tag")) == [b'{"id": "x"}']


def passed_over() -> float:
    return metrics.REGISTRY.get_sample_value(
        "rasid_articles_total", {"stage": "extract", "outcome": "passed_over"}
    )


def pool_extract(value: bytes) -> bytes:
    return child.extract_in_child(value, 1711270000.0).value
