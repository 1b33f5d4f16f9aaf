"""The notifier writes before it sends, sends to each receiver on its own, and goes on after a crash."""

import asyncio
from dataclasses import replace

import msgspec
import pytest

from tests.unit.domain.alert_maker import NOON, after, alert, resolved
from tests.unit.streaming.notifier_maker import DELIVERED, REJECTED, RETRY, Broker, Clock, Left, Worker, until
from worker.adapters import metrics
from worker.domain.alert_action import Silence
from worker.domain.receiver import RateLimit, Receiver, Receivers
from worker.streaming import kafka_topics, notifier


@pytest.fixture
def broker():
    return Broker()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def worker(broker, clock, monkeypatch):
    monkeypatch.setattr(notifier, "GRACE_SECONDS", 0.05)
    monkeypatch.setattr(notifier, "TICK_SECONDS", 0.01)
    worker = Worker(broker, clock)
    await worker.notifier.assigned([0, 1])
    yield worker
    await worker.notifier.on_stop()


def counted(metric, **labels) -> float:
    return (metric.labels(**labels) if labels else metric)._value.get()


async def test_what_follows_from_an_alert_is_written_when_take_returns(worker, broker):
    await worker.notifier.take(1, [alert()])
    states = [record for record in broker.records if record.kafka_topic is kafka_topics.DELIVERY_STATES]
    assert {record.key for record in states} == {b"alert/a1", b"group/mail/moscow-attack"}
    assert {record.partition for record in states} == {1}


async def test_notification_is_sent_when_its_wait_is_over_and_its_outcome_written(worker, broker, clock):
    await worker.notifier.on_start()
    await worker.notifier.take(0, [alert()])
    await asyncio.sleep(0.05)
    assert worker.sinks["mail"].got == []
    clock.pass_by(seconds=30)
    await until(broker.deliveries)
    (delivery,) = broker.deliveries()
    assert (delivery.outcome, delivery.attempt, delivery.alerts[0].revision) == ("delivered", 1, 1)
    await until(lambda: not [key for key in broker.states() if key.startswith(b"queued/")])


async def test_try_is_written_as_begun_before_the_receiver_gets_it(worker, broker, clock):
    await worker.notifier.take(0, [alert()])
    clock.pass_by(seconds=30)
    await worker.notifier.tick()
    seen = []

    async def look(notification):
        seen.append(broker.states()[f"queued/{notification.id}".encode()])
        return DELIVERED

    worker.sinks["mail"].deliver = look
    await worker.notifier.send_one("mail")
    assert b'"begun":true' in seen[0]


async def test_receiver_that_hangs_delays_only_itself_and_the_stop_takes_no_longer_than_its_grace(
    worker, broker, clock
):
    worker.sinks["mail"].answer = None
    await worker.notifier.on_start()
    await worker.notifier.take(0, [alert(to=("mail", "pager"))])
    clock.pass_by(seconds=30)
    await until(lambda: worker.sinks["mail"].got and worker.sinks["pager"].got)
    await asyncio.wait_for(worker.notifier.on_stop(), 2)
    await until(broker.deliveries)
    assert [one.receiver for one in broker.deliveries()] == ["pager"]


async def test_worker_that_is_rolled_back_passes_over_what_a_newer_one_remembered_besides(worker, broker, clock):
    await worker.notifier.take(0, [alert()])
    for record in [one for one in broker.records if one.kafka_topic is kafka_topics.DELIVERY_STATES]:
        ((kind, kept),) = msgspec.json.decode(record.value).items()
        newer = {kind: kept | {"of_tomorrow": {"x": 1}}, "of_tomorrow": 1}
        await broker.send(replace(record, value=msgspec.json.encode(newer)))
    await broker.send(replace(record, key=b"rumour/1", value=b'{"rumour":{"id":"1"}}'))
    following = Worker(broker, clock)
    await following.notifier.assigned([0])
    clock.pass_by(seconds=30)
    await following.notifier.tick()
    await following.notifier.send_one("mail")
    assert [len(one.alerts) for one in following.sinks["mail"].got] == [1]
    assert b"rumour/1" in broker.states(), "left for the newer one, when it comes back"


