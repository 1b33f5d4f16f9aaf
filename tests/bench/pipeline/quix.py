"""Line (b), a peer framework: `python -m tests.bench.pipeline.quix REQUEST`, one process for each core.

quixstreams with its defaults (at least once, a checkpoint every 5 s, its own producer), one function an article
from `articles.raw` to `articles.tagged` and `alerts`. The function is the naive one (naive_stages.py), or Rasid's
own extract and tag stages one after the other: there is no hop through Kafka between them, no pool with a time
limit and a bound on memory, no dead letter, and no alert desk. So it does less than the worker.
"""

import gc
import pickle
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

Done = tuple[str, bytes, list[tuple[str, bytes]]]
Stages = Callable[[bytes], Done]
LARGEST = 40 * 1024**2


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What the process is told; `stages` is `naive` or `rasid`."""

    broker: str
    prefix: str
    partitions: int
    state_folder: str
    stages: str
    terms: str
    watch_topics: str
    max_article_bytes: int


def naive_stages(request: Request) -> Stages:
    """Return the naive function."""
    from tests.bench.pipeline.naive_stages import NaiveStages

    return NaiveStages(Path(request.terms)).work


def own_stages(request: Request) -> Stages:
    """Return Rasid's stages as one function."""
    from worker.adapters.huge_pages import take_huge_pages
    from worker.domain.errors import RejectedError
    from worker.streaming.stages import stages_for

    stages = stages_for(pickle.loads(Path(request.watch_topics).read_bytes()), request.max_article_bytes)
    gc.collect()
    gc.freeze()
    take_huge_pages()

    def work(value: bytes) -> Done:
        try:
            tagged = stages.tag(stages.extract(value, datetime.now(UTC)).value)
        except RejectedError as rejection:
            return rejection.article_id or "", str(rejection).encode(), []
        alerts = [(watch_topic, record) for watch_topic, level, record in tagged.matches if level == "alert"]
        return tagged.article_id, tagged.value, alerts

    return work


def run(request: Request) -> None:
    """Work until the process is ended."""
    from quixstreams import Application

    work = naive_stages(request) if request.stages == "naive" else own_stages(request)
    app = Application(
        broker_address=request.broker,
        consumer_group=f"{request.prefix}quix",
        auto_offset_reset="earliest",
        state_dir=request.state_folder,
        auto_create_topics=False,
        loglevel="WARNING",
        producer_extra_config={"message.max.bytes": LARGEST},
    )
    frame = app.dataframe(app.topic(f"{request.prefix}articles.raw", value_deserializer="bytes"))
    frame = frame.apply(work)
    tagged = app.topic(f"{request.prefix}articles.tagged", value_serializer="bytes", key_serializer="bytes")
    alerts = app.topic(f"{request.prefix}alerts", value_serializer="bytes", key_serializer="bytes")
    frame.apply(lambda done: done[1]).to_topic(tagged)
    each = frame.apply(_alerts, expand=True)
    each.apply(lambda alert: alert[1]).to_topic(alerts)
    app.run()


def _alerts(done: Done) -> list[Any]:
    return list(done[2])


if __name__ == "__main__":
    run(msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Request))
