"""Timers by key: one each, the earliest first."""

import heapq
from datetime import datetime


class Timers:
    """Tells which key is due next. A timer that is set later costs nothing until its old time comes."""

    def __init__(self) -> None:
        self._times: dict[str, datetime] = {}
        self._entered: dict[str, datetime] = {}
        self._heap: list[tuple[datetime, str]] = []

    def set(self, key: str, at: datetime) -> None:
        """Set a key's only timer."""
        self._times[key] = at
        entered = self._entered.get(key)
        if entered is None or at < entered:
            self._enter(key, at)

    def drop(self, key: str) -> None:
        """Take a key's timer away."""
        self._times.pop(key, None)

    def next(self) -> tuple[datetime, str] | None:
        """Return the earliest timer, or None; of equal times the smallest key."""
        while self._heap:
            entered, key = self._heap[0]
            at = self._times.get(key)
            if at == entered:
                return entered, key
            heapq.heappop(self._heap)
            if self._entered.get(key) == entered:
                del self._entered[key]
                if at is not None:
                    self._enter(key, at)
        return None

    def _enter(self, key: str, at: datetime) -> None:
        self._entered[key] = at
        heapq.heappush(self._heap, (at, key))
