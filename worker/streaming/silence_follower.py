"""Follows the Kafka topic `silences`, so that everybody who delivers knows what is held back."""

import logging
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

from aiokafka.errors import KafkaError
from mode import Service

from worker.domain.alert_action import Silence
from worker.domain.errors import RejectedError
from worker.domain.silence import Silences
from worker.streaming.codec import decode

log = logging.getLogger(__name__)

Records = Callable[[], AsyncIterator[tuple[bytes | None, bytes | None]]]
"""Yields (key, value) pairs of `silences`, all partitions, from their beginning."""

AGAIN_AFTER_SECONDS = 5.0


class SilenceFollower(Service):  # type: ignore[misc]
    """Keeps the silences in force up to date, from `load` on."""

    def __init__(
        self,
        silences: Silences,
        *,
        present: Records,
        follow: Records,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Follow the silences.

        Args:
            silences: Where they are kept.
            present: The records there are now, to its end.
            follow: The records there are and those that come, without end.
            clock: Tells the time; what has ended is not kept.
        """
        super().__init__()
        self.silences = silences
        self._present = present
        self._follow = follow
        self._clock = clock

    async def load(self) -> None:
        """Read what is in force, once, before anything is delivered.

        Raises:
            KafkaError: It cannot be read.
        """
        async for key, value in self._present():
            self.take(key, value)

    def take(self, key: bytes | None, value: bytes | None) -> None:
        """Take in one record; one that is no silence is told of in the log and changes nothing."""
        name = (key or b"").decode("utf-8", "replace")
        if value is None:
            self.silences.remove(name)
            return
        try:
            silence = decode(value, Silence)
        except RejectedError as rejection:
            log.error("not a silence, left out: %s: %s", name, rejection)  # noqa: TRY400
            return
        if silence.ends_at <= self._clock():
            self.silences.remove(silence.id)
        else:
            self.silences.put(silence)

    @Service.task  # type: ignore[untyped-decorator]
    async def _follow_on(self) -> None:
        while not self.should_stop:
            try:
                async for key, value in self._follow():
                    self.take(key, value)
            except (KafkaError, OSError) as error:
                log.warning("silences cannot be read, tried again soon: %r", error)
            await self.sleep(AGAIN_AFTER_SECONDS)
