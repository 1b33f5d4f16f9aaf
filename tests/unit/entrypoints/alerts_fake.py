"""Kafka topics of alerts in memory, with a desk that answers actions as the worker does."""

from datetime import datetime

from click.testing import CliRunner, Result

from worker.domain import alert_life
from worker.domain.alert import Alert
from worker.domain.alert_action import Silence
from worker.domain.alert_event import AlertEvent
from worker.domain.alert_fold import apply
from worker.entrypoints.alerts_kafka import ActionToSend, Kept
from worker.entrypoints.cli import cli
from worker.settings import Settings
from worker.streaming import kafka_topics
from worker.streaming.codec import decode, encode


class FakeKafka:
    """What commands read and send; `is_running` says whether a worker answers."""

    def __init__(self, *alerts: Alert, events: tuple[AlertEvent, ...] = (), silences: tuple[Silence, ...] = ()):
        self.topics = {
            kafka_topics.ALERTS.name: {alert.id: Kept(encode(alert), 2) for alert in alerts},
            kafka_topics.SILENCES.name: {silence.id: Kept(encode(silence), 0) for silence in silences},
        }
        self.events = list(events)
        self.sent: list[ActionToSend] = []
        self.is_running = True
        self.read_from: list[tuple[int, datetime]] = []

    def __call__(self, settings: Settings) -> "FakeKafka":
        return self

    async def latest(self, kafka_topic):
        return self.topics[kafka_topic.name]

    async def events_of(self, alert, partition, since):
        self.read_from.append((partition, since))
        return [event for event in self.events if event.alert == alert]

    async def event_ends(self):
        return {0: len(self.events)}

    async def follow_events(self, starts):
        for event in self.events[starts.get(0, 0) :]:
            yield event
        raise KeyboardInterrupt  # as a person ends it

    async def act(self, to_send, timeout_seconds):
        self.sent += to_send
        return {one.action.id: self._answer(one) for one in to_send} if self.is_running else {}

    def alert(self, alert_id: str) -> Alert:
        return decode(self.topics[kafka_topics.ALERTS.name][alert_id].value, Alert)

    def _answer(self, one: ActionToSend) -> AlertEvent:
        if one.action.silence is not None:
            event, silence = alert_life.silence(one.action, one.action.at, one.key)
            if silence is not None:
                self.topics[kafka_topics.SILENCES.name][silence.id] = Kept(encode(silence), 0)
            return event
        alert = self.alert(one.action.alert)
        event = alert_life.act(alert, one.action, one.action.at, one.key)
        changed = apply(alert, event)
        self.topics[kafka_topics.ALERTS.name][alert.id] = Kept(encode(changed), 2)
        self.events.append(event)
        return event


def rasid(kafka: FakeKafka, *arguments: str, **environment: str) -> Result:
    """Run `rasid alerts`."""
    return CliRunner().invoke(cli, ["alerts", *arguments], obj={"alerts_kafka": kafka}, env=environment)
