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
    "Changes of alerts. change: raised, copy, follow_up, acknowledged, escalated, commented, resolved; "
    "or refused and silenced, for actions.",
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
