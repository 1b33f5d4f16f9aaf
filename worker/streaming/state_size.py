"""How much the desks remember, by kind: the records in force of a compacted Kafka topic, and their bytes."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from worker.adapters import metrics
from worker.streaming.kafka_topics import KafkaTopic


class StateSize:
    """The size of one table, told by what is written to its Kafka topic."""

    def __init__(self, kafka_topic: KafkaTopic) -> None:
        """Know of no record yet."""
        self._kafka_topic = kafka_topic
        self._sizes: defaultdict[int, dict[bytes, int]] = defaultdict(dict)
        self._entries: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()

    def load(self, partition: int, records: Iterable[tuple[bytes, bytes]]) -> None:
        """Take what a partition holds, as it was read back."""
        self.forget(partition)
        for key, value in records:
            self.put(partition, key, value)

    def put(self, partition: int, key: bytes, value: bytes | None) -> None:
        """Take one record that was written; without a value its key is forgotten."""
        sizes = self._sizes[partition]
        self._add(key, sizes.pop(key, 0), -1)
        if value is not None:
            sizes[key] = len(key) + len(value)
            self._add(key, sizes[key], 1)

    def forget(self, partition: int) -> None:
        """Drop a partition that is no longer in hand."""
        for key, size in self._sizes.pop(partition, {}).items():
            self._add(key, size, -1)

    def take(self) -> None:
        """Set the gauges."""
        for kind, entries in self._entries.items():
            metrics.STATE_ENTRIES.labels(kafka_topic=self._kafka_topic.name, kind=kind).set(entries)
            metrics.STATE_BYTES.labels(kafka_topic=self._kafka_topic.name, kind=kind).set(self._bytes[kind])

    def _add(self, key: bytes, size: int, sign: int) -> None:
        if size:
            kind = key.partition(b"/")[0].decode()
            self._entries[kind] += sign
            self._bytes[kind] += sign * size
