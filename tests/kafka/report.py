"""docs/reliability.md: written by the fault tests, a row each; a partial run leaves the other rows as they are."""

import contextlib
import fcntl
import os
import platform
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.kafka.broker import ROOT, kafka_version, oldest_kafka_version
from tests.kafka.checker import Recount
from tests.kafka.workers import SESSION_SECONDS

PAGE = ROOT / "docs" / "reliability.md"

INTRODUCTION = f"""\
# Reliability

What Rasid promises when something fails, and the test that shows it. `make test-kafka` starts Apache Kafka on
loopback from its jars (`tests/kafka/pom.xml`; Java 17 and Maven), hurts the worker or the broker while articles
run through, and then reads every Kafka topic back. **This page is written by those tests**: each row by its own,
at its end, whether it passed or not. `make soak` sends 20,000 articles through most of the faults in turn.

The worker runs on Apache Kafka {oldest_kafka_version()} (in KRaft mode) and later: two of the faults are tried on
that one too, all on {kafka_version()}.

The promise is at least once: what the broker has confirmed on `articles.raw` ends in `articles.tagged` or, with
its bytes and the reason, in a dead-letter topic. A crash may double a record; its double has the same id and the
same bytes, so that who keeps the latest of each id never sees it. Every match of level `alert` is in an alert,
every story has one, and `alerts` is what `alert-events` adds up to.

How to read the table:

- **sent**: numbered articles, real sentences in Arabic, Russian and English; three in ten must raise or join an
  alert, three in a hundred are poison.
- **lost**: neither in `articles.tagged` nor in a dead-letter topic, or without the alert they should be in. To
  be 0.
- **doubled**: records of `articles.tagged` beyond the first of their id, all equal to it byte for byte.
- **given up**: articles that were no poison and are in a dead-letter topic.
- **recovered in**: the longest time from the fault until articles were tagged again. After `kill -9` or a freeze
  Kafka waits for the lost worker's session before it gives its partitions to others: {SESSION_SECONDS:.0f} s in
  these tests, 30 s unless `RASID_SESSION_TIMEOUT_SECONDS` says otherwise.
"""

HEADINGS = (
    "fault", "what is promised", "test", "sent", "lost", "doubled", "given up", "recovered in", "measured",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    fault: str
    promise: str
    test: str
    sent: str
    lost: str
    doubled: str
    given_up: str
    recovered_in: str
    measured: str


def row_of(
    fault: str, promise: str, test: str, recount: Recount, recovery_seconds: list[float], version: str
) -> Row:
    """Return the row that a recount makes, on a version of Apache Kafka."""
    machine = f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    return Row(
        fault=fault,
        promise=promise,
        test=f"`{test}`",
        sent=f"{recount.sent:,}",
        lost=str(len(recount.lost) + len(recount.alerts_missing)),
        doubled=str(recount.doubled),
        given_up=str(len(recount.dead_articles)),
        recovered_in=f"{max(recovery_seconds):.0f} s" if recovery_seconds else "",
        measured=f"{datetime.now(UTC):%Y-%m-%d}, Apache Kafka {version}, {machine}",
    )


def write_row(row: Row, page: Path = PAGE) -> None:
    """Put a row into the page, in place of the one of the same test."""
    with _alone(page.parent):
        rows = {known.test: known for known in read_rows(page)} | {row.test: row}
        page.write_text(render(sorted(rows.values(), key=lambda one: one.test)), "utf-8")


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep others out who write into the folder: tests run in several processes."""
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def read_rows(page: Path) -> list[Row]:
    """Return the rows of the page as it is; none where there is no page."""
    if not page.exists():
        return []
    lines = [line for line in page.read_text("utf-8").splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    rows = [Row(*one) for one in cells if len(one) == len(HEADINGS)]
    return [row for row in rows if row.test.startswith("`")]


def render(rows: list[Row]) -> str:
    """Return the page."""
    rule = "|" + " --- |" * len(HEADINGS)
    lines = ["| " + " | ".join(cells) + " |" for cells in (HEADINGS, *map(astuple, rows))]
    return "\n".join([INTRODUCTION, lines[0], rule, *lines[1:], ""])
