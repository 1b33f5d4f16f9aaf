"""Reads the field `alert` of a watch topic's file: when its alerts are sent, to whom, and how long they live."""

import re

from worker.domain.alert_settings import AlertSettings, Escalation, SurgeSettings
from worker.domain.field_reader import FieldReader
from worker.domain.source_tree import Mapping, Node, Scalar, Sequence, describe
from worker.domain.surge import LONGEST_WINDOW_SECONDS, SHORTEST_WINDOW_SECONDS, SOURCES_KEPT

RECEIVER_NAME = re.compile(r"[a-z0-9]+([-_.][a-z0-9]+)*")
"""How receivers are named, here and in `receivers.yaml`."""

LONGEST_RECEIVER_NAME = 100
MOST_MATCHES = 1_000_000
MOST_FACTOR = 1_000

_FIELDS = (
    *("to", "group_wait", "group_interval", "repeat_interval", "digest"),
    *("acknowledge_within", "escalate", "resolve_after", "surge"),
)
_SURGE_FIELDS = ("window", "factor", "at_least", "min_sources")


def read_alert_settings(reader: FieldReader, node: Node | None, alert_at: float | None) -> AlertSettings:
    """Return the alert settings that a node says; the reader notes all that is wrong with them.

    Args:
        reader: Collects the problems.
        node: The value of `alert`; None where the file has none.
        alert_at: The score from which a match raises an alert. Without it only a rise can.
    """
    if node is None:
        return AlertSettings()
    fields = reader.mapping(node, "alert", _FIELDS)
    if alert_at is None and "surge" not in fields and not reader.problems:
        found = "alert, but no score.alert_at: it would never alert"
        reader.problem(node, found, "score.alert_at, alert.surge, or no alert")
    defaults = AlertSettings()
    acknowledge_within = _seconds(reader, fields, "acknowledge_within", None)
    settings = AlertSettings(
        to=_read_receivers(reader, fields.get("to")),
        group_wait_seconds=_seconds(reader, fields, "group_wait", defaults.group_wait_seconds, at_least=0) or 0,
        group_interval_seconds=_seconds(reader, fields, "group_interval", defaults.group_interval_seconds) or 0,
        repeat_interval_seconds=_seconds(reader, fields, "repeat_interval", defaults.repeat_interval_seconds) or 0,
        digest_seconds=_seconds(reader, fields, "digest", None),
        acknowledge_within_seconds=acknowledge_within,
        escalate=_read_escalations(reader, fields, acknowledge_within),
        resolve_after_seconds=_seconds(reader, fields, "resolve_after", defaults.resolve_after_seconds) or 0,
        surge=_read_surge(reader, fields.get("surge")),
    )
    _check_first_word(reader, fields, settings)
    return settings


def _seconds(
    reader: FieldReader, fields: dict[str, Node], name: str, default: int | None, at_least: int = 1
) -> int | None:
    """Return a field's duration. Alertmanager too refuses intervals of zero, which would send without an end."""
    seconds = reader.seconds(fields.get(name), name, default)
    if seconds is not None and seconds < at_least:
        reader.wrong(fields[name], f"{name}: longer than zero")
    return seconds


def _read_receivers(reader: FieldReader, node: Node | None) -> tuple[str, ...]:
    if node is None:
        return ()
    if not isinstance(node, Sequence):
        name = _read_receiver(reader, node, "to: a receiver's name, or a list of them")
        return (name,) if name else ()
    if not node.items:
        reader.wrong(node, "at least one receiver in to, or no to")
    names: list[str] = []
    for item in node.items:
        name = _read_receiver(reader, item, "a receiver's name")
        if name and name in names:
            reader.problem(item, f"the receiver {name!r} a second time", "each receiver once")
        names.append(name)
    return tuple(names)


def _read_receiver(reader: FieldReader, node: Node | None, what: str) -> str:
    name = reader.text(node, what)
    if name and node and (not RECEIVER_NAME.fullmatch(name) or len(name) > LONGEST_RECEIVER_NAME):
        reader.wrong(node, "a receiver's name: small letters, digits and single -, _ or . between them")
    return name


