"""The Apprise sink: mail, Slack, Telegram, Teams, webhooks and a hundred more, by address."""

import asyncio
import contextlib
import threading
from collections import OrderedDict

import structlog

from worker.adapters.sinks import http_guard
from worker.adapters.sinks.apprise_services import send, silence_telltales
from worker.adapters.sinks.outcomes import joined
from worker.domain.delivery import DeliveryOutcome
from worker.domain.notification import Notification
from worker.domain.receiver import Receiver
from worker.domain.secret import Secret

MOST_HANGING = 3
"""Tries of one address that may hang at once. Together with the number of addresses it bounds the threads."""

REMEMBERED = 1_000
"""Notifications whose delivered addresses are remembered, for those of several addresses."""

log = structlog.get_logger(__name__)


class AppriseSink:
    """Sends notifications to the addresses of one receiver, each in a thread of its own.

    Apprise blocks, so each try runs in a daemon thread. One that is not back within the time limit is left to
    itself: its sockets have time limits of their own, it holds up neither the loop nor another receiver nor the
    end of the worker, and when it delivers after all, that is remembered and not sent again.

    Delivered is what every address took: for a webhook a status of 2xx, for mail that the server took the message.
    """

    def __init__(self, receiver: Receiver) -> None:
        self.name = receiver.name
        self._receiver = receiver
        self._hanging = [0] * len(receiver.addresses)
        self._delivered: OrderedDict[str, set[int]] = OrderedDict()
        silence_telltales()
        http_guard.install()

    async def deliver(self, notification: Notification) -> DeliveryOutcome:
        """Send to all addresses at once, save to those that took this notification in an earlier try."""
        places = [
            place
            for place in range(len(self._receiver.addresses))
            if place not in self._delivered.get(notification.id, ())
        ]
        outcomes = await asyncio.gather(*(self._deliver_to(place, notification) for place in places))
        return joined(outcomes, len(self._receiver.addresses))

    async def _deliver_to(self, place: int, notification: Notification) -> DeliveryOutcome:
        if self._hanging[place] >= MOST_HANGING:
            return DeliveryOutcome("retry", f"{MOST_HANGING} earlier tries still hang")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[DeliveryOutcome] = loop.create_future()
        address = self._receiver.addresses[place]

        def arrived(outcome: DeliveryOutcome) -> None:
            self._hanging[place] -= 1
            if outcome.kind == "delivered":
                self._remember(notification.id, place)
            if not answer.done():
                answer.set_result(outcome)

        def work() -> None:
            outcome = self._send(notification, address)
            with contextlib.suppress(RuntimeError):  # the loop has ended, nobody waits
                loop.call_soon_threadsafe(arrived, outcome)

        try:
            threading.Thread(target=work, name=f"send-{self.name}", daemon=True).start()
        except RuntimeError:
            return DeliveryOutcome("retry", "the system has no thread left")
        self._hanging[place] += 1
        try:
            async with asyncio.timeout(self._receiver.timeout_seconds):
                return await answer
        except TimeoutError:
            return DeliveryOutcome("retry", f"no answer within {self._receiver.timeout_seconds} s")

    def _send(self, notification: Notification, address: Secret) -> DeliveryOutcome:
        try:
            return send(
                notification,
                address,
                link=self._receiver.link,
                timeout_seconds=self._receiver.timeout_seconds,
            )
        except OSError as error:
            return DeliveryOutcome("retry", f"sending failed: {type(error).__name__}")
        except Exception as error:
            # A defect of ours or of a plugin: the receiver must go on. Words and traceback may hold the address.
            log.error("sending failed", receiver=self.name, error=type(error).__name__)  # noqa: TRY400
            return DeliveryOutcome("rejected", f"a defect in sending: {type(error).__name__}")

    def _remember(self, notification: str, place: int) -> None:
        self._delivered.setdefault(notification, set()).add(place)
        while len(self._delivered) > REMEMBERED:
            self._delivered.popitem(last=False)
