"""Messages wait at the door while there is no room for them, by number or by bytes."""

import asyncio

import pytest

from worker.streaming.room import Room


async def waits(room, size_bytes):
    """Return the task that enters, where it has to wait; None where it is inside at once."""
    entering = asyncio.create_task(room.enter(size_bytes))
    await asyncio.sleep(0.001)
    return None if entering.done() else entering


@pytest.mark.parametrize(("messages", "size_bytes"), [(2, 1_000), (100, 20)])
async def test_next_message_waits_until_one_has_left(messages, size_bytes):
    room = Room(messages, size_bytes)
    assert await waits(room, 10) is None
    assert await waits(room, 10) is None
    third = await waits(room, 10)
    assert third is not None
    room.leave(10)
    await asyncio.wait_for(third, 1)


async def test_message_larger_than_all_the_room_has_room_alone():
    room = Room(4, 100)
    assert await waits(room, 1_000) is None
    second = await waits(room, 1)
    assert second is not None
    room.leave(1_000)
    await asyncio.wait_for(second, 1)
    third = await waits(room, 1_000)
    assert third is not None
    room.leave(1)
    await asyncio.wait_for(third, 1)


async def test_room_that_one_leaves_is_not_taken_by_one_who_needs_more():
    room = Room(4, 100)
    for _ in range(2):
        assert await waits(room, 40) is None
    large = await waits(room, 90)
    room.leave(40)
    await asyncio.sleep(0.001)
    assert not large.done()
    room.leave(40)
    await asyncio.wait_for(large, 1)
