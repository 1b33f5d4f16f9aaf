"""What a process of the pool runs: the stages, over an index of watch topics that can be swapped.

A task names the version of the roster that the main process has in force. Where it is another than the one loaded,
a thread builds the new index from the roster's file; tasks go on with the old one until it is swapped, whole.
"""

import gc
import logging
import threading
from datetime import UTC, datetime
from pathlib import Path

from worker.adapters.roster_file import read_roster
from worker.streaming.stages import Extracted, Stages, Tagged, load_stages, stages_for

log = logging.getLogger(__name__)


class Child:
    """The stages of one process."""

    def __init__(self, watch_topics: Path, max_article_bytes: int) -> None:
        """Load the stages from a roster's file, or from a folder of watch topics, which never changes.

        Raises:
            WatchTopicsError: A watch topic of the folder is not valid.
        """
        self._watch_topics = watch_topics
        self._max_article_bytes = max_article_bytes
        self._building = threading.Lock()
        self.version: str | None = None
        self.stages: Stages
        if watch_topics.is_dir():
            self.stages = load_stages(watch_topics, max_article_bytes)
        else:
            self._load()

    def ask_for(self, version: str) -> None:
        """Begin to load the roster's file, unless its version is loaded or being loaded."""
        if version != self.version and self._building.acquire(blocking=False):
            threading.Thread(target=self._rebuild, daemon=True).start()

    def _rebuild(self) -> None:
        try:
            self._load()
        except Exception:
            log.exception("the new watch topics cannot be loaded; the old ones stay in force")
        finally:
            self._building.release()

    def _load(self) -> None:
        version, watch_topics = read_roster(self._watch_topics)
        if version != self.version:
            self.stages = stages_for(watch_topics, self._max_article_bytes)
            self.version = version
            # The index lives until the next swap: the collector need not walk it again and again.
            gc.unfreeze()
            gc.collect()
            gc.freeze()


_child: list[Child] = []


def start_child(watch_topics: Path, max_article_bytes: int) -> None:
    """Load the stages in a process of the pool."""
    _child[:] = [Child(watch_topics, max_article_bytes)]


def extract_in_child(value: bytes, received_at_seconds: float) -> Extracted:
    """Run the extract stage; see `Stages.extract`."""
    return _child[0].stages.extract(value, datetime.fromtimestamp(received_at_seconds, UTC))


def tag_in_child(value: bytes, roster_version: str) -> Tagged:
    """Run the tag stage with the watch topics that are loaded; begin to load others where the version differs."""
    child = _child[0]
    child.ask_for(roster_version)
    return child.stages.tag(value)


def tag_line_in_child(value: bytes, received_at_seconds: float) -> bytes:
    """Run both stages on a raw article and return the encoded tagged article."""
    return _child[0].stages.tag(extract_in_child(value, received_at_seconds).value).value
