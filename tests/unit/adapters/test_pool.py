"""The pool: a time limit an article, children that die are replaced, neighbours are not touched."""

import asyncio
import gc
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from pebble.pool.channel import WorkerChannel

from worker.adapters.pool import Pool
from worker.domain.errors import Reason, RejectedError
from worker.settings import Settings

_loaded = []


def load(value):
    _loaded.append(value)


def load_the_second_time_slowly(folder):
    try:
        (folder / "first").touch(exist_ok=False)
    except FileExistsError:
        time.sleep(1.5)
        (folder / "second").touch()


def double(number):
    return number * 2


def loaded():
    return list(_loaded)


def sleep_for_ever():
    time.sleep(3600)


def kill_own_process():
    os.kill(os.getpid(), signal.SIGKILL)


def kill_own_process_with_the_lock_of_the_pool():
    (channel,) = (found for found in gc.get_objects() if type(found) is WorkerChannel)
    assert channel.mutex.acquire(timeout=10)
    kill_own_process()


def take_memory():
    return len(bytearray(8 * 1024**3))


def reject():
    raise RejectedError(Reason.NO_ARTICLE, "nothing in it", "id-1")


def divide():
    return 1 // 0


@pytest.fixture(scope="module")
def pool():
    settings = Settings(pool_processes=2, article_time_limit_seconds=1.0)
    pool = Pool(settings, load, "watch topics")
    yield pool
    pool.close()


async def test_result_comes_back_from_a_child_that_loaded_what_it_needs(pool):
    assert await pool.run(double, 21) == 42
    assert await pool.run(loaded) == ["watch topics"]


def test_pool_has_a_process_for_each_core_that_it_may_use(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 3, 5})
    assert Pool(Settings(), load).processes == 3
    assert Pool(Settings(pool_processes=7), load).processes == 7
    monkeypatch.delattr(os, "sched_getaffinity")  # as on macOS
    monkeypatch.setattr(os, "cpu_count", lambda: 12)
    assert Pool(Settings(), load).processes == 12


async def test_pool_is_warm_when_all_of_its_processes_have_loaded_what_they_need(tmp_path):
    pool = Pool(Settings(pool_processes=2), load_the_second_time_slowly, tmp_path)
    try:
        pool.warm_up()
        assert await pool.run(double, 4) == 8, "one works already"
        assert not pool.is_warm
        async with asyncio.timeout(30):
            while not pool.is_warm:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)
        assert (tmp_path / "second").exists()
    finally:
        pool.close()


async def test_article_that_overruns_is_rejected_and_its_neighbours_are_not(pool):
    results = await asyncio.gather(
        *(pool.run(double, number) for number in range(4)), pool.run(sleep_for_ever), return_exceptions=True
    )
    assert results[:4] == [0, 2, 4, 6]
    assert results[4].reason is Reason.TIME_LIMIT
    assert await pool.run(double, 5) == 10


async def test_child_that_is_killed_rejects_its_article_and_the_pool_goes_on(pool):
    results = await asyncio.gather(
        pool.run(kill_own_process), *(pool.run(double, number) for number in range(4)), return_exceptions=True
    )
    assert results[0].reason is Reason.CHILD_DIED
    assert results[1:] == [0, 2, 4, 6]


async def test_child_that_is_killed_between_two_articles_costs_none(pool):
    os.kill(await pool.run(os.getpid), signal.SIGKILL)
    await asyncio.sleep(1)  # the pool notices within 0.1 s
    assert await asyncio.gather(*(pool.run(double, number) for number in range(4))) == [0, 2, 4, 6]


async def test_child_that_is_killed_with_the_lock_of_the_pool_costs_its_own_article_and_some_seconds(pool):
    with pytest.raises(RejectedError) as rejected:
        await pool.run(kill_own_process_with_the_lock_of_the_pool)
    assert rejected.value.reason is Reason.CHILD_DIED
    async with asyncio.timeout(60):
        assert await asyncio.gather(*(pool.run(double, number) for number in range(4))) == [0, 2, 4, 6]


async def test_calls_that_no_process_was_given_yet_outlive_the_pool_that_breaks():
    pool = Pool(Settings(pool_processes=1), load, "watch topics")
    large = b"more than a pipe holds" * 4096
    try:
        async with asyncio.timeout(60):
            dead, *others = await asyncio.gather(
                pool.run(kill_own_process_with_the_lock_of_the_pool),
                *(pool.run(len, large) for _ in range(20)),
                return_exceptions=True,
            )
    finally:
        pool.close()
    assert dead.reason is Reason.CHILD_DIED
    assert others == [len(large)] * 20


def test_calls_without_a_loop_outlive_the_pool_that_breaks():
    pool = Pool(Settings(pool_processes=1), load, "watch topics")
    large = b"more than a pipe holds" * 4096
    try:
        dead = pool.begin(kill_own_process_with_the_lock_of_the_pool)
        others = [pool.begin(len, large) for _ in range(20)]
        with pytest.raises(RejectedError) as rejected:
            dead.result()
        assert [call.result() for call in others] == [len(large)] * 20
    finally:
        pool.close()
    assert rejected.value.reason is Reason.CHILD_DIED


def test_call_in_a_pool_that_was_closed_is_given_up():
    pool = Pool(Settings(pool_processes=1), load, "watch topics")
    pool.close()
    with pytest.raises(RejectedError) as rejected:
        pool.begin(double, 4).result()
    assert rejected.value.reason is Reason.CHILD_DIED


async def test_clock_that_is_set_ahead_ends_no_article(pool, monkeypatch):
    future = running(pool, time.sleep, 0.5)
    set_clock(monkeypatch, hours=1)
    assert await asyncio.wrap_future(future) is None


async def test_clock_that_is_set_back_keeps_no_article_beyond_its_time(pool, monkeypatch):
    future = running(pool, sleep_for_ever)
    set_clock(monkeypatch, hours=-1)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.wrap_future(future), 30)
    assert not future.cancelled(), "the pool ended it, and not this test"


def running(pool, function, *arguments):
    """Return the future of a task that a child has begun."""
    future = pool.submit(function, *arguments)
    while not future.running():
        time.sleep(0.01)
    return future


def set_clock(monkeypatch, hours):
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + hours * 3600)


async def test_article_that_needs_too_much_memory_is_rejected(pool):
    with pytest.raises(RejectedError) as rejected:
        await pool.run(take_memory)
    assert rejected.value.reason is Reason.CHILD_DIED


async def test_rejection_keeps_its_fields_across_processes(pool):
    with pytest.raises(RejectedError) as rejected:
        await pool.run(reject)
    assert (rejected.value.reason, rejected.value.detail, rejected.value.article_id) == (
        Reason.NO_ARTICLE, "nothing in it", "id-1",
    )  # fmt: skip


async def test_defect_in_a_child_is_named(pool):
    with pytest.raises(RejectedError, match="ZeroDivisionError") as rejected:
        await pool.run(divide)
    assert rejected.value.reason is Reason.INTERNAL_ERROR


def test_children_die_with_a_parent_that_is_killed():
    program = """
        import os, sys, time
        from worker.adapters.pool import Pool
        from worker.settings import Settings

        if __name__ == "__main__":
            pool = Pool(Settings(pool_processes=1), int)
            print(pool.submit(os.getpid).result(), flush=True)
            time.sleep(60)
    """
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE)
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    for _ in range(100):
        if not _runs(child):
            return
        time.sleep(0.1)
    pytest.fail("the child outlives its parent")


def _runs(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
