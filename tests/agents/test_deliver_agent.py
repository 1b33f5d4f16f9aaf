"""The deliver agent in Faust's test context."""

import asyncio

import pytest

from tests.unit.domain.alert_maker import alert, resolved
from tests.unit.streaming.notifier_maker import Broker, Clock, Worker
from worker.streaming import kafka_topics
from worker.streaming.agents import deliver
from worker.streaming.codec import encode

DEAD_LETTERS = kafka_topics.dead_letter_topic(kafka_topics.ALERTS, "deliver")


@pytest.fixture
async def worker():
    clock = Clock()
    worker = Worker(Broker(), clock)
    worker.broker, worker.clock = worker.table._outbox._send.__self__, clock
    await worker.notifier.assigned([0])
    return worker


async def send_all(worker) -> list:
    worker.clock.pass_by(seconds=30)
    await worker.notifier.tick()
    while await worker.notifier.send_one("mail"):
        pass
    return worker.sinks["mail"].got


async def test_alerts_of_a_batch_go_out_in_one_notification_and_the_tries_are_noted(run_agent, worker):
    handled = await run_agent(
        deliver, deliver.deliver_work(worker.notifier), [encode(alert("a1")), encode(alert("a2"))]
    )
    await worker.notifier.assigned([handled[0].partition])
    (notification,) = await send_all(worker)
    assert sorted(one.id for one in notification.alerts) == ["a1", "a2"]
    assert [one.outcome for one in worker.broker.deliveries()] == ["delivered"]


async def test_state_is_written_to_the_partition_of_the_alert_before_the_batch_is_done(run_agent, worker):
    seen = []

    async def work(messages):
        outcomes = await deliver.deliver_work(worker.notifier)(messages)
        seen.append(dict(worker.broker.states()))
        return outcomes

    handled = await run_agent(deliver, work, [encode(alert("a1"))])
    assert b"alert/a1" in seen[0]
    assert {one.partition for one in worker.broker.records} == {handled[0].partition}


async def test_alert_that_is_raised_and_resolved_in_one_batch_is_not_sent(run_agent, worker):
    first = alert("a1")
    handled = await run_agent(
        deliver, deliver.deliver_work(worker.notifier), [encode(first), encode(resolved(first))]
    )
    await worker.notifier.assigned([handled[0].partition])
    assert await send_all(worker) == []


async def test_poison_goes_to_dead_letter_and_the_next_alert_is_delivered(run_agent, sent, worker):
    handled = await run_agent(deliver, deliver.deliver_work(worker.notifier), [b"\xff", encode(alert("a1"))])
    assert sent.values(DEAD_LETTERS) == [b"\xff"]
    await worker.notifier.assigned([handled[0].partition])
    assert len(await send_all(worker)) == 1


async def test_batch_waits_for_what_changes_its_partition_at_the_same_time(worker):
    work = deliver.deliver_work(worker.notifier)
    async with worker.table.change(0) as change:
        taking = asyncio.create_task(worker.notifier.take(0, [alert("a1")]))
        await asyncio.sleep(0.02)
        assert not taking.done()
        assert change.desk.waiting("mail") == 0
    await taking
    assert callable(work)
    assert b"alert/a1" in worker.broker.states()
