"""Confirmed sends: a record counts as sent when the broker has said so, and not before."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from aiokafka.errors import MessageSizeTooLargeError, RecordTooLargeError

from worker.adapters import metrics
from worker.streaming.message import Outgoing

log = logging.getLogger(__name__)

Answer = asyncio.Future[object]
"""The broker's."""

Send = Callable[[Outgoing], Awaitable[Answer]]
"""Hands a record to the producer."""

FIRST_PAUSE_SECONDS = 0.2

PERMANENT = (MessageSizeTooLargeError, RecordTooLargeError)
"""Refusals that no repetition changes."""


class Outbox:
    """Sends records in order and waits for the broker's answers."""

    def __init__(self, send: Send, *, agent: str, attempts: int, timeout_seconds: float) -> None:
        """Send with `send`, at most `attempts` times, each answer within `timeout_seconds`."""
        self._send = send
        self._agent = agent
        self._attempts = attempts
        self._timeout_seconds = timeout_seconds

    async def send(self, groups: Sequence[Sequence[Outgoing]]) -> list[Exception | None]:
        """Send the records of several messages, in order.

        What fails is repeated together with everything behind it, so that a later state of a key never ends up
        before an earlier one. Repeating may double a record; it never loses one.

        Args:
            groups: For each message, the records that it led to.

        Returns:
            For each message None, or the error that remained after the last attempt.
        """
        errors: list[Exception | None] = [None] * len(groups)
        start, pause_seconds = 0, FIRST_PAUSE_SECONDS
        for attempt in range(1, self._attempts + 1):
            errors[start:] = await self._attempt(groups[start:])
            repeatable = [i for i, error in enumerate(errors) if error is not None and not _is_permanent(error)]
            if not repeatable:
                break
            start = repeatable[0]
            if attempt < self._attempts:
                log.warning("send failed, repeated in %.1f s: %r", pause_seconds, errors[start])
                metrics.SEND_RETRIES.labels(agent=self._agent).inc()
                await asyncio.sleep(pause_seconds)
                pause_seconds *= 2
        return errors

    async def _attempt(self, groups: Sequence[Sequence[Outgoing]]) -> list[Exception | None]:
        """Hand every record to the producer first, then wait for all answers: one round trip a batch."""
        handed = [[await self._hand_over(record) for record in group] for group in groups]
        return [await self._first_error(answers) for answers in handed]

    async def _hand_over(self, record: Outgoing) -> Answer | Exception:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await self._send(record)
        except Exception as error:
            return error

    async def _first_error(self, answers: Sequence[Answer | Exception]) -> Exception | None:
        first: Exception | None = None
        for answer in answers:
            try:
                if isinstance(answer, Exception):
                    raise answer
                # Most have come with the one before them, and `wait_for` takes a turn of the loop even then.
                if not answer.done():
                    await asyncio.wait_for(answer, self._timeout_seconds)
                answer.result()
            except Exception as error:
                first = first or error
        return first


def _is_permanent(error: Exception) -> bool:
    """Faust wraps the client's errors, so the cause is asked too."""
    return isinstance(error, PERMANENT) or isinstance(error.__cause__, PERMANENT)
