"""Runs the tests that a watch topic carries in its own file."""

import msgspec

from worker.domain.article import Match
from worker.domain.matcher import Matcher
from worker.domain.watch_topic import WatchTopic, WatchTopicTest


class TestFailure(msgspec.Struct, frozen=True, kw_only=True):
    """A test in a watch topic's file that does not come out as it says; `line` is where it stands."""

    watch_topic: str
    line: int
    text: str
    expected: str
    found: str

    __test__ = False  # pytest would take it for a test by its name

    def __str__(self) -> str:
        where = f"{self.watch_topic}, test in line {self.line}"
        return f"{where}: expected {self.expected}, found {self.found}: {self.text}"


def run_tests(watch_topic: WatchTopic) -> list[TestFailure]:
    """Run a watch topic's own tests.

    Returns:
        The tests that fail, in the file's order: by level (none, tag, alert) or, when the level is right, by spans
        that were asked for and are not among those found in title and text.
    """
    matcher = Matcher([watch_topic])
    failures = (_failure(watch_topic, test, matcher.match(test.title, test.text)) for test in watch_topic.tests)
    return [failure for failure in failures if failure is not None]


def _failure(watch_topic: WatchTopic, test: WatchTopicTest, matches: list[Match]) -> TestFailure | None:
    level = matches[0].level if matches else "none"
    spans = [span.text for match in matches for span in (*match.title_spans, *match.spans)]
    missing = [text for text in test.spans if text not in spans]
    if level == test.expect and not missing:
        return None
    score = f" (score {matches[0].score:g})" if matches else ""
    with_spans = level == test.expect
    return TestFailure(
        watch_topic=watch_topic.id,
        line=test.line,
        text=test.text,
        expected=f"spans {missing}" if with_spans else test.expect,
        found=f"spans {spans}" if with_spans else f"{level}{score}" + (f", spans {spans}" if spans else ""),
    )
