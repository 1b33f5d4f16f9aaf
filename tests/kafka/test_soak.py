"""`make soak`: one long stream of articles through every fault in turn, at random moments, on Apache Kafka."""

import random
import signal
import time
from collections.abc import Callable
from functools import partial

from tests.kafka.broker import Broker
from tests.kafka.workers import SESSION_SECONDS, Trial, Worker, start_all

DOWN_SECONDS = SESSION_SECONDS + 2.0
ROUNDS = 2
"""How often each fault strikes."""
TAGGED_SHARE = 0.5
"""Of each lot, before the fault strikes: the other half is in mid-stream."""


def test_long_stream_through_every_fault_in_turn_loses_nothing(broker, trial, count, nothing_is_lost):
    dice = random.Random(11)
    one, other = trial.worker(), trial.worker()
    faults = [
        partial(end_and_start, one, signal.SIGKILL), partial(end_and_start, other, signal.SIGTERM),
        partial(freeze_past_the_session, other), one.kill_a_child,
        partial(join_and_leave, trial), partial(take_the_broker_away, broker, signal.SIGKILL),
        partial(take_the_broker_away, broker, signal.SIGTERM),
    ]  # fmt: skip
    start_all([one, other])
    struck = [fault for _ in range(ROUNDS) for fault in dice.sample(faults, len(faults))]
    lot = count // (len(struck) + 1)
    for fault in struck:
        strike(trial, fault, lot, dice)
    trial.publish(count - lot * len(struck))
    nothing_is_lost(
        f"{len(struck)} faults in one stream to two workers (`make soak`): killed, stopped, frozen, a third that "
        "joins and leaves, a process of the pool killed, the broker killed and stopped"
    )
    assert [worker.stop() for worker in (one, other)] == [0, 0]


def strike(trial: Trial, fault: Callable[[], None], lot: int, dice: random.Random) -> None:
    """Publish a lot, let a fault strike while it is worked on, and wait until articles are tagged again."""
    since_lot = trial.tagged()
    trial.publish(lot)
    trial.wait_for_tagged(since_lot + int(lot * TAGGED_SHARE), seconds=600)
    time.sleep(dice.uniform(0.0, 1.0))
    fault()
    since, before = time.monotonic(), trial.tagged()
    trial.recovering(since, before)


def end_and_start(worker: Worker, how: signal.Signals) -> None:
    """End a worker and start it again."""
    worker.stop(how)
    worker.start()


def freeze_past_the_session(worker: Worker) -> None:
    """Freeze a worker until Kafka has given its partitions away; it leaves when it wakes, and is started again."""
    worker.tell(signal.SIGSTOP)
    time.sleep(DOWN_SECONDS)
    worker.tell(signal.SIGCONT)
    assert worker.process.wait(60) == 70
    worker.start()


def join_and_leave(trial: Trial) -> None:
    """Have a third worker join for a while."""
    third = trial.worker()
    third.start()
    time.sleep(2.0)
    assert third.stop() == 0


def take_the_broker_away(broker: Broker, how: signal.Signals) -> None:
    """End the only broker, and start it again after longer than a session."""
    broker.stop(how)
    time.sleep(DOWN_SECONDS)
    broker.start()
