"""What each hop costs: the same worker given articles at the start, extracted articles, or matches."""

import contextlib
import pickle
from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import median

from tests.bench.pipeline import lines
from tests.bench.pipeline.material import Article, Material
from tests.bench.pipeline.results import Hop, Rounds
from tests.bench.pipeline.rounds import Arena, Work, articles_of
from tests.bench.pipeline.trial import Feed, Throughput, feed
from worker.domain.errors import RejectedError
from worker.settings import Settings
from worker.streaming.stages import Stages, stages_for

SUBJECT = "moscow-attack"
MATCHES, MATCHES_WARM_UP = 600, 100
MATCH_BYTES = 1_500


def article_hops(arena: Arena, work: Work, whole: Rounds) -> list[Hop]:
    """Return the cost of extract, of tag and of everything, an article.

    Args:
        arena: Where.
        work: The set of articles that `whole` was measured on.
        whole: The worker's rounds over the whole pipeline.

    Raises:
        FailedError: The worker failed.
    """
    extracted = _extracted(
        _stages(arena.material, work.watch_topics), articles_of(arena.material, work, work.articles)
    )
    given = Feed(extracted, "articles.extracted", work.warm_up, "articles.tagged")
    tag = _hop(f"tag, {work.name}", "article", _fed(arena, whole.broker, work, given))
    raw = [_hop("", "", one) for one in whole.rounds]
    own, pool, broker = (median(getattr(one, name) for one in raw) for name in ("own_ms", "pool_ms", "broker_ms"))
    rest = (own - tag.own_ms, pool - tag.pool_ms, broker - tag.broker_ms)
    return [
        Hop(f"extract, {work.name}", "article", *rest), tag, Hop(f"all, {work.name}", "article", own, pool, broker)
    ]  # fmt: skip


def alert_hop(arena: Arena, broker: str, work: Work) -> Hop:
    """Return the cost of alert and deliver, a match.

    Raises:
        FailedError: The worker failed.
    """
    subject = arena.material.plain(MATCHES, size=MATCH_BYTES, share=1.0)
    matches = _matches(_stages(arena.material, work.watch_topics), subject)
    given = Feed(matches, "matches", MATCHES_WARM_UP, "alert-events", is_keyed=True)
    return _hop("alert", "match", _fed(arena, broker, work, given))


def _fed(arena: Arena, broker: str, work: Work, given: Feed) -> Throughput:
    with arena.trial(broker, work.watch_topics) as trial:
        return feed(lines.WORKER, trial, given)


def _hop(name: str, message: str, found: Throughput) -> Hop:
    own, pool, broker = (
        1_000 * each / found.articles for each in (found.cpu_own, found.cpu_started, found.cpu_broker)
    )
    return Hop(name, message, own, pool, broker)


def _stages(material: Material, watch_topics: int) -> Stages:
    loaded = pickle.loads(material.checked_watch_topics(watch_topics).read_bytes())
    return stages_for(loaded, Settings().max_article_bytes)


def _extracted(stages: Stages, made: Sequence[Article]) -> list[tuple[str, bytes]]:
    """Return extracted articles."""
    found: list[tuple[str, bytes]] = []
    for article in made:
        now = datetime.now(UTC)
        with contextlib.suppress(RejectedError):
            extracted = stages.extract(article.message(now), now)
            found.append((extracted.article_id, extracted.value))
    return found


def _matches(stages: Stages, made: Sequence[Article]) -> list[tuple[str, bytes]]:
    """Return the match records of articles on the subject."""
    found = []
    for article in made:
        now = datetime.now(UTC)
        tagged = stages.tag(stages.extract(article.message(now), now).value)
        found += [(topic, value) for topic, _, value in tagged.matches if topic == SUBJECT]
    return found
