"""`rasid watch explain`: why a watch topic matches an article, or what is lacking, as a tree for people."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import msgspec
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from worker.domain.article import Span
from worker.domain.evidence import evidence
from worker.domain.explain import Explanation, Part, Place
from worker.entrypoints.terminal import escape_controls, lines_for, mark
from worker.entrypoints.watch_articles import StoredArticle

MOST_SENTENCES = 2
MOST_WORDS = 5
MOST_ALTERNATIVES = 4
MOST_LACKING = 6
GUIDE_WIDTH = 4
PLAIN_WIDTH_OF_A_LEVEL = 2
LOGIC = {"and": "all of these", "or": "one of these"}
SIGNS = {True: ("✓", "green"), False: ("✗", "red")}


@dataclass
class Branch:
    """A branch of the tree: a label, or a marked sentence, and what hangs on it."""

    label: Text | str
    branches: "list[Branch]" = field(default_factory=list)


def to_json(explanation: Explanation, article: StoredArticle) -> bytes:
    """Return the explanation with the article that its places count in, as one JSON document."""
    facts = {name: getattr(article, name) for name in ("id", "title", "url", "text")}
    return msgspec.json.encode({"article": facts, **msgspec.structs.asdict(explanation)})


def print_explanation(
    console: Console, explanation: Explanation, article: StoredArticle, *, visual: bool, whole: bool
) -> None:
    """Print an explanation: a tree with guides on a terminal, indented lines elsewhere.

    Args:
        console: Where it goes.
        explanation: What is printed.
        article: The article that its places count in.
        visual: Whether right-to-left text is put in visual order.
        whole: Whether parts are shown too that change nothing: alternatives that fail beside one that holds,
            what is inside of a `not` that holds, and all but the nearest of many alternatives that fail.
    """
    grower = _Grower(article, partial(_in_order, console, visual=visual), whole=whole)
    root = _root(explanation, article, grower, whole=whole)
    if console.is_terminal:
        tree = Tree(root.label)
        _grow(tree, root, console, 1, visual=visual)
        console.print(tree)
        return
    for line in _plain_lines(root, console, 0):
        console.print(line, soft_wrap=True)


def _grow(tree: Tree, branch: Branch, console: Console, depth: int, *, visual: bool) -> None:
    for inner in branch.branches:
        indent = depth * GUIDE_WIDTH
        if isinstance(inner.label, str):
            lines = lines_for(console, inner.label, visual=visual, indent=indent)
            grown = tree.add(Text("\n").join(line[indent:] for line in lines))
        else:
            grown = tree.add(inner.label)
        _grow(grown, inner, console, depth + 1, visual=visual)


def _plain_lines(branch: Branch, console: Console, depth: int) -> Iterator[Text]:
    indent = " " * (depth * PLAIN_WIDTH_OF_A_LEVEL)
    yield Text(indent) + (Text(branch.label) if isinstance(branch.label, str) else branch.label)
    for inner in branch.branches:
        yield from _plain_lines(inner, console, depth + 1)


def _root(explanation: Explanation, article: StoredArticle, grower: "_Grower", *, whole: bool) -> Branch:
    head = Text(explanation.watch_topic, "bold")
    head.append(f" version {explanation.version}: ", "not bold dim")
    head.append(explanation.level, {"alert": "bold red", "tag": "bold yellow"}.get(explanation.level, "bold"))
    root = Branch(head, [Branch(Text(f"article {escape_controls(article.id)}", "dim"))])
    if article.title:
        root.branches.append(Branch(mark(article.title, [])))
    root.branches.append(grower.branch(explanation.condition))
    root.branches.append(_score(explanation, whole=whole))
    if explanation.lacking:
        most = len(explanation.lacking) if whole else MOST_LACKING
        lacking = [Branch(Text(reason, "red")) for reason in explanation.lacking[:most]]
        if len(explanation.lacking) > most:
            lacking.append(Branch(Text(f"and {len(explanation.lacking) - most} more; --all shows them", "dim")))
        root.branches.append(Branch(Text("lacking", "bold"), lacking))
    return root


class _Grower:
    """Makes the branches of the condition's parts; the sentences of a part that stands there twice come once."""

    def __init__(self, article: StoredArticle, shown: Callable[[str], str], *, whole: bool) -> None:
        self._article = article
        self._in_order = shown
        self._whole = whole
        self._shown: set[str] = set()

    def branch(self, part: Part) -> Branch:
        """Return the branch of a part with all that is inside of it."""
        places = _apart(part.places) if part.kind == "near" else part.places
        sign, style = SIGNS[part.holds]
        label = Text(f"{sign} ", style)
        label.append(LOGIC.get(part.kind, part.condition))
        if places:
            label.append(f"  {_words(places, self._in_order)}", "cyan")
        elif part.lacking and part.kind not in LOGIC:
            label.append(f"  {part.lacking}", "red")
        branch = Branch(label)
        if places and part.condition not in self._shown:
            self._shown.add(part.condition)
            branch.branches += [Branch(sentence) for sentence in _sentences(places, self._article)]
        inner = part.parts if self._whole else _telling(part)
        branch.branches += [self.branch(one) for one in inner]
        if len(inner) < len(part.parts) and part.kind != "not":
            left = f"{len(part.parts) - len(inner)} more do not hold; --all shows them"
            branch.branches.append(Branch(Text(left, "dim")))
        return branch


