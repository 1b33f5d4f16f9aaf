"""The log sink: every alert of a notification as one line of the log, for people and for log collectors."""

from typing import Any

import structlog

from worker.domain.alert import Alert
from worker.domain.delivery import DeliveryOutcome
from worker.domain.notification import Notification
from worker.domain.notification_text import all_alerts
from worker.domain.watch_topic import SEVERITIES

log = structlog.get_logger("rasid.alerts")

_WARNED = SEVERITIES[SEVERITIES.index("high") :]


class LogSink:
    """Writes alerts to the log; grave ones that are not over as warnings. A line written is delivered."""

    def __init__(self, name: str = "log") -> None:
        self.name = name

    async def deliver(self, notification: Notification) -> DeliveryOutcome:
        """Write one line for each alert."""
        for alert in all_alerts(notification):
            grave = alert.severity in _WARNED and alert.status != "resolved"
            write = log.warning if grave and notification.reason != "refresh" else log.info
            write(
                "alert",
                receiver=self.name,
                reason=notification.reason,
                status=alert.status,
                watch_topic=alert.watch_topic,
                severity=alert.severity,
                alert_id=alert.id,
                revision=alert.revision,
                title=alert.title,
                **(_in_full(alert) if isinstance(alert, Alert) else {}),
            )
        return DeliveryOutcome("delivered")


def _in_full(alert: Alert) -> dict[str, Any]:
    news = [f"{news.kind}: {news.text}" if news.text else news.kind for news in alert.news]
    return {"news": news, "articles": alert.article_count, "sources": alert.sources}