async def test_try_in_the_air_at_a_stop_is_repeated_by_the_next_worker_marked_and_counted(worker, broker, clock):
    worker.sinks["mail"].answer = None
    await worker.notifier.on_start()
    await worker.notifier.take(0, [alert()])
    clock.pass_by(seconds=30)
    await until(lambda: worker.sinks["mail"].got)
    await worker.notifier.on_stop()
    before = counted(metrics.MAYBE_REPEATED, receiver="mail")
    following = Worker(broker, clock)
    await following.notifier.assigned([0])
    assert await following.notifier.send_one("mail")
    (again,) = following.sinks["mail"].got
    assert (again.id, again.maybe_repeated) == (worker.sinks["mail"].got[0].id, True)
    assert [(one.attempt, one.maybe_repeated) for one in broker.deliveries()] == [(2, True)]
    assert counted(metrics.MAYBE_REPEATED, receiver="mail") == before + 1


async def test_try_in_the_air_is_finished_before_its_partition_is_given_away(worker, broker, clock, monkeypatch):
    monkeypatch.setattr(notifier, "GRACE_SECONDS", 5)
    release = asyncio.Event()

    async def slow(notification):
        await release.wait()
        return DELIVERED

    worker.sinks["mail"].deliver = slow
    await worker.notifier.take(0, [alert()])
    clock.pass_by(seconds=30)
    await worker.notifier.tick()
    sending = asyncio.create_task(worker.notifier.send_one("mail"))
    await asyncio.sleep(0.02)
    giving = asyncio.create_task(worker.notifier.revoked([0]))
    await asyncio.sleep(0.02)
    assert not giving.done()
    release.set()
    await asyncio.gather(giving, sending)
    assert [one.outcome for one in broker.deliveries()] == ["delivered"]
    assert not worker.notifier.is_ready([0])
    assert worker.notifier.is_ready([1])


async def test_try_that_is_still_being_written_when_its_partition_goes_is_left_to_the_next_worker(
    worker, broker, clock
):
    await worker.notifier.take(0, [alert()])
    clock.pass_by(seconds=30)
    await worker.notifier.tick()
    broker.held = asyncio.Event()
    sending = asyncio.create_task(worker.notifier.send_one("mail"))
    await asyncio.sleep(0.02)
    giving = asyncio.create_task(worker.notifier.revoked([0]))
    await asyncio.sleep(0.1)
    broker.held.set()
    await asyncio.wait_for(asyncio.gather(sending, giving), 2)
    assert worker.sinks["mail"].got == []
    other = Worker(broker, clock)
    await other.notifier.assigned([0])
    assert await other.notifier.send_one("mail")


async def test_nothing_is_sent_for_a_partition_that_was_given_away(worker, clock):
    await worker.notifier.take(0, [alert()])
    await worker.notifier.revoked([0])
    clock.pass_by(hours=1)
    await worker.notifier.tick()
    assert not await worker.notifier.send_one("mail")


async def test_partition_that_moves_goes_on_where_it_was(worker, broker, clock):
    await worker.notifier.take(0, [alert()])
    await worker.notifier.revoked([0])
    other = Worker(broker, clock)
    await other.notifier.assigned([0])
    clock.pass_by(seconds=30)
    await other.notifier.tick()
    assert await other.notifier.send_one("mail")
    assert [one.reason for one in other.sinks["mail"].got] == ["new"]