def _telling(part: Part) -> list[Part]:
    """Return the parts inside of a part that say why it holds or what it lacks."""
    if part.kind == "not" and part.holds:
        return []
    if part.holds and part.kind in ("or", "some"):
        return [inner for inner in part.parts if inner.holds]
    if part.kind != "or":
        return part.parts
    nearest = sorted(part.parts, key=_missing)[:MOST_ALTERNATIVES]
    return [inner for inner in part.parts if any(inner is one for one in nearest)]


def _missing(part: Part) -> int:
    """Return how many things a part lacks, at the least."""
    if part.holds:
        return 0
    inner = [_missing(one) for one in part.parts]
    if part.kind == "or":
        return min(inner, default=1)
    return max(1, sum(inner)) if part.kind in ("and", "near", "some", "scope") else 1


def _apart(places: list[Place]) -> list[Place]:
    """Return the shortest places that do not overlap, in order: what is near lies between many pairs of words."""
    kept: list[Place] = []
    for place in sorted(places, key=lambda place: place.end - place.start):
        if all(
            place.field != other.field or place.end <= other.start or other.end <= place.start for other in kept
        ):
            kept.append(place)
    return sorted(kept, key=lambda place: (place.field != "title", place.start))


def _words(places: list[Place], shown: Callable[[str], str]) -> str:
    """Return what was found, by which term, how often and where first."""
    counts = Counter((place.text, place.term) for place in places)
    first = {(place.text, place.term): place for place in reversed(places)}
    said = []
    for (text, term), count in list(counts.items())[:MOST_WORDS]:
        place = first[text, term]
        by = f" by {shown(term)}" if term and term != text else ""
        times = f" ×{count}" if count > 1 else ""
        said.append(f"{shown(_short(text))}{by}{times} ({place.field} {place.start}-{place.end})")
    left = len(counts) - len(said)
    return ", ".join(said) + (f", {left} more" if left else "")


def _short(text: str) -> str:
    words = text.split()
    return " ".join(words) if len(words) <= MOST_WORDS else f"{words[0]} … {words[-1]}"


def _sentences(places: list[Place], article: StoredArticle) -> Iterator[str]:
    """Yield the sentences with some words, marked; the title first."""
    spans = {name: [_span(place) for place in places if place.field == name] for name in ("title", "text")}
    if spans["title"]:
        yield mark(article.title or "", spans["title"])
    for sentence in evidence(article.text, spans["text"], MOST_SENTENCES):
        yield mark(sentence.text, sentence.spans)


def _in_order(console: Console, text: str, *, visual: bool) -> str:
    """Return a few words in the order in which the console shows them right."""
    return " ".join(line.plain.strip() for line in lines_for(console, escape_controls(text), visual=visual))


def _span(place: Place) -> Span:
    return Span(place.start, place.end, place.text, "", place.term or "")


def _score(explanation: Explanation, *, whole: bool) -> Branch:
    alert = "never" if explanation.alert_at is None else f"{explanation.alert_at:g}"
    branch = Branch(Text(f"score {explanation.score:g}, tag at {explanation.tag_at:g}, alert at {alert}"))
    weighty = [item for item in explanation.contributions if item.weight]
    for item in weighty if whole else [item for item in weighty if item.found]:
        boost = item.adds / item.weight
        found = f"weight {item.weight:g}" + ("" if item.found else ", not found")
        found += f", times {boost:g} for the title" if item.in_title and boost != 1 else ""
        line = Text(f"{'+' if item.found else ' '}{item.adds:g} ", "green" if item.found else "dim")
        line.append(f"{item.group}: {found}", "" if item.found else "dim")
        branch.branches.append(Branch(line))
    absent = ", ".join(f"{item.group} {item.weight:g}" for item in weighty if not item.found)
    if absent and not whole:
        branch.branches.append(Branch(Text(f"not found, with their weights: {absent}", "dim")))
    return branch
