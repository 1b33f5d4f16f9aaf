"""The deliver agent in Faust's test context."""

import msgspec

from tests.records import MARCH_24, raised_alert
from worker.domain.alert import Alert
from worker.domain.delivery import Delivery
from worker.streaming import kafka_topics
from worker.streaming.agents import deliver
from worker.streaming.codec import encode


class KeepingSink:
    name = "keeping"

    def __init__(self):
        self.alerts = []

    def deliver(self, alert: Alert) -> None:
        self.alerts.append(alert)


async def test_alert_is_handed_to_the_sink_and_the_delivery_noted(run_agent, sent):
    sink, alert = KeepingSink(), raised_alert()
    await run_agent(deliver, deliver.deliver_work(sink, lambda: MARCH_24), [encode(alert)])
    assert sink.alerts == [alert]
    (value,) = sent.values(kafka_topics.DELIVERIES)
    assert msgspec.json.decode(value, type=Delivery) == Delivery(
        alert_id=alert.id, revision=1, sink="keeping", outcome="delivered", at=MARCH_24
    )


async def test_poison_goes_to_dead_letter_and_the_next_alert_is_delivered(run_agent, sent):
    sink = KeepingSink()
    await run_agent(deliver, deliver.deliver_work(sink), [b"\xff", encode(raised_alert())])
    assert sent.values(kafka_topics.dead_letter_topic(kafka_topics.ALERTS, "deliver")) == [b"\xff"]
    assert len(sink.alerts) == 1
