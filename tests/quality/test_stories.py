"""Are copies and follow-ups of one report told from other events, on pairs that nothing was tuned to?

story_pairs.jsonl holds pairs of news texts written for this project, on real and invented events: `copy` (the same
report with an agency line, cut, in other type, with page furniture, another headline or a few synonyms; these were
made from the texts by such edits), `rewrite` (the same facts by another desk), `follow_up` (a later report of the
event) and `unrelated` (another event, many of them of the same watch topic, the same kind, even the same town and
officials). The thresholds in worker/domain/story.py and the words in common_words.py were chosen on the half
`tune`; the floors below are for the half `held`. `python tests/quality/test_stories.py` prints the tables.
"""

import base64
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from worker.adapters.furniture_files import load_furniture_rules
from worker.domain.extract import extract, read_raw_article
from worker.domain.story import relation
from worker.domain.story_signature import StorySignature, story_signature

HERE = Path(__file__).parent
SEEDS = HERE.parent.parent / "seeds" / "articles"
LANGUAGES = ("ar", "ru", "en")
COPIES_FLOOR = 0.98
UNRELATED_CEILING = 0.01
REWRITES_FLOOR = 0.95
FOLLOW_UPS_FLOOR = 0.55

Pair = dict[str, Any]


@cache
def pairs() -> tuple[Pair, ...]:
    lines = (HERE / "story_pairs.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(json.loads(line) for line in lines)


def signature(side: dict[str, str]) -> StorySignature:
    return story_signature(side.get("title"), side["text"])


def found(pair: Pair) -> str | None:
    apart = timedelta(hours=pair["hours_apart"])
    return relation(signature(pair["one"]), signature(pair["other"]), apart)


@cache
def counted(half: str) -> dict[tuple[str, str], Counter[str | None]]:
    """Return how often each relation was found, by kind and language."""
    table: dict[tuple[str, str], Counter[str | None]] = {}
    for pair in pairs():
        if pair["half"] == half:
            table.setdefault((pair["kind"], pair["language"]), Counter())[found(pair)] += 1
    return table


def share(half: str, kind: str, *relations: str) -> float:
    counts = Counter[str | None]()
    for (other, _), found_there in counted(half).items():
        counts += found_there if other == kind else Counter()
    return sum(counts[name] for name in relations) / counts.total()


def of_different_events(half: str) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Yield every two written texts of one language that tell of different events."""
    texts: dict[str, dict[str, dict[str, str]]] = {language: {} for language in LANGUAGES}
    for pair in pairs():
        if pair["half"] == half and pair["kind"] in ("follow_up", "rewrite", "unrelated") and pair["one"]["text"]:
            for side in (pair["one"], pair["other"]):
                texts[pair["language"]][side["text"]] = side
    for sides in texts.values():
        for one, other in combinations(sides.values(), 2):
            if one["event"] != other["event"]:
                yield one, other


def test_there_are_pairs_of_each_kind_and_language() -> None:
    languages = Counter(pair["language"] for pair in pairs())
    assert languages["ar"] >= 60
    assert min(languages["ru"], languages["en"]) >= 45
    assert min(Counter(pair["kind"] for pair in pairs()).values()) >= 30


def test_copies_are_joined() -> None:
    assert share("held", "copy", "copy") >= COPIES_FLOOR


def test_unrelated_reports_are_not_joined() -> None:
    assert share("held", "unrelated", "copy", "follow_up") <= UNRELATED_CEILING


def test_rewrites_are_joined_as_one_or_the_other() -> None:
    assert share("held", "rewrite", "copy", "follow_up") >= REWRITES_FLOOR


def test_most_follow_ups_are_joined() -> None:
    assert share("held", "follow_up", "follow_up") >= FOLLOW_UPS_FLOOR


def test_no_two_texts_of_different_events_are_joined() -> None:
    joined = [
        (one["title"], other["title"])
        for one, other in of_different_events("held")
        if relation(signature(one), signature(other), timedelta(0))
    ]
    assert joined == []


def _of_seed(name: str) -> StorySignature:
    message = {
        "body_base64": base64.b64encode((SEEDS / name).read_bytes()).decode(),
        "content_type": "text/html" if name.endswith("html") else "text/plain",
    }
    raw = read_raw_article(json.dumps(message).encode(), 10**7)
    article = extract(raw, datetime(2024, 5, 1, tzinfo=UTC), load_furniture_rules())
    return story_signature(article.title, article.text)


@pytest.mark.parametrize("seed", ["000_7a53ebf06f65ff88", "001_6dc87c83f0684de8"])
def test_the_page_and_the_plain_text_of_a_seed_are_copies(seed: str) -> None:
    assert relation(_of_seed(f"{seed}.html"), _of_seed(f"{seed}.txt"), timedelta(days=400)) == "copy"


def test_a_seed_without_its_first_paragraph_or_last_third_is_still_a_copy() -> None:
    text = (SEEDS / "001_6dc87c83f0684de8.txt").read_text(encoding="utf-8")
    whole = story_signature(None, text)
    assert relation(whole, story_signature(None, text.partition("\n")[2]), timedelta(0)) == "copy"
    assert relation(whole, story_signature(None, text[: len(text) * 2 // 3]), timedelta(0)) == "copy"


@pytest.mark.parametrize("ending", ["html", "txt"])
def test_the_two_seeds_are_two_stories(ending: str) -> None:
    one, other = _of_seed(f"000_7a53ebf06f65ff88.{ending}"), _of_seed(f"001_6dc87c83f0684de8.{ending}")
    assert relation(one, other, timedelta(0)) is None


def main() -> None:
    """Print how many of each kind were found as what, and what went wrong in the half that may be looked at."""
    for half in ("tune", "held"):
        print(f"{half}\n{'kind':12}{'':4}{'copy':>8}{'follow_up':>12}{'none':>8}{'joined':>9}")
        for (kind, language), counts in sorted(counted(half).items()):
            joined = 1 - counts[None] / counts.total()
            figures = f"{counts['copy']:8}{counts['follow_up']:12}{counts[None]:8}{joined:9.3f}"
            print(f"{kind:12}{language:4}{figures}")
        others = list(of_different_events(half))
        wrong = sum(relation(signature(one), signature(other), timedelta(0)) is not None for one, other in others)
        print(f"of all {len(others)} pairs of texts of different events {wrong} are joined\n")
    expected = {"copy": {"copy"}, "unrelated": {None}}
    for pair in pairs():
        if pair["half"] == "tune" and found(pair) not in expected.get(pair["kind"], {"copy", "follow_up"}):
            print(pair["kind"], found(pair), pair["one"].get("title"), "|", pair["other"].get("title"))


if __name__ == "__main__":
    main()
