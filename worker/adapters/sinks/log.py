"""The log sink: every alert as one line of the log, for people and for log collectors."""

import structlog

from worker.domain.alert import Alert

log = structlog.get_logger("rasid.alerts")


class LogSink:
    """Writes alerts to the log."""

    name = "log"

    def deliver(self, alert: Alert) -> None:
        """Write one state of an alert."""
        write = log.warning if alert.change == "raised" else log.info
        write(
            "alert",
            change=alert.change,
            watch_topic=alert.watch_topic,
            severity=alert.severity,
            alert_id=alert.id,
            revision=alert.revision,
            title=alert.title,
            articles=alert.article_count,
            sources=alert.sources,
        )
