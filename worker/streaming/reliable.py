"""The one loss-free batch loop that every agent uses.

Faust acks an event when an exception leaves an agent, and acking a later offset commits past an earlier one. So
nothing leaves this loop but a whole batch: work, confirmed sends, dead letters for what failed, then acks in
offset order. Where even a dead letter cannot be written the process ends with exit code 70 before any later
ack, and the messages are read again by the next worker.

Offsets count within a partition, so each partition has a lane of its own: its messages wait for each other, and
those of other partitions do not wait for a slow one. What came while a batch was worked on is the next batch.
"""

import asyncio
import logging
import os
import sys
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NoReturn

from worker.adapters import metrics
from worker.adapters.kafka_lag import Place
from worker.domain.errors import Reason, RejectedError
from worker.streaming.dead_letter import dead_letter
from worker.streaming.kafka_topics import KafkaTopic
from worker.streaming.message import Message, Outgoing
from worker.streaming.outbox import Outbox
from worker.streaming.room import Room

log = logging.getLogger(__name__)

FUTURE_SECONDS = 600.0
"""How far the clocks of producers and brokers may be ahead of ours."""

EX_SOFTWARE = 70
"""Exit code of a worker that can no longer keep its promise (sysexits.h)."""


@dataclass(frozen=True)
class Done:
    """What one message led to.

    Attributes:
        records: Sent first.
        afterwards: Sent when all `records` of the batch are confirmed: state that must never run ahead of
            what was published from it.
        on_confirmed: Called when everything is confirmed, before the ack.
        outcome: How the message is counted: done, or passed_over.
    """

    records: tuple[Outgoing, ...] = ()
    afterwards: tuple[Outgoing, ...] = ()
    on_confirmed: Callable[[], None] | None = None
    outcome: str = "done"


BATCHES_IN_HAND = 4
"""Messages taken from Faust and not yet acked, in full batches: enough that the others go on for seconds while one
lane stands, and few enough that a worker that ends has soon worked them off."""

BYTES_IN_HAND = 64 * 1024**2
"""And of no more bytes than these, so that large articles do not fill the memory."""

Outcome = Done | RejectedError
Work = Callable[[Sequence[Message]], Awaitable[Sequence[Outcome]]]
"""An agent's own part: messages in, one outcome for each, in the same order."""


def leave(why: str) -> NoReturn:
    """End the process at once, with no ack and no commit."""
    log.critical("leaving with exit code %d: %s", EX_SOFTWARE, why)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(EX_SOFTWARE)


