"""How much may be in hand at once: whoever brings more waits at the door."""

import asyncio


class Room:
    """Room for so many messages of so many bytes. One message has room whatever its size."""

    def __init__(self, messages: int, size_bytes: int) -> None:
        """Begin empty.

        Args:
            messages: How many have room.
            size_bytes: Of how many bytes together.
        """
        self._messages = messages
        self._size_bytes = size_bytes
        self._inside: int = 0
        self._inside_bytes: int = 0
        self._left = asyncio.Event()

    async def enter(self, size_bytes: int) -> None:
        """Wait until there is room for a message of this size, and take it. One waits at a time."""
        while not self._has_room(size_bytes):
            self._left.clear()
            await self._left.wait()
        self._inside += 1
        self._inside_bytes += size_bytes

    def leave(self, size_bytes: int) -> None:
        """Give back the room of a message of this size."""
        self._inside -= 1
        self._inside_bytes -= size_bytes
        self._left.set()

    def _has_room(self, size_bytes: int) -> bool:
        if not self._inside:
            return True
        return self._inside < self._messages and self._inside_bytes + size_bytes <= self._size_bytes
