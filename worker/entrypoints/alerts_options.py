"""What the commands of `rasid alerts` share: options, the way to Kafka, how they fail."""

import getpass
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NoReturn

import click
from rich.console import Console

from worker.domain.alert_action import LONGEST_WORDS
from worker.domain.field_reader import duration_seconds
from worker.entrypoints.alerts_kafka import AlertsKafka
from worker.settings import Settings

LONGEST_NAME = 200
KAFKA = "alerts_kafka"
"""Where the command line's object holds what opens the Kafka topics; tests put their own there."""

broker_option = click.option("--broker", metavar="HOST:PORT", help="Kafka broker (RASID_BROKER).")
by_option = click.option("--by", metavar="NAME", help="Who acts: RASID_USER, or the login name without it.")
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for scripts.")
timeout_option = click.option(
    "--timeout", "timeout_seconds", type=click.FloatRange(min=0), default=30.0, show_default=True,
    metavar="SECONDS", help="Longest wait for the worker's answer.",
)  # fmt: skip


class Duration(click.ParamType):
    """A duration such as 30s, 15m, 2h or 1d, as in watch topics; the command gets seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the seconds."""
        seconds = duration_seconds(str(value))
        if not seconds:
            self.fail(f"{value!r}: a duration such as 30s, 15m, 2h or 1d", param, ctx)
        return seconds


class Moment(click.ParamType):
    """A time by ISO 8601, such as 2026-03-24T22:00 or 2026-03-24T22:00+03:00; without an offset it is UTC."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the moment in UTC."""
        try:
            moment = datetime.fromisoformat(str(value))
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value!r}: a time such as 2026-03-24T22:00, in UTC unless it says otherwise", param, ctx)


def why_option(text: str, *, required: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the option `--why` with its help text."""
    given: dict[str, Any] = {"required": True} if required else {"default": ""}
    return click.option("--why", metavar="TEXT", help=text, callback=_bounded(LONGEST_WORDS), **given)


def kafka_of(context: click.Context, settings: Settings) -> AlertsKafka:
    """Return the way to the Kafka topics of alerts."""
    made: AlertsKafka = (context.obj or {}).get(KAFKA, AlertsKafka)(settings)
    return made


def name_of(by: str | None, settings: Settings) -> str:
    """Return who acts: as given, by the settings, or by the login."""
    try:
        name = by or settings.user or getpass.getuser()
    except (KeyError, OSError):  # a container's user often has a number and no name
        name = ""
    if not name.strip() or len(name) > LONGEST_NAME:
        raise click.UsageError(f"say who acts, with --by NAME or RASID_USER, in at most {LONGEST_NAME} characters")
    return encodable(name)


def encodable(text: str) -> str:
    """Return a text that UTF-8 can hold; arguments of a shell can be any bytes."""
    return text.encode("utf-8", "replace").decode()


def console_of(settings: Settings) -> tuple[Console, bool]:
    """Return the console of standard output, and whether right-to-left text is put in visual order for it."""
    from worker.entrypoints.terminal import wants_visual_order  # noqa: PLC0415 - keeps `rasid --help` quick

    console = Console(highlight=False)
    return console, wants_visual_order(console, settings.terminal_order)


def note(words: str) -> None:
    """Print a remark that is no part of what was asked for; it may quote what others have sent."""
    from worker.domain.visible import spell_out  # noqa: PLC0415 - keeps `rasid --help` quick

    lines = "\n".join(spell_out(line) for line in words.split("\n"))
    click.echo(f"rasid: {lines}", err=True)


def note_unreadable(count: int) -> None:
    """Print how many records could not be read, if any."""
    if count:
        records = "1 record" if count == 1 else f"{count} records"
        note(f"{records} left out, since they cannot be read; a worker of another version wrote them")


def fail(words: str) -> NoReturn:
    """Print what is wrong and exit with 1."""
    note(words)
    sys.exit(1)


def _bounded(most: int) -> Callable[[click.Context, click.Parameter, str], str]:
    def check(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
        if len(value) > most:
            raise click.BadParameter(f"{len(value)} characters; at most {most} are taken")
        return encodable(value)

    return check
