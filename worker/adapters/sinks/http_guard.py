"""What Apprise's services do by HTTP, watched and bounded.

Apprise says of a delivery only whether it went well. Its services send with the library `requests`, each with a
call of its own, and offer no place to come in between. So `requests.Session.send`, through which all of them go,
is wrapped once: inside of `guarded()` no redirect is followed, no answer is read further than a bound or longer
than a time limit, and each exchange is noted. Outside of it nothing changes.
"""

import contextlib
import functools
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

import msgspec
import requests

MOST_ANSWER_BYTES = 256 * 1024
"""Read of an answer; a service's real answers are a few kilobytes."""

MOST_QUOTED_BYTES = 2_000


class Exchange(msgspec.Struct, frozen=True):
    """One request and what came of it: a status, or what went wrong instead."""

    status: int | None
    failure: str = ""
    words: str = ""
    location: str = ""


class _BoundedAnswer:
    """A response's body of which no more is read than a bound, and for no longer than a while."""

    def __init__(self, raw: Any, seconds: float) -> None:
        self._raw = raw
        self._deadline = time.monotonic() + seconds

    def stream(self, amount: int, decode_content: bool | None = None) -> Iterator[bytes]:
        """Yield what has come so far, piece by piece; what is over the bound is left unread."""
        left = MOST_ANSWER_BYTES
        while left > 0 and time.monotonic() < self._deadline:
            piece = self._raw.read1(min(amount, left), decode_content=decode_content)
            if not piece:
                return
            left -= len(piece)
            yield piece
        self._raw.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)


class Guard:
    """Notes the exchanges of one delivery."""

    def __init__(self, answer_seconds: float) -> None:
        self.exchanges: list[Exchange] = []
        self._answer_seconds = answer_seconds

    def send(
        self, send: Callable[..., requests.Response], request: requests.PreparedRequest, options: dict[str, Any]
    ) -> requests.Response:
        """Send a request and read its bounded answer; note what came of it.

        Raises:
            requests.RequestException: As `requests` raises it.
        """
        # The hook runs before `requests` itself reads anything of the body, that of a redirect among it.
        request.register_hook("response", self._bound)
        try:
            response = send(request, **(options | {"stream": True, "allow_redirects": False}))
            content = response.content
        except requests.RequestException as error:
            self.exchanges.append(Exchange(None, _failure(error)))
            raise
        words = content[:MOST_QUOTED_BYTES].decode("utf-8", "replace")
        location = response.headers.get("Location", "")
        self.exchanges.append(Exchange(response.status_code, words=words, location=location))
        return response

    def _bound(self, response: requests.Response, **_: Any) -> requests.Response:
        response.raw = _BoundedAnswer(response.raw, self._answer_seconds)
        return response


_guard: ContextVar[Guard | None] = ContextVar("rasid_http_guard", default=None)


@contextlib.contextmanager
def guarded(answer_seconds: float) -> Iterator[Guard]:
    """Watch and bound what this thread sends by `requests` while the context lasts.

    Args:
        answer_seconds: How long the body of an answer is read, once its head is there.
    """
    install()
    guard = Guard(answer_seconds)
    token = _guard.set(guard)
    try:
        yield guard
    finally:
        _guard.reset(token)


@functools.cache
def install() -> None:
    """Wrap `requests.Session.send`, once; called before there are threads that send."""
    original = requests.Session.send

    @functools.wraps(original)
    def send(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        guard = _guard.get()
        if guard is None:
            return original(session, request, **options)
        return guard.send(functools.partial(original, session), request, options)

    requests.Session.send = send  # type: ignore[method-assign, assignment]


def _failure(error: requests.RequestException) -> str:
    """Return what went wrong in words that hold no address: those of the exceptions do."""
    match error:
        case requests.exceptions.SSLError():
            return "TLS failed: the certificate or the connection was not accepted"
        case requests.exceptions.ConnectTimeout():
            return "no connection in time"
        case requests.exceptions.ReadTimeout():
            return "no answer in time"
        case requests.exceptions.ChunkedEncodingError() | requests.exceptions.ContentDecodingError():
            return "the answer broke off"
        case requests.exceptions.ConnectionError():
            return "no connection, or it was closed without an answer"
        case _:
            return f"the request failed: {type(error).__name__}"
