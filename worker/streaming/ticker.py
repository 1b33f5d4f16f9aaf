"""A service that does something again and again: what is due by the clock and not by a message."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NoReturn

from mode import Service

from worker.streaming.reliable import leave

log = logging.getLogger(__name__)


class Ticker(Service):  # type: ignore[misc]
    """Calls a function every so often, one call at a time. A defect in it ends the process, as in an agent."""

    def __init__(
        self,
        name: str,
        tick: Callable[[], Awaitable[None]],
        every_seconds: float,
        leave: Callable[[str], NoReturn] = leave,
        close: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Call `tick` every `every_seconds` until stopped, then `close`; `name` is for the log."""
        super().__init__()
        self._name = name
        self._tick = tick
        self._every_seconds = every_seconds
        self._leave = leave
        self._close = close

    async def on_stop(self) -> None:
        """Give back what the calls held."""
        if self._close is not None:
            await self._close()

    @Service.task  # type: ignore[untyped-decorator]
    async def _run(self) -> None:
        while not self.should_stop:
            await self.sleep(self._every_seconds)
            if self.should_stop:  # the end has cut the sleep short: what the call needs may be gone
                return
            try:
                await self._tick()
            except asyncio.CancelledError:
                raise
            except Exception as error:
                log.exception("defect in the %s", self._name)
                self._leave(f"defect in the {self._name}: {error!r}")
