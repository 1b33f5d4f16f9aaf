"""Grouping: when the news of one watch topic go to one receiver, in Alertmanager's meaning.

- The first alert of a group waits `group_wait`; what comes meanwhile goes out with it. Later news wait until
  `group_interval` has passed since the last notification, and `group_wait` at the least. A group without an
  unresolved alert is forgotten: the next alert is a first one again.
- With `digest` the news of that time go out together, counted from the first of them; repeats go along with them,
  and on their own no sooner than that time after the last digest.
- An alert that still fires and has no news is repeated after `repeat_interval`; those of the group that would
  follow within `group_interval` go along. An acknowledged one is not repeated.
- A silenced alert is held back, its news are kept; it is told when the silence ends. An escalation does not come
  through here, so nothing holds it back.
- Alertmanager forgets an alert that is not sent again. In place of repeats it gets a `refresh` of every unresolved
  alert that it was told of, each five minutes, silenced or acknowledged or not: that an alert fires is a fact, and
  whom it may disturb is there for Alertmanager's own silences to say.

Times are the wall clock's, passed in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from worker.domain.alert import AlertStatus
from worker.domain.alert_news import SETTLING
from worker.domain.delivery_state import Group, KeptAlert, Mark, Part, PartKind
from worker.domain.notification import Reason
from worker.domain.receiver import Receiver
from worker.domain.silence import Silences

REFRESH_EVERY = timedelta(minutes=5)
"""How often an alert is sent to Alertmanager so that it stays; the sink gives it an end later than the next."""

REPEATABLE: tuple[AlertStatus, ...] = ("firing", "escalated")

NAMED_AFTER: tuple[PartKind, ...] = ("new", "update", "resolved", "repeat")
"""What a notification of several kinds is called after, first to last."""

InLane = Callable[[str], bool]
"""Tells whether an alert is in a notification that waits for this receiver or is in the air."""


@dataclass(frozen=True)
class Draft:
    """A notification to be queued."""

    reason: Reason
    parts: dict[str, Part]


class NotifyGroup:
    """One watch topic at one receiver."""

    def __init__(self, state: Group, receiver: Receiver) -> None:
        """Make the group from its record, new or read back; its alerts come by `note`."""
        self.state = state
        self._receiver = receiver
        self._members: dict[str, KeptAlert] = {}
        self._waiting: dict[str, None] = {}  # a set that keeps the order in which the news came
        self._repeat_check_at: datetime | None = None

    @property
    def is_over(self) -> bool:
        """Whether no alert is left that fires or has news."""
        return not self._members

    def note(self, kept: KeptAlert, now: datetime) -> None:
        """Take notice of an alert after a change of it, or of what the receiver knows of it."""
        mark = kept.marks.get(self._receiver.name)
        if mark is not None and mark.news and kept.alert is not None:
            self._waiting[kept.id] = None
        else:
            self._waiting.pop(kept.id, None)
        if mark is None or kept.alert is None or (kept.alert.status == "resolved" and not mark.news):
            self._members.pop(kept.id, None)
        else:
            self._members[kept.id] = kept
            self._expect_repeat(mark, now)
        if not self._waiting:
            self.state.waiting_since = None
        elif self.state.waiting_since is None:
            self.state.waiting_since = now

    def silences_changed(self, now: datetime) -> None:
        """Look at repeats anew: one that was planned for the end of a silence may be due earlier."""
        if self._repeat_check_at is not None:
            self._repeat_check_at = min(self._repeat_check_at, now)

    def due_at(self, now: datetime, silences: Silences, in_lane: InLane) -> datetime | None:
        """Return when there is something to do, as things stand; None if there is nothing.

        It may be too early, never too late: `take` then gives nothing, and this another time.
        """
        news_due_at = self._news_due_at(now, silences, in_lane)
        repeat_check_at = None if self._repeats_wait_for(news_due_at) else self._repeat_check_at
        times = [news_due_at, repeat_check_at, self._refresh_due_at()]
        return min((time for time in times if time is not None), default=None)

    def take(self, now: datetime, silences: Silences, in_lane: InLane) -> list[Draft]:
        """Return what is due now as notifications, and count it as handed over."""
        parts: dict[str, Part] = {}
        news_due_at = self._news_due_at(now, silences, in_lane)
        repeats_are_due = self._repeat_check_at is not None and self._repeat_check_at <= now
        if news_due_at is not None and news_due_at <= now:
            if repeats_are_due and self._is_digest:
                parts |= self._take_repeats(now, silences, in_lane)
            parts |= self._take_news(now, silences, in_lane)
        elif repeats_are_due and not self._repeats_wait_for(news_due_at):
            parts = self._take_repeats(now, silences, in_lane)
        drafts = []
        if parts:
            self.state.notified_at = now
            kinds = {part.kind for part in parts.values()}
            reason: Reason = "digest" if self._is_digest else next(kind for kind in NAMED_AFTER if kind in kinds)
            drafts.append(self._draft(reason, parts))
        refresh_due_at = self._refresh_due_at()
        if refresh_due_at is not None and refresh_due_at <= now:
            drafts.extend(self._take_refresh(now, in_lane))
        return drafts

    @property
    def _is_digest(self) -> bool:
        return self.state.settings.digest_seconds is not None

    def _repeats_wait_for(self, news_due_at: datetime | None) -> bool:
        """Whether repeats go along with the next digest; not with one that a silence puts off."""
        digest_seconds, check_at = self.state.settings.digest_seconds, self._repeat_check_at
        if digest_seconds is None or news_due_at is None or check_at is None:
            return False
        return news_due_at <= check_at + timedelta(seconds=digest_seconds)

    def _news_due_at(self, now: datetime, silences: Silences, in_lane: InLane) -> datetime | None:
        since = self.state.waiting_since
        if since is None:
            return None
        settings = self.state.settings
        if settings.digest_seconds is not None:
            due_at = since + timedelta(seconds=settings.digest_seconds)
        else:
            due_at = since + timedelta(seconds=settings.group_wait_seconds)
            if self.state.notified_at is not None:
                interval = timedelta(seconds=settings.group_interval_seconds)
                due_at = max(due_at, self.state.notified_at + interval)
        held_until = []
        for alert_id in self._waiting:
            if not self._can_be_told(alert_id, in_lane):
                continue
            end = self._held_until(alert_id, now, silences)
            if end is None:
                return due_at
            held_until.append(end)
        return max(due_at, min(held_until)) if held_until else None

    def _can_be_told(self, alert_id: str, in_lane: InLane) -> bool:
        """An acknowledgement or end is news for those who know of the alert; one in the air is not known yet."""
        mark = self._mark(alert_id)
        only_settled = all(news.kind in SETTLING for news in mark.news)
        return not only_settled or (mark.told_revision > 0 and not in_lane(alert_id))

    def _take_news(self, now: datetime, silences: Silences, in_lane: InLane) -> dict[str, Part]:
        ready = [
            alert_id
            for alert_id in self._waiting
            if self._can_be_told(alert_id, in_lane) and self._held_until(alert_id, now, silences) is None
        ]
        parts = {alert_id: self._part(alert_id) for alert_id in ready}
        for alert_id in ready:
            self._handed_over(alert_id, now)
        if self._waiting:  # those held back do not make the next ones hurry
            self.state.waiting_since = now
        return parts

    def _take_repeats(self, now: datetime, silences: Silences, in_lane: InLane) -> dict[str, Part]:
        interval = timedelta(seconds=self.state.settings.repeat_interval_seconds)
        along = min(timedelta(seconds=self.state.settings.group_interval_seconds), interval / 2)
        due: list[str] = []
        soon: list[str] = []
        later: list[datetime] = []
        for alert_id, kept in self._members.items():
            mark = self._mark(alert_id)
            if mark.notified_at is None or not self._is_repeatable(kept, mark) or in_lane(alert_id):
                continue  # what changes this is noted, and the check set anew
            due_at = self._repeat_due_at(mark.notified_at)
            held_until = self._held_until(alert_id, now, silences)
            if held_until is not None:
                later.append(max(due_at, held_until))
            elif due_at <= now + along:
                (due if due_at <= now else soon).append(alert_id)
            else:
                later.append(due_at)
        self._repeat_check_at = min(later, default=None)
        if not due:
            for alert_id in soon:
                self._expect_repeat(self._mark(alert_id), now)
            return {}
        parts = {alert_id: self._part(alert_id, "repeat") for alert_id in due + soon}
        for alert_id in parts:
            self._handed_over(alert_id, now)
        return parts

    def _take_refresh(self, now: datetime, in_lane: InLane) -> list[Draft]:
        parts = {
            alert_id: self._part(alert_id, "refresh")
            for alert_id, kept in self._members.items()
            if kept.alert is not None and kept.alert.status != "resolved"
            if self._is_refreshed(self._mark(alert_id)) and not in_lane(alert_id)
        }
        self.state.refreshed_at = now
        return [self._draft("refresh", parts)] if parts else []

    def _refresh_due_at(self) -> datetime | None:
        last = self.state.refreshed_at or self.state.notified_at
        if self._receiver.kind != "alertmanager" or last is None or not self._members:
            return None
        return last + REFRESH_EVERY

    def _draft(self, reason: Reason, parts: dict[str, Part]) -> Draft:
        self.state.notifications += 1
        return Draft(reason, parts)

    def _part(self, alert_id: str, kind: PartKind | None = None) -> Part:
        mark = self._mark(alert_id)
        if kind is None:
            ended = any(news.kind == "resolved" for news in mark.news)
            kind = "resolved" if ended else "update" if mark.told_revision > 0 else "new"
        return Part(kind, self._members[alert_id].revision, mark.news)

    def _handed_over(self, alert_id: str, now: datetime) -> None:
        mark = self._mark(alert_id)
        mark.news = []
        mark.notified_at = now
        self.note(self._members[alert_id], now)

    def _expect_repeat(self, mark: Mark, now: datetime) -> None:
        """Look for repeats when this one may be due, if that is earlier than was planned."""
        if mark.notified_at is None or self._is_refreshed(mark):
            return
        check_at = max(self._repeat_due_at(mark.notified_at), now)
        if self._repeat_check_at is None or check_at < self._repeat_check_at:
            self._repeat_check_at = check_at

    def _repeat_due_at(self, told_at: datetime) -> datetime:
        due_at = told_at + timedelta(seconds=self.state.settings.repeat_interval_seconds)
        if self.state.notified_at is None:
            return due_at
        return max(due_at, self.state.notified_at + timedelta(seconds=self.state.settings.digest_seconds or 0))

    def _is_repeatable(self, kept: KeptAlert, mark: Mark) -> bool:
        firing = kept.alert is not None and kept.alert.status in REPEATABLE
        return firing and not mark.news and not self._is_refreshed(mark)

    def _is_refreshed(self, mark: Mark) -> bool:
        return self._receiver.kind == "alertmanager" and mark.told_revision > 0

    def _held_until(self, alert_id: str, now: datetime, silences: Silences) -> datetime | None:
        alert = self._members[alert_id].alert
        return None if alert is None or not len(silences) else silences.held_until(alert, now)

    def _mark(self, alert_id: str) -> Mark:
        return self._members[alert_id].marks[self._receiver.name]
