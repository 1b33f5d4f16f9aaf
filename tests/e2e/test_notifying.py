"""Notifications on a running worker: they outlive it, and a receiver that hangs holds nobody up."""

import asyncio
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
import pytest
from aiokafka import AIOKafkaProducer

from tests.unit.domain.alert_maker import alert
from worker.domain.alert import Alert
from worker.domain.delivery import Delivery
from worker.streaming import kafka_topics
from worker.streaming.codec import encode


class HangingServer(ThreadingHTTPServer):
    """A webhook that takes each message and answers when it is let go."""

    daemon_threads = True

    def __init__(self):
        self.reached, self.let_go = threading.Event(), threading.Event()
        super().__init__(("127.0.0.1", 0), HangingAnswer)

    def handle_error(self, request, client_address):
        """Those who hang up while they wait are what the test is about."""


class HangingAnswer(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.reached.set()
        self.server.let_go.wait()
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Write nothing."""


@pytest.fixture
def hanging():
    server = HangingServer()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.let_go.set()
    server.shutdown()
    thread.join()
    server.server_close()


def publish_alert(pipeline, one: Alert) -> None:
    async def send() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=pipeline.settings.broker)
        await producer.start()
        await producer.send_and_wait(kafka_topics.ALERTS.name, encode(one), key=one.id.encode(), partition=1)
        await producer.stop()

    asyncio.run(send())


def deliveries(pipeline) -> list[Delivery]:
    return [msgspec.json.decode(value, type=Delivery) for value in pipeline.values(kafka_topics.DELIVERIES)]


def test_alert_that_still_waits_when_the_worker_stops_is_delivered_by_the_next_one(pipeline):
    publish_alert(pipeline, alert(group_wait=20))
    pipeline.start()
    pipeline.until(lambda: pipeline.values(kafka_topics.DELIVERY_STATES), "remembered")
    pipeline.settle()
    assert pipeline.stop() == 0
    assert deliveries(pipeline) == []
    pipeline.start()
    pipeline.until(lambda: deliveries(pipeline), "delivered")
    (only,) = deliveries(pipeline)
    assert (only.receiver, only.outcome, only.attempt, only.maybe_repeated) == ("log", "delivered", 1, False)


def test_receiver_that_hangs_holds_up_neither_others_nor_the_stop_and_its_try_is_made_again(pipeline, hanging):
    file = pipeline.folder / "receivers.yaml"
    file.write_text(
        "default: [log]\nreceivers:\n  log: {log: {}}\n"
        f"  hook: {{apprise: 'json://127.0.0.1:{hanging.server_address[1]}/', timeout: 3m}}\n",
        "utf-8",
    )
    pipeline.extra["RASID_RECEIVERS"] = str(file)
    publish_alert(pipeline, alert(to=("hook", "log"), group_wait=0))
    pipeline.start()
    pipeline.until(hanging.reached.is_set, "at the receiver that hangs")
    pipeline.until(lambda: [one.receiver for one in deliveries(pipeline)] == ["log"], "in the log")
    assert pipeline.stop() == 0  # waits for less than the receiver's three minutes
    hanging.let_go.set()
    pipeline.start()
    pipeline.until(lambda: len(deliveries(pipeline)) == 2, "delivered to both")
    (hook,) = [one for one in deliveries(pipeline) if one.receiver == "hook"]
    assert (hook.outcome, hook.attempt, hook.maybe_repeated) == ("delivered", 2, True)
