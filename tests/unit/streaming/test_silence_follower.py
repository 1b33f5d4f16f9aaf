"""Silences are known before anything is delivered, and followed."""

import asyncio

import pytest

from tests.unit.domain.alert_maker import NOON, after, alert
from tests.unit.streaming.notifier_maker import until
from worker.domain.alert_action import Silence
from worker.domain.silence import Silences
from worker.streaming import silence_follower
from worker.streaming.codec import encode
from worker.streaming.silence_follower import SilenceFollower


def record(name="s1", **fields) -> tuple[bytes, bytes]:
    given = {"starts_at": NOON, "ends_at": after(hours=1), "by": "أمينة", "why": "تمرين", "language": "ru"}
    return name.encode(), encode(Silence(id=name, **(given | fields)))


def following(*present, then=(), now=NOON) -> SilenceFollower:
    async def read():
        for one in present:
            yield one

    async def follow():
        for one in (*present, *then):
            yield one
        await asyncio.Event().wait()

    return SilenceFollower(Silences(), present=read, follow=follow, clock=lambda: now)


async def test_what_is_in_force_is_known_after_load():
    follower = following(record())
    await follower.load()
    assert follower.silences.held_until(alert(), NOON) == after(hours=1)


async def test_tombstone_and_an_end_that_has_passed_remove_a_silence():
    follower = following(
        record("s1"), (b"s1", None), record("s2"), record("s2", ends_at=after(minutes=1)), now=after(minutes=2)
    )
    await follower.load()
    assert len(follower.silences) == 0


async def test_poison_is_told_of_and_changes_nothing(caplog):
    follower = following((b"\xff", b"{"), record())
    await follower.load()
    assert len(follower.silences) == 1
    assert "not a silence" in caplog.text


async def test_new_silences_are_followed():
    follower = following(then=[record("s9")])
    await follower.start()
    try:
        await until(lambda: len(follower.silences) == 1)
    finally:
        await follower.stop()
    assert follower.silences.held_until(alert(), NOON) == after(hours=1)


@pytest.mark.parametrize("error", [OSError("gone")])
async def test_reading_is_taken_up_again_after_an_error(monkeypatch, error):
    monkeypatch.setattr(silence_follower, "AGAIN_AFTER_SECONDS", 0.01)
    tries = []

    async def follow():
        tries.append(1)
        if len(tries) == 1:
            raise error
        yield record()
        await asyncio.Event().wait()

    follower = SilenceFollower(Silences(), present=follow, follow=follow, clock=lambda: NOON)
    await follower.start()
    try:
        await until(lambda: len(follower.silences) == 1)
    finally:
        await follower.stop()
    assert follower.silences.held_until(alert(), NOON) == after(hours=1)
