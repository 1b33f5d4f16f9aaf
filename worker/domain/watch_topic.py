"""A watch topic: what an analyst watches for, as one frozen record."""

import hashlib
from collections.abc import Iterator
from typing import Literal, get_args

import msgspec

from worker.domain.alert_settings import AlertSettings
from worker.domain.condition import Condition, Phrase, leaf_names, quoted, walk
from worker.domain.evaluation import make_plan
from worker.domain.inflection import language_script, script
from worker.domain.plan import Plan
from worker.domain.text import fold, words

SCHEMA = "watch-topic/v1"
Status = Literal["experimental", "test", "stable", "deprecated"]
Severity = Literal["informational", "low", "medium", "high", "critical"]
SEVERITIES: tuple[str, ...] = get_args(Severity)
"""From the least to the gravest."""

Expectation = Literal["none", "tag", "alert"]

_LANGUAGE_OF_SCRIPT = {"arabic": "ar", "cyrillic": "ru", "hebrew": "he", "greek": "el", "latin": "en"}


class ScoreSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How a match is weighed. Without `alert_at` it never becomes an alert."""

    weights: dict[str, float] = msgspec.field(default_factory=dict)
    title_boost: float = 1.0
    tag_at: float = 1.0
    alert_at: float | None = None


class WatchTopicTest(msgspec.Struct, frozen=True, kw_only=True):
    """An article and what the watch topic must make of it. `line` is where it stands in the file."""

    text: str
    title: str | None = None
    expect: Expectation = "none"
    spans: tuple[str, ...] = ()
    line: int = 1


class WatchTopic(msgspec.Struct, frozen=True, kw_only=True):
    """A watch topic whose file was found right.

    `terms` holds the terms of each group by language; `version` is the content hash of the file's data.
    """

    id: str
    version: str
    title: str
    condition: str
    expression: Condition
    terms: dict[str, dict[str, tuple[str, ...]]]
    description: str = ""
    status: Status = "stable"
    severity: Severity = "medium"
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    score: ScoreSettings = msgspec.field(default_factory=ScoreSettings)
    alert: AlertSettings = msgspec.field(default_factory=AlertSettings)
    tests: tuple[WatchTopicTest, ...] = ()

    @property
    def plan(self) -> Plan:
        """The meaning of the condition."""
        return make_plan(self.expression, tuple(self.terms))

    def positive_names(self) -> frozenset[str]:
        """Return the groups and quoted phrases that the condition asks for somewhere without `not`."""
        return frozenset(name for name, positive in leaf_names(self.expression, tuple(self.terms)) if positive)

    def weight(self, name: str, positive_names: frozenset[str]) -> float:
        """Return what a group or quoted phrase adds to the score: 1, or 0 when it is only under `not`."""
        return self.score.weights.get(name, 1.0 if name in positive_names else 0.0)

    def named_terms(self) -> Iterator[tuple[str, str, str]]:
        """Yield (group, language, term) for all terms, those of quoted phrases in each language that fits."""
        for group, by_language in self.terms.items():
            for language, terms in by_language.items():
                yield from ((group, language, term) for term in terms)
        languages = {language for by_language in self.terms.values() for language in by_language}
        for part in walk(self.expression):
            if isinstance(part, Phrase):
                for language in phrase_languages(part.text, languages):
                    yield quoted(part.text), language, part.text


def phrase_languages(text: str, languages: set[str]) -> list[str]:
    """Return the languages in which a quoted phrase is inflected.

    They are those of the watch topic's own terms that are written in the phrase's script, else the script's
    commonest in this field (ar, ru, he, el, en).
    """
    scripts = {script(fold(raw)) for raw in words(text)}
    fitting = sorted(language for language in languages if language_script(language) in scripts)
    return (
        fitting or sorted(_LANGUAGE_OF_SCRIPT[name] for name in scripts if name in _LANGUAGE_OF_SCRIPT) or ["und"]
    )


def content_version(data: object) -> str:
    """Return the version of a watch topic's plain data: equal for equal data, whatever comments and layout."""
    canonical = msgspec.json.encode(data, order="sorted")
    return hashlib.sha256(canonical).hexdigest()[:12]
