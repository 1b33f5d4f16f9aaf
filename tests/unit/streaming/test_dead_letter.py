"""Dead letters keep the original bytes and say why and where from."""

from worker.domain.errors import Reason, RejectedError
from worker.streaming import kafka_topics
from worker.streaming.dead_letter import DETAIL_BYTES, dead_letter
from worker.streaming.message import Message

HEADERS = (("trace", b"abc"), ("seen-by", b"1"), ("seen-by", b"2"), ("empty", b""), ("none", None))
MESSAGE = Message("articles.raw", 3, 41, 1711270000.25, b"\xffkey", b"\x00\xfe not json", HEADERS)


def test_dead_letter_keeps_key_value_and_headers_as_they_came():
    letter = dead_letter(kafka_topics.ARTICLES_RAW, "extract", MESSAGE, RejectedError(Reason.NOT_JSON, "why"))
    assert (letter.key, letter.value) == (MESSAGE.key, MESSAGE.value)
    assert letter.headers[: len(HEADERS)] == HEADERS
    assert letter.kafka_topic.name == "articles.raw.extract.dlq"


def test_dead_letter_names_reason_and_origin_in_headers():
    letter = dead_letter(kafka_topics.ARTICLES_RAW, "extract", MESSAGE, RejectedError(Reason.NOT_JSON, "why"))
    headers = dict(letter.headers)
    assert headers["rasid.reason"] == b"not_json"
    assert headers["rasid.detail"] == b"why"
    assert headers["rasid.kafka-topic"] == b"articles.raw"
    assert (headers["rasid.partition"], headers["rasid.offset"]) == (b"3", b"41")
    assert headers["rasid.timestamp-ms"] == b"1711270000250"


def test_detail_from_hostile_input_is_bounded_and_always_encodable():
    rejection = RejectedError(Reason.WRONG_SHAPE, "\ud800" + "م" * 10_000)
    letter = dead_letter(kafka_topics.ARTICLES_RAW, "extract", MESSAGE, rejection)
    headers = dict(letter.headers)
    assert len(headers["rasid.detail"]) <= DETAIL_BYTES
    assert headers["rasid.detail"].startswith(b"\\ud800")


def test_message_with_neither_key_nor_value_goes_with_an_empty_value():
    message = Message("articles.raw", 3, 42, 1711270000.25, None, None)
    letter = dead_letter(kafka_topics.ARTICLES_RAW, "extract", message, RejectedError(Reason.NOT_JSON, "why"))
    assert (letter.key, letter.value) == (None, b"")


def test_message_with_a_key_and_no_value_goes_as_it_came():
    message = Message("articles.raw", 3, 43, 1711270000.25, b"key", None)
    letter = dead_letter(kafka_topics.ARTICLES_RAW, "extract", message, RejectedError(Reason.NOT_JSON, "why"))
    assert (letter.key, letter.value) == (b"key", None)


def test_message_that_was_given_up_before_bears_only_the_last_reason():
    first = dead_letter(kafka_topics.ARTICLES_RAW, "extract", MESSAGE, RejectedError(Reason.NOT_JSON, "first"))
    again = Message("articles.raw", 3, 44, 1711270000.25, b"key", b"x", first.headers)
    letter = dead_letter(kafka_topics.ARTICLES_RAW, "extract", again, RejectedError(Reason.NOT_JSON, "second"))
    assert [value for name, value in letter.headers if name == "rasid.detail"] == [b"second"]
    assert letter.headers[: len(HEADERS)] == HEADERS
