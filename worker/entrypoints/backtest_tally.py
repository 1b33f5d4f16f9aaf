"""What a back-test counts, and the few articles that it keeps as examples."""

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from worker.domain.article import Match, Sentence
from worker.domain.backtest import Kind, Side, kind_of_change, reasons, side
from worker.domain.errors import RejectedError
from worker.domain.evidence import evidence
from worker.domain.language import detect
from worker.domain.matcher import Matcher
from worker.entrypoints.watch_articles import StoredArticle

UNDATED = "no date"
MOST_REJECTIONS = 20
SENTENCES_OF_AN_EXAMPLE = 2

Kept = TypeVar("Kept")
Key = TypeVar("Key", bound=str)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a report says of an article; `name` is its file, and its line there."""

    id: str
    name: str
    title: str | None
    url: str | None
    source: str
    language: str
    day: str | None


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """An article that matches, with the words that matched: in the title, and in the sentences that say most."""

    article: Facts
    level: str
    score: float
    title_evidence: Sentence | None
    evidence: list[Sentence]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """An article of which two versions of a watch topic make something different."""

    article: Facts
    before: Side
    after: Side
    reasons: list[str]
    title_evidence: Sentence | None
    evidence: list[Sentence]


class Rejection(msgspec.Struct, frozen=True, kw_only=True):
    """An article that could not be read: file and line, reason, detail."""

    name: str
    reason: str
    detail: str


class WatchTopicTally(msgspec.Struct, kw_only=True):
    """What one watch topic made of the archive.

    `examples` and `changes` are keyed by the hash of the text: of all articles those with the lowest hashes are
    kept. So they are the same in every run, come from the whole archive, and copies of a text count once.
    """

    matches: int = 0
    levels: dict[str, int] = msgspec.field(default_factory=dict)
    days: dict[str, int] = msgspec.field(default_factory=dict)
    sources: dict[str, int] = msgspec.field(default_factory=dict)
    languages: dict[str, int] = msgspec.field(default_factory=dict)
    examples: dict[str, Example] = msgspec.field(default_factory=dict)
    same: int = 0
    changed: dict[Kind, int] = msgspec.field(default_factory=dict)
    changes: dict[Kind, dict[str, Change]] = msgspec.field(default_factory=dict)


class Tally(msgspec.Struct, kw_only=True):
    """What a back-test counted so far; tallies of parts of an archive add up."""

    articles: int = 0
    rejected: dict[str, int] = msgspec.field(default_factory=dict)
    rejections: list[Rejection] = msgspec.field(default_factory=list)
    watch_topics: dict[str, WatchTopicTally] = msgspec.field(default_factory=dict)

    def reject(self, name: str, rejection: RejectedError) -> None:
        """Count an article that could not be read."""
        count(self.rejected, rejection.reason.value)
        if len(self.rejections) < MOST_REJECTIONS:
            self.rejections.append(Rejection(name=name, reason=rejection.reason.value, detail=rejection.detail))

    def add(self, other: "Tally", most_examples: int) -> None:
        """Add what was counted in the next part of the archive."""
        self.articles += other.articles
        _add_counts(self.rejected, other.rejected)
        self.rejections = (self.rejections + other.rejections)[:MOST_REJECTIONS]
        for name, theirs in other.watch_topics.items():
            _add_watch_topic(self.watch_topics.setdefault(name, WatchTopicTally()), theirs, most_examples)


class Counter:
    """Counts articles into a tally: by one version of some watch topics, or by two."""

    def __init__(self, after: Matcher, before: Matcher | None, ids: Iterable[str], most_examples: int) -> None:
        """Prepare a count.

        Args:
            after: The watch topics as they are now.
            before: The version to compare with, if any.
            ids: The watch topics.
            most_examples: How many examples and changes of each kind are kept of a watch topic.
        """
        self.tally = Tally(watch_topics={name: WatchTopicTally() for name in ids})
        self._after = after
        self._before = before
        self._most_examples = most_examples

    def count(self, article: StoredArticle, name: str) -> None:
        """Match an article, whose file and line are its name, and count what comes of it."""
        self.tally.articles += 1
        after = {match.watch_topic: match for match in self._after.match(article.title, article.text)}
        before: dict[str, Match] = {}
        if self._before is not None:
            before = {match.watch_topic: match for match in self._before.match(article.title, article.text)}
        if not after and not before:
            return
        facts = _facts(article, name)
        for watch_topic in sorted(after.keys() | before.keys()):
            if watch_topic in after:
                self._count_match(facts, article, after[watch_topic])
            if self._before is not None:
                sides = (side(before.get(watch_topic)), side(after.get(watch_topic)))
                self._count_change(watch_topic, facts, article, sides)

    def _count_match(self, facts: Facts, article: StoredArticle, match: Match) -> None:
        own = self.tally.watch_topics[match.watch_topic]
        own.matches += 1
        count(own.levels, match.level)
        count(own.days, facts.day or UNDATED)
        count(own.sources, facts.source)
        count(own.languages, facts.language)
        if self._is_kept(own.examples, article):
            title, sentences = _evidence(article, side(match))
            own.examples[article.text_hash] = Example(
                article=facts, level=match.level, score=match.score, title_evidence=title, evidence=sentences
            )
            keep_lowest(own.examples, self._most_examples)

    def _count_change(self, name: str, facts: Facts, article: StoredArticle, sides: tuple[Side, Side]) -> None:
        own, (before, after) = self.tally.watch_topics[name], sides
        kind = kind_of_change(before.level, after.level)
        if kind is None:
            own.same += 1
            return
        count(own.changed, kind)
        kept = own.changes.setdefault(kind, {})
        if not self._is_kept(kept, article):
            return
        title, sentences = _evidence(article, before if kind == "lost" else after)
        kept[article.text_hash] = Change(
            article=facts,
            before=before,
            after=after,
            reasons=reasons(self._before, self._after, name, article.title, article.text),
            title_evidence=title,
            evidence=sentences,
        )
        keep_lowest(kept, self._most_examples)

    def _is_kept(self, kept: dict[str, Kept], article: StoredArticle) -> bool:
        if article.text_hash in kept:
            return False
        return len(kept) < self._most_examples or (bool(kept) and article.text_hash < max(kept))


def _facts(article: StoredArticle, name: str) -> Facts:
    language = article.language or detect(article.text)
    return Facts(
        id=article.id,
        name=name,
        title=article.title,
        url=article.url,
        source=article.publisher,
        language=language.code,
        day=article.day,
    )


def _evidence(article: StoredArticle, of: Side) -> tuple[Sentence | None, list[Sentence]]:
    title = Sentence(article.title, of.title_spans) if article.title else None
    return title, evidence(article.text, of.spans, SENTENCES_OF_AN_EXAMPLE)


def _add_watch_topic(own: WatchTopicTally, theirs: WatchTopicTally, most_examples: int) -> None:
    own.matches += theirs.matches
    own.same += theirs.same
    _add_counts(own.levels, theirs.levels)
    _add_counts(own.days, theirs.days)
    _add_counts(own.sources, theirs.sources)
    _add_counts(own.languages, theirs.languages)
    _add_counts(own.changed, theirs.changed)
    _add_kept(own.examples, theirs.examples, most_examples)
    for kind, changes in theirs.changes.items():
        _add_kept(own.changes.setdefault(kind, {}), changes, most_examples)


def count(counts: dict[Key, int], name: Key) -> None:
    """Add one to a count."""
    counts[name] = counts.get(name, 0) + 1


def keep_lowest(kept: dict[str, Kept], most: int) -> None:
    """Keep the entries with the lowest keys."""
    for key in sorted(kept)[most:]:
        del kept[key]


def _add_counts(own: dict[Key, int], theirs: dict[Key, int]) -> None:
    for name, number in theirs.items():
        own[name] = own.get(name, 0) + number


def _add_kept(own: dict[str, Kept], theirs: dict[str, Kept], most: int) -> None:
    for key, value in theirs.items():
        own.setdefault(key, value)
    keep_lowest(own, most)
