"""What `rasid watch backtest` prints: matches a day, where they come from, examples, and what changed."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import msgspec
from rich.console import Console
from rich.text import Text

from worker.domain.article import Sentence
from worker.domain.backtest import Kind, Side
from worker.domain.watch_topic import WatchTopic
from worker.entrypoints.backtest_tally import UNDATED, Change, Example, Facts, Tally, WatchTopicTally
from worker.entrypoints.terminal import escape_controls, lines_for, mark

MOST_ROWS = 31
MOST_NAMES = 8
BAR_WIDTH = 40
HEADINGS: dict[Kind, tuple[str, str, str]] = {
    "gained": ("+", "gained", "green"),
    "lost": ("-", "lost", "red"),
    "level": ("~", "level changed", "yellow"),
}


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two versions of a watch topic on the archive; `changes` holds some of the changes, gained ones first."""

    against_version: str | None
    gained: int
    lost: int
    level_changed: int
    same: int
    changes: list[Change]


class WatchTopicReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one watch topic made of the archive."""

    watch_topic: str
    title: str
    version: str
    matches: int
    levels: dict[str, int]
    days: dict[str, int]
    sources: dict[str, int]
    languages: dict[str, int]
    examples: list[Example]
    comparison: Comparison | None


class BacktestReport(msgspec.Struct, frozen=True, kw_only=True):
    """The document that `--json` prints."""

    articles: int
    rejected: dict[str, int]
    rejections: list[dict[str, str]]
    watch_topics: list[WatchTopicReport]


def make_report(
    tally: Tally, watch_topics: Sequence[WatchTopic], against: Sequence[WatchTopic] | None
) -> BacktestReport:
    """Return the report of a back-test.

    Args:
        tally: What was counted.
        watch_topics: The watch topics that were run.
        against: The versions that they were compared with, or None.
    """
    versions = None if against is None else {other.id: other.version for other in against}
    return BacktestReport(
        articles=tally.articles,
        rejected=_most_first(tally.rejected),
        rejections=[msgspec.to_builtins(rejection) for rejection in tally.rejections],
        watch_topics=[_report(tally.watch_topics[one.id], one, versions) for one in watch_topics],
    )


def _report(
    tally: WatchTopicTally, watch_topic: WatchTopic, versions: Mapping[str, str] | None
) -> WatchTopicReport:
    return WatchTopicReport(
        watch_topic=watch_topic.id,
        title=watch_topic.title,
        version=watch_topic.version,
        matches=tally.matches,
        levels={level: tally.levels.get(level, 0) for level in ("alert", "tag")},
        days=dict(sorted(tally.days.items())),
        sources=_most_first(tally.sources),
        languages=_most_first(tally.languages),
        examples=sorted(tally.examples.values(), key=lambda example: _moment(example.article)),
        comparison=None if versions is None else _comparison(tally, versions.get(watch_topic.id)),
    )


def _comparison(tally: WatchTopicTally, against_version: str | None) -> Comparison:
    changes = [
        change
        for kind in HEADINGS
        for change in sorted(tally.changes.get(kind, {}).values(), key=lambda change: _moment(change.article))
    ]
    return Comparison(
        against_version=against_version,
        gained=tally.changed.get("gained", 0),
        lost=tally.changed.get("lost", 0),
        level_changed=tally.changed.get("level", 0),
        same=tally.same,
        changes=changes,
    )


def _moment(article: Facts) -> tuple[str, str]:
    return (article.day or UNDATED, article.id)


def _most_first(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def bars(days: Mapping[str, int]) -> dict[str, int]:
    """Return matches by day from the first day to the last, or by month when there are too many days to show."""
    dated = {date.fromisoformat(day): number for day, number in days.items() if day != UNDATED}
    rows: dict[str, int] = {}
    if dated:
        first, last = min(dated), max(dated)
        if (last - first).days < MOST_ROWS:
            every = (first + timedelta(days=days_later) for days_later in range((last - first).days + 1))
            rows = {day.isoformat(): dated.get(day, 0) for day in every}
        else:
            for day, number in sorted(dated.items()):
                rows[f"{day:%Y-%m}"] = rows.get(f"{day:%Y-%m}", 0) + number
    return rows | {name: number for name, number in days.items() if name == UNDATED}


class ReportPrinter:
    """Prints a report to a console."""

    def __init__(self, console: Console, *, visual: bool) -> None:
        self._console = console
        self._visual = visual

    def print(self, report: BacktestReport) -> None:
        """Print a whole report."""
        rejected = sum(report.rejected.values())
        self._line(f"{report.articles:,} articles read, {rejected:,} rejected" + _in_brackets(report.rejected))
        for rejection in report.rejections[:3]:
            detail = escape_controls(f"{rejection['name']}: {rejection['reason']}, {rejection['detail']}")
            self._line(f"  {detail}", "dim")
        for watch_topic in report.watch_topics:
            self._line("")
            self._print_watch_topic(watch_topic)

    def _line(self, text: str | Text, style: str = "") -> None:
        self._console.print(Text(text, style) if isinstance(text, str) else text, soft_wrap=True)

    def _print_watch_topic(self, report: WatchTopicReport) -> None:
        head = Text(report.watch_topic, "bold")
        head.append(f"  version {report.version}", "not bold dim")
        self._line(head)
        levels = ", ".join(f"{level} {number:,}" for level, number in report.levels.items())
        self._line(f"  {report.matches:,} {'match' if report.matches == 1 else 'matches'}: {levels}")
        if report.matches:
            self._line(f"  languages: {_named(report.languages)}")
            self._line(f"  sources: {_named(report.sources)}")
            self._print_days(report.days)
        if report.comparison is None:
            self._print_examples(report)
        else:
            self._print_comparison(report.comparison)

    def _print_days(self, days: Mapping[str, int]) -> None:
        """Print a bar a day, or a bar a month when there are many days."""
        rows = bars(days)
        highest = max(rows.values())
        digits = len(f"{highest:,}")
        is_monthly = any(name != UNDATED and len(name) == len("2024-03") for name in rows)
        self._line(f"  matches a {'month' if is_monthly else 'day'}:")
        for name, number in rows.items():
            bar = "█" * (max(1, round(BAR_WIDTH * number / highest)) if number else 0)
            self._line(f"    {name:<10} {number:>{digits},} {bar}".rstrip())

    def _print_examples(self, report: WatchTopicReport) -> None:
        if report.examples:
            self._line(f"  examples ({len(report.examples)} of {report.matches:,}; --examples N shows more):")
        for example in report.examples:
            self._print_article(example.article, f"{example.level} {example.score:g}", "    ")
            self._print_evidence(example.title_evidence, example.evidence)

    def _print_comparison(self, comparison: Comparison) -> None:
        of = "a new watch topic" if comparison.against_version is None else f"version {comparison.against_version}"
        head = Text(f"  against {of}: ", "bold")
        head.append(f"gained {comparison.gained:,}, lost {comparison.lost:,}, ")
        head.append(f"level changed {comparison.level_changed:,}, same {comparison.same:,}")
        self._line(head)
        for change in comparison.changes:
            self._print_change(change)
        changed = comparison.gained + comparison.lost + comparison.level_changed
        if len(comparison.changes) < changed:
            self._line(f"  {changed - len(comparison.changes):,} changes are not shown; --examples N shows more")

    def _print_change(self, change: Change) -> None:
        kind = "gained" if change.before.level == "none" else "lost" if change.after.level == "none" else "level"
        sign, name, style = HEADINGS[kind]  # type: ignore[index]
        self._print_article(
            change.article, f"{_level(change.before)} → {_level(change.after)}", f"  {sign} {name}: ", style
        )
        self._print_evidence(change.title_evidence, change.evidence)
        for reason in change.reasons:
            said = escape_controls(f"because {reason}")
            for line in lines_for(self._console, said, visual=self._visual, indent=6):
                line.stylize("dim")
                self._line(line)

    def _print_article(self, article: Facts, outcome: str, before: str, style: str = "bold") -> None:
        facts = f"{outcome} · {article.day or UNDATED} · {article.language} · {article.source}"
        facts += f" · {article.id} in {article.name}"
        self._line(f"{before}{escape_controls(facts)}", style)

    def _print_evidence(self, title: Sentence | None, sentences: Sequence[Sentence]) -> None:
        shown = [title] if title is not None else []
        for sentence in [*shown, *sentences]:
            for line in lines_for(
                self._console, mark(sentence.text, sentence.spans), visual=self._visual, indent=6
            ):
                if sentence is title:
                    line.stylize("bold")
                self._line(line)


def _level(of: Side) -> str:
    return of.level if of.level == "none" else f"{of.level} {of.score:g}"


def _in_brackets(counts: Mapping[str, int]) -> str:
    return f" ({', '.join(f'{name} {number:,}' for name, number in counts.items())})" if counts else ""


def _named(counts: Mapping[str, int]) -> str:
    shown = list(counts.items())[:MOST_NAMES]
    left = len(counts) - len(shown)
    return ", ".join(f"{escape_controls(name)} {number:,}" for name, number in shown) + (
        f", {left} more" if left else ""
    )
