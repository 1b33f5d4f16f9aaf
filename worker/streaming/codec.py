"""Bytes to records and back: UTF-8 JSON by msgspec, with the rejection that fits what is wrong."""

from typing import Any, TypeVar

import msgspec

from worker.domain.errors import Reason, RejectedError

Record = TypeVar("Record")

_ENCODER = msgspec.json.Encoder()
_DECODERS: dict[type, msgspec.json.Decoder[Any]] = {}


def encode(record: msgspec.Struct) -> bytes:
    """Return a record as JSON in UTF-8."""
    return _ENCODER.encode(record)


def decode(value: bytes | None, record_type: type[Record]) -> Record:
    """Return the record in a message's value.

    Raises:
        RejectedError: `not_json` or `wrong_shape`, with the place in the detail.
    """
    decoder = _DECODERS.get(record_type)
    if decoder is None:
        decoder = _DECODERS[record_type] = msgspec.json.Decoder(record_type)
    try:
        return decoder.decode(value or b"")  # type: ignore[no-any-return]
    except msgspec.ValidationError as error:
        raise RejectedError(Reason.WRONG_SHAPE, f"not a {record_type.__name__}: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:  # the last: nested too deep
        raise RejectedError(Reason.NOT_JSON, f"not JSON in UTF-8: {error}") from None
