"""The log as a receiver."""

import structlog.testing

from tests.notifications import HEADLINE, made_alert, made_notification
from worker.adapters.sinks.factory import make_sink
from worker.domain.alert import News
from worker.domain.notification import BriefAlert
from worker.domain.receiver import Receiver


async def logged(notification):
    sink = make_sink(Receiver(name="log", kind="log"))
    with structlog.testing.capture_logs() as lines:
        outcome = await sink.deliver(notification)
    assert outcome.kind == "delivered"
    return lines


async def test_every_alert_is_a_line_with_its_news():
    alerts = [made_alert(), made_alert(id="b" * 32, news=[News("development", "first article from Egypt")])]
    lines = await logged(made_notification(*alerts))
    assert [line["news"] for line in lines] == [["raised"], ["development: first article from Egypt"]]
    assert [line["alert_id"] for line in lines] == [alert.id for alert in alerts]
    assert lines[0]["title"] == HEADLINE


async def test_grave_alerts_are_warnings_until_they_are_over():
    alerts = [made_alert(), made_alert(severity="low"), made_alert(status="resolved")]
    assert [line["log_level"] for line in await logged(made_notification(*alerts))] == ["warning", "info", "info"]


async def test_alerts_that_are_only_named_are_lines_too():
    named = BriefAlert("c" * 32, 3, "moscow-attack", "firing", "critical", HEADLINE)
    lines = await logged(made_notification(others=[named]))
    assert [(line["alert_id"], line["log_level"]) for line in lines[1:]] == [(named.id, "warning")]
