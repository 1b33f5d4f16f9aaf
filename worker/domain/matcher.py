"""An index over all watch topics: an article goes in, its matches with spans come out.

The cost of an article hardly grows with the number of watch topics. Each word is looked up once (`TermTable`),
only watch topics are looked at for which a term of their rarest required group was found, and they are evaluated
only when each required group has one.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable

from worker.domain.article import Match, Span
from worker.domain.evidence import evidence
from worker.domain.occurrence import TEXT_BASE, Stretch, union
from worker.domain.plan import Leaf, Plan, required
from worker.domain.reading import Reading
from worker.domain.term_table import TermTable
from worker.domain.watch_topic import WatchTopic

MOST_SPANS = 200

__all__ = ["ArticleView", "IndexedWatchTopic", "Matcher", "evidence", "total_score"]


class IndexedWatchTopic:
    """A watch topic as the index holds it: each group or quoted phrase with the numbers of its terms."""

    __slots__ = ("clauses", "names", "plan", "positive", "topic", "weights")

    def __init__(self, topic: WatchTopic, table: TermTable) -> None:
        names: dict[str, set[int]] = defaultdict(set)
        for name, language, source in topic.named_terms():
            names[name].add(table.add(source, language))
        self.topic = topic
        self.plan: Plan = topic.plan
        self.positive = topic.positive_names()
        self.names = {name: frozenset(numbers) for name, numbers in names.items()}
        self.weights = {name: topic.weight(name, self.positive) for name in names}
        self.clauses: tuple[frozenset[int], ...] = ()


class ArticleView:
    """One article as one watch topic sees it: where its groups are found."""

    def __init__(self, reading: Reading, names: dict[str, frozenset[int]]) -> None:
        self.reading = reading
        self._names = names
        self._stretches: dict[str, list[Stretch]] = {}

    def present(self, name: str) -> bool:
        """Say whether one of a group's terms is found."""
        return not self._names[name].isdisjoint(self.reading.terms)

    def stretches(self, name: str) -> list[Stretch]:
        """Return where a group's terms are found, in order."""
        known = self._stretches.get(name)
        if known is None:
            reading = self.reading
            known = union([reading.stretches(term) for term in self._names[name] & reading.terms])
            self._stretches[name] = known
        return known

    def zone(self, name: str) -> Stretch:
        """Return the first and last word of a zone."""
        return self.reading.zone(name)

    def found_terms(self, name: str) -> list[tuple[Stretch, str]]:
        """Return each place of a group with the term that is found there, without places inside of longer ones."""
        places: dict[Stretch, str] = {}
        for term in sorted(self._names[name] & self.reading.terms):
            for stretch in self.reading.stretches(term):
                places.setdefault(stretch, self.reading.source(term))
        found: list[tuple[Stretch, str]] = []
        furthest = -1
        for stretch, source in sorted(places.items(), key=lambda place: (place[0][0], -place[0][1])):
            if stretch[1] > furthest:
                found.append((stretch, source))
                furthest = stretch[1]
        return found


def _marks(leaf: Leaf, names: dict[str, frozenset[int]]) -> frozenset[int]:
    """Return the marks of which an article that satisfies a leaf bears one: see `Reading.marks`."""
    return frozenset(~term for term in names[leaf.name]) if leaf.zone == "title" else names[leaf.name]


def _may_hold(entry: IndexedWatchTopic, marks: set[int]) -> bool:
    """Say whether an article bears one mark of each clause. Asked a thousand times an article."""
    for clause in entry.clauses:  # noqa: SIM110 - any() takes three times as long
        if marks.isdisjoint(clause):
            return False
    return True


