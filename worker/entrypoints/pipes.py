"""Output into pipes."""

import asyncio
import contextlib
import os
import stat
import sys
from collections.abc import Coroutine, Iterator


@contextlib.contextmanager
def quiet_pipe() -> Iterator[None]:
    """End quietly when the reader of our output goes away, as `head` does."""
    try:
        yield
    except BrokenPipeError:
        # What Python still holds for standard output goes nowhere, or it would complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


async def until_nobody_reads(work: Coroutine[None, None, None]) -> None:
    """Do work that waits and prints without end, and end it quietly when the reader of our output goes away.

    A pipe tells so only to who writes into it, and the next line may be hours away.
    """
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    is_pipe = stat.S_ISFIFO(os.fstat(1).st_mode)
    if is_pipe:
        loop.add_reader(1, task.cancel)  # our end of a pipe turns readable only when the other one is closed
    try:
        await task
    except asyncio.CancelledError:
        # Told to end from outside, as by Ctrl-C, this task is being cancelled itself.
        current = asyncio.current_task()
        if current is not None and current.cancelling():
            raise
    finally:
        if is_pipe:
            loop.remove_reader(1)
        task.cancel()
