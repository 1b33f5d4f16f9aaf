"""`rasid watch`: check, list, test, explain and back-test watch topics."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console

from worker.domain.errors import RejectedError
from worker.entrypoints.help import example
from worker.settings import load_settings

MOST_EXAMPLES = 100_000


@click.group()
def watch() -> None:
    """Check, list, test, explain, back-test and publish watch topics: see docs/watch-topics.md."""


def paths_argument(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the folders and files of watch topics."""
    return click.argument("paths", nargs=-1, metavar="[FOLDER|FILE]...", type=click.Path(path_type=Path))(function)


def json_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON document, for scripts.")(function)


def watch_topics_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--watch-topics`."""
    return click.option(
        "--watch-topics", "folder", metavar="FOLDER|FILE", type=click.Path(path_type=Path),
        help="Where the watch topics are (RASID_WATCH_TOPICS).",
    )(function)  # fmt: skip


@watch.command(
    epilog=example("rasid watch check\nrasid watch check drafts/port-strike.yaml\nrasid watch check --json")
)
@paths_argument
@json_option
def check(paths: tuple[Path, ...], as_json: bool) -> None:
    """Validate watch topics and run the tests in their files; all problems at once, exit 1 on any.

    Without a path: the folder of the settings, topics/watch.
    """
    from worker.entrypoints import watch as files  # noqa: PLC0415 - keeps `rasid --help` quick, here and below

    chosen = _or_default(paths)
    report = files.check(chosen)
    if as_json:
        _print_json(report)
    else:
        for problem in report.problems:
            click.echo(str(problem), err=True)
        if not report.problems:
            where = ", ".join(map(str, chosen))
            counted = f"{report.watch_topics} watch topic{'' if report.watch_topics == 1 else 's'} in {where}"
            click.echo(f"{counted} {'is' if report.watch_topics == 1 else 'are'} valid, {report.tests} tests pass")
    sys.exit(1 if report.problems else 0)


@watch.command("list", epilog=example("rasid watch list\nrasid watch list --json | jq -r '.[].id'"))
@paths_argument
@json_option
def list_(paths: tuple[Path, ...], as_json: bool) -> None:
    """List watch topics: id, status, severity, languages, terms, tests, version, title.

    Exit 1 when a file is not valid; the others are listed all the same.
    """
    from worker.entrypoints import watch as files  # noqa: PLC0415
    from worker.entrypoints.watch_list import print_list  # noqa: PLC0415

    loaded = files.load_files(_or_default(paths))
    rows = [files.listed(file) for file in loaded.files]
    if as_json:
        _print_json(rows)
    else:
        console, visual = _console()
        print_list(console, rows, visual=visual)
    for problem in loaded.problems:
        click.echo(str(problem), err=True)
    sys.exit(1 if loaded.problems else 0)


@watch.command(epilog=example("rasid watch test\nrasid watch test topics/watch/moscow-attack.yaml"))
@paths_argument
@json_option
def test(paths: tuple[Path, ...], as_json: bool) -> None:
    """Run the tests in watch-topic files; show failures like a diff, exit 1 on any."""
    from worker.entrypoints.watch_tests import print_tests, run_files  # noqa: PLC0415

    report = run_files(_or_default(paths))
    if as_json:
        _print_json(report)
    else:
        console, visual = _console()
        print_tests(console, report, visual=visual)
    sys.exit(0 if report.is_right else 1)


@watch.command(
    epilog=example(
        "rasid watch explain page.html --watch-topic moscow-attack\n"
        "rasid watch explain tagged.jsonl --id short-en-moscow-survivors --watch-topic moscow-attack --json\n"
        "echo 'Gunmen attacked Crocus City Hall.' | rasid watch explain - --watch-topic moscow-attack"
    )
)
@click.argument("article")
@click.option("--watch-topic", required=True, metavar="ID", help="The watch topic to explain.")
@click.option("--id", "article_id", metavar="ID", help="Which article of a .jsonl file; the first one without it.")
@click.option("--all", "whole", is_flag=True, help="Show every part of the condition, also what changes nothing.")
@watch_topics_option
@json_option
def explain(
    *, article: str, watch_topic: str, article_id: str | None, whole: bool, folder: Path | None, as_json: bool
) -> None:
    """Show why a watch topic matches an article, or what is lacking.

    ARTICLE is a .txt, .html or .jsonl(.gz) file, or - for standard input (plain text, or an article in JSON).
    Articles may be raw, which go through the extract stage, or tagged.
    """
    from worker.domain.explain import explain as explained  # noqa: PLC0415
    from worker.entrypoints import watch as files  # noqa: PLC0415
    from worker.entrypoints.watch_articles import one_article  # noqa: PLC0415
    from worker.entrypoints.watch_explain import print_explanation, to_json  # noqa: PLC0415
    from worker.streaming.stages import stages_for  # noqa: PLC0415

    settings = load_settings(watch_topics=folder)
    (file,) = files.choose(files.load_files([settings.watch_topics]), [watch_topic])
    stages = stages_for([file.watch_topic], settings.max_article_bytes)
    try:
        found = one_article(article, article_id, click.get_binary_stream("stdin"), stages)
    except RejectedError as rejection:
        click.echo(f"rasid: the extract stage rejects {article}: {rejection}", err=True)
        sys.exit(1)
    explanation = explained(stages.matcher, watch_topic, found.title, found.text)
    if as_json:
        click.echo(to_json(explanation, found).decode())
        return
    console, visual = _console()
    print_explanation(console, explanation, found, visual=visual, whole=whole)


@watch.command(
    epilog=example(
        "rasid watch backtest archive/ --watch-topic moscow-attack\n"
        "rasid watch backtest march.jsonl.gz --watch-topic moscow-attack --against HEAD~1\n"
        "rasid watch backtest archive/ --watch-topics drafts/attack.yaml --against topics/watch/attack.yaml"
    )
)
@click.argument("archive", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--watch-topic", "ids", multiple=True, metavar="ID", help="Repeatable; all of them without it.")
@click.option(
    "--against", metavar="REVISION|FILE",
    help="Compare with another version: a git revision, a YAML file or a folder of them.",
)  # fmt: skip
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N",
    help="Processes; one a core without it. 1 starts none and bounds neither time nor memory.",
)  # fmt: skip
@click.option(
    "--examples", type=click.IntRange(0, MOST_EXAMPLES), default=5, show_default=True, metavar="N",
    help="Examples, and changes of each kind, to show of a watch topic.",
)  # fmt: skip
@watch_topics_option
@json_option
def backtest(
    *,
    archive: tuple[Path, ...],
    ids: tuple[str, ...],
    against: str | None,
    jobs: int | None,
    examples: int,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Run watch topics over an archive: what matches, and what another version would change.

    ARCHIVE is .jsonl(.gz) files of raw, extracted or tagged articles, .txt and .html files, or folders of them.
    """
    from worker.entrypoints.backtest_command import backtest_report  # noqa: PLC0415
    from worker.entrypoints.backtest_report import ReportPrinter  # noqa: PLC0415

    settings = load_settings(watch_topics=folder, pool_processes=jobs)
    report = backtest_report(
        settings, archive, Console(stderr=True), ids=ids, against=against, most_examples=examples
    )
    if as_json:
        _print_json(report)
        return
    console, visual = _console()
    ReportPrinter(console, visual=visual).print(report)


def _or_default(paths: Sequence[Path]) -> list[Path]:
    return list(paths) or [load_settings().watch_topics]


def _console() -> tuple[Console, bool]:
    """Return the console of standard output, and whether right-to-left text is put in visual order for it."""
    from worker.entrypoints.terminal import wants_visual_order  # noqa: PLC0415

    console = Console(highlight=False)
    return console, wants_visual_order(console, load_settings().terminal_order)


def _print_json(document: Any) -> None:
    click.echo(msgspec.json.encode(document).decode())
