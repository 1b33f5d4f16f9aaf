"""The sentences of an article that show why a watch topic matched."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

from worker.domain.article import Sentence, Span
from worker.domain.sentences import sentences

MOST_CHARACTERS = 2_000
"""Longest sentence of evidence: alerts carry it, and must fit into a message of Kafka whatever the article is."""


def evidence(
    text: str, spans: Sequence[Span], limit: int, weights: Mapping[str, float] = MappingProxyType({})
) -> list[Sentence]:
    """Return the sentences of a text that say most about a match, the one that says most first.

    Args:
        text: The article's text.
        spans: The match's spans into the text.
        limit: How many sentences at most. Those whose groups weigh most in sum come first; of two that weigh the
            same, the one whose groups are rarer in this text; then the earlier one.
        weights: What each group weighs in the watch topic's score; 1 where nothing is said.

    Returns:
        Sentences with their spans, which count from the sentence's own start. Sentences over whose border a span
        reaches are taken as one. Of one longer than `MOST_CHARACTERS` it is the part around the first span.
    """
    ordered = sorted(spans, key=lambda span: (span.start, span.end))
    in_text = Counter(span.group for span in spans)
    chosen: list[tuple[float, float, int, Sentence]] = []
    starts = [span.start for span in ordered]
    for start, end in _joined(_sentences(text), ordered):
        within = ordered[bisect_left(starts, start) : bisect_left(starts, end)]
        inside = [span for span in within if span.end <= end]
        if inside:
            begin, stop = _cut(start, end, inside)
            inside = [span for span in inside if begin <= span.start and span.end <= stop]
            moved = [Span(s.start - begin, s.end - begin, s.text, s.group, s.term) for s in inside]
            groups = {span.group for span in inside}
            rarity = sum(1 / in_text[group] for group in groups)
            weight = sum(weights.get(group, 1.0) for group in groups)
            chosen.append((-weight, -rarity, start, Sentence(text[begin:stop], moved)))
    return [entry[3] for entry in sorted(chosen, key=lambda entry: entry[:3])[: max(limit, 0)]]


@lru_cache(maxsize=1)
def _sentences(text: str) -> tuple[tuple[int, int], ...]:
    """Return an article's sentences, which all of its matches ask for, one after the other."""
    return tuple(sentences(text))


def _cut(start: int, end: int, spans: Sequence[Span]) -> tuple[int, int]:
    """Return the part of a sentence that is kept: an article may be one sentence of megabytes."""
    if end - start <= MOST_CHARACTERS:
        return start, end
    begin = max(start, min(spans[0].start - MOST_CHARACTERS // 4, end - MOST_CHARACTERS))
    return begin, begin + MOST_CHARACTERS


def _joined(parts: Iterable[tuple[int, int]], ordered: Sequence[Span]) -> list[tuple[int, int]]:
    """Return sentences, those over whose border a span reaches as one."""
    joined: list[tuple[int, int]] = []
    reach = index = 0
    for start, end in parts:
        if joined and reach > start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
        while index < len(ordered) and ordered[index].start < end:
            reach = max(reach, ordered[index].end)
            index += 1
    return joined
