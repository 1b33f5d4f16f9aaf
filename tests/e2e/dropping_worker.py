"""The worker, each of whose rebalances drops what a fetch brought too late, as happens now and then.

A fetch that was under way when the rebalance began is answered from partitions that were just given, while nothing
may be handed on. Faust drops the messages and seeks to what was committed.
"""

import logging

from faust.transport.consumer import ThreadDelegateConsumer

from worker import bootstrap
from worker.settings import load_settings

FETCH_SECONDS = 5.0

log = logging.getLogger(__name__)
perform_seek = ThreadDelegateConsumer.perform_seek


async def perform_seek_after_a_late_answer(self: ThreadDelegateConsumer) -> None:
    """Take messages as the fetch that was under way does, drop them, and go on as Faust does."""
    self.flow_active = True
    records = await self._getmany(self.assignment(), timeout=FETCH_SECONDS)
    self.flow_active = False
    log.warning("dropped messages: %d", sum(map(len, records.values())))
    await perform_seek(self)


if __name__ == "__main__":
    ThreadDelegateConsumer.perform_seek = perform_seek_after_a_late_answer
    bootstrap.run_worker(load_settings())
