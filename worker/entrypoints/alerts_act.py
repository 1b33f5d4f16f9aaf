"""`rasid alerts acknowledge|resolve|comment`: people's answers, and what became of them."""

import asyncio
import sys
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import click
import msgspec

from worker.domain.alert import Alert
from worker.domain.alert_action import ActionKind, AlertAction
from worker.domain.alert_event import AlertEvent
from worker.domain.errors import RejectedError
from worker.domain.notification_text import SHORT_ID
from worker.entrypoints.alerts_kafka import ActionToSend, AlertsKafka, Kept
from worker.entrypoints.alerts_options import (
    broker_option,
    by_option,
    fail,
    json_option,
    kafka_of,
    name_of,
    note,
    timeout_option,
    why_option,
)
from worker.entrypoints.alerts_read import UnknownIdError, whole_id
from worker.entrypoints.help import example
from worker.settings import Settings, load_settings
from worker.streaming import kafka_topics
from worker.streaming.codec import decode

EX_REFUSED = 1
EX_NO_ANSWER = 2


@click.command(
    epilog=example(
        "rasid alerts acknowledge 3f2a91c0\n"
        "rasid alerts acknowledge 3f2a91c0 77d0e1b2 --by Huda --why 'the embassy is called'"
    )
)
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@by_option
@why_option("What you do about it.")
@timeout_option
@broker_option
@json_option
@click.pass_context
def acknowledge(context: click.Context, /, ids: Sequence[str], **options: Any) -> None:
    """Answer alerts: they are escalated no more. The beginning of an id is enough."""
    _act(context, "acknowledge", ids, **options)


@click.command(epilog=example("rasid alerts resolve 3f2a91c0 --why 'the warning was taken back'"))
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@by_option
@why_option("Why it is over.")
@timeout_option
@broker_option
@json_option
@click.pass_context
def resolve(context: click.Context, /, ids: Sequence[str], **options: Any) -> None:
    """End alerts: nothing more is notified of them. The beginning of an id is enough."""
    _act(context, "resolve", ids, **options)


@click.command(epilog=example("rasid alerts comment 3f2a91c0 --why 'السفارة تؤكد الخبر'"))
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@by_option
@why_option("The words of the comment.", required=True)
@timeout_option
@broker_option
@json_option
@click.pass_context
def comment(context: click.Context, /, ids: Sequence[str], **options: Any) -> None:
    """Write something down about alerts. The beginning of an id is enough."""
    _act(context, "comment", ids, **options)


async def send_action(settings: Settings, action: AlertAction, key: str) -> None:
    """Send one action and do not wait for what becomes of it.

    Args:
        settings: The broker.
        action: What is to be done.
        key: The alert's watch topic; of a silence its own id.

    Raises:
        BrokerError: The broker does not take it.
    """
    await AlertsKafka(settings).send([ActionToSend(action, key)])


def _act(
    context: click.Context,
    kind: ActionKind,
    ids: Sequence[str],
    *,
    by: str | None,
    why: str,
    timeout_seconds: float,
    broker: str | None,
    as_json: bool,
) -> None:
    """Send one action for each alert, print what became of it, exit 1 on a refusal and 2 where no answer came."""
    settings = load_settings(broker=broker)
    name = name_of(by, settings)
    kafka = kafka_of(context, settings)
    try:
        to_send = asyncio.run(_actions(kafka, kind, ids, name, why))
    except UnknownIdError as error:
        fail(f"{error}; nothing was sent" if len(ids) > 1 else str(error))
    answers = asyncio.run(kafka.act(to_send, timeout_seconds))
    sys.exit(max(_report(one.action, answers.get(one.action.id), timeout_seconds, as_json) for one in to_send))


async def _actions(
    kafka: AlertsKafka, kind: ActionKind, ids: Sequence[str], by: str, why: str
) -> list[ActionToSend]:
    """Return an action for each alert that is meant, each alert once.

    Raises:
        UnknownIdError: One id fits no alert, or many.
    """
    latest = await kafka.latest(kafka_topics.ALERTS)
    known = [whole_id(one, latest, "alert", lambda key: _watch_topic(latest[key])) for one in ids]
    return [_action(kind, one, latest[one], by, why) for one in dict.fromkeys(known)]


def _action(kind: ActionKind, alert: str, kept: Kept, by: str, why: str) -> ActionToSend:
    action = AlertAction(id=str(uuid.uuid4()), action=kind, by=by, at=datetime.now(UTC), why=why, alert=alert)
    # To the partition of the alert, whose desk knows it, also where the number of partitions was raised since.
    return ActionToSend(action, _watch_topic(kept), kept.partition)


def _watch_topic(kept: Kept) -> str:
    try:
        return decode(kept.value, Alert).watch_topic
    except RejectedError as error:
        raise UnknownIdError(f"the alert cannot be read ({error.detail}); another version wrote it") from None


def _report(action: AlertAction, answer: AlertEvent | None, waited_seconds: float, as_json: bool) -> int:
    """Print what became of an action and return the exit code that it asks for."""
    short = (action.alert or "")[:SHORT_ID]
    outcome = answer.change if answer else "no_answer"
    if as_json:
        click.echo(
            msgspec.json.encode({"alert": action.alert, "action": action.id, "outcome": outcome, "event": answer})
        )
    if answer is None:
        note(
            f"{short}: no answer within {waited_seconds:g} s; is a worker running? "
            "The action is in Kafka, and the next worker takes it"
        )
        return EX_NO_ANSWER
    if answer.change == "refused":
        note(f"{short}: {answer.why}")
        return EX_REFUSED
    if not as_json:
        click.echo(f"{short} {answer.change} by {answer.by}")
    return 0
