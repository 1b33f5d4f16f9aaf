"""Every metric of the worker. Labels come from closed sets, so that the number of series is bounded."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from worker import __version__

REGISTRY = CollectorRegistry()

ARTICLES = Counter(
    "rasid_articles",
    "Messages that left a stage. outcome: done, or dead_letter.",
    ["stage", "outcome"],
    registry=REGISTRY,
)
STAGE_SECONDS = Histogram(
    "rasid_stage_seconds",
    "Seconds of work on one message in a stage, without waiting.",
    ["stage"],
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
MATCHES = Counter(
    "rasid_matches", "Matches by watch topic and level.", ["watch_topic", "level"], registry=REGISTRY
)
ALERTS = Counter(
    "rasid_alerts",
    "States of alerts that were written. change: raised or copy.",
    ["watch_topic", "severity", "change"],
    registry=REGISTRY,
)
ALERT_DELAY_SECONDS = Histogram(
    "rasid_alert_delay_seconds",
    "Age of an article when the alert it raised was written. since: arrival in Kafka, or publication.",
    ["since"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 6 * 3600, 24 * 3600),
    registry=REGISTRY,
)
ARTICLE_LANGUAGE = Counter(
    "rasid_article_language", "Articles by language (ISO 639-1, und).", ["language"], registry=REGISTRY
)
DEAD_LETTERS = Counter(
    "rasid_dead_letters",
    "Messages given up, by agent and reason.",
    ["agent", "reason"],
    registry=REGISTRY,
)
DELIVERIES = Counter("rasid_deliveries", "Alerts handed to a sink.", ["sink", "outcome"], registry=REGISTRY)
SEND_RETRIES = Counter("rasid_send_retries", "Sends that were repeated, by agent.", ["agent"], registry=REGISTRY)
WATCH_TOPICS = Gauge(
    "rasid_watch_topics",
    "Watch topics in force, and sources of watch topics that were rejected.",
    ["status"],
    registry=REGISTRY,
)
ASSIGNED_PARTITIONS = Gauge("rasid_assigned_partitions", "Partitions that this worker reads.", registry=REGISTRY)
BUILD = Gauge("rasid_build_info", "Always 1; the label tells the version.", ["version"], registry=REGISTRY)
BUILD.labels(version=__version__).set(1)