async def test_failed_try_waits_and_is_made_again(worker, broker, clock):
    worker.sinks["mail"].answer = RETRY
    await worker.notifier.take(0, [alert()])
    clock.pass_by(seconds=30)
    await worker.notifier.tick()
    assert await worker.notifier.send_one("mail")
    assert not await worker.notifier.send_one("mail")
    clock.pass_by(seconds=5)
    worker.sinks["mail"].answer = DELIVERED
    assert await worker.notifier.send_one("mail")
    first, second = broker.deliveries()
    assert (first.outcome, second.outcome, second.attempt) == ("retry", "delivered", 2)
    assert first.at < first.next_try_at <= second.at


async def test_rejection_is_final_and_kept(worker, broker, clock):
    worker.sinks["mail"].answer = REJECTED
    await worker.notifier.take(0, [alert()])
    clock.pass_by(seconds=30)
    await worker.notifier.tick()
    assert await worker.notifier.send_one("mail")
    clock.pass_by(minutes=30)
    assert not await worker.notifier.send_one("mail")
    assert [one.outcome for one in broker.deliveries()] == ["rejected"]


async def test_defect_of_a_sink_is_a_failed_try_and_its_words_are_not_told(worker, broker, clock, caplog):
    worker.sinks["mail"].answer = RuntimeError("password=hunter2")
    await worker.notifier.take(0, [alert()])
    clock.pass_by(seconds=30)
    await worker.notifier.tick()
    assert await worker.notifier.send_one("mail")
    assert [(one.outcome, one.why) for one in broker.deliveries()] == [
        ("retry", "defect in the sink: RuntimeError")
    ]
    assert "hunter2" not in caplog.text


async def test_sink_that_does_not_keep_its_time_limit_is_given_up(worker, broker, clock, monkeypatch):
    monkeypatch.setattr(notifier, "OVERTIME_SECONDS", -9.99)
    worker.sinks["mail"].answer = None
    await worker.notifier.take(0, [alert()])
    clock.pass_by(seconds=30)
    await worker.notifier.tick()
    assert await worker.notifier.send_one("mail")
    assert [one.outcome for one in broker.deliveries()] == ["retry"]


async def test_rate_limit_counts_the_messages_of_all_partitions(broker, clock):
    slow = Receiver(name="slow", kind="apprise", rate_limit=RateLimit(1, 60))
    worker = Worker(broker, clock, Receivers({"slow": slow}, ("slow",)))
    await worker.notifier.assigned([0, 1])
    await worker.notifier.take(0, [alert("a1")])
    await worker.notifier.take(1, [alert("a2", watch_topic="sharing")])
    clock.pass_by(seconds=30)
    await worker.notifier.tick()
    assert await worker.notifier.send_one("slow")
    assert not await worker.notifier.send_one("slow")
    clock.pass_by(seconds=59)
    assert not await worker.notifier.send_one("slow")
    clock.pass_by(seconds=1)
    assert await worker.notifier.send_one("slow")


async def test_state_that_cannot_be_written_ends_the_process_before_the_ack(worker, broker):
    broker.broken = True
    with pytest.raises(Left, match="cannot be written"):
        await worker.notifier.take(0, [alert()])


async def test_change_that_breaks_off_is_read_back(worker, broker, clock):
    await worker.notifier.take(0, [alert()])

    async def broken_off():
        async with worker.table.change(0) as change:
            change.desk.apply(resolved(alert()), clock())
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await broken_off()
    await worker.table.load(0)
    clock.pass_by(seconds=30)
    await worker.notifier.tick()
    assert await worker.notifier.send_one("mail")


async def test_unknown_receiver_is_counted_and_logged_and_the_default_gets_it(worker, clock, caplog):
    before = counted(metrics.UNKNOWN_RECEIVERS)
    await worker.notifier.take(0, [alert(to=("дежурный",))])
    assert counted(metrics.UNKNOWN_RECEIVERS) == before + 1
    assert "дежурный" in caplog.text
    clock.pass_by(seconds=30)
    await worker.notifier.tick()
    assert await worker.notifier.send_one("mail")


