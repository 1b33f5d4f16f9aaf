"""Fetching from a broker that does not let fetches wait.

A consumer asks for messages again as soon as it is answered. Kafka keeps a fetch that finds nothing for a while
(`fetch.max.wait.ms`); the embedded broker (noida-db 0.2.3) answers at once, and a consumer without messages then
asks thousands of times a second, which takes a core of the client and a third of the broker's. So where an answer
without any message comes sooner than from a broker that waits, the client waits a moment itself. With Kafka that
never happens.
"""

import asyncio
from functools import cache
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.fetch import FetchRequest

AT_ONCE_SECONDS = 0.005
"""An answer within this time was not waited for: clients ask for some hundred milliseconds."""

PAUSE_SECONDS = 0.01


@cache
def wait_after_empty_fetches() -> None:
    """Have every Kafka client of this process wait after an empty answer that came at once. Done once."""
    send = AIOKafkaClient.send

    async def patient_send(self: AIOKafkaClient, node_id: int, request: Any, **options: Any) -> Any:
        if not isinstance(request, FetchRequest):
            return await send(self, node_id, request, **options)
        clock = asyncio.get_running_loop().time
        asked = clock()
        answer = await send(self, node_id, request, **options)
        if clock() - asked < AT_ONCE_SECONDS and is_empty(answer):
            await asyncio.sleep(PAUSE_SECONDS)
        return answer

    AIOKafkaClient.send = patient_send


def is_empty(answer: Any) -> bool:
    """Return whether a fetch's answer has neither a message nor an error that its reader must hear of at once."""
    return not any(records or error for _, partitions in answer.topics for _, error, *_, records in partitions)
