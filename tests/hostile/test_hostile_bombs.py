"""Bombs go through the real stages in the pool, under its limits: an article, or a dead letter with its reason.

Each bomb has a neighbour in the same pool that must come through, and the pool must go on afterwards.
"""

import asyncio
import base64
import gzip
import json
import time
import zlib

import pytest

from tests.hostile.fuzzing import ROOT
from worker.adapters.pool import Pool
from worker.domain.article import ExtractedArticle
from worker.domain.errors import Reason, RejectedError
from worker.settings import Settings
from worker.streaming.child import extract_in_child, start_child, tag_line_in_child
from worker.streaming.codec import decode

# Three times the worker's own time limit: a busy machine must not make a test fail. None takes half of 20 s on an
# idle one.
SETTINGS = Settings(pool_processes=2, article_time_limit_seconds=60)
WATCH_TOPICS = (ROOT / "topics" / "watch").absolute()
SENTENCE = " The council met on Monday and decided on the plan for the harbour beside the river."
STORY = f"<p>{SENTENCE * 3}</p>" * 3


def message(**fields):
    return json.dumps(fields).encode()


def encoded(data, **fields):
    return message(body_base64=base64.b64encode(data).decode(), **fields)


def plain(body, **fields):
    return message(body=body, content_type="text/plain", **fields)


def entities():
    levels = "".join(f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>" for i in range(1, 12))
    return f"<!DOCTYPE x [<!ENTITY a0 'ha'>{levels}]><p>&a11;</p>{STORY}"


# What must come out: the article's text holds these words, or one of these reasons.
BOMBS = {
    "nested markup": (message(body="<div>" * 100_000 + STORY), {Reason.NO_ARTICLE}),
    "nested inline markup": (message(body="<b><i>" * 50_000 + STORY), {Reason.NO_ARTICLE}),
    "nested after the story": (message(body=STORY + "<div>" * 100_000), "council"),
    "a million attributes": (
        message(body="<p " + " ".join(f"a{i}='x'" for i in range(1_000_000)) + ">" + STORY),
        "council",
    ),
    "many attributes each": (message(body=STORY + ("<p " + "a=1 " * 90 + ">x</p>") * 15_000), "council"),
    "entities of entities": (message(body=entities()), "council"),
    "a million references": (message(body=STORY + "<p>" + "&#x1F600;" * 1_000_000), "council"),
    "a reference of 5 MB": (message(body=STORY + "<p>&#" + "9" * 5_000_000 + ";</p>"), "council"),
    "a gzip body": (encoded(gzip.compress(b"<p>" + b"x" * 100_000_000)), {Reason.NOT_TEXT}),
    "a deflated body": (encoded(zlib.compress(b"<p>" + b"x" * 100_000_000)), {Reason.NOT_TEXT}),
    "a brotli body": (encoded(bytes.fromhex("5bffffe3c50e7ba0f6b7d500") * 300), {Reason.NOT_TEXT}),
    "50 MB of one line": (plain("x" * 50_000_000), {Reason.TOO_LARGE}),
    "5 MB of one line": (plain("word " * 1_000_000), "word"),
    "2 MB of one word": (plain("w" * 2_000_000), "w"),
    "8 MB of brackets": (plain("A story. " + "(" * 8_000_000), "story"),
    "4 MB of angle brackets": (message(body="<" * 4_000_000), {Reason.NO_ARTICLE}),
    "a title of 1 MB": (message(body=STORY, title="T" * 1_000_000), "council"),
    "100,000 links": (message(body=STORY + "<a href=/x>link</a>" * 100_000), "council"),
    "100,000 rows": (message(body=STORY + "<table>" + "<tr><td>" * 100_000), "council"),
    "comments without end": (message(body="<!--" * 3_000_000 + STORY), "council"),
    "scripts without end": (message(body="<script>" * 1_500_000 + STORY), {Reason.NO_ARTICLE}),
    "JSON nested deep": (b'{"body":"x","zzz":' + b"[" * 10**6 + b"]" * 10**6 + b"}", {Reason.NOT_JSON}),
    "JSON-LD nested deep": (
        message(body=STORY + '<script type="application/ld+json">' + "[" * 60_000 + "</script>"),
        "council",
    ),
    "5 MB of exclamation marks": (plain(SENTENCE + "\n" + "!" * 5_000_000 + "x"), "council"),
    "5 MB of full stops": (plain(SENTENCE + "\n" + "." * 5_000_000 + "x Photo: Reuters"), "council"),
    "a letter with a million marks": (plain(SENTENCE + "a" + "\u0301\u0327" * 500_000), "council"),
    "ligatures of eighteen letters": (plain(SENTENCE + "ﷺ" * 1_000_000), "council"),
    "a word of a million joints": (plain(SENTENCE + "a" + "\u200b" * 1_000_000 + "b"), "council"),
}


@pytest.fixture(scope="module")
def pool():
    pool = Pool(SETTINGS, start_child, WATCH_TOPICS, SETTINGS.max_article_bytes)
    pool.warm_up()
    yield pool
    pool.close()


@pytest.mark.parametrize("name", BOMBS)
async def test_bomb_ends_as_an_article_or_with_its_reason_and_its_neighbour_comes_through(pool, name):
    value, expected = BOMBS[name]
    now = time.time()
    bomb, neighbour = await asyncio.gather(
        pool.run(extract_in_child, value, now),
        pool.run(extract_in_child, plain(SENTENCE, id="neighbour"), now),
        return_exceptions=True,
    )
    assert decode(neighbour.value, ExtractedArticle).text == SENTENCE.strip()
    if isinstance(expected, set):
        assert isinstance(bomb, RejectedError)
        assert bomb.reason in expected
        assert len(str(bomb)) < 1_000
    else:
        assert not isinstance(bomb, BaseException), str(bomb)[:300]
        article = decode(bomb.value, ExtractedArticle)
        assert expected in article.text
        assert len(article.title or "") <= 1_000


@pytest.mark.parametrize(
    "name",
    [
        "2 MB of one word",
        "5 MB of exclamation marks",
        "5 MB of full stops",
        "a letter with a million marks",
        "ligatures of eighteen letters",
        "a word of a million joints",
    ],
)
async def test_bomb_of_text_is_tagged_too(pool, name):
    tagged = json.loads(await pool.run(tag_line_in_child, BOMBS[name][0], time.time()))
    assert tagged["language"]


async def test_article_beyond_the_bound_on_memory_is_rejected_and_the_pool_goes_on():
    small = Settings(
        pool_processes=1,
        article_time_limit_seconds=100,
        pool_memory_bytes=1536 * 1024**2,
        max_article_bytes=400 * 1024**2,
    )
    pool = Pool(small, start_child, WATCH_TOPICS, small.max_article_bytes)
    try:
        with pytest.raises(RejectedError) as rejected:
            await pool.run(tag_line_in_child, plain("word " * 20_000_000), time.time())
        assert rejected.value.reason is Reason.CHILD_DIED
        assert (await pool.run(extract_in_child, plain(SENTENCE), time.time())).value
    finally:
        pool.close()
