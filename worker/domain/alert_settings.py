"""How a watch topic's alerts are sent, answered and ended: the field `alert` of its file."""

import msgspec


class Escalation(msgspec.Struct, frozen=True):
    """To whom an alert goes that nobody acknowledged this long after it was raised."""

    after_seconds: int
    to: str


class SurgeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """When more matches than usual are an alert of their own.

    Attributes:
        window_seconds: Matches are counted in the window that ends with the present match.
        factor: How many times the usual number it takes.
        at_least: And how many matches at the least: the floor for quiet watch topics.
        min_sources: From how many different sources, so that one noisy site cannot raise one.
    """

    window_seconds: int = 3_600
    factor: float = 3.0
    at_least: int = 5
    min_sources: int = 3


class AlertSettings(msgspec.Struct, frozen=True, kw_only=True):
    """When alerts are sent and to whom, in Alertmanager's words.

    Attributes:
        to: Names of receivers; empty is the receivers' file's own default.
        group_wait_seconds: How long the first alert of a watch topic waits for others, to go out with them.
        group_interval_seconds: How long news of a watch topic waits after the last notification.
        repeat_interval_seconds: After how long an alert that nobody acknowledged is sent again.
        digest_seconds: Send one digest in this time in place of single notifications.
        acknowledge_within_seconds: After how long without an answer the alert is escalated.
        escalate: To whom, one step after the other.
        resolve_after_seconds: After how long without a new article the alert is resolved by itself.
        surge: When a rise is an alert of its own; None is never.
    """

    to: tuple[str, ...] = ()
    group_wait_seconds: int = 30
    group_interval_seconds: int = 300
    repeat_interval_seconds: int = 14_400
    digest_seconds: int | None = None
    acknowledge_within_seconds: int | None = None
    escalate: tuple[Escalation, ...] = ()
    resolve_after_seconds: int = 3 * 86_400
    surge: SurgeSettings | None = None
