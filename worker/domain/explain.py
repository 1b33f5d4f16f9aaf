"""Why a watch topic matches an article, or what is lacking: the condition as a tree with what was found."""

import msgspec

from worker.domain.condition import (
    Condition,
    Group,
    Near,
    Not,
    Phrase,
    Scope,
    Some,
    children,
    named_by,
    quoted,
    to_text,
)
from worker.domain.evaluation import PlanError, make_plan
from worker.domain.matcher import ArticleView, IndexedWatchTopic, Matcher, total_score
from worker.domain.occurrence import TEXT_BASE, Stretch

MOST_PLACES = 20


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Something found: in the title or in the text, from where to where (code points), the words as they stand."""

    field: str
    start: int
    end: int
    text: str
    term: str | None = None


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the condition as it is written, whether it holds, where, and what is lacking when it does not."""

    condition: str
    kind: str
    holds: bool
    places: list[Place] = msgspec.field(default_factory=list)
    lacking: str = ""
    parts: "list[Part]" = msgspec.field(default_factory=list)


class Contribution(msgspec.Struct, frozen=True, kw_only=True):
    """What a group or quoted phrase adds to the score: `weight`, times `title_boost` if it is in the title."""

    group: str
    weight: float
    found: bool
    in_title: bool
    adds: float


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """The whole account of one watch topic and one article; `level` is none, tag or alert."""

    watch_topic: str
    version: str
    level: str
    score: float
    tag_at: float
    alert_at: float | None
    condition: Part
    contributions: list[Contribution]
    lacking: list[str]


def explain(matcher: Matcher, watch_topic: str, title: str | None, text: str) -> Explanation:
    """Return why a watch topic matches an article, or what is lacking.

    Raises:
        KeyError: The matcher has no watch topic with this id.
    """
    entry = matcher.entry(watch_topic)
    view = ArticleView(matcher.read(title, text), entry.names)
    topic = entry.topic
    condition = _part(topic.expression, entry, view, None)
    score = total_score(topic, entry.weights, view)
    contributions = [_contribution(entry, view, name) for name in entry.names]
    level, lacking = "none", _lacking(condition)
    if condition.holds:
        lacking = []
        if score >= topic.score.tag_at:
            level = "tag"
        else:
            lacking.append(f"score {score:g}, {topic.score.tag_at - score:g} below tag_at {topic.score.tag_at:g}")
        if topic.score.alert_at is not None:
            if score >= topic.score.alert_at and level == "tag":
                level = "alert"
            else:
                below = topic.score.alert_at - score
                lacking.append(f"score {score:g}, {below:g} below alert_at {topic.score.alert_at:g}")
    return Explanation(
        watch_topic=topic.id,
        version=topic.version,
        level=level,
        score=score,
        tag_at=topic.score.tag_at,
        alert_at=topic.score.alert_at,
        condition=condition,
        contributions=contributions,
        lacking=lacking,
    )


def _contribution(entry: IndexedWatchTopic, view: ArticleView, name: str) -> Contribution:
    stretches = view.stretches(name)
    in_title = bool(stretches) and stretches[0][0] < TEXT_BASE
    weight = entry.weights[name]
    boost = entry.topic.score.title_boost if in_title else 1.0
    return Contribution(
        group=name,
        weight=weight,
        found=bool(stretches),
        in_title=in_title,
        adds=weight * boost if stretches else 0.0,
    )


def _part(condition: Condition, entry: IndexedWatchTopic, view: ArticleView, zone: str | None) -> Part:
    """Return a part of the condition with its own parts; inside of title: or lead: it is judged in that zone."""
    inner = condition.zone if isinstance(condition, Scope) else zone
    parts = [_part(child, entry, view, inner) for child in children(condition)]
    written = condition if zone is None or isinstance(condition, Scope) else Scope(zone, condition)
    holds, stretches = _judged(written, entry, view)
    if isinstance(condition, Some) and condition.pattern is not None:
        fits = named_by(condition.pattern)
        parts = [_part(Group(name), entry, view, zone) for name in entry.topic.terms if fits(name)]
    return Part(
        condition=to_text(condition),
        kind=type(condition).__name__.lower(),
        holds=holds,
        places=_places(condition, view, stretches)[:MOST_PLACES],
        lacking="" if holds else _why(condition, parts, f" in the {zone}" if zone else ""),
        parts=parts,
    )


def _judged(condition: Condition, entry: IndexedWatchTopic, view: ArticleView) -> tuple[bool, list[Stretch]]:
    try:
        plan = make_plan(condition, tuple(entry.topic.terms))
    except PlanError:  # a part that has a meaning only beside near, or inside of its own zone
        return False, []
    return plan.holds(view), list(plan.occurrences(view))


def _places(condition: Condition, view: ArticleView, stretches: list[Stretch]) -> list[Place]:
    """Return where a part was found, for groups and phrases with the term that was found there."""
    terms: dict[Stretch, str] = {}
    match condition:
        case Group(name):
            terms = dict(view.found_terms(name))
        case Phrase(text):
            terms = dict(view.found_terms(quoted(text)))
        case Near():
            pass
        case _:
            return []
    chosen = [stretch for stretch in stretches if not terms or stretch in terms]
    return [_place(view, stretch, terms.get(stretch)) for stretch in chosen]


def _place(view: ArticleView, stretch: Stretch, term: str | None) -> Place:
    field = view.reading.field_of(stretch[0])
    start, end = field.start(stretch[0]), field.end(stretch[1])
    name = "title" if field is view.reading.title else "text"
    return Place(field=name, start=start, end=end, text=field.text[start:end], term=term)


def _why(condition: Condition, parts: list[Part], where: str) -> str:  # noqa: PLR0911 - one return for each kind
    """Return in plain words why a part of the condition does not hold; `where` is the zone it is judged in."""
    missing = [part.condition for part in parts if not part.holds]
    match condition:
        case Group(name):
            return f"no term of {name} is found{where}"
        case Phrase(text):
            return f"{quoted(text)} is not found{where}"
        case Near(_, _, words, ordered):
            if missing:
                return f"not found: {', '.join(missing)}"
            return f"both found, but never with at most {words} words between" + (
                " and in this order" if ordered else ""
            )
        case Some(count):
            wanted = len(parts) if count is None else count
            return f"{len(parts) - len(missing)} of {wanted} found; not found: {', '.join(missing)}"
        case Scope(zone, _):
            return f"not found in the {zone}"
        case Not():
            return f"found, though it must not be: {parts[0].condition}"
        case _:
            return f"not met: {', '.join(missing)}"


def _lacking(part: Part) -> list[str]:
    """Return the innermost reasons why the condition does not hold."""
    if part.holds:
        return []
    if part.kind in ("and", "or", "some"):
        reasons = [reason for inner in part.parts for reason in _lacking(inner)]
        return list(dict.fromkeys(reasons)) or [part.lacking]
    return [f"{part.condition}: {part.lacking}"]
