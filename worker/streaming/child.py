"""What a process of the pool runs: the stages, over an index of watch topics that can be swapped.

A thread follows the roster's file, busy or idle: where it holds another version than the one loaded, it builds the
new index. Tasks go on with the old one until it is swapped, whole.
"""

import gc
import logging
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from worker.adapters.huge_pages import take_huge_pages
from worker.adapters.roster_file import read_roster
from worker.streaming.stages import Extracted, PassedOver, Stages, Tagged, load_stages, stages_for

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
"""Between two looks at whether the roster's file is another one."""


class Child:
    """The stages of one process."""

    def __init__(self, watch_topics: Path, max_article_bytes: int) -> None:
        """Load the stages from a roster's file, or from a folder of watch topics, which never changes.

        Raises:
            WatchTopicsError: A watch topic of the folder is not valid.
        """
        self._watch_topics = watch_topics
        self._max_article_bytes = max_article_bytes
        self._seen: tuple[int, int] | None = None
        self.version: str | None = None
        self.stages: Stages
        if watch_topics.is_dir():
            self.stages = load_stages(watch_topics, max_article_bytes)
        else:
            self._look()
            threading.Thread(target=self._follow, daemon=True).start()

    def _look(self) -> None:
        """Load the roster's file if it is another one than at the last look."""
        # Each version is a new file, so its inode tells it apart even within one tick of the clock.
        status = self._watch_topics.stat()
        seen = (status.st_mtime_ns, status.st_ino)
        if seen != self._seen:
            self._seen = seen
            self._load()

    def _follow(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            try:
                self._look()
            except Exception:
                log.exception("the new watch topics cannot be loaded; the old ones stay in force")

    def _load(self) -> None:
        version, watch_topics = read_roster(self._watch_topics)
        if version != self.version:
            self.stages = stages_for(watch_topics, self._max_article_bytes)
            self.version = version
            # The index lives until the next swap: the collector need not walk it again and again.
            gc.unfreeze()
            gc.collect()
            gc.freeze()
            take_huge_pages()


_child: list[Child] = []


def start_child(watch_topics: Path, max_article_bytes: int) -> None:
    """Load the stages in a process of the pool."""
    _child[:] = [Child(watch_topics, max_article_bytes)]


def extract_in_child(value: bytes, received_at_seconds: float, known: bytes | None = None) -> Extracted:
    """Run the extract stage; see `Stages.extract`."""
    return _child[0].stages.extract(value, datetime.fromtimestamp(received_at_seconds, UTC), known)


def extract_candidate_in_child(
    value: bytes, received_at_seconds: float, known: bytes | None = None
) -> Extracted | PassedOver:
    """Run the extract stage on what a watch topic that is loaded could match; see `Stages.extract_candidate`."""
    return _child[0].stages.extract_candidate(value, datetime.fromtimestamp(received_at_seconds, UTC), known)


def tag_in_child(value: bytes) -> Tagged:
    """Run the tag stage with the watch topics that are loaded; see `Stages.tag`."""
    return _child[0].stages.tag(value)


def tag_line_in_child(value: bytes, received_at_seconds: float) -> bytes:
    """Run both stages on a raw article and return the encoded tagged article."""
    return _child[0].stages.tag(extract_in_child(value, received_at_seconds).value).value
