"""The services that Apprise knows: made from an address, and one message handed to one of them."""

import logging
import re
from collections.abc import Iterable, Iterator, Sequence

import apprise

from worker.adapters.sinks import http_guard
from worker.adapters.sinks.outcomes import host_of, outcome_of_status, told
from worker.domain.delivery import DeliveryOutcome
from worker.domain.message_markup import Format
from worker.domain.notification import Notification
from worker.domain.notification_text import MOST_CHARACTERS, all_alerts, body, gravest, title
from worker.domain.secret import Secret

TELLTALE_LOGGERS = ("apprise", "urllib3", "requests", "requests_oauthlib", "oauthlib")
"""Libraries that write addresses with their tokens into the log, some as warnings. Rasid's own log tells of each
delivery, so nothing of theirs is passed on."""

SHORTEST_BODY = 300
"""Room that a message gets at the least, whatever a service says of itself."""

ANSWER_SHARE = 4
"""The body of an answer may take this part of the time limit; it matters little, its status counts."""

_FORMATS: dict[str, Format] = {"text": "text", "markdown": "markdown", "html": "html"}
# What smtplib's errors look like in Apprise's log: (535, b'…'), {'a@b': (550, b'…')}, … was refused: 550 b'…'
_SMTP_ANSWER = re.compile(r"(?:\(| was refused: )([245]\d\d)(?:, ?| )b?['\"]((?:[^'\"\\]|\\.)*)")
_GRAVE = frozenset({"high", "critical"})


def silence_telltales() -> None:
    """Keep the log lines of the libraries that send out of the log; Apprise's own capture still gets them."""
    for name in TELLTALE_LOGGERS:
        logger = logging.getLogger(name)
        logger.propagate = False
        if not any(isinstance(handler, logging.NullHandler) for handler in logger.handlers):
            logger.addHandler(logging.NullHandler())
    logging.getLogger("apprise").setLevel(logging.DEBUG)


def make_service(address: Secret, timeout_seconds: float) -> apprise.NotifyBase | None:
    """Return a fresh service for an address, or None where Apprise can do nothing with it.

    A fresh one for each try: a try that hangs shares nothing with the next one.
    """
    asset = apprise.AppriseAsset(
        app_id="Rasid",
        app_desc="Rasid",
        async_mode=False,  # in the calling thread, not in Apprise's one small pool for all
        service_timeout=0,  # the sink's own limit holds
        http_redirects=False,
        interpret_emojis=False,
        image_url_mask="",  # no pictures that load from elsewhere
        image_url_logo="",
        storage_mode="memory",
        pgp_autogen=False,  # no keys of its own making, no files
        pem_autogen=False,
    )
    service = apprise.Apprise.instantiate(address.reveal(), asset=asset)
    if service is None:
        return None
    service.socket_connect_timeout = service.socket_read_timeout = timeout_seconds
    service.retry = 0  # tries are made and counted by the deliver agent
    service.optional = False
    return service


def send(
    notification: Notification, address: Secret, *, link: str | None, timeout_seconds: float
) -> DeliveryOutcome:
    """Hand a notification to a service and wait for it, in this thread."""
    service = make_service(address, timeout_seconds)
    if service is None:
        return DeliveryOutcome("rejected", "Apprise does not know this address")
    form = _FORMATS.get(service.resolve_format(None).value, "text")
    room = max(min(service.body_maxlen or MOST_CHARACTERS, MOST_CHARACTERS), SHORTEST_BODY)
    # Where a service has no title, Apprise would put it before the body as it is, which has the headline itself.
    heading = title(notification, min(service.title_maxlen, 250)) if service.title_maxlen else ""
    text = body(notification, form, link, max(room, SHORTEST_BODY))
    sender = apprise.Apprise()
    sender.add(service)
    with http_guard.guarded(timeout_seconds / ANSWER_SHARE) as guard:
        result = sender.notify(
            text, heading, notify_type=_type(notification), body_format=form, log_level=logging.DEBUG
        )
    return judge(bool(result), guard.exchanges, list(result.logs()), (address,))


def judge(
    went_well: bool,
    exchanges: Sequence[http_guard.Exchange],
    lines: Sequence[apprise.NotifyLogEntry],
    secrets: tuple[Secret, ...],
) -> DeliveryOutcome:
    """Return what became of a try, from what Apprise says and what was seen.

    Apprise tells only whether it went well. Else the answers by HTTP decide, or those of the mail server that
    stand in Apprise's log; what cannot be told is tried again, since a lost alert is worse than a second try.
    """
    redirected = [exchange for exchange in exchanges if 300 <= (exchange.status or 0) < 400]
    if redirected:
        return _judge_exchange(redirected[0], secrets)
    if went_well:
        return DeliveryOutcome("delivered")
    found = [_judge_exchange(exchange, secrets) for exchange in exchanges]
    if not found:
        found = [_judge_mail_answer(int(match[1]), told(match[2], secrets)) for match in _mail_answers(lines)]
    failed = [outcome for outcome in found if outcome.kind != "delivered"]
    if failed:
        return next((outcome for outcome in failed if outcome.kind == "retry"), failed[0])
    if found:
        return DeliveryOutcome("retry", "answered 2xx, but not as this service answers when it takes a message")
    warnings = [entry.message for entry in lines if entry.level in {"WARNING", "ERROR"}]
    return DeliveryOutcome("retry", "not delivered" + (f": {told(warnings[-1], secrets)}" if warnings else ""))


def _judge_exchange(exchange: http_guard.Exchange, secrets: tuple[Secret, ...]) -> DeliveryOutcome:
    if exchange.status is None:
        return DeliveryOutcome("retry", exchange.failure)
    return outcome_of_status(exchange.status, told(exchange.words, secrets), host_of(exchange.location))


def _mail_answers(lines: Iterable[apprise.NotifyLogEntry]) -> Iterator[re.Match[str]]:
    for entry in lines:
        if "Socket Exception" in entry.message or " was refused: " in entry.message:
            yield from _SMTP_ANSWER.finditer(entry.message)


def _judge_mail_answer(code: int, quoted: str) -> DeliveryOutcome:
    """Return what a mail server's answer means: 4yz passes, 5yz is for good (RFC 5321, 4.2.1)."""
    answer = f"the mail server answered {code}" + (f": {quoted}" if quoted else "")
    return DeliveryOutcome("rejected" if code >= 500 else "retry", answer)


def _type(notification: Notification) -> apprise.NotifyType:
    if all(alert.status == "resolved" for alert in all_alerts(notification)):
        return apprise.NotifyType.SUCCESS
    return apprise.NotifyType.WARNING if gravest(notification) in _GRAVE else apprise.NotifyType.INFO
