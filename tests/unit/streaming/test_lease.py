"""A worker that did not run for a session writes nothing more."""

from typing import NoReturn

import pytest

from worker.streaming.lease import Lease


class LeftError(Exception):
    pass


def left(why: str) -> NoReturn:
    raise LeftError(why)


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def may_send(lease: Lease) -> bool:
    try:
        lease.check()
    except LeftError:
        return False
    return True


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lease(clock: Clock) -> Lease:
    return Lease(30.0, clock=clock, leave=left)


async def test_worker_that_was_frozen_for_a_session_leaves_before_it_sends(lease: Lease, clock: Clock) -> None:
    await lease.renew()
    clock.now += 31
    with pytest.raises(LeftError, match="did not run for 31 s"):
        lease.check()


async def test_waking_by_the_clocks_tick_does_not_hide_the_freeze(lease: Lease, clock: Clock) -> None:
    await lease.renew()
    clock.now += 31
    with pytest.raises(LeftError):
        await lease.renew()


async def test_worker_that_runs_may_send_for_ever(lease: Lease, clock: Clock) -> None:
    for _ in range(1_000):
        await lease.renew()
        clock.now += 29
        assert may_send(lease)


def test_start_that_takes_long_is_no_freeze(lease: Lease, clock: Clock) -> None:
    assert may_send(lease)
    clock.now += 1_000
    assert may_send(lease)