class Matcher:
    """An immutable index over watch topics. A new set of watch topics gets a new index."""

    def __init__(self, watch_topics: Iterable[WatchTopic]) -> None:
        self._table = TermTable()
        ordered = sorted(watch_topics, key=lambda topic: topic.id)
        self._entries = [IndexedWatchTopic(topic, self._table) for topic in ordered]
        self._always: list[int] = []
        self._by_term: dict[int, list[int]] = defaultdict(list)
        self._index()
        self._table.close()

    def _index(self) -> None:
        """Enter each watch topic under the terms of its rarest required group."""
        shared = Counter(term for entry in self._entries for names in entry.names.values() for term in names)
        terms = self._table.terms
        # Terms of many watch topics are common in this field, short words are common in texts, phrases are rare.
        costs = [
            shared[term] / sum(len(word.key) for word in terms[term].words) ** 2 for term in range(len(terms))
        ]
        for index, entry in enumerate(self._entries):
            by_name = {name: sum(costs[term] for term in numbers) for name, numbers in entry.names.items()}
            clauses = required(
                entry.plan,
                lambda leaves, known=by_name: sum(known[leaf.name] for leaf in leaves),  # type: ignore[misc]
            )
            by_terms = {frozenset().union(*(_marks(leaf, entry.names) for leaf in clause)) for clause in clauses}
            entry.clauses = tuple(
                sorted(by_terms, key=lambda clause: sum(costs[max(term, ~term)] for term in clause))
            )
            if not entry.clauses:
                self._always.append(index)
            for mark in entry.clauses[0] if entry.clauses else ():
                self._by_term[mark].append(index)

    def candidates(self, reading: Reading) -> list[IndexedWatchTopic]:
        """Return the watch topics that an article may satisfy: one term of each required group is found."""
        found = set(self._always)
        marks, by_term = reading.marks, self._by_term
        for mark in marks:
            if mark in by_term:
                found.update(by_term[mark])
        return [entry for index in sorted(found) if _may_hold(entry := self._entries[index], marks)]

    def match(self, title: str | None, text: str) -> list[Match]:
        """Return the matches of an article, sorted by the watch topic's id.

        Only matches that reach a watch topic's `tag_at` are returned. Spans count code points of the text
        (`spans`) or of the title (`title_spans`), at most 200 in all a match.
        """
        reading = self.read(title, text)
        found = [self._evaluate(entry, reading) for entry in self.candidates(reading)]
        return [match for match in found if match is not None]

    def match_without_index(self, title: str | None, text: str) -> list[Match]:
        """Return the same as `match` by evaluating every watch topic: what the index is checked against."""
        reading = self.read(title, text)
        found = [self._evaluate(entry, reading) for entry in self._entries]
        return [match for match in found if match is not None]

    def read(self, title: str | None, text: str) -> Reading:
        """Return an article's words with the terms that they satisfy."""
        return Reading(self._table, title, text)

    def entry(self, watch_topic: str) -> IndexedWatchTopic:
        """Return a watch topic by its id.

        Raises:
            KeyError: There is none with this id.
        """
        for entry in self._entries:
            if entry.topic.id == watch_topic:
                return entry
        raise KeyError(watch_topic)

    def _evaluate(self, entry: IndexedWatchTopic, reading: Reading) -> Match | None:
        view = ArticleView(reading, entry.names)
        if not entry.plan.holds(view):
            return None
        score = total_score(entry.topic, entry.weights, view)
        settings = entry.topic.score
        if score < settings.tag_at:
            return None
        alert = settings.alert_at is not None and score >= settings.alert_at
        spans, title_spans = _spans(entry, view)
        return Match(
            watch_topic=entry.topic.id,
            version=entry.topic.version,
            score=score,
            level="alert" if alert else "tag",
            spans=spans,
            title_spans=title_spans,
            groups=[name for name in entry.names if name in entry.positive and view.stretches(name)],
        )


def total_score(topic: WatchTopic, weights: dict[str, float], view: ArticleView) -> float:
    """Return an article's score: each found group's weight once, times `title_boost` if it is in the title."""
    score = 0.0
    for name, weight in weights.items():
        stretches = view.stretches(name) if weight else ()
        if stretches:
            score += weight * (topic.score.title_boost if stretches[0][0] < TEXT_BASE else 1.0)
    return round(score, 6)


def _spans(entry: IndexedWatchTopic, view: ArticleView) -> tuple[list[Span], list[Span]]:
    """Return the spans into the text and into the title; when there are too many, some of each group."""
    reading = view.reading
    placed: list[tuple[int, Stretch, str, str]] = []
    for name in entry.names:
        if name in entry.positive:
            placed.extend(
                (rank, stretch, name, source) for rank, (stretch, source) in enumerate(view.found_terms(name))
            )
    if len(placed) > MOST_SPANS:
        placed = sorted(placed)[:MOST_SPANS]
    spans: tuple[list[Span], list[Span]] = ([], [])
    for _, stretch, name, source in sorted(placed, key=lambda place: place[1:]):
        field = reading.field_of(stretch[0])
        start, end = field.start(stretch[0]), field.end(stretch[1])
        spans[field is reading.title].append(Span(start, end, field.text[start:end], name, source))
    return spans
