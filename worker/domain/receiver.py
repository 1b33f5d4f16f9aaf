"""Receivers: to whom notifications go, and how."""

from collections.abc import Iterable
from typing import Literal

import msgspec

from worker.domain.secret import Secret

Kind = Literal["log", "apprise", "alertmanager"]


class RateLimit(msgspec.Struct, frozen=True):
    """At most so many messages in so many seconds; what is over waits and is joined."""

    messages: int
    per_seconds: int


class Receiver(msgspec.Struct, frozen=True, kw_only=True):
    """A named entry of receivers.yaml.

    Attributes:
        name: By which watch topics call it.
        kind: What takes the message: the log, a service that Apprise knows, Prometheus Alertmanager.
        addresses: Where to; none for the log. Each of them gets every message.
        send_resolved: Whether it is told of the end of an alert, in Alertmanager's word.
        rate_limit: How many messages it takes; None is no limit.
        timeout_seconds: How long one try may last.
        link: Base of the addresses where alerts can be seen: an alert's is this, a slash and its id.
    """

    name: str
    kind: Kind
    addresses: tuple[Secret, ...] = ()
    send_resolved: bool = False
    rate_limit: RateLimit | None = None
    timeout_seconds: int = 10
    link: str | None = None


class Receivers(msgspec.Struct, frozen=True):
    """All receivers, and to which of them goes what names none."""

    by_name: dict[str, Receiver]
    default: tuple[str, ...]


LOG_ONLY = Receivers({"log": Receiver(name="log", kind="log")}, ("log",))
"""What holds where there is no file of receivers: alerts are written to the log."""


def unknown_receivers(names: Iterable[str], receivers: Receivers) -> list[str]:
    """Return the names that no receiver has, each once, in the order in which they came."""
    return [name for name in dict.fromkeys(names) if name not in receivers.by_name]
