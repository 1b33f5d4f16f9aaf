"""Write seeds/expected anew from what the stages make of the seeds now: `python -m tests.write_expected`.

The result is to be read, line by line, before it is committed: it is what the demo holds the worker to.
"""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from worker.domain.alert import Alert, MatchRecord, alert_id, step
from worker.domain.article import TaggedArticle
from worker.domain.errors import RejectedError
from worker.entrypoints.expected import Expected, observed
from worker.entrypoints.replay import items_of
from worker.settings import load_settings
from worker.streaming.stages import load_stages

SEEDS = Path("seeds")


def main() -> None:
    """Run every seed through both stages and the alert's state machine, and write what came out."""
    settings = load_settings()
    stages = load_stages(settings.watch_topics, settings.max_article_bytes)
    alerts: dict[str, Alert] = {}
    articles: list[tuple[str, TaggedArticle]] = []
    lines: dict[str, Expected] = {}
    for item in items_of([SEEDS / "articles"]):
        try:
            tagged = stages.tag(stages.extract(item.value, datetime.now(UTC)).value)
        except RejectedError as rejection:
            lines[item.name] = Expected(seed=item.name, reason=rejection.reason.value)
            continue
        articles.append((item.name, msgspec.json.decode(tagged.value, type=TaggedArticle)))
        lines[item.name] = Expected(seed=item.name)
        for _, _, value in tagged.matches:
            match = msgspec.json.decode(value, type=MatchRecord)
            key = alert_id(match.watch_topic, match.story)
            alert = step(alerts.get(key), match)
            if alert is not None:
                alerts[key] = alert
    lines |= {name: observed(name, article, alerts) for name, article in articles}
    file = SEEDS / "expected" / "seeds.jsonl"
    file.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines.values()))
    print(f"{len(lines)} expectations written to {file}")


if __name__ == "__main__":
    main()
