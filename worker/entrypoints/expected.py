"""What the seeds must produce, and what differs from it in a run."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from worker.domain.alert import Alert
from worker.domain.article import TaggedArticle


class Expected(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What must come out of one seed: a tagged article, or the reason of its dead letter.

    Attributes:
        seed: File, and line where it has several, as replay names it.
        id: The article's id.
        language: ISO 639-1 code.
        text_hash: SHA-256 of the extracted text.
        matches: Level by watch topic.
        alerts: Alert id by watch topic. Copies name the same alert.
        reason: Why it is dead-lettered; then nothing else is given.
    """

    seed: str
    id: str | None = None
    language: str | None = None
    text_hash: str | None = None
    matches: dict[str, str] = msgspec.field(default_factory=dict)
    alerts: dict[str, str] = msgspec.field(default_factory=dict)
    reason: str | None = None


@dataclass
class Seen:
    """What came out of a run, by the article's id; dead letters by the seed's name."""

    tagged: dict[str, TaggedArticle] = field(default_factory=dict)
    alerts: dict[str, Alert] = field(default_factory=dict)
    dead_letters: dict[str, str] = field(default_factory=dict)


def load_expected(file: Path) -> list[Expected]:
    """Return what stands in a file of JSON Lines.

    Raises:
        OSError: It cannot be read.
        msgspec.DecodeError: A line is not as `Expected` says.
    """
    return msgspec.json.Decoder(Expected).decode_lines(file.read_bytes())


def differences(expected: Iterable[Expected], seen: Seen) -> list[str]:
    """Return a line for everything in a run that is not as expected; none when all is."""
    expected = list(expected)
    lines = [line for one in expected for line in _article_differences(one, seen)]
    known_alerts = {alert for one in expected for alert in one.alerts.values()}
    lines += [
        f"alert {alert.id} ({alert.watch_topic}: {alert.title}) was not expected"
        for alert in seen.alerts.values()
        if alert.kind == "story" and alert.id not in known_alerts
    ]
    known_ids = {one.id for one in expected}
    lines += [f"article {key} was not expected" for key in seen.tagged if key not in known_ids]
    return lines


def observed(seed: str, article: TaggedArticle, alerts: Mapping[str, Alert]) -> Expected:
    """Return what a run made of one seed, in the form of an expectation."""
    return Expected(
        seed=seed,
        id=article.id,
        language=article.language.code,
        text_hash=article.text_hash,
        matches={match.watch_topic: match.level for match in article.matches},
        alerts={
            alert.watch_topic: alert.id
            for alert in sorted(alerts.values(), key=lambda alert: alert.watch_topic)
            if alert.kind == "story" and any(one.id == article.id for one in alert.articles)
        },
    )


def _article_differences(expected: Expected, seen: Seen) -> list[str]:
    if expected.reason is not None:
        found = seen.dead_letters.get(expected.seed)
        if found == expected.reason:
            return []
        return [f"{expected.seed}: expected a dead letter ({expected.reason}), found {found or 'none'}"]
    article = seen.tagged.get(expected.id or "")
    if article is None:
        found = seen.dead_letters.get(expected.seed)
        return [
            f"{expected.seed}: expected a tagged article, found "
            + (f"a dead letter ({found})" if found else "none")
        ]
    actual = observed(expected.seed, article, seen.alerts)
    return [
        f"{expected.seed}: expected {name} {getattr(expected, name)!r}, found {getattr(actual, name)!r}"
        for name in ("language", "text_hash", "matches", "alerts")
        if getattr(expected, name) != getattr(actual, name)
    ]
