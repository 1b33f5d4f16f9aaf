"""Two versions of a watch topic on one article: what changed, and for which reasons."""

from collections.abc import Iterator
from typing import Literal

import msgspec

from worker.domain.article import Match, Span
from worker.domain.explain import Contribution, Explanation, Part, explain
from worker.domain.matcher import ArticleView, Matcher

Kind = Literal["gained", "lost", "level"]
MOST_REASONS = 12
_LOGIC = ("and", "or")  # what follows from their parts, and says nothing of its own


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """What one version makes of an article; `level` is none, tag or alert."""

    level: str
    score: float = 0.0
    spans: list[Span] = msgspec.field(default_factory=list)
    title_spans: list[Span] = msgspec.field(default_factory=list)


def side(match: Match | None) -> Side:
    """Return what a version makes of an article by its match, or by having none."""
    if match is None:
        return Side(level="none")
    return Side(level=match.level, score=match.score, spans=match.spans, title_spans=match.title_spans)


def kind_of_change(before: str, after: str) -> Kind | None:
    """Return what became of a match when its level was `before` and is `after`; None when it is the same."""
    if before == after:
        return None
    return "gained" if before == "none" else "lost" if after == "none" else "level"


def reasons(before: Matcher | None, after: Matcher, watch_topic: str, title: str | None, text: str) -> list[str]:
    """Return in plain words why two versions of a watch topic differ on an article, most telling first.

    Args:
        before: The index that holds the old version; None or without the watch topic: there was none.
        after: The index that holds the new version.
        watch_topic: Its id.
        title: The article's title.
        text: The article's text.

    Raises:
        KeyError: `after` has no watch topic with this id.
    """
    new = explain(after, watch_topic, title, text)
    if before is None or not _has(before, watch_topic):
        return ["the watch topic is new"]
    old = explain(before, watch_topic, title, text)
    gained = None if old.condition.holds == new.condition.holds else new.condition.holds
    terms = list(_terms_that_changed((before, after), watch_topic, (title, text), gained))
    told = {group for group, _ in terms}
    said = [
        *(reason for _, reason in terms),
        *_parts_that_changed(old.condition, new.condition, told),
        *_score_that_changed(old, new),
    ]
    return said[:MOST_REASONS]


def _has(matcher: Matcher, watch_topic: str) -> bool:
    try:
        matcher.entry(watch_topic)
    except KeyError:
        return False
    return True


def _parts(part: Part) -> Iterator[Part]:
    """Yield a part of a condition and all that are inside of it, apart from what is inside of a `not`."""
    yield part
    if part.kind != "not":
        for inner in part.parts:
            yield from _parts(inner)


def _parts_that_changed(old: Part, new: Part, told: set[str]) -> Iterator[str]:
    """Yield the parts that made the condition hold, or no longer hold, apart from those that `told` names."""
    if old.holds == new.holds:
        return
    olds, news = (
        {part.condition: part for part in _parts(root) if part.kind not in _LOGIC and part.condition not in told}
        for root in (old, new)
    )
    for written, part in news.items():
        known = olds.get(written)
        if part.holds != new.holds or (known is not None and known.holds == part.holds):
            continue
        now = "holds" if part.holds else f"does not hold: {part.lacking}"
        was = "new" if known is None else "it held before" if known.holds else f"before, {known.lacking}"
        yield f"{written} {now} ({was})"
    for written, part in olds.items():
        lifted = part.kind == "not" and part.holds  # it stood in nobody's way
        if written not in news and part.holds == old.holds and not lifted:
            how = "it held" if part.holds else part.lacking
            yield f"{written} is no longer in the condition ({how})"


def _found(matcher: Matcher, watch_topic: str, title: str | None, text: str) -> dict[tuple[str, str], str]:
    """Return the words that each (group, term) finds first in an article."""
    entry = matcher.entry(watch_topic)
    view = ArticleView(matcher.read(title, text), entry.names)
    found: dict[tuple[str, str], str] = {}
    for name in entry.names:
        for (first, last), source in view.found_terms(name):
            field = view.reading.field_of(first)
            found.setdefault((name, source), field.text[field.start(first) : field.end(last)])
    return found


def _terms_that_changed(
    versions: tuple[Matcher, Matcher], watch_topic: str, article: tuple[str | None, str], gained: bool | None
) -> Iterator[tuple[str, str]]:
    """Yield (group, reason) for the terms that find something in one version only and had a part in the change.

    A match is gained by words that are found, and by words under `not` that no longer are.
    """
    old, new = (_found(matcher, watch_topic, *article) for matcher in versions)
    topics = [matcher.entry(watch_topic).topic for matcher in versions]
    had, has = ({(group, term) for group, _, term in topic.named_terms()} for topic in topics)
    wanted = topics[0].positive_names() | topics[1].positive_names()
    for (group, term), words in new.items():
        if (group, term) not in old and (gained is None or gained == (group in wanted)):
            how = ", which was added" if (group, term) not in had else ""
            yield group, f"{group}: {words!r} is found by the term {term!r}{how}"
    for (group, term), words in old.items():
        if (group, term) not in new and (gained is None or gained != (group in wanted)):
            how = ", which was removed" if (group, term) not in has else ""
            yield group, f"{group}: {words!r} is no longer found by the term {term!r}{how}"


def _score_that_changed(old: Explanation, new: Explanation) -> Iterator[str]:
    """Yield how the score came to differ, when the condition held before too, and the thresholds."""
    before = {item.group: item for item in old.contributions}
    after = {item.group: item for item in new.contributions}
    nothing = Contribution(group="", weight=0.0, found=False, in_title=False, adds=0.0)
    both_hold = old.condition.holds and new.condition.holds
    for group in [*after, *(group for group in before if group not in after)] if both_hold else ():
        one, two = before.get(group, nothing), after.get(group, nothing)
        if one.adds != two.adds:
            weights = f" (weight {two.weight:g}, was {one.weight:g})" if one.weight != two.weight else ""
            yield f"{group} adds {two.adds:g}, was {one.adds:g}{weights}"
    yield ", ".join(
        _now_and_before(name, getattr(new, name), getattr(old, name)) for name in ("score", "tag_at", "alert_at")
    )


def _now_and_before(name: str, now: float | None, before: float | None) -> str:
    written = "none" if now is None else f"{now:g}"
    was = "none" if before is None else f"{before:g}"
    return f"{name} {written}" + (f" (was {was})" if written != was else "")
