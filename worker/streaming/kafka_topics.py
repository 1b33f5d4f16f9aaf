"""Every Kafka topic: its name, key, message, retention and size, who writes and who reads it.

They are created by the admin client (`rasid kafka init`) and never by the broker or by Faust, because a
Kafka topic made on the fly has the wrong number of partitions.
"""

from dataclasses import dataclass

import msgspec

from worker.domain.alert import Alert, MatchRecord
from worker.domain.alert_action import AlertAction, Silence
from worker.domain.alert_event import AlertEvent
from worker.domain.article import ExtractedArticle, RawArticle, TaggedArticle
from worker.domain.dead_letter_record import DeadLetterMark
from worker.domain.delivery import Delivery
from worker.domain.delivery_state import DeliveryState
from worker.domain.desk_records import DeskEntry
from worker.domain.worker_status import AppliedWatchTopic, WorkerStatus
from worker.settings import Settings

DAY_MS = 24 * 3600 * 1000
MIB = 1024**2


@dataclass(frozen=True)
class KafkaTopic:
    """The declaration of one Kafka topic.

    Attributes:
        name: Without the prefix of the settings.
        purpose: One sentence for the contract.
        message: The record in the value; None for bytes as they came.
        key: What the key is.
        writer: Who writes it.
        readers: Who reads it.
        retention_ms: How long messages stay; -1 is for ever.
        compacted: Only the latest message of a key is kept.
        raw_size: Messages may be as large as a raw article.
    """

    name: str
    purpose: str
    message: type[msgspec.Struct] | None
    key: str
    writer: str
    readers: tuple[str, ...]
    retention_ms: int = 7 * DAY_MS
    compacted: bool = False
    raw_size: bool = False

    def max_message_bytes(self, settings: Settings) -> int:
        """Return the largest message, in bytes, that the broker takes on this Kafka topic."""
        return settings.max_message_bytes if self.raw_size else 8 * MIB

    def config(self, settings: Settings) -> dict[str, str]:
        """Return the Kafka topic's configuration, in Kafka's own names."""
        return {
            "cleanup.policy": "compact" if self.compacted else "delete",
            "retention.ms": str(self.retention_ms),
            "max.message.bytes": str(self.max_message_bytes(settings)),
        }


