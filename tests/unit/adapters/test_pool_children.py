"""The pool in figures: every process that was started is known, and why each one ended."""

import asyncio
import os
import signal
import time
from collections import Counter

import pytest

from worker.adapters import metrics, pool_children
from worker.adapters.pool import Pool
from worker.adapters.pool_figures import take_pool_figures
from worker.domain.errors import RejectedError
from worker.settings import Settings

SECONDS = 60


def nothing():
    """Be what a process begins with."""


def double(number):
    return number * 2


def busy(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def sleep_for_ever():
    time.sleep(3600)


def kill_own_process():
    os.kill(os.getpid(), signal.SIGKILL)


def wait_for(path):
    while not path.exists():
        time.sleep(0.01)


@pytest.fixture
def pool(request):
    limit_seconds = getattr(request, "param", SECONDS)
    settings = Settings(pool_processes=2, article_time_limit_seconds=limit_seconds, pool_tasks_per_process=3)
    pool = Pool(settings, nothing)
    yield pool
    pool.close()


async def ended(pool, reason, count=1):
    """Wait until processes have ended for a reason, and return all that have."""
    seen = Counter()
    async with asyncio.timeout(SECONDS):
        while seen[reason] < count:
            seen += pool.children.usage().ended
            await asyncio.sleep(0.05)
    return seen


async def test_processes_that_live_are_counted_with_memory_and_cpu_time(pool):
    await asyncio.gather(pool.run(busy, 0.3), pool.run(busy, 0.3))
    usage = pool.children.usage()
    assert 1 <= usage.processes <= 2
    assert usage.resident_bytes > usage.processes * 5_000_000
    assert usage.cpu_seconds >= 0.3
    assert pool.children.usage().cpu_seconds < usage.cpu_seconds, "only what came since"


async def test_process_that_did_its_share_is_worn_out(pool):
    for number in range(12):
        await pool.run(double, number)
    assert set(await ended(pool, "worn_out", 2)) == {"worn_out"}


def test_first_processes_are_replaced_one_after_the_other_and_later_ones_after_a_whole_share(monkeypatch):
    given = []
    monkeypatch.setattr(pool_children.Child, "start", lambda child: given.append(child._args[0].max_tasks))
    pool = Pool(Settings(pool_processes=4, pool_tasks_per_process=100), nothing)
    manager = pool._pool._pool_manager.worker_manager
    for _ in range(6):
        manager.new_worker()
    assert given == [25, 50, 75, 100, 100, 100]


@pytest.mark.parametrize("pool", [1.0], indirect=True)
async def test_process_that_overran_its_time_is_told_from_one_that_died(pool):
    with pytest.raises(RejectedError):
        await pool.run(sleep_for_ever)
    assert await ended(pool, "time_limit") == {"time_limit": 1}
    with pytest.raises(RejectedError):
        await pool.run(kill_own_process)
    assert await ended(pool, "died") == {"died": 1}


async def test_processes_of_a_broken_pool_are_told_from_all_others(pool):
    assert await pool.run(double, 1) == 2
    pool._replace(pool._pool, RuntimeError("broken"))
    assert set(await ended(pool, "pool_broke", 2)) == {"pool_broke"}
    assert await pool.run(double, 2) == 4


async def test_running_and_waiting_tasks_are_told_apart_and_done_ones_are_gone(pool, tmp_path):
    tasks = []
    for _ in range(5):
        tasks.append(asyncio.create_task(pool.run(wait_for, tmp_path / "go")))
        await asyncio.sleep(0.01)  # what is asked at the same moment would be one task
    async with asyncio.timeout(SECONDS):
        while pool.tasks() != (2, 3):  # noqa: ASYNC110 - the pool tells nobody that it began
            await asyncio.sleep(0.01)
    (tmp_path / "go").touch()
    await asyncio.gather(*tasks)
    assert pool.tasks() == (0, 0)


async def test_figures_reach_the_metrics(pool):
    await pool.run(busy, 0.1)
    before = metrics.REGISTRY.get_sample_value("rasid_pool_cpu_seconds_total")
    take_pool_figures(pool)
    assert metrics.REGISTRY.get_sample_value("rasid_pool_cpu_seconds_total") > before
    assert metrics.REGISTRY.get_sample_value("rasid_pool_tasks", {"state": "waiting"}) == 0
