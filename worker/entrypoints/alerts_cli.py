"""`rasid alerts`: see alerts as they stand, one in full, or all as they change; answer and silence them."""

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import get_args

import click
import msgspec

from worker.domain.alert import Alert, AlertStatus
from worker.domain.alert_event import AlertEvent
from worker.domain.errors import RejectedError
from worker.domain.watch_topic import Severity
from worker.entrypoints.alerts_act import acknowledge, comment, resolve
from worker.entrypoints.alerts_kafka import AlertsKafka
from worker.entrypoints.alerts_options import (
    broker_option,
    console_of,
    fail,
    json_option,
    kafka_of,
    note,
    note_unreadable,
)
from worker.entrypoints.alerts_read import UnknownIdError, Wanted, decode_all, newest_first, whole_id
from worker.entrypoints.alerts_silence import silence, silences, unsilence
from worker.entrypoints.help import example
from worker.entrypoints.pipes import quiet_pipe, until_nobody_reads
from worker.settings import load_settings
from worker.streaming import kafka_topics
from worker.streaming.codec import decode

STATUSES = get_args(AlertStatus)
OPEN = tuple(status for status in STATUSES if status != "resolved")

watch_topic_option = click.option(
    "--watch-topic", "watch_topics", multiple=True, metavar="ID", help="Only of this watch topic; repeatable."
)
severity_option = click.option(
    "--severity", "severities", multiple=True, type=click.Choice(get_args(Severity)),
    help="Only of this severity; repeatable.",
)  # fmt: skip


@click.group()
def alerts() -> None:
    """List, show and follow alerts; acknowledge, resolve, comment and silence them: see docs/alerts.md."""


@alerts.command(
    "list",
    epilog=example(
        "rasid alerts list\n"
        "rasid alerts list --status escalated --severity critical\n"
        "rasid alerts list --all --json | jq -r .title"
    ),
)
@click.option("--status", "statuses", multiple=True, type=click.Choice(STATUSES), help="Repeatable.")
@watch_topic_option
@severity_option
@click.option("--all", "whole", is_flag=True, help="Also those that are resolved.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="How many, newest first.")
@broker_option
@json_option
@click.pass_context
def list_(
    context: click.Context,
    *,
    statuses: Sequence[str],
    watch_topics: Sequence[str],
    severities: Sequence[str],
    whole: bool,
    limit: int,
    broker: str | None,
    as_json: bool,
) -> None:
    """List alerts as they stand, newest first: those that are not resolved, unless you ask for others.

    art/src/lang counts articles, sources and languages.
    """
    from worker.entrypoints.alerts_view import print_list  # noqa: PLC0415 - keeps `rasid --help` quick

    settings = load_settings(broker=broker)
    decoded = decode_all(asyncio.run(kafka_of(context, settings).latest(kafka_topics.ALERTS)), Alert)
    wanted = Wanted(statuses or (() if whole else OPEN), severities, watch_topics)
    found = newest_first(alert for alert in decoded.records if wanted.fits(alert))
    with quiet_pipe():
        if as_json:
            for alert in found[:limit]:
                click.echo(msgspec.json.encode(alert))
        elif found:
            console, visual = console_of(settings)
            print_list(console, found[:limit], datetime.now(UTC), visual=visual)
        else:
            click.echo(_nothing(decoded.records))
    if len(found) > limit:
        note(f"{limit} of {len(found)} alerts; --limit {len(found)} shows them all")
    note_unreadable(decoded.unreadable)


@alerts.command(
    epilog=example("rasid alerts show 3f2a91c0\nrasid alerts show 3f2a91c0 --json | jq '.events[].change'")
)
@click.argument("alert_id", metavar="ID")
@broker_option
@click.option("--json", "as_json", is_flag=True, help="One JSON document {alert, events}, for scripts.")
@click.pass_context
def show(context: click.Context, *, alert_id: str, broker: str | None, as_json: bool) -> None:
    """Show an alert in full, with its history. The beginning of its id is enough."""
    from worker.entrypoints.alerts_trail import print_history, without_repeats  # noqa: PLC0415
    from worker.entrypoints.alerts_view import print_alert_in_full  # noqa: PLC0415

    settings = load_settings(broker=broker)
    try:
        alert, events = asyncio.run(_read_one(kafka_of(context, settings), alert_id))
    except UnknownIdError as error:
        fail(str(error))
    with quiet_pipe():
        if as_json:
            click.echo(msgspec.json.encode({"alert": alert, "events": without_repeats(events)}))
            return
        console, visual = console_of(settings)
        print_alert_in_full(console, alert, datetime.now(UTC), visual=visual)
        print_history(console, without_repeats(events), visual=visual)


@alerts.command(
    epilog=example(
        "rasid alerts watch --severity critical\n"
        "rasid alerts watch --from-beginning --json | jq -r '[.event.at, .event.change, .alert.title] | @tsv'"
    )
)
@click.option("--from-beginning", is_flag=True, help="Begin with the first change that there is.")
@watch_topic_option
@severity_option
@broker_option
@json_option
@click.pass_context
def watch(
    context: click.Context,
    *,
    from_beginning: bool,
    watch_topics: Sequence[str],
    severities: Sequence[str],
    broker: str | None,
    as_json: bool,
) -> None:
    """Show every change of every alert as it comes, until Ctrl-C."""
    settings = load_settings(broker=broker)
    wanted = Wanted(severities=severities, watch_topics=watch_topics)

    async def follow() -> None:
        from worker.entrypoints.alerts_trail import print_change  # noqa: PLC0415
        from worker.entrypoints.alerts_watch import changes  # noqa: PLC0415

        console, visual = console_of(settings)
        async for changed in changes(kafka_of(context, settings), wanted, from_beginning=from_beginning):
            if as_json:
                click.echo(msgspec.json.encode({"event": changed.event, "alert": changed.alert}))
            else:
                print_change(console, changed.event, changed.alert, visual=visual)

    # Ctrl-C is how watching ends, so it is no failure.
    with quiet_pipe(), contextlib.suppress(KeyboardInterrupt):
        asyncio.run(until_nobody_reads(follow()))


async def _read_one(kafka: AlertsKafka, beginning: str) -> tuple[Alert, list[AlertEvent]]:
    """Return an alert and its events.

    Raises:
        UnknownIdError: No alert begins so, or more than one.
    """
    latest = await kafka.latest(kafka_topics.ALERTS)

    def describe(key: str) -> str:
        return ", ".join(alert.watch_topic for alert in decode_all({key: latest[key]}, Alert).records)

    kept = latest[whole_id(beginning, latest, "alert", describe)]
    try:
        alert = decode(kept.value, Alert)
    except RejectedError as error:
        raise UnknownIdError(f"the alert cannot be read: {error.detail}") from None
    return alert, await kafka.events_of(alert.id, kept.partition, alert.raised_at)


def _nothing(known: Sequence[Alert]) -> str:
    """Return what an empty list says, and what to do."""
    if not known:
        return "no alerts yet; `rasid kafka status` shows whether articles come in, `rasid demo` how it looks"
    if all(alert.status == "resolved" for alert in known):
        return f"no open alerts (resolved: {len(known)}); `rasid alerts list --all` shows those too"
    return f"no such alerts among {len(known)}; `rasid alerts list --all` shows every one"


for command in (acknowledge, resolve, comment, silence, unsilence, silences):
    alerts.add_command(command)