class BatchLoop:
    """Runs an agent's work over batches of events and keeps the order work, sends, dead letters, acks."""

    def __init__(
        self,
        source: KafkaTopic,
        agent: str,
        work: Work,
        outbox: Outbox,
        *,
        batch_messages: int,
        leave: Callable[[str], NoReturn] = leave,
    ) -> None:
        """Bind the loop to an agent.

        Args:
            source: The Kafka topic it reads.
            agent: Its name.
            work: Its work.
            outbox: Where its records go.
            batch_messages: Most messages of a partition that are worked on at once.
            leave: Ends the process; tests pass their own.
        """
        self._source = source
        self._agent = agent
        self._work = work
        self._outbox = outbox
        self._batch_messages = batch_messages
        self._leave = leave
        self._lanes: dict[Place, deque[Any]] = {}

    @property
    def in_hand(self) -> Mapping[Place, float]:
        """Timestamp, in seconds, of the oldest message of each partition that was taken and is not acked."""
        return {place: message_of(lane[0]).timestamp_seconds for place, lane in self._lanes.items()}

    async def run(self, events: AsyncIterator[Any]) -> None:
        """Handle every Faust event of a stream that acks none itself, until the stream ends."""
        self._lanes.clear()
        room = Room(BATCHES_IN_HAND * self._batch_messages, BYTES_IN_HAND)
        async with asyncio.TaskGroup() as tasks:
            async for event in events:
                await room.enter(_size(event))
                place = (event.message.topic, event.message.partition)
                lane = self._lanes.get(place)
                if lane is None:
                    lane = self._lanes[place] = deque((event,))
                    tasks.create_task(self._work_off(place, lane, room))
                else:
                    lane.append(event)

    async def _work_off(self, place: Place, lane: deque[Any], room: Room) -> None:
        """Handle the events of a partition until none is left; they stay in the lane until they are acked."""
        while lane:
            batch = list(islice(lane, self._batch_messages))
            try:
                await self.handle([message_of(event) for event in batch])
            except Exception as error:
                log.exception("defect in the %s agent", self._agent)
                self._leave(f"defect in the {self._agent} agent: {error!r}")
            for event in batch:
                event.ack()
                lane.popleft()
                room.leave(_size(event))
        del self._lanes[place]

    async def handle(self, messages: Sequence[Message]) -> None:
        """Work on a batch until each message's records, or its dead letter, are confirmed."""
        outcomes = list(await self._work(messages))
        if len(outcomes) != len(messages):
            raise RuntimeError(f"{len(messages)} messages, {len(outcomes)} outcomes")
        await self._send_wave(outcomes, lambda done: done.records)
        await self._send_wave(outcomes, lambda done: done.afterwards)
        await self._give_up(messages, outcomes)
        for outcome in outcomes:
            if isinstance(outcome, Done) and outcome.on_confirmed is not None:
                outcome.on_confirmed()
        self._count(outcomes)

    async def _send_wave(
        self, outcomes: list[Outcome], records_of: Callable[[Done], tuple[Outgoing, ...]]
    ) -> None:
        """Send one wave of every outcome; what cannot be sent turns into a rejection in place."""
        groups = [records_of(outcome) if isinstance(outcome, Done) else () for outcome in outcomes]
        if not any(groups):
            return
        for index, error in enumerate(await self._outbox.send(groups)):
            if error is not None:
                outcomes[index] = RejectedError(Reason.SEND_REFUSED, f"{type(error).__name__}: {error}"[:500])

    async def _give_up(self, messages: Sequence[Message], outcomes: Sequence[Outcome]) -> None:
        rejected = [
            (message, outcome)
            for message, outcome in zip(messages, outcomes, strict=True)
            if isinstance(outcome, RejectedError)
        ]
        letters = [[dead_letter(self._source, self._agent, message, rejection)] for message, rejection in rejected]
        for error in await self._outbox.send(letters) if letters else ():
            if error is not None:
                self._leave(f"the {self._agent} agent cannot write a dead letter: {error!r}")
        for message, rejection in rejected:
            log.warning(
                "dead letter: %s[%d]@%d: %s",
                message.kafka_topic,
                message.partition,
                message.offset,
                rejection,
            )
            metrics.DEAD_LETTERS.labels(agent=self._agent, reason=rejection.reason.value).inc()

    def _count(self, outcomes: Sequence[Outcome]) -> None:
        counts = Counter(outcome.outcome if isinstance(outcome, Done) else "dead_letter" for outcome in outcomes)
        for outcome, count in counts.items():
            metrics.ARTICLES.labels(stage=self._agent, outcome=outcome).inc(count)


def _size(event: Any) -> int:
    """Return the size of a message's value, in bytes."""
    return len(event.message.value or b"")


def message_of(event: Any) -> Message:
    """Return the plain message behind a Faust event."""
    message = event.message
    return Message(
        kafka_topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        timestamp_seconds=_believable(message.timestamp or 0.0),
        key=message.key,
        value=message.value,
        headers=tuple(message.headers or ()),
    )


def _believable(timestamp_seconds: float) -> float:
    """Return when a message reached Kafka, by its producer's word, but not in the future.

    A timestamp of the year 2300 would carry the alert desk's clock there, and one of the year 300,000 is no date.
    """
    now = time.time()
    return now if timestamp_seconds > now + FUTURE_SECONDS else max(timestamp_seconds, 0.0)
