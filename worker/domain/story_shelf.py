"""The stories of a desk, by watch topic: those that take follow-ups, and those that only take copies."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from worker.domain.desk_records import Member
from worker.domain.story import Relation, StoryIndex
from worker.domain.story_signature import StorySignature


class StoryShelf:
    """Finds the alert that a match belongs to."""

    def __init__(self) -> None:
        self._open: defaultdict[str, StoryIndex] = defaultdict(StoryIndex)
        self._closed: defaultdict[str, StoryIndex] = defaultdict(StoryIndex)
        self._placed: dict[str, tuple[bool, Sequence[Member]]] = {}

    @property
    def counts(self) -> tuple[int, int]:
        """How many stories take copies and follow-ups, and how many only copies."""
        return sum(map(len, self._open.values())), sum(map(len, self._closed.values()))

    def place(self, watch_topic: str, alert: str, members: Sequence[Member], *, is_open: bool) -> None:
        """Put an alert's story where it belongs; one that stands there already is left alone."""
        if self._placed.get(alert) == (is_open, members):
            return
        self.remove(watch_topic, alert)
        self._placed[alert] = (is_open, members)
        index = (self._open if is_open else self._closed)[watch_topic]
        for member in members:
            index.add(alert, member.signature, member.at)

    def remove(self, watch_topic: str, alert: str) -> None:
        """Forget an alert's story."""
        placed = self._placed.pop(alert, None)
        if placed is not None:
            indexes = self._open if placed[0] else self._closed
            indexes[watch_topic].remove(alert)
            if not len(indexes[watch_topic]):
                del indexes[watch_topic]

    def find(self, watch_topic: str, signature: StorySignature, at: datetime) -> tuple[str, Relation] | None:
        """Return the alert of the story that an article belongs to, and how: copies first, of closed ones too."""
        found = self._find(self._open, watch_topic, signature, at)
        if found is not None and found[1] == "copy":
            return found
        closed = self._find(self._closed, watch_topic, signature, at)
        return closed if closed is not None and closed[1] == "copy" else found

    @staticmethod
    def _find(
        indexes: dict[str, StoryIndex], watch_topic: str, signature: StorySignature, at: datetime
    ) -> tuple[str, Relation] | None:
        return indexes[watch_topic].find(signature, at) if watch_topic in indexes else None
