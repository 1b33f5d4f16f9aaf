"""A partition of a compacted Kafka topic as it stands: the latest value of each key."""

from collections.abc import AsyncIterator, Callable

ReadBack = Callable[[int], AsyncIterator[tuple[bytes, bytes | None]]]
"""Yields the (key, value) pairs of one partition, oldest first, up to its present end."""


async def latest(records: AsyncIterator[tuple[bytes, bytes | None]]) -> dict[bytes, bytes]:
    """Return the latest value of each key that was not deleted, from what a `ReadBack` yields."""
    entries: dict[bytes, bytes] = {}
    async for key, value in records:
        if value is None:
            entries.pop(key, None)
        else:
            entries[key] = value
    return entries
