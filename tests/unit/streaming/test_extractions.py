"""Copies of a body are extracted once; whatever goes wrong, every message gets what is its own."""

import asyncio

import pytest

from worker.domain.article import RawArticle
from worker.domain.errors import Reason, RejectedError
from worker.domain.known_bodies import KnownBodies
from worker.streaming.codec import encode
from worker.streaming.extractions import Extractions
from worker.streaming.message import Message
from worker.streaming.stages import Extracted, PassedOver

NOON = 1_711_270_800.0
DAY = 86_400.0


class Pool:
    """Stands for the pool: writes down what it is asked, and what is known of it."""

    def __init__(self, *outcomes):
        self.asked = []
        self.outcomes = list(outcomes)

    async def run(self, message, known):
        self.asked.append((message.offset, known))
        await asyncio.sleep(0)
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if outcome is not None:
            raise outcome
        return Extracted(str(message.offset), b"value", 0.01, b"content", is_from_known=known is not None)


def message(offset: int, body: str = "A story.", at_seconds: float = NOON, **fields: str) -> Message:
    return Message("articles.raw", 0, offset, at_seconds, None, encode(RawArticle(body=body, **fields)))


def extractions(pool: Pool, most_bytes: int = 100_000) -> Extractions:
    return Extractions(pool.run, KnownBodies(most_bytes))


async def test_second_article_with_a_body_is_made_from_the_first_and_names_it():
    pool = Pool()
    of = extractions(pool).of
    assert (await of(message(1))).copy_of is None
    copy = await of(message(2, url="https://b.example/x"))
    assert (copy.outcome.article_id, copy.copy_of) == ("2", "articles.raw[0]@1")
    assert pool.asked == [(1, None), (2, b"content")]


async def test_message_read_again_is_no_copy_of_itself_and_is_sent_again():
    of = extractions(Pool()).of
    await of(message(1))
    again = await of(message(1))
    assert (again.outcome.value, again.copy_of) == (b"value", None)


async def test_copies_in_one_batch_wait_for_the_first():
    pool = Pool()
    of = extractions(pool).of
    found = await asyncio.gather(*(of(message(offset)) for offset in range(4)))
    assert [one.copy_of for one in found] == [None, *["articles.raw[0]@0"] * 3]
    assert pool.asked == [(0, None), *((offset, b"content") for offset in (1, 2, 3))]


async def test_where_the_first_fails_all_others_are_extracted_side_by_side():
    pool = Pool(RejectedError(Reason.CHILD_DIED, "killed"))
    of = extractions(pool).of
    first, *others = await asyncio.gather(*(of(message(offset)) for offset in range(4)), return_exceptions=True)
    assert isinstance(first, RejectedError)
    assert [one.copy_of for one in others] == [None] * 3
    assert [known for _, known in pool.asked] == [None] * 4


async def test_article_that_the_content_does_not_hold_for_is_the_first_of_its_kind():
    pool = Pool()

    async def run(message, known):
        extracted = await pool.run(message, known)
        return Extracted(extracted.article_id, b"value", 0.01, b"own", is_from_known=False)

    of = Extractions(run, KnownBodies(100_000)).of
    await of(message(1))
    assert (await of(message(2))).copy_of is None
    await of(message(3))
    assert pool.asked == [(1, None), (2, b"own"), (3, b"own")]


async def test_what_is_passed_over_is_looked_at_again_each_time():
    asked = []

    async def run(message, known):
        asked.append(known)
        return PassedOver("x", 0.001)

    of = Extractions(run, KnownBodies(100_000)).of
    assert [(await of(message(offset))).copy_of for offset in (1, 2)] == [None, None]
    assert asked == [None, None]


@pytest.mark.parametrize(
    ("fetched_at", "known"), [("2024-03-25T08:59:00Z", True), ("2024-03-25T09:01:00Z", False)]
)
async def test_a_body_is_known_for_a_day_of_event_time(fetched_at, known):
    pool = Pool()
    of = extractions(pool).of
    await of(message(1, at_seconds=NOON + 30 * DAY, fetched_at="2024-03-24T09:00:00Z"))
    await of(message(2, at_seconds=NOON + 30 * DAY, fetched_at=fetched_at))
    assert (pool.asked[1][1] is not None) == known


async def test_without_memory_nothing_is_known():
    pool = Pool()
    of = extractions(pool, most_bytes=0).of
    await asyncio.gather(*(of(message(offset)) for offset in range(3)))
    assert [known for _, known in pool.asked] == [None] * 3


async def test_what_is_no_json_goes_to_the_pool_to_be_refused():
    pool = Pool(RejectedError(Reason.NOT_JSON, "no"))
    with pytest.raises(RejectedError):
        await extractions(pool).of(Message("articles.raw", 0, 1, NOON, None, b"\xff"))
