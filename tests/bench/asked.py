"""A measurement in a process of its own: it is asked by a file, and answers by another."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, TypeVar

import msgspec

Request = TypeVar("Request")


def answer(request: type[Request], measure: Callable[[Request], object]) -> NoReturn:
    """Read the request that the first argument names, write what `measure` makes of it where the second says."""
    asked, answered = map(Path, sys.argv[1:3])
    answered.write_bytes(msgspec.json.encode(measure(msgspec.json.decode(asked.read_bytes(), type=request))))
    sys.exit(0)
