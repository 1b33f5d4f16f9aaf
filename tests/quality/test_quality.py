"""Do the shipped watch topics find what an analyst means, on texts they were not tuned to?

corpus.jsonl holds short news texts written for this project, each with the watch topics it belongs to. One half
(`tune`) was looked at while the terms were written, the other (`held`) only by its score. The floors below are
for the held half, for each watch topic in each of Arabic, Russian and English; a text counts as found from level
`tag` upward. `python tests/quality/test_quality.py [tune|held]` prints the table, and for `tune` what went wrong.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from worker.adapters.topic_files import load_watch_topics
from worker.domain.matcher import Matcher

HERE = Path(__file__).parent
WATCH_TOPICS = HERE.parent.parent / "topics" / "watch"
JUDGED = ("moscow-attack", "intelligence-sharing")
LANGUAGES = ("ar", "ru", "en")
PRECISION_FLOOR = 0.95
F1_FLOOR = 0.90

Text = dict[str, Any]


class Score(NamedTuple):
    """Counts of one watch topic in one language."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 0.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 0.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@cache
def texts_of(name: str) -> tuple[Text, ...]:
    """Return the texts of a file beside this one."""
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return tuple(json.loads(line) for line in lines)


def corpus() -> tuple[Text, ...]:
    return texts_of("corpus.jsonl")


def found_in(texts: Iterable[Text]) -> dict[str, frozenset[str]]:
    """Return for each text the watch topics that were found in it."""
    loaded = load_watch_topics(WATCH_TOPICS)
    assert not loaded.problems, "\n".join(map(str, loaded.problems))
    matcher = Matcher(loaded.watch_topics)
    return {
        text["id"]: frozenset(
            match.watch_topic for match in matcher.match(title=text.get("title"), text=text["text"])
        )
        for text in texts
    }


def score_of(texts: Iterable[Text], found: Mapping[str, frozenset[str]], watch_topic: str) -> Score:
    """Count what was found of a watch topic in some texts, and what was not."""
    right = wrong = missed = 0
    for text in texts:
        expected, got = watch_topic in text["labels"], watch_topic in found[text["id"]]
        right += expected and got
        wrong += got and not expected
        missed += expected and not got
    return Score(right, wrong, missed)


@cache
def found(split: str) -> dict[str, frozenset[str]]:
    """Return for each text of a half the watch topics that were found in it."""
    return found_in(text for text in corpus() if text["split"] == split)


def score(split: str, watch_topic: str, languages: Iterable[str]) -> Score:
    texts = (text for text in corpus() if text["split"] == split and text["language"] in languages)
    return score_of(texts, found(split), watch_topic)


def table(split: str) -> str:
    lines = [
        f"{'watch topic':22}{'language':>9}{'precision':>11}{'recall':>8}{'F1':>7}"
        f"{'right':>7}{'wrong':>7}{'missed':>8}"
    ]
    others = tuple(sorted({text["language"] for text in corpus()} - set(LANGUAGES)))
    for watch_topic in JUDGED:
        for name, languages in [*((code, (code,)) for code in LANGUAGES), ("others", others)]:
            s = score(split, watch_topic, languages)
            below = "" if s.precision >= PRECISION_FLOOR and s.f1 >= F1_FLOOR else "  <- below the floor"
            lines.append(
                f"{watch_topic:22}{name:>9}{s.precision:11.3f}{s.recall:8.3f}{s.f1:7.3f}"
                f"{s.right:7}{s.wrong:7}{s.missed:8}{below}"
            )
    return "\n".join(lines)


def errors(split: str) -> str:
    lines = []
    for text in corpus():
        if text["split"] != split:
            continue
        got = found(split)[text["id"]] & set(JUDGED)
        for watch_topic in sorted(got ^ set(text["labels"])):
            kind = "WRONG " if watch_topic in got else "MISSED"
            lines.append(f"{kind} {watch_topic:21} {text['id']:8} {text.get('title', '')} {text['text']}")
    return "\n".join(lines)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("watch_topic", JUDGED)
def test_floors_on_texts_not_tuned_to(watch_topic: str, language: str) -> None:
    s = score("held", watch_topic, (language,))
    assert s.precision >= PRECISION_FLOOR, f"{watch_topic} in {language}\n{table('held')}"
    assert s.f1 >= F1_FLOOR, f"{watch_topic} in {language}\n{table('held')}"


def test_corpus_make_up() -> None:
    texts = corpus()
    assert len(texts) >= 240
    assert len({text["id"] for text in texts}) == len(texts), "an id occurs twice"
    assert len({text["text"] for text in texts}) == len(texts), "a text occurs twice"
    languages = Counter(text["language"] for text in texts)
    assert languages["ar"] >= 80
    assert languages["ru"] >= 60
    assert languages["en"] >= 60
    assert set(languages) >= {"ar", "ru", "en", "fa", "uk", "tr", "fr", "de", "es"}
    for text in texts:
        assert text["split"] in {"tune", "held"}
        assert text["kind"] in {"positive", "hard-negative", "easy-negative"}
        assert set(text["labels"]) <= set(JUDGED)
        assert bool(text["labels"]) == (text["kind"] == "positive"), text["id"]
    for language in LANGUAGES:
        mine = [text for text in texts if text["language"] == language]
        kinds = Counter(text["kind"] for text in mine)
        assert kinds["hard-negative"] >= kinds["easy-negative"], language
        for split in ("tune", "held"):
            half = [text for text in mine if text["split"] == split]
            assert abs(len(half) - len(mine) / 2) <= 2, (language, split)
            for watch_topic in JUDGED:
                positives = sum(watch_topic in text["labels"] for text in half)
                assert positives >= 10, (language, split, watch_topic, positives)


if __name__ == "__main__":
    half = sys.argv[1] if len(sys.argv) > 1 else "tune"
    print(table(half))
    if half == "tune":
        print(errors(half))
