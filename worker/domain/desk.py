"""The alert desk of one partition: matches, actions and time in, changes of alerts out.

It holds the matches of a replay back until they can be taken in order of event time, joins them into stories,
and fires the timers of alerts between them, so that the same matches lead to the same alerts whatever the order
and the speed at which they come. All of a watch topic's matches lie in one partition.
"""

import heapq
from collections import defaultdict
from datetime import datetime, timedelta

import msgspec

from worker.domain import alert_life
from worker.domain.alert import Alert, MatchRecord, alert_id
from worker.domain.alert_action import AlertAction
from worker.domain.alert_census import AlertCensus
from worker.domain.alert_event import AlertEvent
from worker.domain.alert_fold import apply
from worker.domain.desk_clock import DeskClock, is_fresh_article
from worker.domain.desk_records import (
    DeskOutputs,
    HeldMatch,
    Member,
    Stored,
    StoredAlert,
    StoredSurge,
    held_key,
    stored_key,
)
from worker.domain.story import Relation
from worker.domain.story_pulse import StoryPulse, pulse_step
from worker.domain.story_shelf import StoryShelf
from worker.domain.surge import surge_alert_key, surge_step
from worker.domain.timers import Timers

ALERTS_KEPT = 1_000
"""Alerts of one watch topic that a desk remembers. Beyond it the one with the oldest change ends, forgotten."""

MEMBERS_KEPT = 8
"""Articles by which a story is known: the first one, and the latest ones that are no copies."""

REMEMBERED_AFTER_END = timedelta(days=7)
"""How long after its end an alert is remembered, so that late copies join it and raise no other."""

CLOSED_TO_FOLLOW_UPS = timedelta(days=14)
"""After this long other reports raise an alert of their own, even while the story goes on."""


