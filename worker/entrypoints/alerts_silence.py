"""`rasid alerts silence|unsilence|silences`: what is not notified for a while."""

import asyncio
import sys
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import click
import msgspec
from rich.console import Console
from rich.text import Text

from worker.domain.alert import Alert
from worker.domain.alert_action import AlertAction, Silence
from worker.domain.alert_event import AlertEvent
from worker.domain.notification_text import SHORT_ID
from worker.domain.silence import covers, silence_words
from worker.domain.visible import spell_out
from worker.entrypoints.alerts_act import EX_NO_ANSWER, EX_REFUSED
from worker.entrypoints.alerts_kafka import ActionToSend, AlertsKafka
from worker.entrypoints.alerts_options import (
    Duration,
    Moment,
    broker_option,
    by_option,
    console_of,
    encodable,
    fail,
    json_option,
    kafka_of,
    name_of,
    note,
    note_unreadable,
    timeout_option,
    why_option,
)
from worker.entrypoints.alerts_read import UnknownIdError, decode_all, whole_id
from worker.entrypoints.help import example
from worker.entrypoints.pipes import quiet_pipe
from worker.settings import load_settings
from worker.streaming import kafka_topics


def _labels(_context: click.Context, _parameter: click.Parameter, given: Sequence[str]) -> dict[str, str]:
    pairs = [encodable(one).partition("=") for one in given]
    for name, equals, value in pairs:
        if not (name and equals and value):
            raise click.BadParameter(f"{name + equals + value!r}: NAME=VALUE, as in desk=security")
    return {name: value for name, _, value in pairs}


@click.command(
    epilog=example(
        "rasid alerts silence --watch-topic moscow-attack --for 2h --why 'on air, we know'\n"
        "rasid alerts silence --source example.com --language ru --for 1d --why 'it repeats itself'\n"
        "rasid alerts silence --label desk=security --starts 2026-03-24T22:00 --for 8h --why maintenance"
    )
)
@click.option("--watch-topic", metavar="ID", help="Alerts of this watch topic.")
@click.option("--source", metavar="NAME", help="Alerts with an article of this source.")
@click.option("--language", metavar="CODE", help="Alerts with an article in this language: ar, ru, en, …")
@click.option("--label", "labels", multiple=True, metavar="NAME=VALUE", callback=_labels,
              help="Alerts whose watch topic has this label; repeatable.")  # fmt: skip
@click.option("--for", "seconds", type=Duration(), required=True, help="How long: 30s, 15m, 2h, 1d.")
@click.option("--starts", type=Moment(), help="From when, in UTC unless it says otherwise; now without it.")
@by_option
@why_option("Why nobody needs to hear of it.", required=True)
@timeout_option
@broker_option
@json_option
@click.pass_context
def silence(
    context: click.Context,
    *,
    watch_topic: str | None,
    source: str | None,
    language: str | None,
    labels: dict[str, str],
    seconds: int,
    starts: datetime | None,
    by: str | None,
    why: str,
    timeout_seconds: float,
    broker: str | None,
    as_json: bool,
) -> None:
    """Notify nothing of some alerts for a while. All that is named must hold; at least one thing must be named.

    The alerts go on as they do, and escalations are not held back.
    """
    if not (watch_topic or source or language or labels):
        raise click.UsageError("name what to silence: --watch-topic, --source, --language or --label")
    settings = load_settings(broker=broker)
    now = datetime.now(UTC)
    starts_at = starts or now
    wanted = Silence(
        id=uuid.uuid4().hex, starts_at=starts_at, ends_at=starts_at + timedelta(seconds=seconds),
        by=name_of(by, settings), why=why, labels=labels,
        watch_topic=encodable(watch_topic) if watch_topic else None,
        source=encodable(source) if source else None,
        language=encodable(language).lower() if language else None,
    )  # fmt: skip
    if wanted.ends_at <= now:
        raise click.UsageError(f"it would have ended at {_minute(wanted.ends_at)}")
    kafka = kafka_of(context, settings)
    action = AlertAction(id=str(uuid.uuid4()), action="silence", by=wanted.by, at=now, why=why, silence=wanted)
    answer = _send(kafka, action, wanted.id, timeout_seconds)
    if as_json:
        click.echo(msgspec.json.encode(wanted))
        return
    short = wanted.id[:SHORT_ID]
    click.echo(
        f"silence {short} by {spell_out(answer.by or wanted.by)}, {_when(wanted, now)}; "
        f"`rasid alerts unsilence {short}` ends it"
    )
    covered = asyncio.run(_covered(kafka, wanted, max(now, starts_at)))
    click.echo(
        f"it holds {covered} of the alerts that stand" if covered else "it holds none of the alerts that stand"
    )


