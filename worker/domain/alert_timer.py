"""When an alert's timer fires: the next escalation, or its end."""

from datetime import datetime, timedelta

from worker.domain.alert import Alert

OPEN = ("firing", "escalated")
"""The states in which an alert waits for an answer."""

LONGEST_LIFE = timedelta(days=30)
"""After this long an alert is resolved whatever happens: a story that never ends, an answer that never comes."""


def due_at(alert: Alert, at: datetime) -> datetime | None:
    """Return when the alert's next timer fires: never before `at`, never once it is resolved."""
    if alert.status == "resolved":
        return None
    answer_by, end = escalates_at(alert), ends_at(alert)
    return max(at, end if answer_by is None else min(answer_by, end))


def escalates_at(alert: Alert) -> datetime | None:
    """Return when the alert is escalated next; after the last step, when that one is told again."""
    settings, step = alert.settings, alert.escalation_step
    if alert.status not in OPEN or settings.acknowledge_within_seconds is None:
        return None
    waits = [max(settings.acknowledge_within_seconds, one.after_seconds) for one in settings.escalate]
    waits = waits or [settings.acknowledge_within_seconds]
    beyond = max(0, step - len(waits) + 1)
    wait = waits[min(step, len(waits) - 1)] + beyond * settings.repeat_interval_seconds
    return alert.raised_at + timedelta(seconds=wait)


def ends_at(alert: Alert) -> datetime:
    """Return when the alert ends by itself. One that asks for an answer and has none waits to the last."""
    longest = alert.raised_at + LONGEST_LIFE
    if alert.status in OPEN and alert.settings.acknowledge_within_seconds is not None:
        return longest
    return min(longest, alert.last_article_at + timedelta(seconds=alert.settings.resolve_after_seconds))
