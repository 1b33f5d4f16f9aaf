"""Silences: which alerts are not notified for a while. The time is the wall clock, passed in."""

from datetime import datetime

from worker.domain.alert import Alert
from worker.domain.alert_action import Silence


def covers(silence: Silence, alert: Alert, now: datetime) -> bool:
    """Return whether a silence holds an alert back now.

    The start counts, the end does not. All that the silence names must hold; one that names nothing holds nothing
    back, so that a slip of the pen never silences everything.
    """
    if not silence.starts_at <= now < silence.ends_at:
        return False
    wanted = (silence.watch_topic, silence.source, silence.language, silence.labels or None)
    if all(one is None for one in wanted):
        return False
    return (
        silence.watch_topic in (None, alert.watch_topic)
        and (silence.source is None or silence.source in alert.sources)
        and (silence.language is None or silence.language in alert.languages)
        and all(alert.labels.get(name) == value for name, value in silence.labels.items())
    )


class Silences:
    """The silences that have not ended, by id; one object for all who deliver."""

    def __init__(self) -> None:
        self._by_id: dict[str, Silence] = {}
        self.changes = 0

    def put(self, silence: Silence) -> None:
        """Take a silence in, or its newer form: one that is to end earlier is written again with that end."""
        self._by_id[silence.id] = silence
        self.changes += 1

    def remove(self, silence_id: str) -> None:
        """Forget a silence."""
        if self._by_id.pop(silence_id, None) is not None:
            self.changes += 1

    def forget_ended(self, now: datetime) -> None:
        """Forget what has ended, so that memory is bounded by the silences that hold or will hold."""
        for silence_id in [one.id for one in self._by_id.values() if one.ends_at <= now]:
            del self._by_id[silence_id]

    def held_until(self, alert: Alert, now: datetime) -> datetime | None:
        """Return when the last of the silences ends that hold an alert back now; None if none does."""
        ends = [silence.ends_at for silence in self._by_id.values() if covers(silence, alert, now)]
        return max(ends, default=None)

    def __len__(self) -> int:
        return len(self._by_id)


def silence_words(silence: Silence) -> str:
    """Return what a silence names, for people: `source drills.example, desk=security`."""
    named = {"watch topic": silence.watch_topic, "source": silence.source, "language": silence.language}
    parts = [f"{name} {value}" for name, value in named.items() if value]
    return ", ".join([*parts, *(f"{name}={value}" for name, value in silence.labels.items())])
