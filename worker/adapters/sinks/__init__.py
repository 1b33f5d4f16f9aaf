"""Where alerts are delivered to."""

from typing import Protocol

from worker.domain.alert import Alert


class Sink(Protocol):
    """Takes alerts on their way to people."""

    name: str

    def deliver(self, alert: Alert) -> None:
        """Hand over one state of an alert."""
