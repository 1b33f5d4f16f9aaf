"""`rasid watch backtest`: counts, examples and changes over an archive, in bounded memory and in any order."""

import gzip
import io
import json
import subprocess
from datetime import date, timedelta

import pytest
from click.testing import CliRunner
from rich.console import Console

from worker.adapters.topic_files import parse_watch_topic
from worker.domain.errors import Reason, RejectedError
from worker.entrypoints import backtest
from worker.entrypoints.backtest import ARTICLES_A_CHUNK, CHUNKS_AHEAD_PER_PROCESS, Question, run_backtest
from worker.entrypoints.backtest_report import ReportPrinter, bars
from worker.entrypoints.backtest_tally import UNDATED, keep_lowest
from worker.entrypoints.cli import cli
from worker.settings import Settings

NOW = """schema: watch-topic/v1
id: attack
title: Attacks in Moscow
terms:
  place: {en: [Moscow], ar: ['موسكو'], ru: ['Москва']}
  attack: {en: [attack, gunman], ar: ['هجوم'], ru: ['нападение']}
condition: place near/15 attack
score: {tag_at: 2, alert_at: 3, title_boost: 2}
"""
BEFORE = (
    NOW.replace("[attack, gunman]", "[attack]")
    .replace("['нападение']", "['нападение', 'теракт']")
    .replace("alert_at: 3", "alert_at: 4")
)
ATTACK = "Нападение на концертный зал произошло в Москве вечером в пятницу."
ARABIC = "قال مسؤولون إن الهجوم الذي وقع بموسكو أودى بحياة العشرات."


def raw(name: str, body: str, **fields) -> dict:
    return {"id": name, "content_type": "text/plain", "body": body, **fields}


ARTICLES = [
    raw("same", ATTACK, published_at="2024-03-23T23:30:00-02:00", source="ria"),
    raw("gained", "Gunmen opened fire near Moscow on Friday evening.", published_at="2024-03-22T20:00:00Z"),
    raw("lost", "Теракт в Москве: объявлен день траура по погибшим.", fetched_at="2024-03-22T21:00:00Z"),
    raw("level", ARABIC, title="هجوم", url="https://sahifa.example/1"),
    raw("none", "Rain is expected in the capital on Monday morning."),
    {
        "id": "tagged", "text": ATTACK + " Есть раненые.", "text_hash": "a" * 64, "matches": [], "title": None,
        "language": {"code": "ru", "confidence": 0.9}, "received_at": "2024-03-24T00:00:00Z",
    },
    {"id": "rejected", "error": {"reason": "no_article", "detail": "nothing to read"}},
    {"id": "empty", "content_type": "text/plain", "body": " "},
]  # fmt: skip


def write(path, articles) -> None:
    content = "".join(json.dumps(article, ensure_ascii=False) + "\n" for article in articles).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RASID_WATCH_TOPICS", "watch")
    for name, content in (("watch", NOW), ("old", BEFORE)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "attack.yaml").write_text(content, "utf-8")
    write(tmp_path / "archive.jsonl", ARTICLES)
    return tmp_path


def run(*arguments: str):
    return CliRunner().invoke(cli, ["watch", "backtest", *arguments])


