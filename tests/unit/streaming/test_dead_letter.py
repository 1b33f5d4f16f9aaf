"""Dead letters keep the original bytes and say why and where from."""

from worker.domain.errors import Reason, RejectedError
from worker.streaming import kafka_topics
from worker.streaming.dead_letter import DETAIL_BYTES, dead_letter
from worker.streaming.message import Message

MESSAGE = Message("articles.raw", 3, 41, 1711270000.25, b"\xffkey", b"\x00\xfe not json", {"trace": b"abc"})


def test_dead_letter_keeps_key_value_and_headers_as_they_came():
    letter = dead_letter(kafka_topics.ARTICLES_RAW, "extract", MESSAGE, RejectedError(Reason.NOT_JSON, "why"))
    assert (letter.key, letter.value) == (MESSAGE.key, MESSAGE.value)
    assert letter.headers["trace"] == b"abc"
    assert letter.kafka_topic.name == "articles.raw.extract.dlq"


def test_dead_letter_names_reason_and_origin_in_headers():
    letter = dead_letter(kafka_topics.ARTICLES_RAW, "extract", MESSAGE, RejectedError(Reason.NOT_JSON, "why"))
    assert letter.headers["rasid.reason"] == b"not_json"
    assert letter.headers["rasid.detail"] == b"why"
    assert letter.headers["rasid.kafka-topic"] == b"articles.raw"
    assert (letter.headers["rasid.partition"], letter.headers["rasid.offset"]) == (b"3", b"41")
    assert letter.headers["rasid.timestamp-ms"] == b"1711270000250"


def test_detail_from_hostile_input_is_bounded_and_always_encodable():
    rejection = RejectedError(Reason.WRONG_SHAPE, "\ud800" + "م" * 10_000)
    letter = dead_letter(kafka_topics.ARTICLES_RAW, "extract", MESSAGE, rejection)
    assert len(letter.headers["rasid.detail"]) <= DETAIL_BYTES
    assert letter.headers["rasid.detail"].startswith(b"\\ud800")


def test_message_with_neither_key_nor_value_goes_with_an_empty_value():
    message = Message("articles.raw", 3, 42, 1711270000.25, None, None, {})
    letter = dead_letter(kafka_topics.ARTICLES_RAW, "extract", message, RejectedError(Reason.NOT_JSON, "why"))
    assert (letter.key, letter.value) == (None, b"")


def test_message_with_a_key_and_no_value_goes_as_it_came():
    message = Message("articles.raw", 3, 43, 1711270000.25, b"key", None, {})
    letter = dead_letter(kafka_topics.ARTICLES_RAW, "extract", message, RejectedError(Reason.NOT_JSON, "why"))
    assert (letter.key, letter.value) == (b"key", None)
