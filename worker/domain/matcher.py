"""An index over all watch topics: an article goes in, its matches with spans come out.

The cost of an article hardly grows with the number of watch topics. Each word is looked up once (`TermTable`),
only watch topics are looked at for which a term of their rarest required group was found, and they are evaluated
only when each required group has one.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import chain
from typing import Any, final

from worker.domain.article import Match
from worker.domain.article_view import MOST_SPANS, ArticleView
from worker.domain.evidence import evidence
from worker.domain.plan import Clause, Leaf, Plan, required
from worker.domain.possible import can_hold, can_score
from worker.domain.reading import Reading
from worker.domain.term_table import TermTable
from worker.domain.watch_topic import WatchTopic

__all__ = ["MOST_SPANS", "ArticleView", "IndexedWatchTopic", "Matcher", "evidence", "total_score"]


@final
class IndexedWatchTopic:
    """A watch topic as the index holds it: each group or quoted phrase with the numbers of its terms."""

    __slots__ = ("clauses", "names", "plan", "positive", "shown", "topic", "weights")

    def __init__(self, topic: WatchTopic, table: TermTable) -> None:
        names: dict[str, set[int]] = defaultdict(set)
        for name, language, source in topic.named_terms():
            names[name].add(table.add(source, language))
        self.topic = topic
        self.plan: Plan = topic.plan
        self.positive = topic.positive_names()
        self.names = {name: frozenset(numbers) for name, numbers in names.items()}
        self.weights = {name: topic.weight(name, self.positive) for name in names}
        self.shown = tuple(name for name in names if name in self.positive)
        self.clauses: tuple[frozenset[int], ...] = ()


def _marks(leaf: Leaf, names: dict[str, frozenset[int]]) -> frozenset[int]:
    """Return the marks of which an article that satisfies a leaf bears one: see `Reading.marks`."""
    return frozenset(~term for term in names[leaf.name]) if leaf.zone == "title" else names[leaf.name]


def _marks_of(clause: Clause, names: dict[str, frozenset[int]]) -> frozenset[int]:
    """Return the marks of which an article that satisfies one of some leaves bears one.

    For a single leaf it is the watch topic's own set, which is asked again when the watch topic may match.
    """
    marks = [_marks(leaf, names) for leaf in clause]
    return marks[0] if len(marks) == 1 else frozenset().union(*marks)


@final
class Matcher:
    """An immutable index over watch topics. A new set of watch topics gets a new index."""

    def __init__(self, watch_topics: Iterable[WatchTopic]) -> None:
        self._table = TermTable()
        ordered = sorted(watch_topics, key=lambda topic: topic.id)
        self._entries = [IndexedWatchTopic(topic, self._table) for topic in ordered]
        self._always: list[int] = []
        self._others: list[tuple[frozenset[int], ...]] = []  # by watch topic: the clauses it is not entered under
        self._by_term: dict[Any, list[int]] = defaultdict(list)
        self._index()
        self._entered = frozenset(self._by_term)  # asked of an article's marks all at once
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
            by_terms = {_marks_of(clause, entry.names) for clause in clauses}
            entry.clauses = tuple(
                sorted(by_terms, key=lambda clause: sum(costs[max(term, ~term)] for term in clause))
            )
            self._others.append(entry.clauses[1:])
            if not entry.clauses:
                self._always.append(index)
            for mark in entry.clauses[0] if entry.clauses else ():
                self._by_term[mark].append(index)

    def candidates(self, reading: Reading) -> list[IndexedWatchTopic]:
        """Return the watch topics that an article may satisfy: one term of each required group is found."""
        return self._possible(reading.marks)

    def _possible(self, marks: set[int]) -> list[IndexedWatchTopic]:
        """Return the watch topics of which each clause has one of these marks: see `Reading.marks`."""
        by_term, others = self._by_term, self._others
        found = set(self._always)
        for mark in marks & self._entered:
            found.update(by_term[mark])
        may_hold: list[int] = []
        for index in found:
            for clause in others[index]:
                if clause.isdisjoint(marks):
                    break
            else:
                may_hold.append(index)
        may_hold.sort()
        return [self._entries[index] for index in may_hold]

    def match(self, title: str | None, text: str) -> list[Match]:
        """Return the matches of an article, sorted by the watch topic's id.

        Only matches that reach a watch topic's `tag_at` are returned. Spans count code points of the text
        (`spans`) or of the title (`title_spans`), at most 200 in all a match.
        """
        reading = self.read(title, text)
        views = [(entry, ArticleView(reading, entry.names)) for entry in self.candidates(reading)]
        if views:
            wanted: set[int] = set()
            for _, view in views:
                for terms in view.found.values():
                    wanted.update(terms)
            reading.locate(wanted)
        found = [_evaluated(entry, view) for entry, view in views]
        return [match for match in found if match is not None]

    def match_without_index(self, title: str | None, text: str) -> list[Match]:
        """Return the same as `match` by evaluating every watch topic: what the index is checked against."""
        reading = self.read(title, text)
        found = [_evaluated(entry, ArticleView(reading, entry.names)) for entry in self._entries]
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

    def may_match(self, written: Iterable[str]) -> bool:
        """Say whether any watch topic can match an article made of some of these pieces, in whatever order.

        It is asked before the article is extracted, so it knows neither title nor order: each term found counts as
        in the title too, and a phrase as found where all its words are. False is certain, True is not.

        Args:
            written: What stands between white space: words with the signs around them.
        """
        pieces = {self._table.satisfied(piece) for piece in set(written)}
        satisfied = pieces.union(chain.from_iterable([piece.parts for piece in pieces if piece.parts]))
        words = set(chain.from_iterable([one.words for one in satisfied]))
        terms = set(chain.from_iterable([one.terms for one in satisfied]))
        for one in satisfied:
            for second, begun in (one.phrases or {}).items():
                if second in words:
                    terms.update([term for term in begun if words.issuperset(self._table.words_of[term])])
        marks = terms.union([~term for term in terms])
        return any(can_match(entry, terms) for entry in self._possible(marks))


def _evaluated(entry: IndexedWatchTopic, view: ArticleView) -> Match | None:
    """Return the match of a watch topic, if there is one and it reaches `tag_at`."""
    if not entry.plan.holds(view):
        return None
    score = total_score(entry.topic, entry.weights, view)
    settings = entry.topic.score
    if score < settings.tag_at:
        return None
    alert = settings.alert_at is not None and score >= settings.alert_at
    spans, title_spans = view.spans(entry.shown)
    return Match(
        watch_topic=entry.topic.id,
        version=entry.topic.version,
        score=score,
        level="alert" if alert else "tag",
        spans=spans,
        title_spans=title_spans,
        groups=[name for name in entry.shown if view.present(name)],
    )


def can_match(entry: IndexedWatchTopic, terms: set[int]) -> bool:
    """Say whether a watch topic can match where these terms are found, wherever they stand."""
    found = {name for name, numbers in entry.names.items() if not numbers.isdisjoint(terms)}
    return can_hold(entry.plan, found.__contains__) and can_score(
        entry.topic.score, entry.weights, found.__contains__
    )


def total_score(topic: WatchTopic, weights: dict[str, float], view: ArticleView) -> float:
    """Return an article's score: each found group's weight once, times `title_boost` if it is in the title."""
    score = 0.0
    for name, weight in weights.items():
        if weight and view.found[name]:
            score += weight * topic.score.title_boost if view.in_title(name) else weight
    return round(score, 6)
