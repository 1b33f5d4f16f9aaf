"""The CPU work of the pipeline, as functions of one message; `child.py` runs them in a process of the pool.

`rasid tag` calls the same functions, so that what it prints is what the agents would write.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from worker.adapters.furniture_files import load_furniture_rules
from worker.adapters.topic_files import load_watch_topics
from worker.domain.alert import EVIDENCE_KEPT, MatchedArticle, MatchRecord
from worker.domain.article import ExtractedArticle, Match, RawArticle, Sentence, TaggedArticle
from worker.domain.content import Content, article_of, holds_for
from worker.domain.errors import Reason, RejectedError
from worker.domain.extract import OpenedArticle, open_article, read_content, read_raw_article
from worker.domain.furniture import FurnitureRules
from worker.domain.glance import possible_words
from worker.domain.language import detect
from worker.domain.language_statistics import load_profiles
from worker.domain.matcher import Matcher, evidence
from worker.domain.story_signature import StorySignature, story_signature
from worker.domain.watch_topic import WatchTopic
from worker.streaming.codec import decode, encode

log = logging.getLogger(__name__)

Result = TypeVar("Result")


@dataclass(frozen=True)
class Extracted:
    """What the extract stage makes of one raw article.

    Attributes:
        article_id: The article's id.
        value: The encoded extracted article.
        seconds: Work.
        content: What its body says, encoded: for `known` of the next article that has it.
        is_from_known: Whether it was made from what was known of its body.
    """

    article_id: str
    value: bytes
    seconds: float
    content: bytes = b""
    is_from_known: bool = False


@dataclass(frozen=True)
class PassedOver:
    """What is left of a raw article that no watch topic could match: it was not extracted."""

    article_id: str
    seconds: float


@dataclass(frozen=True)
class Tagged:
    """What the tag stage makes of one extracted article."""

    article_id: str
    value: bytes
    language: str
    source: str | None = None
    matches: list[tuple[str, str, bytes]] = field(default_factory=list)
    """Watch topic id, level and encoded match record of each match."""
    seconds: float = 0.0


class WatchTopicsError(Exception):
    """The watch topics cannot be used; the message lists every problem, one a line."""


@dataclass(frozen=True)
class Stages:
    """The stages with what they need: furniture rules and the index over all watch topics."""

    rules: FurnitureRules
    matcher: Matcher
    watch_topics: dict[str, WatchTopic]
    max_article_bytes: int

    def extract(self, value: bytes, received_at: datetime, known: bytes | None = None) -> Extracted:
        """Turn the bytes of a raw article into an encoded extracted article.

        Args:
            value: The message.
            received_at: When it reached Kafka.
            known: What an earlier article with the same body and title was found to say. Where that holds for
                this one too, the body is not extracted again; what comes out is the same.

        Raises:
            RejectedError: The article cannot go on.
        """
        started = time.perf_counter()
        raw = read_raw_article(value, self.max_article_bytes)
        return self._from_known(raw, known, received_at, started) or self._extracted(
            _defects_named(open_article, raw), received_at, started
        )

    def extract_candidate(
        self, value: bytes, received_at: datetime, known: bytes | None = None
    ) -> Extracted | PassedOver:
        """Do the same if a watch topic could match the article, or one could when its body was known first.

        Raises:
            RejectedError: The article cannot go on.
        """
        started = time.perf_counter()
        raw = read_raw_article(value, self.max_article_bytes)
        copy = self._from_known(raw, known, received_at, started)
        if copy is not None:
            return copy
        opened = _defects_named(open_article, raw)
        if self._may_match(opened):
            return self._extracted(opened, received_at, started)
        return PassedOver(opened.id, time.perf_counter() - started)

    def _from_known(
        self, raw: RawArticle, known: bytes | None, received_at: datetime, started: float
    ) -> Extracted | None:
        if known is None:
            return None
        content = decode(known, Content)
        if not _defects_named(holds_for, content, raw, received_at):
            return None
        article = _defects_named(article_of, raw, content, received_at)
        return Extracted(article.id, encode(article), time.perf_counter() - started, is_from_known=True)

    def _may_match(self, opened: OpenedArticle) -> bool:
        try:
            words = possible_words(opened)
        except MemoryError:
            raise
        except Exception:
            log.exception("a look at an article failed: it is extracted")
            return True
        return words is None or self.matcher.may_match(words)

    def _extracted(self, opened: OpenedArticle, received_at: datetime, started: float) -> Extracted:
        content: Content = _defects_named(read_content, opened, received_at, self.rules)
        article = _defects_named(article_of, opened.raw, content, received_at)
        return Extracted(article.id, encode(article), time.perf_counter() - started, encode(content))

    def tag(self, value: bytes) -> Tagged:
        """Turn the bytes of an extracted article into an encoded tagged article and its match records.

        Raises:
            RejectedError: The bytes are no extracted article.
        """
        started = time.perf_counter()
        article = decode(value, ExtractedArticle)
        tagged = _defects_named(self._tag, article)
        return Tagged(
            tagged.id,
            encode(tagged),
            tagged.language.code,
            tagged.source,
            self._match_records(tagged) if tagged.matches else [],
            time.perf_counter() - started,
        )

    def _tag(self, article: ExtractedArticle) -> TaggedArticle:
        return TaggedArticle(
            **msgspec.structs.asdict(article),
            language=detect(article.text),
            matches=self.matcher.match(article.title, article.text),
        )

    def _match_records(self, tagged: TaggedArticle) -> list[tuple[str, str, bytes]]:
        story, article = story_signature(tagged.title, tagged.text), _matched_article(tagged)
        return [
            (match.watch_topic, match.level, encode(self._match_record(tagged, match, article, story)))
            for match in tagged.matches
        ]

    def _match_record(
        self, tagged: TaggedArticle, match: Match, article: MatchedArticle, story: StorySignature
    ) -> MatchRecord:
        watch_topic = self.watch_topics[match.watch_topic]
        return MatchRecord(
            watch_topic=watch_topic.id,
            watch_topic_title=watch_topic.title,
            version=match.version,
            severity=watch_topic.severity,
            level=match.level,
            score=match.score,
            story=story,
            article=article,
            evidence=evidence(tagged.text, match.spans, EVIDENCE_KEPT, watch_topic.score.weights),
            title_evidence=Sentence(tagged.title, match.title_spans)
            if tagged.title and match.title_spans
            else None,
            labels=watch_topic.labels,
            alert=watch_topic.alert,
        )


def load_stages(watch_topics_folder: Path, max_article_bytes: int) -> Stages:
    """Load what the stages need: rules, language profiles and the watch topics of a folder.

    Raises:
        WatchTopicsError: A watch topic is not valid.
    """
    return stages_for(valid_watch_topics(watch_topics_folder), max_article_bytes)


def valid_watch_topics(folder: Path) -> list[WatchTopic]:
    """Return the watch topics of a folder.

    Raises:
        WatchTopicsError: One is not valid, or the folder cannot be read; the message tells every problem.
    """
    loaded = load_watch_topics(folder)
    if loaded.problems:
        raise WatchTopicsError("\n".join(str(problem) for problem in loaded.problems))
    return loaded.watch_topics


def stages_for(watch_topics: Sequence[WatchTopic], max_article_bytes: int) -> Stages:
    """Return the stages with an index over these watch topics; rules and language profiles are loaded."""
    if load_profiles() == "langdetect":
        log.warning("langdetect-rs answers other than langdetect, which is used in its place: tagging is slower")
    return Stages(
        rules=load_furniture_rules(),
        matcher=Matcher(watch_topics),
        watch_topics={watch_topic.id: watch_topic for watch_topic in watch_topics},
        max_article_bytes=max_article_bytes,
    )


def _matched_article(tagged: TaggedArticle) -> MatchedArticle:
    first_line = tagged.text.partition("\n")[0]
    return MatchedArticle(
        id=tagged.id,
        headline=(tagged.title or first_line)[:300],
        language=tagged.language,
        received_at=tagged.received_at,
        url=tagged.url,
        source=tagged.source,
        published_at=tagged.published_at,
        fetched_at=tagged.fetched_at,
    )


def _defects_named(function: Callable[..., Result], *arguments: object) -> Result:
    """Call a pure function; what it should never raise becomes a dead letter that names it."""
    try:
        return function(*arguments)
    except (RejectedError, MemoryError):
        raise
    except Exception as error:
        raise RejectedError(Reason.INTERNAL_ERROR, f"{type(error).__name__}: {error}"[:500]) from error
