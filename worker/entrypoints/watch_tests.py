"""`rasid watch test`: runs the tests in watch-topic files and shows failures like a diff."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.console import Console
from rich.text import Text

from worker.adapters.topic_files import WatchTopicFile
from worker.domain.article import Span
from worker.domain.explain import Explanation, explain
from worker.domain.matcher import Matcher
from worker.domain.source_tree import Problem
from worker.domain.watch_topic import WatchTopic, WatchTopicTest
from worker.domain.watch_topic_tests import TestFailure, run_tests
from worker.entrypoints.terminal import escape_controls, lines_for, mark
from worker.entrypoints.watch import load_files

INDENT = 4


class FailedTest(msgspec.Struct, frozen=True, kw_only=True):
    """A test that failed: what was expected and found, the words that were found, and what was lacking."""

    file: str
    line: int
    watch_topic: str
    title: str | None
    text: str
    expected: str
    found: str
    title_spans: list[Span]
    spans: list[Span]
    lacking: list[str]


class OwnTestsReport(msgspec.Struct, frozen=True, kw_only=True):
    """What the tests of some files came to."""

    watch_topics: int
    tests: int
    failures: list[FailedTest]
    problems: list[Problem]
    without_tests: list[str]

    @property
    def is_right(self) -> bool:
        """Return whether every file is valid and every test passes."""
        return not self.failures and not self.problems


def run_files(paths: Sequence[Path]) -> OwnTestsReport:
    """Run the tests in watch-topic files.

    Raises:
        WatchTopicsError: A path holds no watch topics; see `worker.entrypoints.watch.load_files`.
    """
    loaded = load_files(paths)
    return OwnTestsReport(
        watch_topics=len(loaded.files),
        tests=loaded.tests,
        failures=[failure for file in loaded.files for failure in _failures(file)],
        problems=loaded.problems,
        without_tests=[watch_topic.id for watch_topic in loaded.watch_topics if not watch_topic.tests],
    )


def _failures(file: WatchTopicFile) -> list[FailedTest]:
    failures = run_tests(file.watch_topic)
    if not failures:
        return []
    matcher = Matcher([file.watch_topic])
    return [_failed(file.path, file.watch_topic, matcher, failure) for failure in failures]


def _failed(path: Path, watch_topic: WatchTopic, matcher: Matcher, failure: TestFailure) -> FailedTest:
    test = _test_of(watch_topic, failure)
    matches = matcher.match(test.title, test.text)
    explanation = explain(matcher, watch_topic.id, test.title, test.text)
    return FailedTest(
        file=str(path),
        line=failure.line,
        watch_topic=watch_topic.id,
        title=test.title,
        text=test.text,
        expected=failure.expected,
        found=failure.found,
        title_spans=[span for match in matches for span in match.title_spans],
        spans=[span for match in matches for span in match.spans],
        lacking=_lacking(watch_topic, test, explanation),
    )


def _lacking(watch_topic: WatchTopic, test: WatchTopicTest, explanation: Explanation) -> list[str]:
    if test.expect == "none":
        return []
    if test.expect == "alert" and watch_topic.score.alert_at is None:
        return [*explanation.lacking, "score.alert_at, without which nothing becomes an alert"]
    return explanation.lacking


def _test_of(watch_topic: WatchTopic, failure: TestFailure) -> WatchTopicTest:
    return next(test for test in watch_topic.tests if (test.line, test.text) == (failure.line, failure.text))


def print_tests(console: Console, report: OwnTestsReport, *, visual: bool) -> None:
    """Print each failure like a diff, and a line that sums up."""
    for problem in report.problems:
        console.print(Text(str(problem), "red"), soft_wrap=True)
    for failure in report.failures:
        _print_failure(console, failure, visual=visual)
    if report.without_tests:
        console.print(f"without tests: {', '.join(report.without_tests)}", soft_wrap=True)
    passed = report.tests - len(report.failures)
    summary = f"{_count(report.watch_topics, 'watch topic')}, {_count(report.tests, 'test')}: {passed} passed"
    summary += f", {len(report.failures)} failed" if report.failures else ""
    summary += f"; {_count(len(report.problems), 'problem')} in files" if report.problems else ""
    console.print(Text(summary, "green" if report.is_right else "bold red"), soft_wrap=True)


def _print_failure(console: Console, failure: FailedTest, *, visual: bool) -> None:
    head = Text(f"{failure.file}:{failure.line}", "bold")
    head.append(f" {failure.watch_topic}", "not bold")
    console.print(head, soft_wrap=True)
    if failure.title is not None:
        for line in lines_for(console, mark(failure.title, failure.title_spans), visual=visual, indent=INDENT):
            line.stylize("bold")
            console.print(line, soft_wrap=True)
    for line in lines_for(console, mark(failure.text, failure.spans), visual=visual, indent=INDENT):
        console.print(line, soft_wrap=True)
    said = [("- expected ", failure.expected, "red"), ("+ found    ", failure.found, "green")]
    for sign, text, style in [*said, *(("  lacking  ", reason, "dim") for reason in failure.lacking)]:
        for line in lines_for(console, sign + escape_controls(text), visual=visual, indent=2):
            line.stylize(style)
            console.print(line, soft_wrap=True)
    console.print()


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
