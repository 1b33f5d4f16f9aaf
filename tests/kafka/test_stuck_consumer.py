"""A consumer that is stuck: all its buffers were full past the poll interval, so that it has left its group."""

import asyncio
import os
import signal
import time

from aiokafka.admin import AIOKafkaAdminClient

LEAVES_SECONDS = 120.0


def test_stuck_worker_ends_itself_and_another_takes_over(trial, count, nothing_is_lost):
    stuck = trial.worker("tests.kafka.hasty_worker", RASID_ARTICLE_TIME_LIMIT_SECONDS=600)
    stuck.start()
    trial.publish(count)
    trial.wait_for_tagged(count // 10)
    (child,) = stuck.pool_children()
    os.kill(child, signal.SIGSTOP)
    stuck.until(lambda: members(trial) == 0, "given up by Kafka", LEAVES_SECONDS)
    since, before = time.monotonic(), trial.tagged()
    os.kill(child, signal.SIGCONT)
    assert stuck.process.wait(LEAVES_SECONDS) == 70
    assert "Kafka has assigned no partitions for" in stuck.log_tail()
    assert (members(trial), trial.lag() > 0) == (0, True), "it never came back, though there were articles"
    other = trial.worker()
    other.start()
    trial.recovering(since, before)
    nothing_is_lost(
        "a consumer that has left its group and does not know it (poll interval passed)",
        "the watchdog ends the worker (exit code 70), another takes over, nothing lost",
    )
    assert other.stop() == 0


def members(trial) -> int:
    """Return how many workers are in the trial's consumer group, as Kafka sees it."""

    async def described() -> int:
        admin = AIOKafkaAdminClient(bootstrap_servers=trial.settings.broker)
        await admin.start()
        try:
            (answer,) = await admin.describe_consumer_groups([trial.settings.kafka_prefix + trial.settings.group])
        finally:
            await admin.close()
        ((error, _, _, _, _, found, *_),) = answer.groups
        assert error == 0
        return len(found)

    return asyncio.run(described())
