"""Makes the delivery desk of a partition anew from what was written of it.

What a crash may have left:

- A notification is there, and the news in it still wait as well: they were handed over, so they wait no more.
- A try was begun and its outcome is not known. It may have arrived, so its alerts count as told where it matters
  that somebody may know of them (an end is told), and the notification is sent again, marked `maybe_repeated`.
- A joined notification and some of those that it was made of: all are sent, since their end was not written.

And what an operator may have done: a receiver that is gone from the file. What waited for it goes to the default.
"""

from collections.abc import Iterable
from datetime import datetime

from worker.domain.alert import News
from worker.domain.delivery_desk import DeliveryDesk
from worker.domain.delivery_queue import Lane
from worker.domain.delivery_state import DeliveryState, Group, KeptAlert, LaneState, Mark, Queued, with_news
from worker.domain.receiver import Receivers
from worker.domain.silence import Silences


def restored(
    states: Iterable[DeliveryState], receivers: Receivers, silences: Silences, now: datetime
) -> DeliveryDesk:
    """Return the desk of a partition as it was written.

    Args:
        states: The latest record of each key.
        receivers: The receivers of today.
        silences: All silences; followed by others while the desk is in use.
        now: The time.
    """
    alerts: dict[str, KeptAlert] = {}
    groups: list[Group] = []
    items: list[Queued] = []
    lanes: dict[str, LaneState] = {}
    for state in states:
        if state.alert is not None:
            alerts[state.alert.id] = state.alert
        elif state.group is not None:
            groups.append(state.group)
        elif state.queued is not None:
            items.append(state.queued)
        elif state.lane is not None:
            lanes[state.lane.receiver] = state.lane
    for item in items:
        _reconcile(item, alerts)
    known = receivers.by_name
    gone = [item for item in items if item.receiver not in known]
    for item in gone:
        _take_back(item, alerts)
    for kept in alerts.values():
        _readdress(kept, receivers)
    desk = DeliveryDesk(receivers, silences)
    desk.restore(
        alerts.values(),
        [group for group in groups if group.receiver in known],
        [
            Lane(receiver, lanes.get(name), [item for item in items if item.receiver == name])
            for name, receiver in known.items()
        ],
        now,
    )
    desk.forget(
        [
            *(f"queued/{item.id}" for item in gone),
            *(f"group/{group.receiver}/{group.watch_topic}" for group in groups if group.receiver not in known),
            *(f"lane/{name}" for name in lanes if name not in known),
        ]
    )
    return desk


def _reconcile(item: Queued, alerts: dict[str, KeptAlert]) -> None:
    for alert_id, part in item.parts.items():
        kept = alerts.get(alert_id)
        mark = kept.marks.get(item.receiver) if kept is not None else None
        if mark is None:
            continue
        if part.kind != "refresh" and mark.news_revision <= part.revision:
            mark.news = []
            mark.notified_at = mark.notified_at or item.created_at
        if item.begun:
            mark.told_revision = max(mark.told_revision, part.sent_revision)


def _take_back(item: Queued, alerts: dict[str, KeptAlert]) -> None:
    """Put the news of a notification whose receiver is gone back, to be told to others."""
    for alert_id, part in item.parts.items():
        kept = alerts.get(alert_id)
        if kept is not None:
            mark = kept.marks.setdefault(item.receiver, Mark())
            mark.news = with_news(part.news, mark.news)


def _readdress(kept: KeptAlert, receivers: Receivers) -> None:
    """Give what receivers that are gone knew, and were to be told, to the default."""
    status = kept.alert.status if kept.alert is not None else "resolved"
    for name in [name for name in kept.marks if name not in receivers.by_name]:
        mark = kept.marks.pop(name)
        if status == "resolved":
            continue
        news = [one for one in mark.news if status != "acknowledged" or one.kind == "development"]
        for default in receivers.default:
            heir = kept.marks.setdefault(default, Mark())
            if status != "acknowledged" and not heir.told_revision:
                heir.news, heir.news_revision = with_news([News("raised")], heir.news), kept.revision
            if news:
                heir.news, heir.news_revision = with_news(heir.news, news), kept.revision
