"""Calls that are made at once travel together, and fail apart."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.adapters.pool_trips import MOST_BYTES, MOST_CALLS, Trips, each, shared_out
from worker.domain.errors import Reason, RejectedError


def double(number, _=b""):
    if number < 0:
        raise RejectedError(Reason.NO_ARTICLE, f"{number}")
    return 2 * number


class Processes:
    """Runs trips here, notes how many calls each had, and fails where it is told to."""

    def __init__(self, stuck=()):
        self.trips = []
        self.stuck = stuck

    async def run(self, function, *arguments):
        calls = arguments[0] if function is each else [(function, arguments)]
        self.trips.append([arguments[0] for _, arguments in calls])
        await asyncio.sleep(0)
        if any(arguments[0] in self.stuck for _, arguments in calls):
            raise RejectedError(Reason.TIME_LIMIT, "stuck")
        return function(*arguments)


async def results(processes, *calls, count=2):
    trips = Trips(processes.run, count)
    return await asyncio.gather(*(trips.call(double, *call) for call in calls), return_exceptions=True)


async def test_calls_made_at_once_share_trips_and_keep_their_answers():
    processes = Processes()
    assert await results(processes, *((number,) for number in range(6))) == [0, 2, 4, 6, 8, 10]
    assert processes.trips == [[0, 1, 2], [3, 4, 5]]


async def test_one_call_travels_alone_and_at_once():
    processes = Processes()
    assert await results(processes, (21,)) == [42]
    assert processes.trips == [[21]]


async def test_call_that_is_rejected_leaves_the_others_of_its_trip_alone():
    processes = Processes()
    found = await results(processes, (1,), (-2,), (3,), (4,))
    assert [found[0], found[2], found[3]] == [2, 6, 8]
    assert (found[1].reason, found[1].detail) == (Reason.NO_ARTICLE, "-2")
    assert len(processes.trips) == 2


async def test_trip_that_fails_is_made_again_call_by_call():
    processes = Processes(stuck=[3])
    found = await results(processes, (1,), (2,), (3,), (4,))
    assert [found[0], found[1], found[3]] == [2, 4, 8]
    assert found[2].reason is Reason.TIME_LIMIT
    assert processes.trips == [[1, 2], [3, 4], [3], [4]]


async def test_large_arguments_travel_alone():
    processes = Processes()
    page, text = b"p" * MOST_BYTES, b"t"
    await results(processes, (1, text), (2, text), (3, page), (4, text), (5, text), (6, text), count=1)
    assert processes.trips == [[1, 2], [3], [4, 5, 6]]


async def test_who_gives_up_waiting_costs_the_others_nothing():
    processes = Processes()
    trips = Trips(processes.run, 1)
    calls = [asyncio.create_task(trips.call(double, number)) for number in range(3)]
    await asyncio.sleep(0)
    calls[1].cancel()
    found = await asyncio.gather(*calls, return_exceptions=True)
    assert [found[0], found[2]] == [0, 4]
    assert isinstance(found[1], asyncio.CancelledError)


async def test_defect_of_the_pool_reaches_who_asked():
    async def broken(function, *arguments):
        raise RuntimeError("no pool")

    with pytest.raises(RuntimeError, match="no pool"):
        await Trips(broken, 2).call(double, 1)


@given(st.lists(st.integers(0, 2 * MOST_BYTES), min_size=1, max_size=60), st.integers(1, 8))
def test_calls_are_shared_out_in_order_and_fill_every_process_first(sizes, processes):
    class Waiting:
        def __init__(self, size):
            self.call = (double, (1, b"x" * size))

    waiting = [Waiting(size) for size in sizes]
    groups = list(shared_out(waiting, processes))
    assert [one for group in groups for one in group] == waiting
    assert all(len(group) <= MOST_CALLS for group in groups)
    assert len(groups) >= min(processes, len(sizes))
    for group in groups:
        assert len(group) == 1 or sum(len(one.call[1][1]) for one in group) <= MOST_BYTES
