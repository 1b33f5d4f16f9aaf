"""`rasid watch explain`: why an article matches, or what is lacking, from whatever form the article has."""

import json

import pytest
from click.testing import CliRunner
from rich.console import Console

from worker.adapters.topic_files import parse_watch_topic
from worker.domain.explain import explain
from worker.domain.matcher import Matcher
from worker.entrypoints.cli import cli
from worker.entrypoints.watch_articles import StoredArticle
from worker.entrypoints.watch_explain import print_explanation

WATCH_TOPIC = """schema: watch-topic/v1
id: attack
title: Attacks in Moscow
terms:
  place: {en: [Moscow], ar: ['موسكو'], ru: ['Москва']}
  attack: {en: [attack], ar: ['هجوم'], ru: ['нападение']}
  hall: {en: ['concert hall']}
  drones: {en: [drone], ar: ['مسيرة']}
condition: (place near/8 attack or hall) and not drones
score: {weights: {attack: 2}, title_boost: 2, tag_at: 3, alert_at: 5}
"""
ARABIC = "قال مسؤولون إن الهجوم الذي وقع بموسكو أودى بحياة العشرات."
TAGGED = {
    "id": "t1",
    "text": ARABIC,
    "text_hash": "0" * 64,
    "title": "هجوم",
    "language": {"code": "ar", "confidence": 0.9},
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "watch").mkdir()
    (tmp_path / "watch" / "attack.yaml").write_text(WATCH_TOPIC, "utf-8")
    monkeypatch.setenv("RASID_WATCH_TOPICS", str(tmp_path / "watch"))
    return tmp_path


def run(*arguments: object, stdin: str | None = None, watch_topic: str = "attack"):
    return CliRunner().invoke(
        cli, ["watch", "explain", *map(str, arguments), "--watch-topic", watch_topic], input=stdin
    )


def lines(result) -> list[str]:
    return [line.strip() for line in result.output.splitlines()]


def test_match_shows_which_part_held_with_which_words_where(folder):
    result = run("-", stdin=ARABIC)
    said = lines(result)
    assert result.exit_code == 0
    assert said[0].startswith("attack version ")
    assert said[0].endswith(": tag")
    assert "✓ place  بموسكو by موسكو (text 31-37)" in said
    assert "قال مسؤولون إن ⟦الهجوم⟧ الذي وقع بموسكو أودى بحياة العشرات." in said
    assert "+2 attack: weight 2" in said
    assert "score 3, tag at 3, alert at 5" in said
    assert said[-1] == "score 3, 2 below alert_at 5"


def test_miss_shows_what_was_lacking(folder):
    said = lines(run("-", stdin="A drone attack was repelled near the capital on Monday."))
    assert said[0].endswith(": none")
    assert "✗ not drones  found, though it must not be: drones" in said
    assert "✗ place  no term of place is found" in said
    assert "place near/8 attack: not found: place" in said


def test_alternatives_that_fail_beside_one_that_holds_are_shown_only_on_demand(folder):
    short, whole = lines(run("-", stdin=ARABIC)), lines(run("-", "--all", stdin=ARABIC))
    assert "1 more do not hold; --all shows them" in short
    assert "✗ hall  no term of hall is found" not in short
    assert "✗ hall  no term of hall is found" in whole
    assert "✗ drones  no term of drones is found" in whole


def test_page_goes_through_the_extract_stage_without_its_markup(folder):
    (folder / "page.html").write_text(
        f"<html><head><title>خبر</title></head><body><article><p>{ARABIC}</p><p>{ARABIC}</p></article></body></html>",
        "utf-8",
    )
    document = json.loads(run(folder / "page.html", "--json").stdout)
    assert document["level"] == "tag"
    assert "<p>" not in document["article"]["text"]


def test_article_of_a_file_with_several_is_chosen_by_its_id_else_the_first(folder):
    file = folder / "some.jsonl"
    raw = {"id": "r1", "content_type": "text/plain", "body": "Rain is expected in Moscow on Monday."}
    file.write_text(json.dumps(raw) + "\n" + json.dumps(TAGGED) + "\n", "utf-8")
    assert json.loads(run(file, "--json").stdout)["article"]["id"] == "r1"
    chosen = json.loads(run(file, "--id", "t1", "--json").stdout)
    assert (chosen["article"]["title"], chosen["level"]) == ("هجوم", "alert")
    absent = run(file, "--id", "t2")
    assert (absent.exit_code, "no article with the id 't2'" in absent.output) == (2, True)


@pytest.mark.parametrize("article", [TAGGED, {"content_type": "text/plain", "body": ARABIC, "title": "هجوم"}])
def test_json_on_standard_input_is_read_as_an_article(folder, article):
    document = json.loads(run("-", "--json", stdin=json.dumps(article)).stdout)
    assert document["article"]["title"] == "هجوم"


def test_json_holds_the_whole_explanation_with_places_that_count_in_its_text(folder):
    document = json.loads(run("-", "--json", stdin=ARABIC).stdout)
    near = document["condition"]["parts"][0]["parts"][0]
    place = near["parts"][0]["places"][0]
    assert (near["kind"], near["holds"]) == ("near", True)
    assert document["article"]["text"][place["start"] : place["end"]] == place["text"] == "بموسكو"
    assert {item["group"]: item["adds"] for item in document["contributions"]}["attack"] == 2


def test_article_that_the_extract_stage_rejects_exits_1_with_its_reason(folder):
    result = run("-", stdin='{"content_type": "text/plain", "body": "  "}')
    assert (result.exit_code, "empty_body" in result.output) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("absent.txt",), "does not exist"), ((".",), "is a folder"), (("-",), "input is empty")],
)
def test_article_that_is_not_there_is_a_usage_error_of_one_line(folder, arguments, said):
    result = run(*arguments, stdin="")
    assert (result.exit_code, len(result.output.splitlines())) == (2, 1)
    assert said in result.output


def test_misspelt_id_of_a_watch_topic_is_answered_with_the_one_that_was_meant(folder):
    result = run("-", stdin=ARABIC, watch_topic="atack")
    assert (result.exit_code, result.output) == (2, "rasid: no watch topic 'atack'; did you mean attack?\n")


def test_terminal_gets_a_tree_with_arabic_in_visual_order():
    watch_topic, _ = parse_watch_topic(WATCH_TOPIC.encode())
    assert watch_topic is not None
    console = Console(force_terminal=True, width=100, no_color=True, record=True, file=open("/dev/null", "w"))  # noqa
    article = StoredArticle(id="a", text=ARABIC, text_hash="")
    explanation = explain(Matcher([watch_topic]), "attack", None, ARABIC)
    print_explanation(console, explanation, article, visual=True, whole=False)
    shown = console.export_text()
    assert "├── ✓ all of these" in shown
    assert "الهجوم" not in shown
    assert "ﻡﻮﺠﻬﻟﺍ" in shown
    assert max(map(len, shown.splitlines())) <= 100


def test_controls_in_an_article_do_not_reach_the_terminal(folder):
    result = run("-", stdin=json.dumps({**TAGGED, "id": "x\x1b[2J", "title": "هجوم\x1b[31m", "text": ARABIC}))
    assert "\x1b" not in result.output
