"""The worker killed, ended, frozen, joined and left, on Apache Kafka, with articles in mid-stream."""

import random
import signal
import time

from tests.kafka.workers import SESSION_SECONDS, start_all

AFTER_SESSION_SECONDS = SESSION_SECONDS + 5.0
"""So long that Kafka has given the partitions to others."""


def test_undisturbed_worker_loses_nothing_and_doubles_nothing(trial, count, nothing_is_lost):
    worker = trial.worker()
    worker.start()
    trial.publish(count)
    recount = nothing_is_lost("none: the measure of the others", "nothing lost, nothing doubled")
    assert (recount.doubled, recount.dead_articles) == (0, set())
    assert worker.stop() == 0


def test_worker_killed_at_random_moments_loses_nothing(trial, count, nothing_is_lost):
    dice = random.Random(5)
    worker = trial.worker()
    worker.start()
    for _ in range(3):
        trial.publish(count // 4)
        trial.wait_for_tagged(trial.tagged() + 1)
        time.sleep(dice.uniform(0.0, 2.0))
        worker.stop(signal.SIGKILL)
        since, before = time.monotonic(), trial.tagged()
        worker.start()
        trial.recovering(since, before)
    trial.publish(count - 3 * (count // 4))
    nothing_is_lost("worker killed (`kill -9`) at random moments, three times")
    assert worker.stop() == 0


def test_worker_told_to_stop_in_mid_stream_commits_what_it_did(trial, count, nothing_is_lost):
    worker = trial.worker()
    worker.start()
    trial.publish(count)
    for share in (0.1, 0.4):
        trial.wait_for_tagged(int(count * share))
        assert worker.stop() == 0
        since, before = time.monotonic(), trial.tagged()
        worker.start()
        trial.recovering(since, before)
    recount = nothing_is_lost("worker stopped in order (SIGTERM) and started, twice", "nothing lost or doubled")
    assert recount.doubled == 0
    assert worker.stop() == 0


def test_frozen_worker_that_wakes_after_its_session_loses_nothing(trial, count, nothing_is_lost):
    frozen, other = trial.worker(), trial.worker()
    start_all([frozen, other])
    trial.publish(count)
    trial.wait_for_tagged(count // 20)
    frozen.tell(signal.SIGSTOP)
    time.sleep(AFTER_SESSION_SECONDS)
    trial.publish(count // 10)
    frozen.tell(signal.SIGCONT)
    since, before = time.monotonic(), trial.tagged()
    trial.recovering(since, before)
    nothing_is_lost("one of two workers frozen (SIGSTOP) past its session, then woken (measured from there)")
    assert frozen.process.poll() == 70, "it writes nothing more of what it had in hand"
    assert other.stop() == 0


def test_worker_that_joins_and_one_that_leaves_lose_nothing(trial, count, nothing_is_lost):
    first, second = trial.worker(), trial.worker()
    first.start()
    trial.publish(count)
    trial.wait_for_tagged(count // 10)
    with trial.flowing():
        since, before = time.monotonic(), trial.tagged()
        second.start()
        trial.recovering(since, before)
        trial.wait_for_tagged(trial.tagged() + count // 10)
        assert second.stop() == 0
        since, before = time.monotonic(), trial.tagged()
        trial.recovering(since, before)
    nothing_is_lost("a second worker joins and leaves in mid-stream")
    assert first.stop() == 0


def test_three_workers_restarted_one_after_the_other_lose_nothing(trial, count, nothing_is_lost):
    workers = [trial.worker() for _ in range(3)]
    start_all(workers)
    trial.publish(count)
    trial.wait_for_tagged(count // 10)
    with trial.flowing():
        for worker in workers:
            assert worker.stop() == 0
            since, before = time.monotonic(), trial.tagged()
            worker.start()
            trial.recovering(since, before)
    nothing_is_lost("three workers, restarted one after the other")
    assert [worker.stop() for worker in workers] == [0, 0, 0]
