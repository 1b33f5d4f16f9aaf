"""The watch topics in force as one file: the main process writes it, the processes of its pool read it."""

from pathlib import Path

import msgspec

from worker.adapters.topic_files import check_content, parse_watch_topic
from worker.domain.roster import Checked, Origin, Roster, Source
from worker.domain.watch_topic import WatchTopic


class RosterFile(msgspec.Struct, frozen=True):
    """The roster's version and the content of each watch topic."""

    version: str
    contents: list[str]


def write_roster(path: Path, roster: Roster) -> None:
    """Write the watch topics in force; a reader sees the old file or the new one, never a part."""
    contents = [entry.source.content.decode("utf-8-sig") for entry in roster.entries.values()]
    fresh = path.with_suffix(".new")
    fresh.write_bytes(msgspec.json.encode(RosterFile(roster.version, contents)))
    fresh.replace(path)


def read_roster(path: Path) -> tuple[str, list[WatchTopic]]:
    """Return the version and the watch topics of a file that `write_roster` wrote."""
    file = msgspec.json.decode(path.read_bytes(), type=RosterFile)
    parsed = (parse_watch_topic(content.encode())[0] for content in file.contents)
    return file.version, [watch_topic for watch_topic in parsed if watch_topic is not None]


def folder_sources(folder: Path) -> list[Source]:
    """Return the watch-topic files of a folder as they are now, by name.

    Raises:
        OSError: The folder cannot be read.
    """
    sources = []
    for path in sorted(folder.iterdir()):
        if path.suffix in {".yaml", ".yml"} and not path.name.startswith("."):
            sources.append(Source(Origin.FILE, path.name, path.read_bytes()))
    return sources


def check_source(source: Source) -> Checked:
    """Validate a source and run the tests in it."""
    watch_topic, problems = check_content(source.content)
    if watch_topic is None or problems:
        return Checked(problems=tuple(problems))
    return Checked(watch_topic.id, watch_topic.version, watch_topic.severity)