# Retention counts the records' own timestamps, so a replay of old articles needs a source that keeps for ever;
# operators shorten it where the disk asks for it (docs/operations.md).
ARTICLES_RAW = KafkaTopic(
    "articles.raw",
    "Articles as they were fetched.",
    RawArticle,
    key="article id, or none",
    writer="feeds and `rasid replay`",
    readers=("extract",),
    retention_ms=-1,
    raw_size=True,
)
ARTICLES_EXTRACTED = KafkaTopic(
    "articles.extracted",
    "The text and metadata of each article.",
    ExtractedArticle,
    key="article id",
    writer="extract",
    readers=("tag",),
    retention_ms=-1,
    raw_size=True,
)
ARTICLES_TAGGED = KafkaTopic(
    "articles.tagged",
    "Each article with its language and its matches.",
    TaggedArticle,
    key="article id",
    writer="tag",
    readers=("archives", "back-tests"),
    retention_ms=-1,
    raw_size=True,
)
MATCHES = KafkaTopic(
    "matches",
    "One small record for each watch topic found in an article.",
    MatchRecord,
    key="watch topic id",
    writer="tag",
    readers=("alert",),
)
ALERTS = KafkaTopic(
    "alerts",
    "Every alert as it stands, in the partition of its watch topic's matches.",
    Alert,
    key="alert id",
    writer="alert",
    readers=("deliver", "`rasid demo`"),
    retention_ms=-1,
    compacted=True,
)
ALERT_ACTIONS = KafkaTopic(
    "alert-actions",
    "What people do about alerts: acknowledge, resolve, comment, silence.",
    AlertAction,
    key="watch topic id; of a silence its own id",
    writer="`rasid alerts`",
    readers=("act",),
    retention_ms=90 * DAY_MS,
)
ALERT_EVENTS = KafkaTopic(
    "alert-events",
    "Every change of every alert, and every action that was refused: the audit trail.",
    AlertEvent,
    key="watch topic id",
    writer="alert",
    readers=("`rasid alerts`", "audits"),
    retention_ms=-1,
)
ALERT_STATES = KafkaTopic(
    "alert-states",
    "What the alert desk remembers, in the partition of the matches; read back when a partition is assigned.",
    DeskEntry,
    key="alert/, held/ or surge/, and an id; run while one is written",
    writer="alert",
    readers=("alert",),
    retention_ms=-1,
    compacted=True,
)
SILENCES = KafkaTopic(
    "silences",
    "What is not notified for a while, each silence as it stands.",
    Silence,
    key="silence id",
    writer="act",
    readers=("every worker",),
    retention_ms=-1,
    compacted=True,
)
DELIVERIES = KafkaTopic(
    "deliveries",
    "What became of every try to deliver a notification.",
    Delivery,
    key="notification id",
    writer="deliver",
    readers=("operators",),
    retention_ms=90 * DAY_MS,
)
DELIVERY_STATES = KafkaTopic(
    "delivery-states",
    "What the deliver agent remembers, in the partition of the alerts; read back when a partition is assigned.",
    DeliveryState,
    key="alert/, group/, queued/ or lane/, and an id",
    writer="deliver",
    readers=("deliver",),
    retention_ms=-1,
    compacted=True,
)
WATCH_TOPICS = KafkaTopic(
    "watch-topics",
    "Watch topics put in force with `rasid watch apply`; they win over the files of the same id.",
    AppliedWatchTopic,
    key="watch topic id",
    writer="`rasid watch apply`",
    readers=("every worker",),
    retention_ms=-1,
    compacted=True,
)
WORKER_STATUS = KafkaTopic(
    "worker-status",
    "What each worker says of itself: the watch topics in force there, and those it rejected.",
    WorkerStatus,
    key="worker",
    writer="every worker",
    readers=("`rasid watch status`",),
    retention_ms=-1,
    compacted=True,
)
DEAD_LETTER_MARKS = KafkaTopic(
    "dead-letter-marks",
    "What was done about a dead letter: redriven or dropped, when, by whom, and where it went.",
    DeadLetterMark,
    key="the dead letter's place",
    writer="`rasid dead-letters`",
    readers=("`rasid dead-letters`",),
    retention_ms=-1,
    compacted=True,
)

PIPELINE = (
    ARTICLES_RAW,
    ARTICLES_EXTRACTED,
    ARTICLES_TAGGED,
    MATCHES,
    ALERTS,
    ALERT_ACTIONS,
    ALERT_EVENTS,
    ALERT_STATES,
    SILENCES,
    DELIVERIES,
    DELIVERY_STATES,
    WATCH_TOPICS,
    WORKER_STATUS,
    DEAD_LETTER_MARKS,
)


def dead_letter_topic(source: KafkaTopic, agent: str) -> KafkaTopic:
    """Return the Kafka topic for messages of `source` that the agent had to give up."""
    return KafkaTopic(
        f"{source.name}.{agent}.dlq",
        f"Messages of {source.name} that the {agent} agent gave up: original bytes, reason in the headers.",
        None,
        key="as it came",
        writer=agent,
        readers=("operators",),
        retention_ms=-1,
        raw_size=source.raw_size,
    )


DEAD_LETTERS = (
    dead_letter_topic(ARTICLES_RAW, "extract"),
    dead_letter_topic(ARTICLES_EXTRACTED, "tag"),
    dead_letter_topic(MATCHES, "alert"),
    dead_letter_topic(ALERT_ACTIONS, "act"),
    dead_letter_topic(ALERTS, "deliver"),
)

ALL = PIPELINE + DEAD_LETTERS

OF_DESKS = (MATCHES, ALERTS, ALERT_ACTIONS, ALERT_EVENTS, ALERT_STATES, DELIVERY_STATES)
"""All of a watch topic lies in the same partition of each of these."""
