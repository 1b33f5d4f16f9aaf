"""Reading stretches of partitions outside of Faust: from an offset or a time to the end there is now."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

POLL_MS = 500
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Range = tuple[int, int]
"""The first offset, and the one behind the last."""


async def ranges_of(consumer: AIOKafkaConsumer, places: Sequence[TopicPartition]) -> dict[TopicPartition, Range]:
    """Return the first offset that there is and the present end of each partition."""
    if not places:
        return {}
    begins, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
    return {place: (begins[place], ends[place]) for place in places}


async def from_time(
    consumer: AIOKafkaConsumer, ranges: Mapping[TopicPartition, Range], since: datetime
) -> dict[TopicPartition, Range]:
    """Return the ranges without what was written before a time."""
    milliseconds = max(0, (since - EPOCH) // timedelta(milliseconds=1))
    found = await consumer.offsets_for_times(dict.fromkeys(ranges, milliseconds)) if ranges else {}
    return {
        place: (max(begin, found[place].offset), end)
        for place, (begin, end) in ranges.items()
        if found.get(place) is not None and found[place].offset >= 0
    }


async def records_of(
    consumer: AIOKafkaConsumer, ranges: Mapping[TopicPartition, Range]
) -> AsyncIterator[ConsumerRecord]:
    """Yield the records of ranges of offsets, in order within each partition."""
    unread = {place: end for place, (begin, end) in ranges.items() if begin < end}
    consumer.assign(list(unread))
    for place in unread:
        consumer.seek(place, ranges[place][0])
    while unread:
        for place, records in (await consumer.getmany(*unread, timeout_ms=POLL_MS)).items():
            for record in records:
                if record.offset < unread[place]:
                    yield record
        # Compaction leaves holes, so the consumer's position tells the end and not the count of records.
        unread = {place: end for place, end in unread.items() if await consumer.position(place) < end}
