"""`rasid replay` as a person meets it: progress, a checkpoint, the count at the end."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from worker.entrypoints.replay import CheckpointFile, Published, publish
from worker.entrypoints.sources import Item, read_items, source_files
from worker.settings import Settings


async def run_replay(
    console: Console,
    settings: Settings,
    paths: Sequence[Path],
    *,
    rate: float | None,
    loop: bool,
    from_start: bool,
) -> None:
    """Publish the articles under `paths` with progress; go on where an interrupted replay stopped.

    Args:
        console: Where progress goes.
        settings: The broker.
        paths: Files and folders.
        rate: Articles a second at the most.
        loop: Begin again at the end, for ever.
        from_start: Forget where an earlier replay stopped.

    Raises:
        SourceError: A path cannot be read.
        BrokerError: The broker cannot be reached or refuses an article.
    """
    files = source_files(paths)
    checkpoint = CheckpointFile(settings, paths)
    skip = 0 if from_start else checkpoint.read()
    if skip:
        console.print(
            f"going on after {skip} articles that an earlier replay published (--from-start begins anew)"
        )
    while True:
        count = await _replay_once(console, settings, files, checkpoint, skip=skip, rate=rate)
        checkpoint.remove()
        console.print(f"{count} articles published to {settings.broker}, each confirmed by the broker")
        if not loop:
            return
        skip = 0


async def _replay_once(
    console: Console,
    settings: Settings,
    files: Sequence[Path],
    checkpoint: CheckpointFile,
    *,
    skip: int,
    rate: float | None,
) -> int:
    sizes = {file: file.stat().st_size for file in files}
    with Progress(
        TextColumn("replay"), BarColumn(), TextColumn("{task.percentage:>3.0f}% {task.fields[articles]} articles"),
        TimeElapsedColumn(), TimeRemainingColumn(), console=console, disable=not console.is_terminal,
    ) as progress:  # fmt: skip
        bar = progress.add_task("replay", total=sum(sizes.values()), articles=skip)
        finished_bytes, confirmed = 0, skip

        def on_confirmed(published: Sequence[Published]) -> None:
            nonlocal confirmed
            confirmed += len(published)
            checkpoint.write(confirmed)
            progress.update(bar, articles=confirmed)

        def items() -> Iterator[Item]:
            nonlocal finished_bytes
            for file in files:
                for item in read_items(file):
                    progress.update(bar, completed=finished_bytes + item.file_bytes_done)
                    yield item
                finished_bytes += sizes[file]

        return await publish(
            settings, islice(items(), skip, None), rate_per_second=rate, on_confirmed=on_confirmed
        )
