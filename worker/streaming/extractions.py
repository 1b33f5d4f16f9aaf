"""Extractions asked of the pool: a body that was extracted within a day is not extracted again.

What is remembered only ever takes the place of work. Every message gets its record: a copy of another one as well
as a message that is read again. Where the memory is lost, in a restart, the work is done anew and nothing is lost.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from worker.adapters import metrics
from worker.adapters.pool import Pool
from worker.domain.known_bodies import Body, Known, KnownBodies, read_body
from worker.streaming.message import Message
from worker.streaming.stages import Extracted, PassedOver

Run = Callable[[Message, bytes | None], Awaitable[Extracted | PassedOver]]
"""Runs the extract stage on a message; the second argument is what its body is known to say, encoded."""

Stage = Callable[[bytes, float, bytes | None], Extracted | PassedOver]


def in_pool(pool: Pool, stage: Stage) -> Run:
    """Return what runs a stage in the pool.

    Args:
        pool: The pool.
        stage: `extract_in_child`, or `extract_candidate_in_child` to pass over what no watch topic could match.
    """

    async def run(message: Message, known: bytes | None) -> Extracted | PassedOver:
        return await pool.run(stage, message.value or b"", message.timestamp_seconds, known)

    return run


@dataclass(frozen=True)
class Extraction:
    """What came of a message, and for a copy where the first article with its body lies in Kafka."""

    outcome: Extracted | PassedOver
    copy_of: str | None = None


class Extractions:
    """What one worker extracts, and the bodies that it knows."""

    def __init__(self, run: Run, known: KnownBodies) -> None:
        """Bind to the stage and to the memory, which may be one that remembers nothing."""
        self._run = run
        self._known = known
        self._in_hand: dict[bytes, asyncio.Event] = {}

    def take_figures(self) -> None:
        """Set the gauges."""
        metrics.KNOWN_BODIES.set(len(self._known))
        metrics.KNOWN_BODIES_BYTES.set(self._known.bytes)

    async def of(self, message: Message) -> Extraction:
        """Return what the extract stage makes of a message.

        Raises:
            RejectedError: The article cannot go on.
        """
        body = read_body(message.value or b"") if self._known.most_bytes else None
        if body is None:
            return Extraction(await self._run(message, None))
        first = self._in_hand.get(body.key)
        if first is not None:
            # A copy in the same batch. It waits only once: if the first fails, the others go on side by side.
            await first.wait()
            return await self._with_memory(body, message)
        first = self._in_hand[body.key] = asyncio.Event()
        try:
            return await self._with_memory(body, message)
        finally:
            del self._in_hand[body.key]
            first.set()

    async def _with_memory(self, body: Body, message: Message) -> Extraction:
        at_seconds = body.event_seconds(message.timestamp_seconds)
        known = self._known.find(body.key, at_seconds)
        outcome = await self._run(message, known.content if known else None)
        if isinstance(outcome, PassedOver):
            return Extraction(outcome)
        if known is None or not outcome.is_from_known:
            self._known.add(body.key, Known(message.place, at_seconds, outcome.content))
            return Extraction(outcome)
        # A message that is read again is no copy of itself.
        return Extraction(outcome, known.place if known.place != message.place else None)
