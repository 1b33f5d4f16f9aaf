"""The lease: whether this worker may still take its partitions for its own.

A worker that was frozen (SIGSTOP, a paused virtual machine, a laptop's lid) for longer than its session wakes with
work in hand whose partitions others have read on from. What it would write now is older than what they wrote: an
alert that was acknowledged would stand there as firing again. Kafka takes such a write without a word, so a worker
that finds that it did not run for so long ends at once, with no send, ack or commit, and is started afresh.

It is asked before every request that writes (`worker.adapters.write_guard`) and not when a record is handed to the
producer, which may hold it back.
"""

import time
from collections.abc import Callable
from typing import NoReturn

from worker.streaming.reliable import leave


class Lease:
    """Renewed by a clock that ticks while the worker runs; asked before every write."""

    def __init__(
        self,
        session_seconds: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        leave: Callable[[str], NoReturn] = leave,
    ) -> None:
        """Begin with the first renewal.

        Args:
            session_seconds: After which Kafka gives the partitions of a worker that is not heard of to others.
            clock: Seconds that never go back, and go on while the process does not.
            leave: Ends the process; tests pass their own.
        """
        self._session_seconds = session_seconds
        self._clock = clock
        self._leave = leave
        self._renewed_at: float | None = None

    async def renew(self) -> None:
        """Say that the worker runs; to be called more often than once a session."""
        self.check()
        self._renewed_at = self._clock()

    def check(self) -> None:
        """End the process if it has not run for a session. To be called before anything is written."""
        if self._renewed_at is None:
            return
        paused_seconds = self._clock() - self._renewed_at
        if paused_seconds >= self._session_seconds:
            self._leave(f"this worker did not run for {paused_seconds:.0f} s, and others have its partitions")
