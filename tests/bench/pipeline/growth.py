"""What happens as something grows: worker processes, watch topics, the size of articles, a backlog."""

import asyncio
import time
from collections.abc import Sequence

from tests.bench import brokers
from tests.bench.pipeline import lines
from tests.bench.pipeline.lines import Line, log_of, started
from tests.bench.pipeline.material import Article, messages
from tests.bench.pipeline.results import Growth, Run
from tests.bench.pipeline.rounds import Arena, Work
from tests.bench.pipeline.trial import OUTPUTS, Feed, Outputs, publish, throughput, used
from tests.bench.processes import FailedError
from tests.bench.usage import pss

WORKERS = (1, 2, 4)
PARTITIONS = 8
PLAIN_KILOBYTES = (1, 3, 7, 30, 100, 300)
PAGE_BINS = ((0, 50), (50, 100), (100, 200), (200, 400))
WATCH_TOPICS = 1_000
BACKLOG_BYTES = 1_000
SAMPLE_SECONDS = 5.0


def grow(run: Run, arena: Arena, broker: str, works: Sequence[Work], backlog: int) -> None:
    """Measure every point, and keep it in `run` at once.

    Args:
        run: What is found goes there.
        arena: Where.
        broker: Which broker.
        works: How many pages and how many plain texts a point is measured on.
        backlog: How many articles the backlog has; 0 for none.
    """
    pages, plain = works

    def keep(plot: str, x: float, line: Line, made: Sequence[Article], warm_up: int, partitions: int = 4) -> None:
        try:
            with arena.trial(broker, WATCH_TOPICS, partitions) as trial:
                found = throughput(line, trial, made, warm_up)
        except FailedError as error:
            run.notes.append(f"{plot} at {x:g}: {str(error)[:300]}")
            arena.say(run.notes[-1])
            return
        run.growth.append(Growth(plot, x, broker, found.per_second, found.pss, found.articles))
        arena.say(f"{plot}, {x:g}: {found.per_second:.1f}/s")

    material = arena.material
    if broker == brokers.KAFKA:  # a second worker stalls the embedded broker
        for count in WORKERS:
            programs = lines.workers(count, RASID_POOL_PROCESSES="1")
            several = lines.WORKER._replace(key=f"workers-{count}", programs=programs)
            keep("workers, pages", count, several, material.pages(pages.articles), pages.warm_up, PARTITIONS)
            keep("workers, plain", count, several, material.plain(plain.articles), plain.warm_up, PARTITIONS)
    for kilobytes in PLAIN_KILOBYTES:
        count = max(100, min(plain.articles, 2 * plain.articles // kilobytes))
        keep("plain", kilobytes, lines.WORKER, material.plain(count, size=1_000 * kilobytes), count // 6)
    for least, most in PAGE_BINS:
        made = [one for one in material.pages(pages.articles) if least <= len(one.content) / 1_000 < most]
        if len(made) > 40:
            mean = sum(len(one.content) for one in made) / len(made) / 1_000
            keep("pages", round(mean), lines.WORKER, made, len(made) // 6)
    if backlog:
        _backlog(run, arena, broker, backlog)


def _backlog(run: Run, arena: Arena, broker: str, count: int) -> None:
    """Work off a long backlog of short articles, and note the rate and the memory on the way."""
    with arena.trial(broker, WATCH_TOPICS) as trial:
        for first in range(0, count, 5_000):
            made = arena.material.plain(min(5_000, count - first), size=BACKLOG_BYTES, first=first)
            values = list(zip((one.id for one in made), messages(made), strict=True))
            asyncio.run(publish(trial, Feed(values)))

        async def run_it() -> None:
            async with Outputs(trial, [one.name for one in OUTPUTS]) as outputs:
                with started(lines.WORKER, trial) as processes:
                    last, at = 0, time.monotonic()
                    while last < count:
                        await asyncio.sleep(SAMPLE_SECONDS)
                        done, now = await outputs.count(), time.monotonic()
                        if processes[0].poll() is not None:
                            raise FailedError(f"the worker has ended: {log_of(lines.WORKER, trial)}")
                        if done > last:
                            memory = pss(processes[0].pid)
                            run.growth.append(
                                Growth("backlog", done, broker, (done - last) / (now - at), memory, done - last)
                            )
                            last, at = done, now
                    arena.say(f"backlog of {count:,}: {used(processes).all:.0f} CPU seconds")

        asyncio.run(run_it())
