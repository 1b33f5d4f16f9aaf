"""A compacted partition read back: the latest value of each key, and nothing that was deleted."""

from worker.streaming.compacted import latest


async def records(*pairs):
    for pair in pairs:
        yield pair


async def test_latest_value_of_each_key_stands_and_deleted_keys_are_gone():
    read = records((b"a", b"1"), (b"b", b"2"), (b"a", b"3"), (b"b", None), (b"c", b"4"), (b"d", None))
    assert await latest(read) == {b"a": b"3", b"c": b"4"}


async def test_key_that_comes_again_after_it_was_deleted_is_there():
    assert await latest(records((b"a", b"1"), (b"a", None), (b"a", b"2"))) == {b"a": b"2"}
