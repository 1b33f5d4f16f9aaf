"""The Alertmanager sink: alerts of Rasid as alerts of Prometheus Alertmanager, by its API v2."""

import asyncio
import base64
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import aiohttp
import msgspec

from worker.adapters.sinks.outcomes import host_of, joined, outcome_of_status, told
from worker.domain.alert import Alert
from worker.domain.delivery import DeliveryOutcome
from worker.domain.message_markup import clean
from worker.domain.notification import Notification
from worker.domain.notification_text import SHORT_ID, alert_link
from worker.domain.receiver import Receiver
from worker.domain.secret import Secret
from worker.domain.watch_topic import SEVERITIES

PATH = "/api/v2/alerts"
ALERT_NAME = "Rasid"

FIRES_FOR = timedelta(days=7)
"""How long Alertmanager takes an alert for firing when it hears no more of it: longer than any outage of ours that
is mended. Without an end it would take its own `resolve_timeout`, five minutes."""

MOST_ANSWER_BYTES = 2_000
"""Read of the answer to a refused request; nothing of any other."""

MOST_NAMED = 20
LONGEST_ANNOTATION = 1_000

_NO_LABEL_SIGN = re.compile(r"[^a-zA-Z0-9_]")


class AlertmanagerSink:
    """Keeps alerts firing in one Alertmanager, or in all members of a cluster, until they are resolved.

    Delivered is a status of 2xx from all addresses. To send an alert again changes nothing there but its end, so
    a repetition is harmless.
    """

    def __init__(self, receiver: Receiver, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.name = receiver.name
        self._receiver = receiver
        self._clock = clock

    async def deliver(self, notification: Notification) -> DeliveryOutcome:
        """Send all alerts of a notification in one request to each address."""
        now, link = self._clock(), self._receiver.link
        try:
            content = msgspec.json.encode(
                [posted for alert in notification.alerts for posted in posted_alerts(alert, now, link)]
            )
        except (TypeError, ValueError) as error:  # a defect of ours: no repetition mends it
            return DeliveryOutcome("rejected", f"a defect in writing the alerts: {type(error).__name__}")
        addresses = self._receiver.addresses
        outcomes = await asyncio.gather(*(self._post(address, content) for address in addresses))
        return joined(outcomes, len(addresses))

    async def _post(self, address: Secret, content: bytes) -> DeliveryOutcome:
        url, authorization = _split(address.reveal())
        headers = {"Content-Type": "application/json"} | authorization
        seconds = self._receiver.timeout_seconds
        try:
            async with (
                asyncio.timeout(seconds),
                aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
                session.post(url, data=content, headers=headers, allow_redirects=False) as response,
            ):
                words = b""
                if response.status >= 400:
                    words = await response.content.read(MOST_ANSWER_BYTES)
                elsewhere = host_of(response.headers.get("Location", ""))
                quoted = told(words.decode("utf-8", "replace"), (address,))
                return outcome_of_status(response.status, quoted, elsewhere)
        except TimeoutError:
            return DeliveryOutcome("retry", f"no answer within {seconds} s")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # The words of these errors hold the address.
            return DeliveryOutcome("retry", f"no connection, or no answer by HTTP: {type(error).__name__}")


def _split(address: str) -> tuple[str, dict[str, str]]:
    """Return an address without user and password, and those as a header (RFC 7617)."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    header = {}
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        header["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    path = parts.path.rstrip("/").removesuffix(PATH)
    return urlunsplit((parts.scheme, host, path + PATH, "", "")), header


def posted_alerts(alert: Alert, now: datetime, link: str | None) -> list[dict[str, Any]]:
    """Return what Alertmanager is sent of an alert.

    In Alertmanager the labels are the alert, so only what stays the same may stand in them; the rest are
    annotations. The severity can rise, and routes go by it: then the alert of the lower severity is ended beside
    the present one. An alert that was never raised there and ends is not notified.
    """
    fires = alert.status != "resolved"
    posted = [_posted(alert, alert.severity, now + FIRES_FOR if fires else now, link)]
    if alert.revision > 1 and alert.severity in SEVERITIES:
        lower = SEVERITIES[: SEVERITIES.index(alert.severity)]
        posted += [_posted(alert, severity, now, link) for severity in lower]
    return posted


def _posted(alert: Alert, severity: str, ends_at: datetime, link: str | None) -> dict[str, Any]:
    where = alert_link(link, alert)
    posted = {
        "labels": labels(alert, severity),
        "annotations": annotations(alert, where),
        "startsAt": min(alert.raised_at, ends_at),
        "endsAt": ends_at,
    }
    return posted | ({"generatorURL": where} if where else {})


def labels(alert: Alert, severity: str) -> dict[str, str]:
    """Return the labels: what tells the alert from others, and the watch topic's own labels.

    The language is that of the article that raised it. Names that Alertmanager does not take are mended, and
    those that are taken get `label_` before them.
    """
    own = {
        "alertname": ALERT_NAME,
        "watch_topic": alert.watch_topic,
        "severity": severity,
        "language": alert.articles[0].language.code if alert.articles else "und",
        "kind": alert.kind,
        "alert_id": alert.id,
    }
    for name, value in sorted(alert.labels.items()):
        mended = _NO_LABEL_SIGN.sub("_", name)
        if not mended or mended[0].isdigit() or mended in own:
            mended = f"label_{mended}"
        while mended in own:
            mended += "_"
        own[mended] = value
    return {name: clean(value) for name, value in own.items()}


def annotations(alert: Alert, where: str | None) -> dict[str, str]:
    """Return the annotations: what is told of the alert. Empty ones are left out."""
    acknowledged = f"by {alert.acknowledged_by}" if alert.acknowledged_by else ""
    told_of = {
        "summary": alert.title,
        "watch_topic_title": alert.watch_topic_title,
        "evidence": alert.evidence[0].text if alert.evidence else "",
        "status": alert.status,
        "acknowledged": acknowledged,
        "articles": str(alert.article_count),
        "sources": _listed(alert.sources),
        "languages": _listed(alert.languages),
        "score": f"{alert.score:g}",
        "version": alert.version,
        "article": next((article.url for article in alert.articles if article.url), ""),
        "acknowledge": f"rasid alerts acknowledge {alert.id[:SHORT_ID]}",
        "link": where or "",
    }
    return {name: clean(value)[:LONGEST_ANNOTATION] for name, value in told_of.items() if value}


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
