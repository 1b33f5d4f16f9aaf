"""Do the shipped watch topics find, in other people's words, what an analyst means, and nothing beside it?

wide.jsonl holds short news texts, and some of 200 words, written for this project by people who had not seen the
terms, with details that are invented in part. They were looked at while the terms were widened, so the floors here
say that nothing found is lost again, not how well it goes on unseen texts: test_quality.py has floors for those.

* positive, negative: what reports on the two subjects look like, and on what lies next to them;
* far: told in as many unlike ways as could be thought of, allusions and dialect among them. Half of that is found.

`python -m tests.quality.test_wide_quality` prints the table and what goes wrong.
"""

from functools import cache

import pytest

from tests.quality.test_quality import (
    F1_FLOOR,
    JUDGED,
    LANGUAGES,
    PRECISION_FLOOR,
    Score,
    Text,
    found_in,
    score_of,
    texts_of,
)

MOST_WRONG_OF_A_HUNDRED_NEGATIVES = 1
FAR_RECALL_FLOORS = {"moscow-attack": 0.85, "intelligence-sharing": 0.50}


def texts() -> tuple[Text, ...]:
    return texts_of("wide.jsonl")


@cache
def found() -> dict[str, frozenset[str]]:
    return found_in(texts())


def score(watch_topic: str, kinds: set[str], language: str | None = None) -> Score:
    asked = (text for text in texts() if text["kind"] in kinds and language in {None, text["language"]})
    return score_of(asked, found(), watch_topic)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("watch_topic", JUDGED)
def test_reports_by_other_hands_are_found(watch_topic: str, language: str) -> None:
    s = score(watch_topic, {"positive", "negative"}, language)
    assert s.precision >= PRECISION_FLOOR, (s.precision, s)
    assert s.f1 >= F1_FLOOR, (s.f1, s)


@pytest.mark.parametrize("watch_topic", JUDGED)
def test_what_lies_next_to_the_subject_stays_silent(watch_topic: str) -> None:
    negatives = [text for text in texts() if text["kind"] == "negative"]
    wrong = [text["id"] for text in negatives if watch_topic in found()[text["id"]]]
    assert len(negatives) >= 700
    assert 100 * len(wrong) <= MOST_WRONG_OF_A_HUNDRED_NEGATIVES * len(negatives), wrong


@pytest.mark.parametrize("watch_topic", JUDGED)
def test_far_wordings_that_were_found_stay_found(watch_topic: str) -> None:
    s = score(watch_topic, {"far"})
    assert s.recall >= FAR_RECALL_FLOORS[watch_topic], s
    assert s.precision >= PRECISION_FLOOR, s


def _print_table() -> None:
    for watch_topic in JUDGED:
        for kinds in ({"positive", "negative"}, {"far"}):
            for language in LANGUAGES:
                s = score(watch_topic, kinds, language)
                name = " and ".join(sorted(kinds))
                print(f"{watch_topic:22}{name:24}{language:4}{s.precision:8.3f}{s.recall:8.3f}{s.f1:8.3f}  {s}")
    for text in texts():
        got = found()[text["id"]] & set(JUDGED)
        for watch_topic in sorted(got ^ set(text["labels"])):
            print("WRONG " if watch_topic in got else "MISSED", watch_topic, text["id"], text["text"])


if __name__ == "__main__":
    _print_table()
