"""An example of every message, made by the pipeline's own functions, so that it is what the agents write."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from worker.domain.alert import Alert, MatchRecord
from worker.domain.alert_action import AlertAction, Silence
from worker.domain.alert_event import AlertEvent
from worker.domain.article import ExtractedArticle, RawArticle, TaggedArticle
from worker.domain.dead_letter_record import DeadLetterMark
from worker.domain.delivery import DeliveredAlert, Delivery
from worker.domain.delivery_state import DeliveryState, LaneState
from worker.domain.desk import Desk
from worker.domain.desk_records import DeskEntry
from worker.domain.roster import Origin
from worker.domain.worker_status import AppliedWatchTopic, RejectedWatchTopic, RunningWatchTopic, WorkerStatus
from worker.settings import Settings
from worker.streaming.stages import load_stages

WATCH_TOPICS = Path("topics/kafka/examples/watch")
RECEIVED_AT = datetime(2024, 3, 24, 9, 30, tzinfo=UTC)
ARTICLE = RawArticle(
    content_type="text/plain; charset=utf-8",
    url="https://news.example/world/embassy-warning?utm_source=feed",
    title="US says it warned Moscow before the Crocus City Hall attack",
    source="news.example",
    published_at="2024-03-24T09:12:00Z",
    fetched_at="2024-03-24T09:29:58Z",
    body="The United States passed intelligence to Russia about a planned attack on a concert hall near "
    "Moscow. A spokesman said the warning to the Russian services was sent under the duty to warn, two weeks "
    "before gunmen opened fire at Crocus City Hall.",
)


def message_examples(settings: Settings) -> dict[type[msgspec.Struct], msgspec.Struct]:
    """Return an example by the record of a message.

    Raises:
        ValueError: The example article raises no alert any more.
    """
    stages = load_stages(WATCH_TOPICS, settings.max_article_bytes)
    extracted = stages.extract(msgspec.json.encode(ARTICLE), RECEIVED_AT)
    tagged = stages.tag(extracted.value)
    match = msgspec.json.decode(tagged.matches[0][2], type=MatchRecord)
    return {
        RawArticle: ARTICLE,
        ExtractedArticle: msgspec.json.decode(extracted.value, type=ExtractedArticle),
        TaggedArticle: msgspec.json.decode(tagged.value, type=TaggedArticle),
        MatchRecord: match,
        **_alert_examples(match),
        **_watch_topic_examples(match),
        DeadLetterMark: DeadLetterMark(
            place="articles.raw.extract.dlq[0]@12", letter_at=RECEIVED_AT, outcome="redriven",
            at=RECEIVED_AT + timedelta(hours=3), by="operator@desk.example", why="larger articles are taken now",
            times=1, to="articles.raw[2]@57",
        ),
    }  # fmt: skip


def _alert_examples(match: MatchRecord) -> dict[type[msgspec.Struct], msgspec.Struct]:
    desk = Desk(timedelta(0))
    desk.take(match, ("articles.raw[2]@57", "matches[1]@42"), RECEIVED_AT)
    desk.advance(RECEIVED_AT)
    outputs = desk.drain()
    if not outputs.alerts:
        raise ValueError("the example article raises no alert; its text or the watch topics have changed")
    (alert,) = outputs.alerts.values()
    answered_at = RECEIVED_AT + timedelta(minutes=4)
    action = AlertAction(
        id="5b1e4d0c", action="acknowledge", by="huda@desk.example", at=answered_at, why="calling Moscow",
        alert=alert.id,
    )  # fmt: skip
    desk.act(action, alert.watch_topic, answered_at)
    (event,) = desk.drain().events
    silence = Silence(
        id="2c9a", starts_at=RECEIVED_AT, ends_at=RECEIVED_AT + timedelta(hours=2), by="huda@desk.example",
        why="they publish a drill", source="news.example",
    )  # fmt: skip
    delivery = Delivery(
        notification="8f0e2b1d", receiver="log", outcome="delivered", attempt=1, at=RECEIVED_AT,
        alerts=[DeliveredAlert(alert.id, alert.revision)], reason="new",
    )  # fmt: skip
    return {
        Alert: alert,
        AlertAction: action,
        AlertEvent: event,
        DeskEntry: DeskEntry(next(stored for stored in outputs.stored.values() if stored is not None)),
        Silence: silence,
        Delivery: delivery,
        DeliveryState: DeliveryState(lane=LaneState("log")),
    }


def _watch_topic_examples(match: MatchRecord) -> dict[type[msgspec.Struct], msgspec.Struct]:
    watch_topic_file = next(WATCH_TOPICS.glob("*.yaml"))
    applied = AppliedWatchTopic(
        content=watch_topic_file.read_text("utf-8"), at=RECEIVED_AT, by="analyst@desk.example"
    )
    status = WorkerStatus(
        worker="worker-0-1",
        at=RECEIVED_AT,
        roster_version="2f1d5be0a2c4",
        running=[RunningWatchTopic(match.watch_topic, match.version, Origin.KAFKA)],
        rejected=[RejectedWatchTopic("draft.yaml", Origin.FILE, ["line 4, column 1: found nothing; expected id"])],
    )
    return {AppliedWatchTopic: applied, WorkerStatus: status}
