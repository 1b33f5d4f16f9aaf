"""What a new state of an alert means for those who are told of it.

- While it fires, its news are for its receivers and for everybody who is to be told of it already.
- Acknowledged: those who know of the alert are told so. One that nobody at a receiver was told of yet is not sent
  there any more: somebody has it in hand. Developments after that are told to everybody.
- Resolved: whatever waits is void. Those who know of the alert and want it (`send_resolved`) are told so once.
- `alerts` is compacted and a reader that was away does not see every state. So an alert seen for the first time
  while it fires is news whatever its record says, and steps of escalation are taken from its count of steps too.
"""

from collections.abc import Collection, Iterable, Mapping

from worker.domain.alert import Alert, News, NewsKind
from worker.domain.delivery_state import KeptAlert, Mark, Part, PartKind, shown, with_news
from worker.domain.receiver import Receiver

SETTLING: tuple[NewsKind, ...] = ("acknowledged", "resolved")
"""News, and states, after which nobody has to be called to an alert any more."""


def take_alert(kept: KeptAlert, alert: Alert, own: Iterable[str], receivers: Mapping[str, Receiver]) -> None:
    """Note a newer state of an alert and who is to hear what of it, escalations left out.

    Args:
        kept: What is remembered of the alert; changed in place. `kept.alert` is None for a new one.
        alert: The alert as it stands, of a higher revision.
        own: Names of the receivers of its watch topic.
        receivers: All receivers.
    """
    first, before = kept.alert is None, kept.alert.status if kept.alert is not None else None
    kept.alert, kept.revision = shown(alert), alert.revision
    if alert.status in SETTLING and alert.status != before:
        kept.settled_revision = alert.revision
    if alert.status == "resolved":
        if before != "resolved":
            _resolve(kept, alert, receivers)
    elif alert.status == "acknowledged":
        if before != "acknowledged":
            _acknowledge(kept, alert, own)
        else:
            _tell(kept, own, _of(alert.news, "development"))
    else:
        news = _of(alert.news, "raised", "development")
        if first and not any(one.kind == "raised" for one in news):
            news = [News("raised"), *news]
        _tell(kept, own, news)


def escalations(alert: Alert, steps_before: int) -> dict[str, list[News]]:
    """Return to whom an alert is escalated now, by the name of the receiver, with the news of it.

    Args:
        alert: The alert as it stands.
        steps_before: How many steps it had taken when it was seen last.
    """
    if alert.status in SETTLING:
        return {}
    told: dict[str, list[News]] = {}
    for news in _of(alert.news, "escalated"):
        for name in news.to:
            told.setdefault(name, []).append(news)
    for step in alert.settings.escalate[steps_before : alert.escalation_step]:
        told.setdefault(step.to, [News("escalated", to=(step.to,))])
    return told


def forget_untold(kept: KeptAlert, in_lane: Collection[str]) -> bool:
    """Drop news of an acknowledgement or end that wait for receivers who never heard of the alert.

    Args:
        kept: The alert; changed in place.
        in_lane: Receivers with the alert on its way; what becomes of that is not known yet.

    Returns:
        Whether something was dropped.
    """
    dropped = False
    for name, mark in kept.marks.items():
        if mark.told_revision or name in in_lane or not any(news.kind in SETTLING for news in mark.news):
            continue
        ended = kept.alert is not None and kept.alert.status == "resolved"
        mark.news = [] if ended else _of(mark.news, "development")
        dropped = True
    return dropped


def still_to_tell(kept: KeptAlert | None, part: Part, mark: Mark | None) -> Part | None:
    """Return a queued part as it is to be told now; None if it is out of date.

    Args:
        kept: The alert as it stands, None if it is forgotten.
        part: As it was queued.
        mark: What the receiver knows of the alert.
    """
    if kept is None or kept.alert is None or mark is None:
        return None
    if part.revision >= kept.settled_revision:
        return part  # made in the knowledge of the acknowledgement or end, or there is none
    if kept.alert.status == "resolved":
        return None
    developments = _of(part.news, "development")
    if part.kind == "refresh" or (mark.told_revision and developments):
        kind: PartKind = "refresh" if part.kind == "refresh" else "update"
        return Part(kind, part.revision, developments, part.sent_revision)
    return None


def _resolve(kept: KeptAlert, alert: Alert, receivers: Mapping[str, Receiver]) -> None:
    news = _of(alert.news, "resolved") or [News("resolved")]
    for name, mark in kept.marks.items():
        wants = name in receivers and receivers[name].send_resolved
        mark.news, mark.news_revision = (news if wants else []), alert.revision


def _acknowledge(kept: KeptAlert, alert: Alert, own: Iterable[str]) -> None:
    acknowledged = next((i for i, one in enumerate(alert.news) if one.kind == "acknowledged"), len(alert.news))
    news = alert.news[acknowledged : acknowledged + 1] or [News("acknowledged")]
    before, after = alert.news[:acknowledged], alert.news[acknowledged:]
    for mark in kept.marks.values():
        mark.news = with_news(_of([*mark.news, *before], "development") if mark.told_revision else [], news)
        mark.news_revision = alert.revision
    _tell(kept, own, _of(after, "development"))


def _tell(kept: KeptAlert, own: Iterable[str], news: list[News]) -> None:
    if not news:
        return
    for name in dict.fromkeys([*own, *kept.marks]):
        mark = kept.marks.setdefault(name, Mark())
        mark.news, mark.news_revision = with_news(mark.news, news), kept.revision


def _of(news: Iterable[News], *kinds: NewsKind) -> list[News]:
    return [one for one in news if one.kind in kinds]
