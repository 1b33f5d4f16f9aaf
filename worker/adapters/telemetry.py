"""The log: one line an event, JSON for machines or colour for people, on standard error.

What is logged quotes articles and their producers: no line of theirs may look like one of ours, and nothing may
act on a terminal or reorder what it shows.
"""

import json
import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from worker.domain.visible import spell_out
from worker.settings import Settings

CHATTY = ("aiokafka", "faust", "mode", "trafilatura", "htmldate", "courlan", "charset_normalizer", "asyncio")
"""Libraries whose informational lines drown what an operator looks for."""


def configure_logging(settings: Settings) -> None:
    """Send the log of the worker and of its libraries to standard error in one form."""
    console = settings.log_format == "console" or (settings.log_format == "auto" and sys.stderr.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    # A traceback without local variables: they hold whole articles, and addresses with secrets.
    renderers: list[structlog.typing.Processor] = (
        [_spelt_out, structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if console
        else [structlog.processors.JSONRenderer(ensure_ascii=False), _escaped_json]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                *renderers,
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _spelt_out(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Spell out what acts on a terminal in all that a line for people shows; a traceback keeps its lines."""
    for name, value in list(event.items()):
        if name in ("exception", "stack") and isinstance(value, str):
            # Indented, so that no line of a message looks like the beginning of an event.
            event[name] = "\n".join(f"    {spell_out(line)}" for line in value.split("\n"))
        elif isinstance(value, str):
            event[name] = spell_out(value)
        elif not isinstance(value, int | float | None):
            event[name] = spell_out(repr(value))
    return event


def _escaped_json(_: Any, __: str, line: Any) -> str:
    """Write what is invisible as JSON escapes: every parser reads the same, and a terminal shows them."""
    written: str = line
    if written.isascii():
        return written.replace("\x7f", "\\u007f")
    return "".join(
        character if character == " " or character.isprintable() else json.dumps(character)[1:-1]
        for character in written
    )