def report(*arguments: str) -> dict:
    result = run(*arguments, "--jobs", "1", "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_report_counts_raw_and_tagged_articles_and_names_what_was_rejected(folder):
    document = report("archive.jsonl")
    (own,) = document["watch_topics"]
    assert (document["articles"], document["rejected"]) == (6, {"empty_body": 1, "no_article": 1})
    assert [rejection["name"] for rejection in document["rejections"]] == ["archive.jsonl:7", "archive.jsonl:8"]
    assert (own["matches"], own["levels"]) == (4, {"alert": 1, "tag": 3})
    assert own["languages"] == {"ru": 2, "ar": 1, "en": 1}
    assert own["sources"] == {"not named": 2, "ria": 1, "sahifa.example": 1}


def test_day_of_a_match_is_that_of_publishing_in_utc_else_of_receiving(folder):
    (own,) = report("archive.jsonl")["watch_topics"]
    assert own["days"] == {"2024-03-22": 1, "2024-03-24": 2, UNDATED: 1}


def test_comparison_tells_what_is_gained_and_lost_and_why(folder):
    (own,) = report("archive.jsonl", "--against", "old/attack.yaml")["watch_topics"]
    compared = own["comparison"]
    counts = [compared[name] for name in ("gained", "lost", "level_changed", "same")]
    assert counts == [1, 1, 1, 2]
    gained, lost, level = compared["changes"]
    assert [change["article"]["id"] for change in (gained, lost, level)] == ["gained", "lost", "level"]
    assert (gained["before"]["level"], gained["after"]["level"]) == ("none", "tag")
    assert gained["reasons"][0] == "attack: 'Gunmen' is found by the term 'gunman', which was added"
    assert [span["text"] for span in lost["before"]["spans"]] == ["Теракт", "Москве"]
    assert lost["reasons"][0] == "attack: 'Теракт' is no longer found by the term 'теракт', which was removed"
    assert (level["before"]["level"], level["after"]["level"]) == ("tag", "alert")


def test_summary_and_reasons_are_printed_with_words_marked(folder):
    result = run("archive.jsonl", "--against", "old", "--jobs", "1")
    assert "gained 1, lost 1, level changed 1, same 2" in result.output
    assert "+ gained: none → tag 2 · 2024-03-22 · en · not named · gained in archive.jsonl:2" in result.output
    assert "⟦Gunmen⟧ opened fire near ⟦Moscow⟧ on Friday evening." in result.output
    assert "because attack: 'Теракт' is no longer found by the term 'теракт', which was removed" in " ".join(
        result.output.split()
    )


def test_pool_counts_what_one_process_counts(folder):
    (folder / "more").mkdir()
    for number in range(3):
        write(folder / "more" / f"{number}.jsonl.gz", [{**one, "id": f"{one['id']}-{number}"} for one in ARTICLES])
    alone = report("more", "archive.jsonl", "--against", "old")
    result = run("more", "archive.jsonl", "--against", "old", "--jobs", "2", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == alone


def test_examples_are_spread_and_copies_of_a_text_count_once(folder):
    write(folder / "copies.jsonl", [raw(f"copy-{number}", ATTACK) for number in range(5)])
    (own,) = report("copies.jsonl")["watch_topics"]
    assert (own["matches"], len(own["examples"])) == (5, 1)
    (own,) = report("archive.jsonl", "--examples", "2")["watch_topics"]
    assert len(own["examples"]) == 2
    (own,) = report("archive.jsonl", "--examples", "0", "--against", "old")["watch_topics"]
    assert (own["examples"], own["comparison"]["changes"], own["comparison"]["gained"]) == ([], [], 1)


def test_kept_entries_do_not_depend_on_the_order_in_which_they_come():
    kept = {"c": 1, "a": 2, "b": 3}
    keep_lowest(kept, 2)
    assert sorted(kept) == ["a", "b"]


def test_archive_is_read_in_chunks_and_progress_reaches_its_size(folder):
    write(
        folder / "long.jsonl", [raw(f"a{number}", f"{ATTACK} {number}") for number in range(ARTICLES_A_CHUNK + 1)]
    )
    watch_topic, _ = parse_watch_topic(NOW.encode())
    assert watch_topic is not None
    progress = []
    tally = run_backtest(
        Settings(pool_processes=1),
        Question([watch_topic], None, 1, 10_000),
        [folder / "long.jsonl"],
        lambda *done: progress.append(done),
    )
    assert tally.watch_topics["attack"].matches == ARTICLES_A_CHUNK + 1
    assert [articles for _, articles in progress] == [ARTICLES_A_CHUNK, ARTICLES_A_CHUNK + 1]
    assert progress[-1][0] == (folder / "long.jsonl").stat().st_size


def test_file_that_breaks_off_is_counted_up_to_there_and_the_next_one_is_read(folder):
    write(folder / "cut.jsonl.gz", ARTICLES * 50)
    (folder / "cut.jsonl.gz").write_bytes((folder / "cut.jsonl.gz").read_bytes()[:-40])
    document = report("cut.jsonl.gz", "archive.jsonl")
    assert document["articles"] > len(ARTICLES)
    assert document["rejected"]["not_text"] == 1


class CallHere:
    def __init__(self, function, articles):
        self.overruns = any(b"slow" in value for _, value in articles)
        self.tally = None if self.overruns else function(articles)

    def result(self):
        if self.overruns:
            raise RejectedError(Reason.TIME_LIMIT, "too long")
        return self.tally


class PoolHere:
    """Stands for the pool: answers at once, but overruns its time limit on what is called `slow`."""

    processes = 2

    def __init__(self, settings, initialise, *arguments):
        initialise(*arguments)
        self.begun = 0
        PoolHere.last = self

    def begin(self, function, articles):
        self.begun += 1
        return CallHere(function, articles)

    def close(self):
        pass


def test_article_that_overruns_is_rejected_alone_and_its_neighbours_are_counted(folder, monkeypatch):
    monkeypatch.setattr(backtest, "Pool", PoolHere)
    write(folder / "slow.jsonl", [*ARTICLES[:2], raw("slow", ATTACK), ARTICLES[3]])
    document = json.loads(run("slow.jsonl", "--json").stdout)
    assert (document["articles"], document["rejected"]) == (3, {"time_limit": 1})
    assert document["rejections"][0]["name"] == "slow.jsonl:3"


def test_archive_is_not_read_far_ahead_of_what_is_counted(folder, monkeypatch):
    monkeypatch.setattr(backtest, "Pool", PoolHere)
    chunks = 4 * CHUNKS_AHEAD_PER_PROCESS * PoolHere.processes
    write(folder / "long.jsonl", [{"id": "a", "text": "rain", "text_hash": "0"}] * (chunks * ARTICLES_A_CHUNK))
    watch_topic, _ = parse_watch_topic(NOW.encode())
    assert watch_topic is not None
    ahead: list[int] = []
    run_backtest(
        Settings(pool_processes=2),
        Question([watch_topic], None, 1, 10_000),
        [folder / "long.jsonl"],
        lambda *_: ahead.append(PoolHere.last.begun - len(ahead)),
    )
    assert len(ahead) == chunks
    assert max(ahead) <= CHUNKS_AHEAD_PER_PROCESS * PoolHere.processes + 1


def git(folder, *arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


def test_revision_of_git_is_compared_with_the_file_as_it_is(folder):
    file = folder / "watch" / "attack.yaml"
    file.write_text(BEFORE, "utf-8")
    git(folder, "init", "-q")
    git(folder, "add", "watch")
    git(folder, "commit", "-qm", "before")
    file.write_text(NOW, "utf-8")
    (own,) = report("archive.jsonl", "--against", "HEAD", "--watch-topic", "attack")["watch_topics"]
    assert (own["comparison"]["gained"], own["comparison"]["lost"]) == (1, 1)
    (folder / "watch" / "new.yaml").write_text(NOW.replace("id: attack", "id: fresh"), "utf-8")
    _, fresh = report("archive.jsonl", "--against", "HEAD")["watch_topics"]
    assert fresh["comparison"]["against_version"] is None
    assert fresh["comparison"]["changes"][0]["reasons"] == ["the watch topic is new"]
    result = run("archive.jsonl", "--against", "HEAD~7")
    assert (result.exit_code, "neither a file nor a git revision" in result.output) == (2, True)


def test_revision_without_git_or_outside_of_a_repository_is_told_in_one_line(folder, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(folder.parent))
    result = run("archive.jsonl", "--against", "HEAD")
    assert (result.exit_code, "is in no git repository" in result.output) == (2, True)
    monkeypatch.setenv("PATH", str(folder))
    result = run("archive.jsonl", "--against", "HEAD")
    assert (result.exit_code, "git is not installed" in result.output) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["absent.jsonl"], "absent.jsonl does not exist"),
        (["archive.jsonl", "--watch-topic", "atack"], "did you mean attack?"),
        (["archive.jsonl", "--against", "absent.yaml"], "absent.yaml does not exist"),
    ],
)
def test_what_is_not_there_is_a_usage_error_of_one_line(folder, arguments, said):
    result = run(*arguments, "--jobs", "1")
    assert (result.exit_code, len(result.output.splitlines())) == (2, 1)
    assert said in result.output


