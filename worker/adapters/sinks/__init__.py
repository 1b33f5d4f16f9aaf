"""Where notifications are delivered to."""

from typing import Protocol

from worker.domain.delivery import DeliveryOutcome
from worker.domain.notification import Notification


class Sink(Protocol):
    """Takes notifications on their way to people. One for each receiver."""

    @property
    def name(self) -> str:
        """The receiver's name."""

    async def deliver(self, notification: Notification) -> DeliveryOutcome:
        """Try once to hand over a notification, within the receiver's time limit.

        Never raises, save that it can be cancelled. What `delivered` means is said by each sink; `retry` is
        a failure that may pass, `rejected` one that no repetition mends.
        """
