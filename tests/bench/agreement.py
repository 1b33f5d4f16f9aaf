"""How far Rasid and the peer agree on which watch topics match which articles, and why they differ.

A difference is explained by terms: each side is asked which terms of the watch topic it finds in the article. The
group whose terms one side finds and the other does not decides; when there is none, the two read the condition
over the same groups differently, which only `near` and `before` allow.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tests.bench.articles import Article
from tests.bench.generated import WatchTopicData
from tests.bench.peer import PeerTerms
from tests.bench.trees import checked
from worker.domain.matcher import Matcher

SAMPLED = 240
Pair = tuple[int, int]  # number of the article, number of the watch topic
FoundTerms = dict[str, dict[str, str]]  # group: term: how it stands in the article


class Agreement(NamedTuple):
    """Counts of matches by who found them."""

    both: int
    ours_alone: int
    peers_alone: int

    @property
    def precision(self) -> float:
        """The share of our matches that the peer has too."""
        return self.both / (self.both + self.ours_alone) if self.both + self.ours_alone else 1.0

    @property
    def recall(self) -> float:
        """The share of the peer's matches that we have too."""
        return self.both / (self.both + self.peers_alone) if self.both + self.peers_alone else 1.0


class Reason(NamedTuple):
    """Why a sampled difference came about: who found it, the category and one example."""

    side: str
    category: str
    example: str


def agreement(ours: Sequence[Sequence[str]], peers: Sequence[Sequence[str]]) -> Agreement:
    """Count the matches of two runs over the same articles."""
    sets = [(frozenset(mine), frozenset(theirs)) for mine, theirs in zip(ours, peers, strict=True)]
    return Agreement(
        sum(len(mine & theirs) for mine, theirs in sets),
        sum(len(mine - theirs) for mine, theirs in sets),
        sum(len(theirs - mine) for mine, theirs in sets),
    )


def sample(
    ours: Sequence[Sequence[str]], peers: Sequence[Sequence[str]], numbers: dict[str, int], seed: int
) -> list[tuple[str, Pair]]:
    """Return some of the matches that only one side found: who it was, and the pair."""
    found: list[tuple[str, Pair]] = []
    for article, (mine, theirs) in enumerate(zip(ours, peers, strict=True)):
        found += [("Rasid", (article, numbers[name])) for name in sorted(set(mine) - set(theirs))]
        found += [("Lucene", (article, numbers[name])) for name in sorted(set(theirs) - set(mine))]
    return random.Random(seed).sample(found, min(SAMPLED, len(found)))


def explain(
    sampled: Sequence[tuple[str, Pair]],
    watch_topics: Sequence[WatchTopicData],
    articles: Sequence[Article],
    ask: Callable[[list[Pair]], PeerTerms],
) -> list[Reason]:
    """Return the reason of each sampled difference."""
    if not sampled:
        return []
    terms = ask([pair for _, pair in sampled])
    reasons: list[Reason] = []
    for (side, (article, topic)), found, empty in zip(sampled, terms.found, terms.empty, strict=True):
        theirs: FoundTerms = {}
        for group, term, word in found:
            theirs.setdefault(group, {})[term] = word
        mine = our_terms(watch_topics[topic], articles[article])
        without = {term for _, term in empty}
        finder, category, example = _reason(watch_topics[topic], articles[article], mine, theirs, without)
        ruled_out = "" if finder in ("", side) else f" (and {finder} ruled it out by it)"
        reasons.append(Reason(side, category + ruled_out, example))
    return reasons


def our_terms(data: WatchTopicData, article: Article) -> FoundTerms:
    """Return which terms of a watch topic Rasid finds in an article, each by a watch topic of its own."""
    single: list[WatchTopicData] = []
    keys: dict[str, tuple[str, str]] = {}
    for group, by_language in data["terms"].items():
        for language, terms in by_language.items():
            for term in terms:
                topic_id = f"term-{len(keys)}"
                keys[topic_id] = (group, term)
                single.append(
                    {
                        "schema": "watch-topic/v1",
                        "id": topic_id,
                        "title": term,
                        "terms": {"found": {language: [term]}},
                        "condition": "found",
                    }
                )
    found: FoundTerms = {}
    for match in Matcher(map(checked, single)).match(article.title, article.text):
        group, term = keys[match.watch_topic]
        found.setdefault(group, {})[term] = (match.spans or match.title_spans)[0].text
    return found


def _reason(
    data: WatchTopicData, article: Article, mine: FoundTerms, theirs: FoundTerms, without: set[str]
) -> tuple[str, str, str]:
    groups = list(data["terms"])
    deciding = [group for group in groups if bool(mine.get(group)) != bool(theirs.get(group))] or groups
    for group in deciding:
        own = {term: text for term, text in mine.get(group, {}).items() if term not in theirs.get(group, ())}
        for term, text in own.items():
            category = _ours(data["terms"][group], article.language, term, text, without)
            return "Rasid", category, f"{term} in {text}"
        for term in sorted(theirs.get(group, {}).keys() - mine.get(group, {}).keys()):
            return "Lucene", _peers(article.language, term), f"{term} in {theirs[group][term]}"
    return "", "the same terms found, but near counts places otherwise", data["condition"]


def _ours(terms: dict[str, list[str]], language: str, term: str, text: str, without: set[str]) -> str:
    """Say why Rasid finds a term where the peer does not."""
    if term not in terms.get(language, ()):
        return "a word of another language than the article's, whose field Lucene does not search"
    if term in without:
        return "a stop word, which Lucene's analyzer drops"
    if language == "ar":
        if text[0] in "بلكفو" and text[0] != term[0]:
            return "Arabic: a clitic that Lucene leaves on (one of b l k f w, or a chain)"
        return "Arabic: an ending or a spelling that Lucene does not unite"
    return f"{'Russian' if language == 'ru' else 'English'}: an inflection that Lucene's stemmer does not unite"


def _peers(language: str, term: str) -> str:
    """Say why the peer finds a term where Rasid does not."""
    if term.startswith("="):
        return "an exact term, which Lucene finds in any case"
    if term.endswith("*"):
        return "a wildcard, which Lucene finds in another way"
    if language == "ar":
        return "Arabic: letters that Lucene cuts off and Rasid takes for part of the word"
    return f"{'Russian' if language == 'ru' else 'English'}: words that Lucene's stemmer unites and Rasid does not"


def categories(reasons: Sequence[Reason]) -> list[tuple[str, str, int, str]]:
    """Return (side, category, how many, an example), the commonest first."""
    counts = Counter((reason.side, reason.category) for reason in reasons)
    examples = {(reason.side, reason.category): reason.example for reason in reversed(reasons)}
    return [
        (*key, count, examples[key]) for key, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]
