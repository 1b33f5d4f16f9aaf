"""Which alerts are meant: by the beginning of their id, by what they are."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from worker.domain.alert import Alert
from worker.domain.errors import RejectedError
from worker.domain.notification_text import SHORT_ID
from worker.entrypoints.alerts_kafka import Kept
from worker.streaming.codec import decode

Record = TypeVar("Record")

MOST_NAMED = 5
"""Records that an error names where the beginning of an id fits many."""


class UnknownIdError(Exception):
    """An id that fits nothing, or more than one; the message says what to do."""


@dataclass(frozen=True)
class Decoded(Generic[Record]):
    """Records that could be read, and how many could not: another version wrote them."""

    records: list[Record]
    unreadable: int


@dataclass(frozen=True)
class Wanted:
    """Which alerts are to be seen; what is empty asks for nothing.

    Attributes:
        statuses: Any of these.
        severities: Any of these.
        watch_topics: Any of these.
    """

    statuses: Collection[str] = ()
    severities: Collection[str] = ()
    watch_topics: Collection[str] = ()

    def fits(self, alert: Alert) -> bool:
        """Return whether an alert is among them."""
        return (
            (not self.statuses or alert.status in self.statuses)
            and (not self.severities or alert.severity in self.severities)
            and (not self.watch_topics or alert.watch_topic in self.watch_topics)
        )


def decode_all(latest: Mapping[str, Kept], record_type: type[Record]) -> Decoded[Record]:
    """Return the records of the values; those that are none are counted."""
    records, unreadable = [], 0
    for kept in latest.values():
        try:
            records.append(decode(kept.value, record_type))
        except RejectedError:
            unreadable += 1
    return Decoded(records, unreadable)


def newest_first(alerts: Iterable[Alert]) -> list[Alert]:
    """Return alerts with the one that was raised last first, in the same order every time."""
    return sorted(alerts, key=lambda alert: (-alert.raised_at.timestamp(), alert.id))


def whole_id(beginning: str, ids: Iterable[str], what: str, describe: Callable[[str], str]) -> str:
    """Return the one id that begins so; an id that is given whole is always meant itself.

    Args:
        beginning: What was typed.
        ids: All there are.
        what: alert or silence, for the error.
        describe: A word on an id, for the error.

    Raises:
        UnknownIdError: None begins so, or more than one.
    """
    wanted = beginning.strip().lower()
    fitting = sorted(one for one in ids if wanted and one.startswith(wanted))
    if len(fitting) == 1 or wanted in fitting:
        return wanted if wanted in fitting else fitting[0]
    if not fitting:
        raise UnknownIdError(
            f"no {what} has an id that begins with {beginning!r}; `rasid alerts {_LISTS[what]}` shows them all"
        )
    length = max(SHORT_ID, len(wanted) + 4)
    named = [f"{one[:length]} ({describe(one)})" for one in fitting[:MOST_NAMED]]
    more = f" and {len(fitting) - MOST_NAMED} more" if len(fitting) > MOST_NAMED else ""
    raise UnknownIdError(
        f"{len(fitting)} {what}s have an id that begins with {beginning!r}: {', '.join(named)}{more}; "
        "give more of it"
    )


_LISTS = {"alert": "list --all", "silence": "silences --all"}
