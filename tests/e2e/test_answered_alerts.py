"""The life of alerts on a running worker: raised, answered, escalated, and rebuilt from the audit trail."""

import asyncio
import shutil
import time
from pathlib import Path

import msgspec
import pytest
from aiokafka import AIOKafkaProducer

from tests.e2e.conftest import plain
from tests.records import alert_action
from worker.domain.alert import Alert
from worker.domain.alert_event import AlertEvent
from worker.domain.alert_fold import apply
from worker.streaming import kafka_topics
from worker.streaming.codec import encode
from worker.streaming.desks import utc_now

ROOT = Path(__file__).parents[2]
ATTACK = "قُتل العشرات في هجوم مسلح على قاعة كروكوس سيتي قرب موسكو."
SHARED = "تبادلت النمسا وألمانيا معلومات استخباراتية عن الخلية قبل اعتقال أعضائها في فيينا."


@pytest.fixture
def running(pipeline):
    """Start a worker whose `moscow-attack` asks for an answer within seconds."""
    file = pipeline.settings.watch_topics / "moscow-attack.yaml"
    text = file.read_text("utf-8")
    for name, given, shortened in (
        ("acknowledge_within", "15m", "2s"),
        ("after", "15m", "2s"),
    ):
        assert f"{name}: {given}" in text
        text = text.replace(f"{name}: {given}", f"{name}: {shortened}")
    file.write_text(text, "utf-8")
    pipeline.start()
    return pipeline


def latest(pipeline) -> dict[str, Alert]:
    return {alert.id: alert for alert in pipeline.alerts()}


def events(pipeline) -> list[AlertEvent]:
    return [msgspec.json.decode(value, type=AlertEvent) for value in pipeline.values(kafka_topics.ALERT_EVENTS)]


def act(pipeline, action: str, alert: Alert, **fields) -> None:
    async def send() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=pipeline.settings.broker)
        await producer.start()
        record = encode(alert_action(action, alert.id, utc_now(), **fields))
        await producer.send_and_wait(kafka_topics.ALERT_ACTIONS.name, record, key=alert.watch_topic.encode())
        await producer.stop()

    asyncio.run(send())


def of_watch_topic(pipeline, watch_topic: str) -> Alert:
    found = [alert for alert in latest(pipeline).values() if alert.watch_topic == watch_topic]
    assert len(found) == 1, found
    return found[0]


def test_alert_is_acknowledged_and_another_one_escalates(running):
    running.publish(plain(ATTACK, id="a1"), plain(SHARED, id="a2"))
    running.until(lambda: len(latest(running)) == 2, "two alerts")
    act(running, "acknowledge", of_watch_topic(running, "intelligence-sharing"), by="Huda", why="calling")
    running.until(lambda: of_watch_topic(running, "moscow-attack").status == "escalated", "escalated")
    escalated = of_watch_topic(running, "moscow-attack")
    assert [(news.kind, news.to) for news in escalated.news] == [("escalated", ("duty-officer",))]
    acknowledged = of_watch_topic(running, "intelligence-sharing")
    assert (acknowledged.status, acknowledged.acknowledged_by) == ("acknowledged", "Huda")


def test_timer_that_ran_out_while_no_worker_ran_fires_once(running):
    running.publish(plain(ATTACK, id="a1"))
    running.until(lambda: len(latest(running)) == 1, "an alert")
    assert running.stop() == 0
    time.sleep(3)
    before = [event.change for event in events(running)]
    running.start()
    running.until(lambda: of_watch_topic(running, "moscow-attack").status == "escalated", "escalated")
    assert running.stop() == 0
    running.start()
    time.sleep(2)
    changes = [event.change for event in events(running)]
    assert changes.count("escalated") == 1, (before, changes)


def test_alerts_as_they_stand_can_be_rebuilt_from_alert_events_alone(running):
    running.publish(plain(ATTACK, id="a1", source="a.example"), plain(SHARED, id="a2"))
    running.until(lambda: len(latest(running)) == 2, "two alerts")
    running.publish(plain(ATTACK + "\n", id="a3", source="b.example", url="https://ria.ru/1"))
    act(running, "comment", of_watch_topic(running, "intelligence-sharing"), why="who said so?", id="c1")
    act(running, "resolve", of_watch_topic(running, "intelligence-sharing"), id="r1")
    act(running, "acknowledge", of_watch_topic(running, "intelligence-sharing"), id="too late")
    running.until(lambda: "refused" in [event.change for event in events(running)], "refused")
    running.until(lambda: of_watch_topic(running, "moscow-attack").status == "escalated", "escalated")
    running.settle()
    assert running.stop() == 0
    rebuilt: dict[str, Alert] = {}
    for event in events(running):
        if event.change != "refused":
            rebuilt[event.alert] = apply(rebuilt.get(event.alert), event)
    without_news = {key: msgspec.structs.replace(alert, news=[]) for key, alert in latest(running).items()}
    assert {key: msgspec.structs.replace(alert, news=[]) for key, alert in rebuilt.items()} == without_news
    origins = [event.origins for event in events(running) if event.cause == "match"]
    assert all(one[0].startswith("articles.raw[") and one[1].startswith("matches[") for one in origins)


def test_watch_topic_that_is_deleted_leaves_its_alerts_with_their_timers(running):
    running.publish(plain(ATTACK, id="a1"))
    running.until(lambda: len(latest(running)) == 1, "an alert")
    shutil.move(running.settings.watch_topics / "moscow-attack.yaml", running.folder / "away.yaml")
    running.until(lambda: len(events(running)) == 2, "another event")
    assert [event.change for event in events(running)] == ["raised", "escalated"]
