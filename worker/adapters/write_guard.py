"""A last question before messages go out to Kafka.

A producer holds back what it was handed while an earlier request to the same partition is on its way. A process
that was frozen in that moment and wakes would write it at once, before any clock of ours has ticked.
"""

from collections.abc import Callable
from typing import Any
from weakref import WeakSet

from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.produce import ProduceRequest

_asking: WeakSet[AIOKafkaClient] = WeakSet()


def ask_before_writing(client: AIOKafkaClient, ask: Callable[[], None]) -> None:
    """Have a producer's client call `ask` before every request that writes messages. Done once a client."""
    if client in _asking:
        return
    _asking.add(client)
    send = client.send

    async def asked(node_id: int, request: Any, **options: Any) -> Any:
        if isinstance(request, ProduceRequest):
            ask()
        return await send(node_id, request, **options)

    client.send = asked
