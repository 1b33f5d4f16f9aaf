"""Keeps the roster of watch topics up to date: follows the folder and the Kafka topic `watch-topics`.

A changed source is validated and its own tests are run, in the pool, before anything of it is in force.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import get_args

import msgspec
from aiokafka.errors import KafkaError
from mode import Service

from worker.adapters import metrics
from worker.adapters.roster_file import folder_sources, write_roster
from worker.domain.alert import Change
from worker.domain.errors import RejectedError
from worker.domain.roster import Checked, Origin, Roster, Source, next_roster
from worker.domain.worker_status import AppliedWatchTopic

log = logging.getLogger(__name__)

STATUS_EVERY_SECONDS = 30.0

Applied = Callable[[], AsyncIterator[tuple[bytes | None, bytes | None]]]
"""Yields the (key, value) pairs of `watch-topics`, from its beginning and as they come."""

Publish = Callable[[Roster], Awaitable[None]]


class RosterFollower(Service):  # type: ignore[misc]
    """Follows the sources of watch topics and writes the roster's file when what is in force changes."""

    def __init__(
        self,
        folder: Path,
        file: Path,
        *,
        poll_seconds: float,
        check: Callable[[Source], Awaitable[Checked]],
        applied: Applied,
        publish: Publish,
    ) -> None:
        """Follow the sources.

        Args:
            folder: The folder of watch-topic files.
            file: Where the roster is written for the pool.
            poll_seconds: How often the folder is looked at.
            check: Validates a source and runs its tests.
            applied: The records of `watch-topics`.
            publish: Tells others what is in force here.
        """
        super().__init__()
        self.roster = Roster()
        self._folder = folder
        self._file = file
        self._poll_seconds = poll_seconds
        self._check = check
        self._read_applied = applied
        self._publish = publish
        self._applied: dict[str, Source] = {}
        self._checks: dict[Source, Checked] = {}
        self._sources: list[Source] | None = None

    @property
    def version(self) -> str:
        """The version of the roster in force."""
        return self.roster.version

    async def refresh(self) -> bool:
        """Look at the sources once; return whether anything about them has changed."""
        try:
            in_folder = await asyncio.to_thread(folder_sources, self._folder)
        except OSError as error:
            log.error("the folder of watch topics cannot be read, what is in force stays: %s", error)  # noqa: TRY400
            return False
        sources = [*in_folder, *(self._applied[name] for name in sorted(self._applied))]
        if sources == self._sources:
            return False
        self._checks = {source: self._checks.get(source) or await self._checked(source) for source in sources}
        self._sources = sources
        before, self.roster = self.roster, next_roster(self.roster, sources, self._checks)
        if before.version != self.roster.version or not self._file.exists():
            write_roster(self._file, self.roster)
        self._tell(before)
        return True

    def take_applied(self, key: bytes | None, value: bytes | None) -> None:
        """Take in one record of `watch-topics`; it counts from the next refresh on."""
        name = (key or b"").decode("utf-8", "replace")
        if value is None:
            self._applied.pop(name, None)
            return
        try:
            content = msgspec.json.decode(value, type=AppliedWatchTopic).content.encode()
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            content = value  # not what `rasid watch apply` writes; the check says so
        self._applied[name] = Source(Origin.KAFKA, name, content)

    @Service.task  # type: ignore[untyped-decorator]
    async def _follow_applied(self) -> None:
        while not self.should_stop:
            try:
                async for key, value in self._read_applied():
                    self.take_applied(key, value)
            except (KafkaError, OSError) as error:
                log.warning("watch-topics cannot be read, tried again soon: %r", error)
                await self.sleep(self._poll_seconds)

    @Service.task  # type: ignore[untyped-decorator]
    async def _poll(self) -> None:
        since_status = STATUS_EVERY_SECONDS
        while not self.should_stop:
            changed = await self.refresh()
            if changed or since_status >= STATUS_EVERY_SECONDS:
                await self._publish(self.roster)
                since_status = 0.0
            since_status += self._poll_seconds
            await self.sleep(self._poll_seconds)

    async def _checked(self, source: Source) -> Checked:
        try:
            return await self._check(source)
        except RejectedError as rejection:  # it overran the time limit, or its check is broken
            return Checked(problems=(str(rejection),))

    def _tell(self, before: Roster) -> None:
        metrics.WATCH_TOPICS.labels(status="in_force").set(len(self.roster.entries))
        metrics.WATCH_TOPICS.labels(status="rejected").set(len(self.roster.rejections))
        metrics.WATCH_TOPIC_INFO.clear()
        for entry in self.roster.entries.values():
            origin = entry.source.origin.value
            metrics.WATCH_TOPIC_INFO.labels(watch_topic=entry.id, version=entry.version, origin=origin).set(1)
            for level in ("tag", "alert"):
                metrics.MATCHES.labels(watch_topic=entry.id, level=level)
            metrics.SURGES.labels(watch_topic=entry.id)
            for change in get_args(Change):
                metrics.ALERT_CHANGES.labels(watch_topic=entry.id, severity=entry.severity, change=change)
        for rejection in self.roster.rejections:
            if rejection not in before.rejections:
                log.error(
                    "watch topic rejected, the version before it stays in force: %s (%s): %s",
                    rejection.source.name, rejection.source.origin, "; ".join(rejection.problems),
                )  # fmt: skip
        for name in sorted(self.roster.entries.keys() | before.entries.keys()):
            old, new = before.entries.get(name), self.roster.entries.get(name)
            if (old and old.version) != (new and new.version):
                log.info(
                    "watch topic %s: version %s, was %s",
                    name,
                    new and new.version,
                    (old and old.version) or "none",
                )
