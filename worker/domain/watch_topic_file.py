"""Reads a watch topic from the tree of its file and tells everything that is wrong with it, at once."""

import re
from typing import get_args

from worker.domain.alert_settings_file import read_alert_settings
from worker.domain.condition import Condition, leaf_names
from worker.domain.condition_grammar import ConditionError, ParsedCondition, parse_condition
from worker.domain.evaluation import PlanError, make_plan
from worker.domain.field_reader import FieldReader
from worker.domain.plan import holds_without_any_term
from worker.domain.source_tree import Mapping, Node, Problem, Scalar, Sequence, describe, plain
from worker.domain.term import TermError, parse_term
from worker.domain.watch_topic import (
    SCHEMA,
    Expectation,
    ScoreSettings,
    Severity,
    Status,
    WatchTopic,
    WatchTopicTest,
    content_version,
)

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_GROUP = re.compile(r"[^\W\d][\w-]*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
LONGEST_ID = 100
MOST_TERMS = 5_000
LONGEST_TERM = 200

_FIELDS = (
    *("schema", "id", "title", "description", "status", "severity", "labels"),
    *("terms", "condition", "score", "alert", "tests"),
)
_REQUIRED = ("schema", "id", "title", "terms", "condition")


def read_watch_topic(root: Node) -> tuple[WatchTopic | None, list[Problem]]:
    """Return the watch topic that a tree says, or None with all that is wrong with it, in the file's order."""
    reader = FieldReader()
    fields = reader.mapping(root, "a watch topic: a mapping with schema, id, title, terms and condition", _FIELDS)
    if isinstance(root, Mapping):
        for name in _REQUIRED:
            if name not in fields:
                reader.problem(root, f"no {name}", f"the field {name}")
    topic = _read(reader, root, fields) if fields else None
    problems = sorted(reader.problems, key=lambda problem: (problem.line, problem.column))
    return (None, problems) if problems else (topic, [])


def _read(reader: FieldReader, root: Node, fields: dict[str, Node]) -> WatchTopic | None:
    if "schema" in fields:
        reader.choice(fields["schema"], "schema", (SCHEMA,), SCHEMA)
    topic_id = reader.text(fields.get("id"), "an id such as moscow-attack")
    if topic_id and (not _ID.fullmatch(topic_id) or len(topic_id) > LONGEST_ID):
        reader.wrong(fields["id"], f"an id of small letters, digits and single hyphens, at most {LONGEST_ID} long")
    title = reader.text(fields.get("title"), "a title: text")
    terms = _read_terms(reader, fields.get("terms"))
    parsed = _read_condition(reader, fields.get("condition"), terms)
    score = _read_score(reader, fields.get("score"), terms, parsed)
    alert = read_alert_settings(reader, fields.get("alert"), score.alert_at)
    labels = {
        key: reader.text(value, f"the label {key}: text")
        for key, value in (reader.mapping(fields["labels"], "labels", None) if "labels" in fields else {}).items()
    }
    tests = tuple(_read_test(reader, item) for item in reader.items(fields.get("tests"), "a list of tests"))
    description = reader.text(fields.get("description"), "a description: text")
    status = reader.choice(fields.get("status"), "status", get_args(Status), "stable")
    severity = reader.choice(fields.get("severity"), "severity", get_args(Severity), "medium")
    if parsed is None or reader.problems:
        return None
    return WatchTopic(
        id=topic_id,
        version=content_version(plain(root)),
        title=title,
        condition=reader.text(fields["condition"], "a condition"),
        expression=parsed.condition,
        terms=terms,
        description=description,
        status=status,  # type: ignore[arg-type]
        severity=severity,  # type: ignore[arg-type]
        labels=labels,
        score=score,
        alert=alert,
        tests=tests,
    )


def _read_terms(reader: FieldReader, node: Node | None) -> dict[str, dict[str, tuple[str, ...]]]:
    if node is None:
        return {}
    groups = reader.mapping(node, "terms: a mapping of groups", None)
    if isinstance(node, Mapping) and not node.entries:
        reader.wrong(node, "at least one group of terms")
    terms: dict[str, dict[str, tuple[str, ...]]] = {}
    for name, by_language in groups.items():
        if not _GROUP.fullmatch(name):
            reader.problem(
                by_language, f"group {name!r}", "a name of letters, digits and _ that begins with a letter"
            )
        languages = reader.mapping(by_language, f"terms by language in the group {name}", None)
        if isinstance(by_language, Mapping) and not by_language.entries:
            reader.wrong(by_language, f"at least one language in the group {name}")
        terms[name] = {}
        for language, listed in languages.items():
            if not _LANGUAGE.fullmatch(language):
                reader.problem(listed, f"language {language!r}", "a language's code such as ar, ru, en or pt-BR")
            terms[name][language] = _read_term_list(reader, listed, name, language)
    return terms


def _read_term_list(reader: FieldReader, node: Node, group: str, language: str) -> tuple[str, ...]:
    items = reader.items(node, f"a list of terms for {group} in {language}")
    if isinstance(node, Sequence) and not items:
        reader.wrong(node, f"at least one term for {group} in {language}")
    if len(items) > MOST_TERMS:
        reader.wrong(node, f"at most {MOST_TERMS} terms")
    found: list[str] = []
    for item in items:
        if isinstance(item, Mapping):
            hint = "; YAML reads ? or : without quotes as a mapping: write the term in quotes"
            reader.problem(item, describe(item) + hint, "a term: text")
            continue
        source = reader.text(item, "a term: text")
        if source in found:
            reader.problem(item, f"the term {source!r} a second time", f"each term of {group} in {language} once")
        elif len(source) > LONGEST_TERM:
            reader.problem(item, f"a term of {len(source)} characters", f"at most {LONGEST_TERM}")
        elif source:
            _check_term(reader, item, source, language)
            found.append(source)
    return tuple(found)


def _check_term(reader: FieldReader, node: Node, source: str, language: str) -> None:
    try:
        parse_term(source, language)
    except TermError as error:
        reader.problem(node, error.found, error.expected)


def _read_condition(
    reader: FieldReader, node: Node | None, terms: dict[str, dict[str, tuple[str, ...]]]
) -> ParsedCondition | None:
    text = reader.text(node, "a condition: text")
    if not text or node is None:
        return None
    try:
        parsed = parse_condition(text)
    except ConditionError as error:
        reader.problems.append(_inside(node, error.line, error.column, error.found, error.expected))
        return None
    known = len(reader.problems)
    groups = tuple(terms)
    for mention in parsed.mentions:
        if mention.kind == "group" and mention.text not in terms:
            expected = f"one of the groups {', '.join(groups)}" if groups else "a group of terms"
            found = f"group {mention.text!r} in the condition, which terms does not have"
            reader.problems.append(_inside(node, mention.line, mention.column, found, expected))
        elif mention.kind == "phrase":
            _check_term(reader, node, mention.text, "und")
    if len(reader.problems) == known:
        _check_meaning(reader, node, parsed.condition, groups)
        used = {name for name, _ in leaf_names(parsed.condition, groups)}
        for name in groups:
            if name not in used:
                reader.problem(
                    node, f"group {name!r}, which the condition never uses", "a condition with all groups"
                )
    return parsed


def _check_meaning(reader: FieldReader, node: Node, condition: Condition, groups: tuple[str, ...]) -> None:
    try:
        plan = make_plan(condition, groups)
    except PlanError as error:
        reader.problem(node, error.found, error.expected)
        return
    if holds_without_any_term(plan):
        reader.problem(
            node, "a condition that holds when no term is found", "at least one group that must be found"
        )


def _inside(node: Node, line: int, column: int, found: str, expected: str) -> Problem:
    """Return a problem inside a text, in its very place in the file.

    Where that cannot be told it is the text's first line, and `found` tells line and column inside of the text.
    """
    place = node.place(line, column) if isinstance(node, Scalar) else None
    if place is not None:
        return Problem(line=place[0], column=place[1], found=found, expected=expected)
    found = f"{found}, in line {line}, column {column} of this text"
    return Problem(line=node.line, column=node.column, found=found, expected=expected)


def _read_score(
    reader: FieldReader,
    node: Node | None,
    terms: dict[str, dict[str, tuple[str, ...]]],
    parsed: ParsedCondition | None,
) -> ScoreSettings:
    if node is None:
        return ScoreSettings()
    fields = reader.mapping(node, "score", ("weights", "title_boost", "tag_at", "alert_at"))
    names = dict(leaf_names(parsed.condition, tuple(terms))) if parsed else {}
    weights: dict[str, float] = {}
    if "weights" in fields:
        for name, value in reader.mapping(fields["weights"], "weights: a number for each group", None).items():
            if name not in terms and name not in names:
                expected = f"one of the groups {', '.join(terms)}" if terms else "a group of terms"
                reader.problem(value, f"a weight for {name!r}, which is no group", expected)
            weights[name] = reader.number(value, f"the weight of {name}: a number", 0.0, None) or 0.0
    score = ScoreSettings(
        weights=weights,
        title_boost=reader.number(fields.get("title_boost"), "title_boost: a number of at least 1", 1.0, 1.0)
        or 1.0,
        tag_at=reader.number(fields.get("tag_at"), "tag_at: a number of at least 0", 1.0, 0.0) or 0.0,
        alert_at=reader.number(fields.get("alert_at"), "alert_at: a number of at least 0", None, 0.0),
    )
    _check_thresholds(reader, fields, score, terms, parsed)
    return score


def _check_thresholds(
    reader: FieldReader,
    fields: dict[str, Node],
    score: ScoreSettings,
    terms: dict[str, dict[str, tuple[str, ...]]],
    parsed: ParsedCondition | None,
) -> None:
    if score.alert_at is not None and score.tag_at > score.alert_at:
        node = fields.get("tag_at", fields["alert_at"])
        reader.problem(
            node, f"tag_at {score.tag_at:g} above alert_at {score.alert_at:g}", "tag_at at most alert_at"
        )
    if parsed is None:
        return
    positive: dict[str, bool] = {}
    for name, is_positive in leaf_names(parsed.condition, tuple(terms)):
        positive[name] = positive.get(name, False) or is_positive
    weights = [score.weights.get(name, 1.0 if stands else 0.0) for name, stands in positive.items()]
    highest = sum(weight for weight in weights if weight > 0) * score.title_boost
    for name, value in (("tag_at", score.tag_at), ("alert_at", score.alert_at)):
        if value is not None and value > highest and (name in fields or name == "tag_at"):
            node = fields.get(name) or next(iter(fields.values()))
            reader.problem(
                node, f"{name} {value:g}, but all weights together give {highest:g}", "a score that can be reached"
            )


def _read_test(reader: FieldReader, node: Node) -> WatchTopicTest:
    fields = reader.mapping(node, "a test with text and expect", ("text", "title", "expect", "spans"))
    if isinstance(node, Mapping) and not {"text", "expect"} <= set(fields):
        reader.problem(node, "a test without text or expect", "both, as in {text: '…', expect: alert}")
    spans = [reader.text(item, "a span: text") for item in reader.items(fields.get("spans"), "a list of spans")]
    expect = reader.choice(fields.get("expect"), "expect", get_args(Expectation), "none")
    if expect == "none" and spans:
        reader.problem(node, "spans in a test that expects none", "no spans, or expect: tag or alert")
    return WatchTopicTest(
        text=reader.text(fields.get("text"), "the test's text"),
        title=reader.text(fields["title"], "the test's title") if "title" in fields else None,
        expect=expect,  # type: ignore[arg-type]
        spans=tuple(spans),
        line=node.line,
    )
