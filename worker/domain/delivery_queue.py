"""A lane: the notifications on their way to one receiver, their tries, waits and joins. The clock is passed in.

One notification is tried at a time. When a try fails the lane waits: 5 s, doubling up to 10 min, for as long as it
takes. Meanwhile, and while the rate limit is used up, what is added is joined into one notification; nothing is
ever dropped. A notification that failed three times steps aside when another waits behind it, so that one that the
receiver chokes on does not hold up the others; it is tried again when its own wait is over.

So a lane holds at most ten single notifications while the receiver answers and one failed, one joined while it
does not; a joined one is cut into pieces of `parts_in` alerts.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice

from worker.domain.delivery_state import LaneState, Part, Queued, with_news
from worker.domain.notification import Reason
from worker.domain.receiver import RateLimit, Receiver

FIRST_WAIT_SECONDS = 5.0
LONGEST_WAIT_SECONDS = 600.0

PATIENCE = 3
"""Failed tries after which a notification lets others go first."""

WAITING = 10
"""Single notifications that wait for a receiver that answers slowly; more are joined."""

PARTS = 1_000
"""Alerts in one notification: 20 in full and the others by their titles, some 300 kB at the most."""

PARTS_FOR_ALERTMANAGER = 100
"""It takes every alert in full."""


def wait_after(notification: str, attempts: int) -> timedelta:
    """Return the wait after a failed try: growing, and up to a quarter shorter by the hash of what was tried.

    The hash keeps receivers of one service from being tried at the same moments, and gives the same times always.
    """
    seconds = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0 ** min(attempts - 1, 20))
    drawn = hashlib.sha256(f"{notification}\n{attempts}".encode()).digest()[0] / 255
    return timedelta(seconds=seconds * (1 - 0.25 * drawn))


def free_at(sent_at: Iterable[datetime], limit: RateLimit | None, now: datetime) -> datetime:
    """Return when the rate limit lets the next message go: now, or when the oldest that counts leaves the window.

    In every window of `per_seconds`, its end not counted, there are at most `messages`.
    """
    if limit is None:
        return now
    window = timedelta(seconds=limit.per_seconds)
    counting = sorted(time for time in sent_at if time > now - window)
    if len(counting) < max(1, limit.messages):
        return now
    return counting[-max(1, limit.messages)] + window


def parts_in(receiver: Receiver) -> int:
    """Return how many alerts one notification to a receiver holds at most."""
    return PARTS_FOR_ALERTMANAGER if receiver.kind == "alertmanager" else PARTS


def pieces_of(parts: Mapping[str, Part], receiver: Receiver) -> list[dict[str, Part]]:
    """Return the parts of a notification cut into as many as its receiver's limit asks for."""
    left, size = iter(parts.items()), parts_in(receiver)
    return [dict(islice(left, size)) for _ in range(-(-len(parts) // size))]


class Lane:
    """The notifications of one partition for one receiver."""

    def __init__(self, receiver: Receiver, state: LaneState | None = None, items: Iterable[Queued] = ()) -> None:
        """Make a lane, empty or as it was read back."""
        self.receiver = receiver
        self.state = state or LaneState(receiver.name)
        self._items = sorted(items, key=lambda item: (item.created_at, item.id))
        self._in_air: str | None = None
        self.changed: dict[str, Queued | None] = {}
        """Notifications that are new, changed or gone since this was last emptied, by id."""

    @property
    def items(self) -> Sequence[Queued]:
        """What waits and what is in the air, in order."""
        return self._items

    def holds(self, alert_id: str) -> bool:
        """Return whether an alert is in a notification that waits or is in the air."""
        return any(alert_id in item.parts for item in self._items)

    def add(self, items: Iterable[Queued], now: datetime, sent_elsewhere: Sequence[datetime] = ()) -> int:
        """Take in notifications; one that is here already stays as it is.

        Args:
            items: The notifications; an escalation goes before what was not tried yet.
            now: The time.
            sent_elsewhere: Messages of other partitions that count against the same rate limit.

        Returns:
            How many were taken in.
        """
        known = {one.id for one in self._items}
        new = [item for item in items if item.id not in known]
        for item in new:
            place = len(self._items)
            if item.reason == "escalation":
                place = next((i for i, one in enumerate(self._items) if not one.attempts), place)
            self._items.insert(place, item)
            self.changed[item.id] = item
        self._join_if_held(now, sent_elsewhere)
        return len(new)

    def next_at(self, now: datetime, sent_elsewhere: Sequence[datetime] = ()) -> datetime | None:
        """Return when something can be tried; None while something is in the air or nothing waits."""
        if self._in_air is not None or not self._items:
            return None
        ready_at = max(self._free_at(now, sent_elsewhere), self.state.next_try_at or now)
        fresh = any(item.attempts < PATIENCE for item in self._items)
        own_wait = min(item.next_try_at or now for item in self._items)
        return ready_at if fresh else max(ready_at, own_wait)

    def begin(self, now: datetime, sent_elsewhere: Sequence[datetime] = ()) -> Queued | None:
        """Choose what is tried now and mark its try as begun; None if nothing can be tried.

        Those whose earlier try may have arrived go first, then those that did not fail often, in order.
        """
        self._join_if_held(now, sent_elsewhere)
        ready_at = self.next_at(now, sent_elsewhere)
        if ready_at is None or ready_at > now:
            return None
        item = min(self._items, key=lambda item: self._turn(item, now))
        item.attempts += 1
        item.maybe_repeated = item.maybe_repeated or item.begun
        item.begun = True
        self._in_air = item.id
        self.changed[item.id] = item
        if self.receiver.rate_limit is not None:
            oldest = now - timedelta(seconds=self.receiver.rate_limit.per_seconds)
            self.state.sent_at = [time for time in self.state.sent_at if time > oldest] + [now]
        return item

    def in_air(self) -> Queued:
        """Return what was begun and has no outcome yet.

        Raises:
            LookupError: Nothing was begun.
        """
        for item in self._items:
            if item.id == self._in_air:
                return item
        raise LookupError(f"nothing is in the air for {self.receiver.name}")

    def withdraw(self) -> None:
        """Take away what was begun and not handed to the receiver: nothing in it is to be told any more."""
        item = self._land()
        self._uncount()
        self._remove(item)

    def delivered(self) -> None:
        """Note that what was in the air has arrived."""
        self._remove(self._land())
        self.state.failures, self.state.next_try_at = 0, None

    def rejected(self) -> None:
        """Note that the receiver refused what was in the air for good. That is an answer: it is not down."""
        self._uncount()
        self.delivered()

    def failed(self, now: datetime) -> datetime:
        """Note that what was in the air did not arrive; return when it is tried again at the earliest."""
        item = self._land()
        self._uncount()
        item.begun = False
        item.next_try_at = now + wait_after(item.id, item.attempts)
        self.state.failures += 1
        self.state.next_try_at = now + wait_after(item.id, self.state.failures)
        self.changed[item.id] = item
        return item.next_try_at

    def _free_at(self, now: datetime, sent_elsewhere: Sequence[datetime]) -> datetime:
        return free_at([*self.state.sent_at, *sent_elsewhere], self.receiver.rate_limit, now)

    def _turn(self, item: Queued, now: datetime) -> tuple[bool, bool, datetime, int]:
        own_wait = item.next_try_at or now
        # Without this a busy lane would never come to it.
        overdue = own_wait + timedelta(seconds=LONGEST_WAIT_SECONDS) <= now
        stuck = item.attempts >= PATIENCE and not overdue
        return not item.begun, stuck, own_wait if stuck else now, self._items.index(item)

    def _join_if_held(self, now: datetime, sent_elsewhere: Sequence[datetime]) -> None:
        """Join what waits: of a receiver that fails all but the oldest failed one, else what was not tried."""
        resting = [item for item in self._items if item.id != self._in_air and not item.begun]
        fresh = [item for item in resting if not item.attempts]
        if self.state.failures:
            failed = next((item for item in self._items if item.attempts), None)
            self._join([item for item in resting if item is not failed])
        elif len(fresh) > WAITING or self._free_at(now, sent_elsewhere) > now:
            self._join(fresh)

    def _join(self, items: Sequence[Queued]) -> None:
        if len(items) < 2:
            return
        if all(len(item.parts) >= parts_in(self.receiver) for item in items[:-1]):
            return  # cut as they would be cut again
        parts: dict[str, Part] = {}
        for item in items:
            for alert_id, part in item.parts.items():
                parts[alert_id] = _joined_part(parts.get(alert_id), part)
        place = min(self._items.index(item) for item in items)
        joined = [
            Queued(
                id=_joined_id(items, number),
                receiver=self.receiver.name,
                reason=_joined_reason(items),
                created_at=min(item.created_at for item in items),
                parts=piece,
                joined=sum(item.joined for item in items) if number == 0 else 0,
                attempts=max(item.attempts for item in items),
                maybe_repeated=any(item.maybe_repeated for item in items),
                next_try_at=max((item.next_try_at for item in items if item.next_try_at), default=None),
            )
            for number, piece in enumerate(pieces_of(parts, self.receiver))
        ]
        for item in items:
            self._remove(item)
        self._items[place:place] = joined
        self.changed.update((item.id, item) for item in joined)

    def _land(self) -> Queued:
        item = self.in_air()
        self._in_air = None
        return item

    def _uncount(self) -> None:
        """Only what arrived, or may have, counts against the rate limit: people are to be spared, not machines."""
        self.state.sent_at = self.state.sent_at[:-1]

    def _remove(self, item: Queued) -> None:
        self._items.remove(item)
        self.changed[item.id] = None


def _joined_part(before: Part | None, part: Part) -> Part:
    """A refresh tells nothing of its own; what nobody was told of stays new; else the latest kind holds."""
    if before is None or before.kind == "refresh":
        return part
    if part.kind == "refresh":
        return before
    stays = part.kind in ("update", "repeat") and before.kind in ("new", "escalation")
    return Part(
        before.kind if stays else part.kind,
        max(before.revision, part.revision),
        with_news(before.news, part.news),
        max(before.sent_revision, part.sent_revision),
    )


def _joined_reason(items: Sequence[Queued]) -> Reason:
    """An escalation stays one; what is of one reason keeps it; all else is a digest."""
    reasons = {item.reason for item in items}
    if "escalation" in reasons:
        return "escalation"
    return reasons.pop() if reasons in ({"refresh"}, {"resolved"}, {"repeat"}) else "digest"


def _joined_id(items: Sequence[Queued], number: int) -> str:
    """Return an id of its own: a receiver that knows one of the parts by its id is not to take this for it."""
    told = "\n".join([*sorted(item.id for item in items), str(number)])
    return hashlib.sha256(told.encode()).hexdigest()[:32]