class Desk:
    """What one partition remembers, and what is to be done with it."""

    def __init__(self, replay_wait: timedelta) -> None:
        """Make an empty desk; see `DeskClock` for the argument."""
        self._clock = DeskClock(replay_wait)
        self._done_until: datetime | None = None
        self._alerts: dict[str, StoredAlert] = {}
        self._by_watch_topic: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._shelf = StoryShelf()
        self._surges: dict[str, StoredSurge] = {}
        self._held: list[tuple[datetime, str, str, datetime, HeldMatch]] = []
        self._held_keys: set[str] = set()
        self._timers = Timers()
        self._outputs = DeskOutputs()
        self.census = AlertCensus()

    def __len__(self) -> int:
        """Return how many alerts are remembered."""
        return len(self._alerts)

    @property
    def held(self) -> int:
        """How many matches wait for others before them."""
        return len(self._held)

    @property
    def stories(self) -> tuple[int, int]:
        """How many stories are open, and how many are closed to follow-ups."""
        return self._shelf.counts

    def alert(self, key: str) -> Alert | None:
        """Return an alert by its id."""
        stored = self._alerts.get(key)
        return stored.alert if stored else None

    def restore(self, stored: Stored, now: datetime) -> None:
        """Take back what was remembered before a restart, in any order."""
        match stored:
            case StoredAlert():
                self._remember(stored)
                # A stream of the present has run on by the wall clock while nobody looked.
                since = now if stored.is_fresh else stored.alert.last_article_at
                self._clock.observe_time(since, now, is_fresh=stored.is_fresh)
            case HeldMatch():
                self._clock.observe(stored.match.article, now)
                self._hold(stored, now)
            case StoredSurge():
                self._surges[stored.watch_topic] = stored

    def take(self, match: MatchRecord, origins: tuple[str, ...], now: datetime) -> None:
        """Take in a match; `advance` says what follows from it."""
        if held_key(match) in self._held_keys:
            return
        self._clock.observe(match.article, now)
        at = match.article.event_at
        if self._done_until is not None and at < self._done_until:
            at = self._done_until  # too late for its place: it counts as of now
        held = HeldMatch(match=match, at=at, origins=origins)
        self._hold(held, now)
        self._outputs.stored[held_key(match)] = held

    def act(self, action: AlertAction, watch_topic: str, received_at: datetime) -> None:
        """Take somebody's action, at its own time but never later than it reached Kafka."""
        at = min(action.at, received_at)
        if action.action in ("silence", "unsilence"):
            event, silence = alert_life.silence(action, at, watch_topic)
            self._outputs.events.append(event)
            if silence is not None:
                self._outputs.silences.append(silence)
            return
        stored = self._alerts.get(action.alert or "")
        if stored is not None and stored.alert.watch_topic != watch_topic:
            stored = None
        event = alert_life.act(stored.alert if stored else None, action, at, watch_topic)
        if stored is None or event.change == "refused":
            self._outputs.events.append(event)
        else:
            self._change(stored, event)

    def advance(self, now: datetime) -> None:
        """Do all that may be done at `now`: matches and timers, in order of event time."""
        limit = self._limit(now)
        if limit is None:
            return
        while True:
            timer = self._timers.next()
            if self._held and self._held[0][0] <= min(limit, timer[0] if timer else limit):
                held = heapq.heappop(self._held)[-1]
                self._held_keys.discard(held_key(held.match))
                self._outputs.stored[held_key(held.match)] = None
                self._take_up(held)
            elif timer is not None and timer[0] <= limit:
                self._fire(timer[1])
            else:
                break
        self._done_until = max(limit, self._done_until or limit)

    def drain(self) -> DeskOutputs:
        """Return what has been done since the last call, to be written: outputs first, then what is stored."""
        outputs, self._outputs = self._outputs, DeskOutputs()
        return outputs

    def _limit(self, now: datetime) -> datetime | None:
        limits = [at for at, *_, since, _ in self._held if not self._clock.waits(since, now)]
        by_clock = self._clock.limit(now)
        if by_clock is not None:
            limits.append(by_clock)
        return max(limits, default=None)

    def _hold(self, held: HeldMatch, now: datetime) -> None:
        match = held.match
        heapq.heappush(self._held, (held.at, match.article.id, match.watch_topic, now, held))
        self._held_keys.add(held_key(match))

    def _take_up(self, held: HeldMatch) -> None:
        match = held.match
        found = self._shelf.find(match.watch_topic, match.story, held.at)
        if found is not None:
            self._join(self._alerts[found[0]], found[1], held)
        elif match.level == "alert":
            event = alert_life.raise_alert(match, match.story.same_words, held.at, held.origins)
            self._raise(event, (Member(match.story, held.at),), is_fresh=is_fresh_article(match.article))
        self._look_for_surge(held)

    def _join(self, stored: StoredAlert, relation: Relation, held: HeldMatch) -> None:
        pulse, is_rise = pulse_step(stored.pulse, held.at)
        event = alert_life.add_article(
            stored.alert, held.match, relation, held.at, held.origins, is_rise=is_rise
        )  # fmt: skip
        if event is None:
            return
        members = stored.members
        if relation != "copy":
            first, *others = members
            members = (first, *[*others, Member(held.match.story, held.at)][-(MEMBERS_KEPT - 1) :])
        is_fresh = is_fresh_article(held.match.article)
        self._change(msgspec.structs.replace(stored, pulse=pulse, members=members, is_fresh=is_fresh), event)

    def _raise(self, event: AlertEvent, members: tuple[Member, ...], *, is_fresh: bool) -> None:
        alert = event.raised
        if alert is None:
            return
        self._make_room(alert.watch_topic, event.at)
        pulse, _ = pulse_step(StoryPulse(), event.at)
        self._outputs.events.append(event)
        self._outputs.add_alert(alert)
        self._store(StoredAlert(alert=alert, members=members, pulse=pulse, is_fresh=is_fresh))

    def _look_for_surge(self, held: HeldMatch) -> None:
        match, settings = held.match, held.match.alert.surge
        if settings is None:
            return
        before = self._surges.get(match.watch_topic)
        state, figures = surge_step(before.state if before else None, match.article, settings, held.at)
        stored = StoredSurge(watch_topic=match.watch_topic, state=state)
        self._surges[match.watch_topic] = stored
        self._outputs.stored[stored_key(stored)] = stored
        if figures is None:
            return
        key = surge_alert_key(held.at)
        if self.alert(alert_id(match.watch_topic, "surge", key)) is None:
            event = alert_life.raise_alert(match, key, held.at, held.origins, kind="surge", surge=figures)
            self._raise(event, (), is_fresh=is_fresh_article(match.article))

    def _fire(self, key: str) -> None:
        stored = self._alerts[key]
        if stored.alert.status == "resolved":
            self._forget(stored)
        else:
            self._change(stored, alert_life.fire(stored.alert))

    def _change(self, stored: StoredAlert, event: AlertEvent) -> None:
        """Apply an event to an alert, give both out, and remember what the alert has become."""
        alert = apply(stored.alert, event)
        if alert is not None:
            self._outputs.events.append(event)
            self._outputs.add_alert(alert)
            self._store(msgspec.structs.replace(stored, alert=alert))

    def _store(self, stored: StoredAlert) -> None:
        self._remember(stored)
        self._outputs.stored[stored_key(stored)] = stored

    def _remember(self, stored: StoredAlert) -> None:
        alert = stored.alert
        self._alerts[alert.id] = stored
        self.census.put(alert, is_fresh=stored.is_fresh)
        listed = self._by_watch_topic[alert.watch_topic]
        listed.pop(alert.id, None)
        listed[alert.id] = None  # the one with the latest change stands last
        is_open = alert.status != "resolved" and alert.changed_at - alert.raised_at < CLOSED_TO_FOLLOW_UPS
        self._shelf.place(alert.watch_topic, alert.id, stored.members, is_open=is_open)
        ended_at = alert.resolved_at or alert.changed_at
        self._timers.set(alert.id, alert.due_at or ended_at + REMEMBERED_AFTER_END)

    def _make_room(self, watch_topic: str, at: datetime) -> None:
        """End and forget the alert whose latest change is the oldest, where there are too many."""
        listed = self._by_watch_topic[watch_topic]
        while len(listed) >= ALERTS_KEPT:
            oldest = self._alerts[next(iter(listed))]
            if oldest.alert.status != "resolved":
                why = f"there are more than {ALERTS_KEPT} alerts of this watch topic"
                self._change(oldest, alert_life.resolve(oldest.alert, at, why))
            self._forget(self._alerts[oldest.alert.id])

    def _forget(self, stored: StoredAlert) -> None:
        alert = stored.alert
        del self._alerts[alert.id]
        self.census.remove(alert.id)
        del self._by_watch_topic[alert.watch_topic][alert.id]
        self._shelf.remove(alert.watch_topic, alert.id)
        self._timers.drop(alert.id)
        self._outputs.stored[stored_key(stored)] = None