def _read_escalations(
    reader: FieldReader, fields: dict[str, Node], acknowledge_within: int | None
) -> tuple[Escalation, ...]:
    """Return the steps in their order; each must come later than the one before it."""
    escalate = fields.get("escalate")
    steps: list[Escalation] = []
    for item in reader.items(escalate, "a list of escalations"):
        step = reader.mapping(item, "an escalation with after and to", ("after", "to"))
        if isinstance(item, Mapping) and not {"after", "to"} <= set(step):
            reader.problem(item, "an escalation without after or to", "both, as in {after: 15m, to: duty-officer}")
        to = _read_receiver(reader, step.get("to"), "to: the receiver that the alert goes to")
        after = reader.seconds(step.get("after"), "after", None)
        if after is None:
            continue
        if steps and after <= steps[-1].after_seconds:
            reader.wrong(step["after"], "after: longer than in the step before; all count from when it was raised")
        elif acknowledge_within is not None and after < acknowledge_within:
            within = _written(fields["acknowledge_within"])
            reader.wrong(
                step["after"], f"after: at least acknowledge_within ({within}), until when one may answer"
            )
        steps.append(Escalation(after, to))
    if escalate is not None and "acknowledge_within" not in fields:
        reader.problem(
            escalate,
            "escalate, but no acknowledge_within: it would never escalate",
            "acknowledge_within beside it",
        )
    return tuple(steps)


def _read_surge(reader: FieldReader, node: Node | None) -> SurgeSettings | None:
    if node is None:
        return None
    if not isinstance(node, Mapping):
        expected = "surge: a mapping such as {at_least: 10}, {} for what it is without settings"
        reader.problem(node, describe(node), expected)
        return None
    fields = reader.mapping(node, "surge", _SURGE_FIELDS)
    defaults = SurgeSettings()
    window = reader.seconds(fields.get("window"), "window", None)
    if window is not None and not SHORTEST_WINDOW_SECONDS <= window <= LONGEST_WINDOW_SECONDS:
        reader.wrong(fields["window"], "window: between 5m and 1d")
    what = f"factor: a number above 1, at most {MOST_FACTOR}"
    factor = reader.number(fields.get("factor"), what, defaults.factor, None)
    if factor is not None and not 1 < factor <= MOST_FACTOR:
        reader.problem(fields["factor"], describe(fields["factor"]), what)
    return SurgeSettings(
        window_seconds=defaults.window_seconds if window is None else window,
        factor=defaults.factor if factor is None else factor,
        at_least=_count(reader, fields, "at_least", defaults.at_least, MOST_MATCHES),
        min_sources=_count(reader, fields, "min_sources", defaults.min_sources, SOURCES_KEPT),
    )


def _count(reader: FieldReader, fields: dict[str, Node], name: str, default: int, at_most: int) -> int:
    """Return a whole number of at least 1."""
    node = fields.get(name)
    if node is None:
        return default
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= at_most:
        return value
    reader.problem(node, describe(node), f"{name}: a whole number from 1 to {at_most}")
    return default


def _check_first_word(reader: FieldReader, fields: dict[str, Node], settings: AlertSettings) -> None:
    """Note what contradicts itself: settings that do nothing, and an escalation before anybody was told."""
    if "digest" in fields:
        for name in ("group_wait", "group_interval"):
            if name in fields:
                found = f"{name} beside digest, which alone says when alerts are sent"
                reader.problem(fields[name], found, f"digest or {name}, not both")
    within = settings.acknowledge_within_seconds
    for name, seconds in (("group_wait", settings.group_wait_seconds), ("digest", settings.digest_seconds)):
        if name in fields and seconds and within is not None and seconds >= within > 0:
            found = f"{name} {_written(fields[name])}, after which nobody has time left to acknowledge"
            limit = _written(fields["acknowledge_within"])
            reader.problem(fields[name], found, f"{name} shorter than acknowledge_within ({limit})")


def _written(node: Node) -> str:
    return node.raw if isinstance(node, Scalar) else ""
