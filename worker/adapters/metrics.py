"""Every metric of the worker. Labels come from closed sets, so that the number of series is bounded.

Each worker tells only what it did itself and what the partitions hold that it reads, so that figures add up over
workers. What happens is counted where it happens; what stands is taken when somebody looks, by the functions given
to `before_scrape`.
"""

import logging
from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from worker import __version__
from worker.domain.busiest import Busiest
from worker.domain.errors import Reason

log = logging.getLogger(__name__)

AGENTS = ("extract", "tag", "alert", "act", "deliver")
OTHER_SOURCES = "(others)"
"""The label of the articles of all sources that are not among the busiest."""

SOURCE_CHARACTERS = 100
"""A source's name is cut to this length in its label."""

Take = Callable[[], None]


class _BeforeScrape(Collector):
    """Has gauges set before they are read: a registry asks its collectors in the order they came in."""

    def __init__(self) -> None:
        self.takes: list[Take] = []

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterable[Metric]:
        for take in self.takes:
            try:
                take()
            except Exception:  # one figure that cannot be had must not cost all others
                log.exception("a figure for /metrics cannot be taken")
        return []


disable_created_metrics()  # type: ignore[no-untyped-call]  # a series more for each counter, of no use to us
REGISTRY = CollectorRegistry()
_BEFORE_SCRAPE = _BeforeScrape()
REGISTRY.register(_BEFORE_SCRAPE)


def before_scrape(take: Take) -> None:
    """Have `take` called before the metrics are read, to set gauges; it must be quick and must not wait."""
    _BEFORE_SCRAPE.takes.append(take)