def test_other_version_with_another_id_is_refused(folder):
    (folder / "other.yaml").write_text(NOW.replace("id: attack", "id: another"), "utf-8")
    result = run("archive.jsonl", "--against", "other.yaml", "--watch-topic", "attack", "--jobs", "1")
    assert (result.exit_code, "other.yaml has no version of attack; there is: another" in result.output) == (
        2,
        True,
    )


def test_draft_may_be_run_beside_files_that_are_not_valid(folder):
    (folder / "watch" / "broken.yaml").write_text("terms: [", "utf-8")
    assert report("archive.jsonl", "--watch-topic", "attack")["articles"] == 6
    result = run("archive.jsonl", "--jobs", "1")
    assert (result.exit_code, "broken.yaml" in result.output) == (2, True)


def test_days_without_matches_are_shown_and_many_days_are_joined_to_months():
    assert bars({"2024-03-22": 2, "2024-03-24": 1, UNDATED: 3}) == {
        "2024-03-22": 2, "2024-03-23": 0, "2024-03-24": 1, UNDATED: 3,
    }  # fmt: skip
    days = {(date(2024, 1, 1) + timedelta(days=number)).isoformat(): 1 for number in range(60)}
    assert bars(days) == {"2024-01": 31, "2024-02": 29}
    assert bars({}) == {}


def test_bars_of_single_days_are_headed_so_with_undated_articles_too():
    shown = io.StringIO()
    ReportPrinter(Console(file=shown), visual=False)._print_days({"2024-03-22": 2, UNDATED: 1})
    assert shown.getvalue().splitlines()[0] == "  matches a day:"
