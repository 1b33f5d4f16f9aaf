"""Bytes that are no record are rejected with the reason that fits."""

import pytest

from worker.domain.article import ExtractedArticle, RawArticle
from worker.domain.errors import Reason, RejectedError
from worker.streaming.codec import decode, encode


def test_record_survives_the_round_trip():
    raw = RawArticle(body="حذّرت السفارة", url="https://news.example/1")
    assert decode(encode(raw), RawArticle) == raw


@pytest.mark.parametrize("value", [None, b"", b"{", b"\xff\xfe", b'{"body": "a\xff"}', b"{} {}"])
def test_bytes_that_are_no_json_are_not_json(value):
    with pytest.raises(RejectedError) as rejected:
        decode(value, RawArticle)
    assert rejected.value.reason is Reason.NOT_JSON


@pytest.mark.parametrize("value", [b"[]", b'"text"', b'{"id": 7}', b"null", b'{"id": "a"}'])
def test_json_of_another_shape_is_wrong_shape(value):
    with pytest.raises(RejectedError) as rejected:
        decode(value, ExtractedArticle)
    assert rejected.value.reason is Reason.WRONG_SHAPE
