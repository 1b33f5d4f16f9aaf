"""`rasid watch backtest` as a person meets it: which versions of which watch topics, and a progress bar."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from worker.adapters.topic_files import WatchTopicFile
from worker.entrypoints.backtest import Question, run_backtest
from worker.entrypoints.backtest_report import BacktestReport, make_report
from worker.entrypoints.backtest_tally import Tally
from worker.entrypoints.backtest_versions import is_path, other_versions
from worker.entrypoints.sources import source_files
from worker.entrypoints.watch import choose, load_files
from worker.settings import Settings


def backtest_report(
    settings: Settings,
    archive: Sequence[Path],
    console: Console,
    *,
    ids: Sequence[str],
    against: str | None,
    most_examples: int,
) -> BacktestReport:
    """Run watch topics over an archive and return the report.

    Args:
        settings: Where the watch topics are, and how many processes there may be.
        archive: Files and folders of articles.
        console: Where progress goes; only a terminal gets it.
        ids: The watch topics; none means all, or those of a file to compare with.
        against: A YAML file, a folder or a git revision to compare with, or None.
        most_examples: How many examples and changes of each kind are kept of a watch topic.

    Raises:
        WatchTopicsError: A watch topic or its other version cannot be used.
        SourceError: The archive cannot be read.
    """
    files = _chosen(settings, ids, against)
    others = None if against is None else other_versions(against, files)
    watch_topics = [file.watch_topic for file in files]
    question = Question(watch_topics, others, most_examples, settings.max_article_bytes)
    return make_report(_run(settings, question, archive, console), watch_topics, others)


def _chosen(settings: Settings, ids: Sequence[str], against: str | None) -> list[WatchTopicFile]:
    """Return the watch topics to run; a file to compare with says itself which ones when nothing else does."""
    loaded = load_files([settings.watch_topics])
    if not ids and against is not None and is_path(against):
        known = {watch_topic.id for watch_topic in loaded.watch_topics}
        others = {file.watch_topic.id for file in choose(load_files([Path(against)]), ())}
        ids = sorted(known & others)
    return choose(loaded, ids)


def _run(settings: Settings, question: Question, archive: Sequence[Path], console: Console) -> Tally:
    total = sum(file.stat().st_size for file in source_files(archive))
    with Progress(
        BarColumn(), TextColumn("{task.percentage:>3.0f}% {task.fields[articles]} articles"),
        TimeElapsedColumn(), TimeRemainingColumn(),
        console=console, transient=True, disable=not console.is_terminal,
    ) as progress:  # fmt: skip
        bar = progress.add_task("back-test", total=total, articles=0)
        return run_backtest(
            settings,
            question,
            archive,
            lambda done, articles: progress.update(bar, completed=done, articles=articles),
        )
