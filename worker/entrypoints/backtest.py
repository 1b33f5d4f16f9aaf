"""`rasid watch backtest`: watch topics over an archive of articles, on all cores, in bounded memory."""

import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from worker.adapters.pool import Call, Pool
from worker.domain.errors import Reason, RejectedError
from worker.domain.matcher import Matcher
from worker.domain.watch_topic import WatchTopic
from worker.entrypoints.backtest_tally import Counter, Tally, WatchTopicTally
from worker.entrypoints.sources import Item, read_items, source_files
from worker.entrypoints.watch_articles import read_article
from worker.settings import Settings
from worker.streaming.stages import stages_for

ARTICLES_A_CHUNK = 32
BYTES_A_CHUNK = 1_000_000
CHUNKS_AHEAD_PER_PROCESS = 4


@dataclass(frozen=True)
class Question:
    """What is asked of an archive.

    Attributes:
        watch_topics: The watch topics as they are now.
        against: The versions to compare with, or None; a watch topic that is not among them is new.
        most_examples: How many examples and changes of each kind are kept of a watch topic.
        max_article_bytes: Larger raw articles are rejected.
    """

    watch_topics: Sequence[WatchTopic]
    against: Sequence[WatchTopic] | None
    most_examples: int
    max_article_bytes: int


@dataclass(frozen=True)
class Chunk:
    """Some articles that follow one another in the archive.

    Attributes:
        articles: Name (file and line) and bytes of each.
        bytes_read: How much of the archive's files was read up to its end.
    """

    articles: list[tuple[str, bytes]]
    bytes_read: int


class Examiner:
    """Asks a question of articles, chunk by chunk."""

    def __init__(self, question: Question) -> None:
        """Build the indices; this takes a while for many watch topics."""
        self._question = question
        self._stages = stages_for(question.watch_topics, question.max_article_bytes)
        self._before = None if question.against is None else Matcher(question.against)
        self._ids = [watch_topic.id for watch_topic in question.watch_topics]

    def examine(self, articles: Iterable[tuple[str, bytes]]) -> Tally:
        """Return what is counted in some articles, given by name and bytes."""
        now = datetime.now(UTC)
        counter = Counter(self._stages.matcher, self._before, self._ids, self._question.most_examples)
        for name, value in articles:
            try:
                counter.count(read_article(value, self._stages, now), name)
            except RejectedError as rejection:
                counter.tally.reject(name, rejection)
        return counter.tally


# In a process of the pool: built once by `start_child`, then used by every task.
_examiner: list[Examiner] = []


def start_child(question: Question) -> None:
    """Build the indices in a process of the pool."""
    _examiner[:] = [Examiner(question)]


def examine_in_child(articles: list[tuple[str, bytes]]) -> Tally:
    """Examine a chunk in a process of the pool; see `Examiner.examine`."""
    return _examiner[0].examine(articles)


def run_backtest(
    settings: Settings,
    question: Question,
    archive: Sequence[Path],
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> Tally:
    """Ask a question of an archive.

    Args:
        settings: Number of processes (1: this one), time limit and memory bound.
        question: Watch topics, and what to compare them with.
        archive: Files and folders of raw, extracted or tagged articles.
        on_progress: Called with the bytes of the archive's files and the articles that are done.

    Raises:
        SourceError: A path does not exist or holds no articles.
    """
    damaged = Tally()
    total = Tally(watch_topics={watch_topic.id: WatchTopicTally() for watch_topic in question.watch_topics})
    chunks = _chunks(source_files(archive), damaged)
    counted = _here(question, chunks) if settings.pool_processes == 1 else _in_pool(settings, question, chunks)
    for chunk, tally in counted:
        total.add(tally, question.most_examples)
        on_progress(chunk.bytes_read, total.articles + sum(total.rejected.values()))
    total.add(damaged, question.most_examples)
    return total


def _here(question: Question, chunks: Iterator[Chunk]) -> Iterator[tuple[Chunk, Tally]]:
    examiner = Examiner(question)
    for chunk in chunks:
        yield chunk, examiner.examine(chunk.articles)


def _in_pool(settings: Settings, question: Question, chunks: Iterator[Chunk]) -> Iterator[tuple[Chunk, Tally]]:
    """Yield the tally of each chunk in the archive's order; a few chunks a process are under way at once."""
    tasks = max(1, settings.pool_tasks_per_process // ARTICLES_A_CHUNK)
    pool = Pool(msgspec.structs.replace(settings, pool_tasks_per_process=tasks), start_child, question)
    waiting: deque[tuple[Chunk, Call[Tally]]] = deque()
    try:
        for chunk in chunks:
            waiting.append((chunk, pool.begin(examine_in_child, chunk.articles)))
            if len(waiting) > pool.processes * CHUNKS_AHEAD_PER_PROCESS:
                first, call = waiting.popleft()
                yield first, _result(pool, question, first, call)
        for first, call in waiting:
            yield first, _result(pool, question, first, call)
    finally:
        pool.close()


def _result(pool: Pool, question: Question, chunk: Chunk, call: Call[Tally]) -> Tally:
    """Return a chunk's tally; when its process overran or died, ask again one article at a time."""
    try:
        return call.result()
    except RejectedError as rejection:
        if len(chunk.articles) == 1:
            tally = Tally()
            tally.reject(chunk.articles[0][0], rejection)
            return tally
    tally = Tally()
    for article in chunk.articles:
        single = Chunk([article], chunk.bytes_read)
        tally.add(_result(pool, question, single, pool.begin(examine_in_child, [article])), question.most_examples)
    return tally


def _chunks(files: Sequence[Path], damaged: Tally) -> Iterator[Chunk]:
    """Yield the archive in chunks; a file that breaks off is noted in `damaged`."""
    articles: list[tuple[str, bytes]] = []
    size = finished_bytes = 0
    for file in files:
        for item in _readable(file, damaged):
            articles.append((item.name, item.value))
            size += len(item.value)
            if len(articles) >= ARTICLES_A_CHUNK or size >= BYTES_A_CHUNK:
                yield Chunk(articles, finished_bytes + item.file_bytes_done)
                articles, size = [], 0
        finished_bytes += file.stat().st_size
    if articles:
        yield Chunk(articles, finished_bytes)


def _readable(file: Path, damaged: Tally) -> Iterator[Item]:
    """Yield the articles of a file up to where it can be read."""
    try:
        yield from read_items(file)
    except (EOFError, zlib.error, OSError) as error:
        damaged.reject(file.name, RejectedError(Reason.NOT_TEXT, f"the rest cannot be read: {error}"))