@click.command(
    epilog=example("rasid alerts unsilence 5b1c77aa\nrasid alerts unsilence 5b1c77aa --why 'it is over'")
)
@click.argument("silence_id", metavar="ID")
@by_option
@why_option("Why it ends before its time.")
@timeout_option
@broker_option
@json_option
@click.pass_context
def unsilence(
    context: click.Context,
    *,
    silence_id: str,
    by: str | None,
    why: str,
    timeout_seconds: float,
    broker: str | None,
    as_json: bool,
) -> None:
    """End a silence before its time. The beginning of its id is enough."""
    settings = load_settings(broker=broker)
    now, name = datetime.now(UTC), name_of(by, settings)
    kafka = kafka_of(context, settings)
    known, _ = asyncio.run(_silences(kafka))
    lasting = {one.id: one for one in known if one.ends_at > now}
    by_id = {one.id: one for one in known}
    try:
        # Among those that last first, so that the beginning of an id is not taken up by silences of last year.
        fits = any(one.startswith(silence_id.strip().lower()) for one in lasting)
        meant = lasting if fits else by_id
        found = by_id[whole_id(silence_id, meant, "silence", lambda key: silence_words(by_id[key]))]
    except UnknownIdError as error:
        fail(str(error))
    if found.ends_at <= now:
        fail(f"silence {found.id[:SHORT_ID]} ended at {_minute(found.ends_at)}")
    action = AlertAction(id=str(uuid.uuid4()), action="unsilence", by=name, at=now, why=why, silence=found)
    answer = _send(kafka, action, found.id, timeout_seconds)
    if as_json:
        click.echo(msgspec.json.encode(msgspec.structs.replace(found, ends_at=answer.at)))
    else:
        words = spell_out(silence_words(found))
        click.echo(f"silence {found.id[:SHORT_ID]} ({words}) ended by {spell_out(answer.by or name)}")


@click.command(epilog=example("rasid alerts silences\nrasid alerts silences --all --json | jq -r .why"))
@click.option("--all", "whole", is_flag=True, help="Also those that have ended.")
@broker_option
@json_option
@click.pass_context
def silences(context: click.Context, *, whole: bool, broker: str | None, as_json: bool) -> None:
    """List the silences in force and those to come, the one that ends first on top."""
    settings = load_settings(broker=broker)
    now = datetime.now(UTC)
    known, unreadable = asyncio.run(_silences(kafka_of(context, settings)))
    shown = sorted((one for one in known if whole or one.ends_at > now), key=lambda one: (one.ends_at, one.id))
    note_unreadable(unreadable)
    with quiet_pipe():
        if as_json:
            for one in shown:
                click.echo(msgspec.json.encode(one))
            return
        console, visual = console_of(settings)
        print_silences(console, shown, now, visual=visual)
    if not shown:
        click.echo("nothing is silenced" + ("" if whole else "; `rasid alerts silences --all` shows what was"))


def print_silences(console: Console, shown: Sequence[Silence], now: datetime, *, visual: bool) -> None:
    """Print each silence: its id, when and what, and under it who and why."""
    from worker.entrypoints.alerts_view import inline, print_words  # noqa: PLC0415 - keeps `rasid --help` quick

    for one in shown:
        style = "bold" if one.starts_at <= now < one.ends_at else "dim"
        line = Text.assemble((one.id[:SHORT_ID], style), f"  {_when(one, now)}  ")
        line.append(inline(silence_words(one), visual=visual), style)
        line.append(f"  by {inline(one.by, visual=visual)}")
        console.print(line, soft_wrap=True)
        print_words(console, one.why, visual=visual, indent=2)


def _send(kafka: AlertsKafka, action: AlertAction, key: str, timeout_seconds: float) -> AlertEvent:
    """Send an action and return its answer; a refusal ends with 1, no answer with 2."""
    answer = asyncio.run(kafka.act([ActionToSend(action, key)], timeout_seconds)).get(action.id)
    short = key[:SHORT_ID]
    if answer is None:
        note(
            f"silence {short}: no answer within {timeout_seconds:g} s; is a worker running? "
            "The action is in Kafka, and the next worker takes it"
        )
        sys.exit(EX_NO_ANSWER)
    if answer.change == "refused":
        note(f"silence {short}: {answer.why}")
        sys.exit(EX_REFUSED)
    return answer


async def _silences(kafka: AlertsKafka) -> tuple[list[Silence], int]:
    decoded = decode_all(await kafka.latest(kafka_topics.SILENCES), Silence)
    return decoded.records, decoded.unreadable


async def _covered(kafka: AlertsKafka, wanted: Silence, at: datetime) -> int:
    """Return how many of the alerts that are not resolved a silence holds back: none tells of a wrong spelling."""
    alerts = decode_all(await kafka.latest(kafka_topics.ALERTS), Alert).records
    return sum(alert.status != "resolved" and covers(wanted, alert, at) for alert in alerts)


def _when(silence: Silence, now: datetime) -> str:
    if silence.ends_at <= now:
        return f"ended {_minute(silence.ends_at)}"
    begins = f"from {_minute(silence.starts_at)} " if silence.starts_at > now else ""
    return f"{begins}until {_minute(silence.ends_at)}"


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
