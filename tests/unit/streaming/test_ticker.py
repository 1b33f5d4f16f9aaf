"""The ticker calls again and again, one call at a time, and not once more when it is told to stop."""

import asyncio

import pytest

from worker.streaming.ticker import Ticker


class Calls:
    """Counts calls; each fails where there is an error."""

    def __init__(self):
        self.count = 0
        self.closed_after = None
        self.error = None
        self.left = []

    async def tick(self):
        self.count += 1
        if self.error is not None:
            raise self.error

    async def close(self):
        self.closed_after = self.count


@pytest.fixture
def calls():
    return Calls()


async def until(holds):
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_calls_come_again_and_again_until_it_is_stopped(calls):
    ticker = Ticker("clock", calls.tick, 0.01)
    await ticker.start()
    await until(lambda: calls.count >= 3)
    await ticker.stop()
    count = calls.count
    await asyncio.sleep(0.05)
    assert calls.count == count


async def test_end_brings_no_last_call_and_what_the_calls_held_is_given_back(calls):
    ticker = Ticker("clock", calls.tick, 3600, close=calls.close)
    await ticker.start()
    await asyncio.sleep(0.05)
    await ticker.stop()
    await asyncio.sleep(0.05)
    assert (calls.count, calls.closed_after) == (0, 0)


async def test_defect_in_a_call_ends_the_process(calls):
    calls.error = RuntimeError("a defect")
    ticker = Ticker("clock", calls.tick, 0.01, leave=calls.left.append)
    await ticker.start()
    await until(lambda: calls.left)
    await ticker.stop()
    assert calls.left[0] == "defect in the clock: RuntimeError('a defect')"
