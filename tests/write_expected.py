"""Write seeds/expected anew from what the stages make of the seeds now: `python -m tests.write_expected`.

The result is to be read, line by line, before it is committed: it is what the demo holds the worker to.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from worker.domain.alert import Alert, MatchRecord
from worker.domain.article import TaggedArticle
from worker.domain.desk import Desk
from worker.domain.errors import RejectedError
from worker.entrypoints.demo_setup import fetched_at
from worker.entrypoints.expected import Expected, observed
from worker.entrypoints.replay import items_of
from worker.settings import load_settings
from worker.streaming.stages import load_stages

SEEDS = Path("seeds")


def main() -> None:
    """Run every seed through both stages and the alert desk, and write what came out."""
    settings = load_settings()
    stages = load_stages(settings.watch_topics, settings.max_article_bytes)
    alerts: dict[str, Alert] = {}
    articles: list[tuple[str, TaggedArticle]] = []
    lines: dict[str, Expected] = {}
    desk, now = Desk(timedelta(0)), datetime.now(UTC)
    for item in items_of([SEEDS / "articles"]):
        try:
            tagged = stages.tag(stages.extract(fetched_at(item, now).value, now).value)
        except RejectedError as rejection:
            lines[item.name] = Expected(seed=item.name, reason=rejection.reason.value)
            continue
        articles.append((item.name, msgspec.json.decode(tagged.value, type=TaggedArticle)))
        lines[item.name] = Expected(seed=item.name)
        for _, _, value in tagged.matches:
            match = msgspec.json.decode(value, type=MatchRecord)
            desk.take(match, (), now)
            desk.advance(now)
            alerts |= desk.drain().alerts
    lines |= {name: observed(name, article, alerts) for name, article in articles}
    file = SEEDS / "expected" / "seeds.jsonl"
    file.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines.values()))
    print(f"{len(lines)} expectations written to {file}")


if __name__ == "__main__":
    main()