async def test_waiting_notifications_are_told_by_receiver(worker, clock):
    worker.sinks["mail"].answer = RETRY
    await worker.notifier.take(0, [alert()])
    clock.pass_by(seconds=30)
    await worker.notifier.tick()
    await worker.notifier.send_one("mail")
    await worker.notifier.tick()
    assert counted(metrics.WAITING_NOTIFICATIONS, receiver="mail") == 1


async def test_age_of_the_oldest_notification_is_told_by_receiver(worker, clock):
    worker.sinks["mail"].answer = RETRY
    await worker.notifier.take(0, [alert()])
    clock.pass_by(seconds=30)
    await worker.notifier.tick()
    await worker.notifier.send_one("mail")
    clock.pass_by(seconds=90)
    await worker.notifier.tick()
    assert counted(metrics.OLDEST_NOTIFICATION_SECONDS, receiver="mail") == 90
    worker.sinks["mail"].answer = DELIVERED
    assert await worker.notifier.send_one("mail")
    await worker.notifier.tick()
    assert counted(metrics.OLDEST_NOTIFICATION_SECONDS, receiver="mail") == 0


async def test_size_of_what_is_remembered_is_that_of_the_records_in_kafka(worker, broker):
    await worker.notifier.take(0, [alert()])
    worker.notifier.take_figures()
    (gauge,) = metrics.STATE_BYTES.collect()
    told = sum(one.value for one in gauge.samples if one.labels["kafka_topic"] == "delivery-states")
    assert told == sum(len(key) + len(value) for key, value in broker.states().items()) > 0


async def test_silence_holds_an_alert_back_until_it_ends(worker, clock):
    await worker.notifier.take(0, [alert()])
    worker.silences.put(
        Silence(
            id="s", starts_at=NOON, ends_at=after(hours=1), by="Лев", why="учения", labels={}, source="example.ru"
        )
    )
    clock.pass_by(minutes=59)
    await worker.notifier.tick()
    assert not await worker.notifier.send_one("mail")
    clock.pass_by(minutes=1)
    await worker.notifier.tick()
    assert await worker.notifier.send_one("mail")


async def test_change_that_came_late_does_not_bring_old_memory_back_with_the_partition(worker, broker, clock):
    await worker.notifier.take(0, [alert()])
    await worker.notifier.revoked([0])
    await worker.table.load(0)  # by a batch that was still at work
    other = Worker(broker, clock)
    await other.notifier.assigned([0])
    clock.pass_by(seconds=30)
    await other.notifier.tick()
    assert await other.notifier.send_one("mail")
    await other.notifier.revoked([0])
    await worker.notifier.assigned([0, 1])
    await worker.notifier.tick()
    assert not await worker.notifier.send_one("mail")


async def test_partition_that_could_not_be_read_back_is_tried_again_and_not_forgotten(worker, clock, monkeypatch):
    async def gone(partition):
        raise OSError("the broker is gone")
        yield

    await worker.notifier.take(0, [alert()])
    await worker.notifier.revoked([0])
    read_back = worker.table._read_back
    monkeypatch.setattr(worker.table, "_read_back", gone)
    with pytest.raises(OSError, match="gone"):
        await worker.notifier.assigned([0])
    with pytest.raises(OSError, match="gone"):
        await worker.notifier.tick()
    monkeypatch.setattr(worker.table, "_read_back", read_back)
    clock.pass_by(seconds=30)
    await worker.notifier.tick()
    assert await worker.notifier.send_one("mail")


async def test_service_starts_and_stops_as_the_others_do(broker, clock):
    worker = Worker(broker, clock)
    await worker.notifier.assigned([0])
    await worker.notifier.start()
    await worker.notifier.take(0, [alert(group_wait=0)])
    await until(broker.deliveries)
    await asyncio.wait_for(worker.notifier.stop(), 5)
    assert worker.notifier._tasks == []
