"""Who is busiest among any number of names, in bounded memory: the space-saving sketch of Metwally and others.

A name that is not kept takes the place of the lightest one and inherits its weight. So a name that comes more
often than once in `kept` is always kept, whatever else comes. Weights fade: who was busy last year makes room.
"""

from collections.abc import Set
from heapq import nlargest

HOUR_SECONDS = 3600.0

FADES_TO_HALF_IN_HOURS = 168.0


class Busiest:
    """Keeps the heaviest names, and which of them are shown."""

    def __init__(self, shown: int = 50, kept: int = 500) -> None:
        """Know nobody yet.

        Args:
            shown: How many names are shown at the most.
            kept: How many are weighed, more than are shown, so that a newcomer can rise.
        """
        self._shown_at_most = shown
        self._kept = kept
        self._weights: dict[str, float] = {}
        self._shown: set[str] = set()
        self._revised_at: float | None = None

    @property
    def shown(self) -> Set[str]:
        """The names that are shown."""
        return self._shown

    def __len__(self) -> int:
        """Return how many names are weighed."""
        return len(self._weights)

    def observe(self, name: str, now_seconds: float) -> tuple[bool, Set[str]]:
        """Take notice of a name.

        Who is shown changes once an hour; until as many are shown as may be, newcomers are shown at once.

        Returns:
            Whether the name is shown, and the names that no longer are.
        """
        self._weigh(name)
        gone: Set[str] = frozenset()
        if self._revised_at is None:
            self._revised_at = now_seconds
        elif now_seconds - self._revised_at >= HOUR_SECONDS:
            gone = self._revise()
            self._revised_at = now_seconds
        if len(self._shown) < self._shown_at_most:
            self._shown.add(name)
        return name in self._shown, gone

    def _weigh(self, name: str) -> None:
        if name not in self._weights and len(self._weights) >= self._kept:
            lightest = min(self._weights, key=self._weights.__getitem__)
            self._weights[name] = self._weights.pop(lightest)
        self._weights[name] = self._weights.get(name, 0.0) + 1.0

    def _revise(self) -> Set[str]:
        before = self._shown
        self._shown = set(nlargest(self._shown_at_most, self._weights, key=self._weights.__getitem__))
        fading = 0.5 ** (1 / FADES_TO_HALF_IN_HOURS)
        self._weights = {name: weight * fading for name, weight in self._weights.items()}
        return before - self._shown