ARTICLES = Counter(
    "rasid_articles",
    "Messages that left a stage. outcome: done; dead_letter; or passed_over, not extracted because no watch topic "
    "could match (RASID_EXTRACT=candidates).",
    ["stage", "outcome"],
    registry=REGISTRY,
)
COPIES = Counter(
    "rasid_copies",
    "Articles made from an earlier article's extraction, because their bodies are the same byte for byte.",
    registry=REGISTRY,
)
KNOWN_BODIES = Gauge(
    "rasid_known_bodies", "Bodies of articles that this worker would know again.", registry=REGISTRY
)
KNOWN_BODIES_BYTES = Gauge(
    "rasid_known_bodies_bytes",
    "What is remembered of them, up to RASID_KNOWN_BODIES_BYTES.",
    registry=REGISTRY,
)
STAGE_SECONDS = Histogram(
    "rasid_stage_seconds",
    "Seconds of work on one message in a stage, without waiting.",
    ["stage"],
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
ARTICLE_LANGUAGE = Counter(
    "rasid_article_language", "Articles by language (ISO 639-1, und).", ["language"], registry=REGISTRY
)
SOURCE_ARTICLES = Counter(
    "rasid_source_articles",
    "Articles of the 50 busiest sources of this worker, each counted since it is among them, and of all "
    "(others). Who is among them is decided once an hour. A worker counts what its own partitions bring.",
    ["source"],
    registry=REGISTRY,
)
MATCHES = Counter(
    "rasid_matches", "Matches by watch topic and level.", ["watch_topic", "level"], registry=REGISTRY
)
MATCH_LANGUAGE = Counter(
    "rasid_match_language", "Matches by watch topic and the article's language.", ["watch_topic", "language"],
    registry=REGISTRY,
)  # fmt: skip
ALERTS = Gauge(
    "rasid_alerts",
    "Alerts as they stand, in the partitions of this worker. status: firing, acknowledged, escalated; or "
    "resolved, for the 7 days that they are remembered.",
    ["watch_topic", "severity", "status"],
    registry=REGISTRY,
)
ALERT_CHANGES = Counter(
    "rasid_alert_changes",
    "Changes of alerts. change: raised, copy, follow_up, acknowledged, escalated, commented, resolved; or "
    "refused, silenced and unsilenced, for actions, whose other labels are empty.",
    ["watch_topic", "severity", "change"],
    registry=REGISTRY,
)
SURGES = Counter("rasid_surges", "Rises of watch topics that raised an alert.", ["watch_topic"], registry=REGISTRY)
UNACKNOWLEDGED_ALERT_SECONDS = Gauge(
    "rasid_unacknowledged_alert_seconds",
    "Seconds since the oldest alert was raised that is firing or escalated: nobody has answered it. Alerts of a "
    "replay are left out, because their time lies in the past.",
    ["watch_topic", "severity"],
    registry=REGISTRY,
)
ALERT_DELAY_SECONDS = Histogram(
    "rasid_alert_delay_seconds",
    "Age of an article when the alert it raised was written. since: arrival in Kafka, or publication.",
    ["since"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 6 * 3600, 24 * 3600),
    registry=REGISTRY,
)
DEAD_LETTERS = Counter(
    "rasid_dead_letters",
    "Messages given up, by agent and reason.",
    ["agent", "reason"],
    registry=REGISTRY,
)
DELIVERIES = Counter(
    "rasid_deliveries",
    "Tries to deliver a notification. outcome: delivered, retry, rejected.",
    ["receiver", "outcome"],
    registry=REGISTRY,
)
WAITING_NOTIFICATIONS = Gauge(
    "rasid_waiting_notifications",
    "Notifications that wait for a receiver or are in the air; many may be joined into one.",
    ["receiver"],
    registry=REGISTRY,
)
OLDEST_NOTIFICATION_SECONDS = Gauge(
    "rasid_oldest_notification_seconds",
    "Seconds since the oldest of them was made; 0 when none waits.",
    ["receiver"],
    registry=REGISTRY,
)
MAYBE_REPEATED = Counter(
    "rasid_maybe_repeated_notifications",
    "Notifications that were delivered after a try whose outcome a crash took away: they may have come twice.",
    ["receiver"],
    registry=REGISTRY,
)
UNKNOWN_RECEIVERS = Counter(
    "rasid_unknown_receivers",
    "Times that an alert asked for a receiver that is not in the file; the default got what was for it.",
    registry=REGISTRY,
)
CONSUMER_LAG = Gauge(
    "rasid_consumer_lag",
    "Messages in a partition of this worker that its group has not committed: end minus committed offset, read "
    "from Kafka every 10 s. Absent while Kafka does not answer.",
    ["kafka_topic", "partition"],
    registry=REGISTRY,
)
CONSUMER_LAG_SECONDS = Gauge(
    "rasid_consumer_lag_seconds",
    "Age of the oldest message of this worker's partitions that is not acked; the largest of them. Of a message "
    "in hand by its own timestamp, when it reached Kafka. Of one that is not read yet: from when this worker "
    "first saw the partition's end behind it to its latest look, every 10 s; so a backlog from before its start "
    "seems younger until it is in hand.",
    ["kafka_topic"],
    registry=REGISTRY,
)
LAG_READS = Counter(
    "rasid_lag_reads",
    "Times that the worker asked Kafka how far its group has read. outcome: done, or failed.",
    ["outcome"],
    registry=REGISTRY,
)
SEND_RETRIES = Counter("rasid_send_retries", "Sends that were repeated, by agent.", ["agent"], registry=REGISTRY)
POOL_PROCESSES = Gauge("rasid_pool_processes", "Processes of the pool that live.", registry=REGISTRY)
POOL_TASKS = Gauge(
    "rasid_pool_tasks",
    "Tasks given to the pool: an article each, or some short ones. state: running, or waiting for a process.",
    ["state"],
    registry=REGISTRY,
)
POOL_REPLACED = Counter(
    "rasid_pool_replaced",
    "Processes of the pool that were replaced. reason: worn_out, after RASID_POOL_TASKS_PER_PROCESS; time_limit, "
    "ended with the article that overran it; died, killed or crashed; pool_broke, replaced with all others.",
    ["reason"],
    registry=REGISTRY,
)
POOL_RESIDENT_BYTES = Gauge(
    "rasid_pool_resident_bytes",
    "Memory of the pool's processes together. Pages that they share are counted in each.",
    registry=REGISTRY,
)
POOL_CPU_SECONDS = Counter(
    "rasid_pool_cpu_seconds",
    "CPU time of the pool's processes, to the last scrape in the life of each; process_cpu_seconds_total is the "
    "worker's own process alone.",
    registry=REGISTRY,
)
STATE_ENTRIES = Gauge(
    "rasid_state_entries",
    "What the desks of this worker's partitions remember. kind: alert, held and surge in alert-states; alert, "
    "group, queued and lane in delivery-states.",
    ["kafka_topic", "kind"],
    registry=REGISTRY,
)
STATE_BYTES = Gauge(
    "rasid_state_bytes",
    "Size of the same as it is written in Kafka, keys and values. What Kafka keeps on its disks is more: older "
    "values stay until it compacts them, and each replica has its own.",
    ["kafka_topic", "kind"],
    registry=REGISTRY,
)
STORIES = Gauge(
    "rasid_stories",
    "Stories that articles are compared with. state: open, which take copies and follow-ups; closed, copies only.",
    ["state"],
    registry=REGISTRY,
)
WATCH_TOPICS = Gauge(
    "rasid_watch_topics",
    "Watch topics in_force, and sources of watch topics that were rejected. Each worker tells of all.",
    ["status"],
    registry=REGISTRY,
)
WATCH_TOPIC_INFO = Gauge(
    "rasid_watch_topic_info",
    "Always 1, for each watch topic in force: its version, and its origin, file or kafka. Each worker tells all.",
    ["watch_topic", "version", "origin"],
    registry=REGISTRY,
)
ASSIGNED_PARTITIONS = Gauge("rasid_assigned_partitions", "Partitions that this worker reads.", registry=REGISTRY)
REBALANCES = Counter(
    "rasid_rebalances", "Times that partitions were given to this worker anew.", registry=REGISTRY
)
READY = Gauge("rasid_ready", "1 when /readyz says ok, else 0.", registry=REGISTRY)
BUILD = Gauge("rasid_build_info", "Always 1; the label tells the version.", ["version"], registry=REGISTRY)
BUILD.labels(version=__version__).set(1)

_BUSIEST = Busiest()


def count_source(source: str | None, now_seconds: float) -> None:
    """Count an article of a source, of which only the busiest have a series of their own.

    Args:
        source: As the article names it; None counts among the others.
        now_seconds: Seconds that never go back.
    """
    shown = False
    if source:
        # A half of a surrogate pair, which JSON can carry, would make the whole page unreadable.
        name = source[:SOURCE_CHARACTERS].encode("utf-8", "replace").decode()
        shown, gone = _BUSIEST.observe(name, now_seconds)
        for other in gone:
            SOURCE_ARTICLES.remove(other)
    SOURCE_ARTICLES.labels(source=name if shown else OTHER_SOURCES).inc()


def _start_at_zero() -> None:
    """Give counters with a closed set of labels their series: an increase from nothing is not seen as one."""
    for agent in AGENTS:
        SEND_RETRIES.labels(agent=agent)
        for outcome in ("done", "dead_letter"):
            ARTICLES.labels(stage=agent, outcome=outcome)
        for reason in Reason:
            DEAD_LETTERS.labels(agent=agent, reason=reason.value)
    ARTICLES.labels(stage="extract", outcome="passed_over")
    for since in ("arrival", "publication"):
        ALERT_DELAY_SECONDS.labels(since=since)
    for change in ("refused", "silenced", "unsilenced"):
        ALERT_CHANGES.labels(watch_topic="", severity="", change=change)
    for outcome in ("done", "failed"):
        LAG_READS.labels(outcome=outcome)
    for reason_replaced in ("worn_out", "time_limit", "died", "pool_broke"):
        POOL_REPLACED.labels(reason=reason_replaced)


_start_at_zero()
