"""What the demo changes so that a person can watch in seconds what takes minutes: timers and dates."""

import re
import shutil
from datetime import datetime
from pathlib import Path

import msgspec

from worker.entrypoints.sources import Item

SHORTENED_BY = 150
"""Fifteen minutes to acknowledge an alert are six seconds in the demo."""

RECEIVERS = """\
default: [newsroom]
receivers:
  newsroom: {log: {}}
  duty-officer: {log: {}}
  chief-editor: {log: {}}
"""
"""Everybody reads the worker's log in the demo; deploy/receivers/ shows mail, chat and the others."""

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_TIMER = re.compile(
    r"\b(group_wait|group_interval|repeat_interval|acknowledge_within|after|digest): (\d+)([smhd])\b"
)


def shorten_timers(source: Path, target: Path) -> None:
    """Copy a folder of watch topics with the timers of their alerts shortened.

    Args:
        source: The folder.
        target: The copy, not there yet.

    Raises:
        OSError: The folder cannot be read.
    """
    shutil.copytree(source, target)
    for file in target.glob("*.yaml"):
        file.write_text(_TIMER.sub(_shortened, file.read_text("utf-8")), "utf-8")


def fetched_at(item: Item, at: datetime) -> Item:
    """Return a raw article as if it had been fetched at a time; bytes that are none as they are."""
    try:
        article = msgspec.json.decode(item.value, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeError):
        return item
    article["fetched_at"] = at.isoformat()
    return Item(item.name, item.key, msgspec.json.encode(article), item.file_bytes_done)


def _shortened(found: "re.Match[str]") -> str:
    name, number, unit = found.groups()
    return f"{name}: {max(1, int(number) * _UNITS[unit] // SHORTENED_BY)}s"
