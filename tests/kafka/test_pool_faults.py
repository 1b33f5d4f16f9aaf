"""The processes of the pool killed, stuck in an article, and out of memory, on Apache Kafka."""

import asyncio
import random
import time
from pathlib import Path

from worker.adapters.pool import Pool
from worker.settings import Settings
from worker.streaming.child import start_child

TIME_LIMIT_SECONDS = 4.0
STUCK = "Crocus City Hall attack Moscow. " * 400_000
"""Every word is a term's: the tag stage is at it for more than a minute."""
LARGE = "word " * 3_000_000
"""15 MB, for which a process takes about 300 MB more than for small articles."""
ROOM_BYTES = 64 * 1024**2


def test_killed_process_of_the_pool_costs_at_most_the_articles_it_held(trial, count, nothing_is_lost):
    dice = random.Random(7)
    worker = trial.worker()
    worker.start()
    trial.publish(count)
    for share in (0.1, 0.3, 0.5):
        trial.wait_for_tagged(int(count * share))
        time.sleep(dice.uniform(0.0, 0.5))
        worker.kill_a_child()
        since, before = time.monotonic(), trial.tagged()
        trial.recovering(since, before)
    recount = nothing_is_lost(
        "a process of the pool killed (`kill -9`) at random moments, three times",
        "its article dead-lettered, all others tagged once",
    )
    assert recount.doubled == 0
    assert len(recount.dead_articles) <= 3
    assert recount.dead_letters["child_died"] == len(recount.dead_articles)
    assert worker.stop() == 0


def test_article_that_is_stuck_for_ever_is_given_up_and_no_other(trial, count, nothing_is_lost):
    worker = trial.worker(RASID_ARTICLE_TIME_LIMIT_SECONDS=TIME_LIMIT_SECONDS)
    worker.start()
    trial.publish(count // 2)
    stuck = {trial.publish_text(STUCK)}
    trial.publish(count // 4)
    stuck.add(trial.publish_text(STUCK))
    trial.publish(count // 4)
    recount = nothing_is_lost(
        f"two articles that take more than a minute each, with a time limit of {TIME_LIMIT_SECONDS:.0f} s",
        "they are dead-lettered (`time_limit`), all others tagged once",
    )
    assert recount.doubled == 0
    assert recount.dead_articles == stuck
    assert recount.dead_letters["time_limit"] == len(stuck)
    assert worker.stop() == 0


def test_article_that_needs_too_much_memory_is_given_up_and_no_other(trial, count, nothing_is_lost):
    worker = trial.worker(RASID_POOL_MEMORY_BYTES=address_space_of_a_child(trial.settings) + ROOM_BYTES)
    worker.start()
    trial.publish(count // 2)
    large = {trial.publish_text(LARGE)}
    trial.publish(count // 4)
    large.add(trial.publish_text(LARGE))
    trial.publish(count // 4)
    recount = nothing_is_lost(
        "two articles for which a process of the pool runs out of memory",
        "they are dead-lettered (`child_died`), all others tagged once",
    )
    assert recount.doubled == 0
    assert recount.dead_articles == large
    assert recount.dead_letters["child_died"] == len(large)
    assert worker.stop() == 0


def address_space_of_a_child(settings: Settings) -> int:
    """Return the bytes that a process of the pool takes before its first article, which differ by machine."""
    pool = Pool(Settings(pool_processes=1), start_child, settings.watch_topics, settings.max_article_bytes)
    try:
        return asyncio.run(pool.run(_address_space))
    finally:
        pool.close()


def _address_space() -> int:
    (kilobytes,) = (
        int(line.split()[1])
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("VmPeak:")
    )
    return kilobytes * 1024
