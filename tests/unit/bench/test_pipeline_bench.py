"""The benchmark of the pipeline: what it is given, how it counts, and what it tells."""

import os
from datetime import UTC, datetime

import msgspec
import pytest

from tests.bench.pages import real_pages, written_pages, written_set
from tests.bench.pipeline import growth_page
from tests.bench.pipeline.hot_spots import summed_up
from tests.bench.pipeline.latency import Latency
from tests.bench.pipeline.material import Material
from tests.bench.pipeline.naive_stages import WatchTopic
from tests.bench.pipeline.page import page
from tests.bench.pipeline.pins import check, fallen_ratios, pin
from tests.bench.pipeline.quality import token_counts
from tests.bench.pipeline.results import CEILING, Growth, Run, ratio
from tests.bench.pipeline.targets import per_core, ratios, targets
from tests.bench.pipeline.trial import Throughput
from tests.bench.usage import cpu, descendants, pss
from worker.domain.article import RawArticle


def found(per_second: float, number: int = 0, cpu_ms: float = 20.0) -> Throughput:
    return Throughput(
        articles=100, seconds=100 / per_second, round=number, cpu_own=0.0, cpu_started=cpu_ms / 10, cpu_broker=0.1,
        pss=10**8, bytes_an_article={"articles.tagged": 900.0},
    )  # fmt: skip


def run(**speeds: list[float]) -> Run:
    made = Run("today", "2 cores", "Python", "181 real pages", 174.0, True, 1, load=[0.1])
    for line, each in speeds.items():
        broker = "" if line == CEILING else "kafka"
        rounds = made.trial(line, broker, "pages", 1_000).rounds
        rounds += [found(speed, number) for number, speed in enumerate(each)]
    return made


def test_written_pages_are_there_in_three_languages():
    pages = written_pages()
    assert {page.name.split("_")[0] for page in pages} >= {"000", "001", "en", "ru"}
    assert "كروكوس" in pages[0].html
    assert not written_set().is_real


def test_no_pages_where_the_folder_is_missing(tmp_path):
    assert real_pages(tmp_path / "nowhere") == []


def test_every_article_has_an_id_a_body_and_an_address_of_its_own(tmp_path):
    made = Material(tmp_path, 1, is_written=True).pages(30)
    raw = [msgspec.json.decode(one.message(datetime.now(UTC)), type=RawArticle) for one in made]
    for field in ("id", "body", "url"):
        assert len({getattr(one, field) for one in raw}) == 30
    assert all(one.fetched_at for one in raw)


def test_the_share_on_the_subject_is_drawn_and_has_a_headline(tmp_path):
    material = Material(tmp_path, 1, is_written=True)
    assert all(one.is_on_subject for one in material.pages(20, share=1.0))
    assert not any(b'"title"' in one.content for one in material.pages(20, share=0.0))


@pytest.mark.parametrize(
    ("condition", "text", "is_found"),
    [
        ("name and deed", "ivan fell", True),
        ("name and deed", "ivan", False),
        ("name near/14 deed and not other", "ivan fell", True),
        ("name near/14 deed and not other", "ivan fell at the fair", False),
        ("2 of (name, deed, other)", "ivan at the fair", True),
        ("2 of (name, deed, other)", "at the fair", False),
        ("title:name and deed", "ivan fell", True),
        ("name before/5 deed", "fell ivan", True),
        ("(name and deed) or other", "a trade fair", True),
    ],
)
def test_the_naive_line_reads_conditions_without_distances(condition, text, is_found):
    terms = {"name": ["Ivan"], "deed": ["fell"], "other": ["trade fair", "fair"]}
    topic = WatchTopic({"id": "x", "condition": condition, "terms": terms})
    assert topic.is_in(text, set(text.split())) is is_found


def test_ratios_are_those_of_the_same_round():
    made = run(worker=[50, 100], naive=[25, 20])
    value = ratio(
        made.find("worker", "kafka", "pages", 1_000), made.find("naive", "kafka", "pages", 1_000), per_core
    )
    assert value is not None
    assert value.median == 1.0
    assert ratios(made)["(c)/(a): pages, 1000 watch topics, kafka"].low == 2.0
    assert ratios(made)["(c)/(a): pages, 1000 watch topics, kafka"].high == 5.0


def test_a_round_that_failed_on_one_side_is_left_out_of_the_ratio():
    made = run(worker=[50, 100, 60], ceiling=[100, 100, 100])
    kept = made.trial("worker", "kafka", "pages", 1_000)
    del kept.rounds[0]
    assert ratios(made)["(c)/(d): pages, 1000 watch topics, kafka"].low == 0.6
    assert ratios(made)["(c)/(d): pages, 1000 watch topics, kafka"].high == 1.0


def test_a_target_that_is_not_reached_is_told():
    told = {one.target: one.is_reached for one in targets(run(worker=[90], naive=[60], ceiling=[100]))}
    assert told["(c) against (d), throughput, mode all: at least 0.85"]
    assert not told["(c) against (a) a core, mode all: at least 2"]
    assert told["articles/s in all, real pages, mode all: more than 80"]


def test_on_a_busy_machine_only_targets_of_cpu_time_are_judged():
    made = run(worker=[90], naive=[60], ceiling=[100])
    made.load = [8.0]
    told = {one.target: one.is_reached for one in targets(made)}
    assert told["(c) against (d), throughput, mode all: at least 0.85"] is None
    assert told["(c) against (a) a core, mode all: at least 2"] is False


def test_alerts_at_low_load_are_judged_on_the_embedded_broker():
    made = run(worker=[30.0])
    made.trial("worker", "embedded", "pages", 1_000).calm = Latency(
        rate=4.0, articles=200, expected=100, milliseconds=[float(ms) for ms in range(250, 350)]
    )
    (told,) = [one for one in targets(made) if "300 ms" in one.target]
    assert (told.measured, told.is_reached) == ("349 ms", False)


def test_a_ratio_falls_when_it_loses_more_than_a_fifth():
    pinned = {"one": 1.0, "two": 2.0, "three": 3.0}
    assert fallen_ratios(pinned, {"one": 0.81, "two": 1.59}) == ["two", "three"]


def test_pins_are_held_by_the_run_that_made_them(tmp_path, capsys):
    pin(run(worker=[90], naive=[60], ceiling=[100]), tmp_path / "ratios.json")
    assert check(run(worker=[89], naive=[60], ceiling=[100]), tmp_path / "ratios.json") == 0
    slower = run(worker=[90], naive=[60], ceiling=[100])
    slower.trials[0].rounds[0] = found(90, cpu_ms=30.0)
    assert check(slower, tmp_path / "ratios.json") == 1
    assert "FALLEN (c)/(d), all CPU" in capsys.readouterr().out


def test_lowest_of_the_rounds_is_pinned(tmp_path):
    made = run(worker=[90, 90, 90], naive=[60, 60, 60], ceiling=[100, 100, 100])
    made.trials[0].rounds[1] = found(90, cpu_ms=30.0)
    pin(made, tmp_path / "ratios.json")
    slow_one_alone = run(worker=[90], naive=[60], ceiling=[100])
    slow_one_alone.trials[0].rounds[0] = found(90, cpu_ms=30.0)
    assert check(slow_one_alone, tmp_path / "ratios.json") == 0


def test_pins_of_another_broker_are_passed_over_but_not_all_of_them(tmp_path):
    file = tmp_path / "ratios.json"
    file.write_text('{"(c)/(d), all CPU: pages, 1000 watch topics, embedded": 0.9}')
    assert check(run(worker=[90], naive=[60], ceiling=[100]), file) == 1
    pin(run(worker=[90], naive=[60], ceiling=[100]), file)
    assert check(run(worker=[90], naive=[60], ceiling=[100]), file) == 0
    assert "embedded" in file.read_text()


def test_the_page_tells_lines_targets_latency_and_growth(tmp_path):
    made = run(worker=[90, 91], naive=[60, 50], ceiling=[100, 99])
    made.trial("worker", "kafka", "pages", 1_000).latency = Latency(
        rate=40.0, articles=100, expected=50, milliseconds=[10.0, 20.0, 300.0]
    )
    made.growth = [Growth("workers, pages", x, "kafka", 40.0 * x, 10**8, 100) for x in (1, 2, 4)]
    text = page(made)
    assert "| (c) Rasid | Apache Kafka" in text
    assert "90.5 (90.0 to 91.0)" in text
    assert "| 3 of 50 |" in text
    growth_page.write_plots(made, tmp_path)
    assert "performance-workers.svg" in text
    assert (tmp_path / "performance-workers.svg").read_text().startswith("<svg")


def test_a_sample_counts_for_the_deepest_function_that_is_known():
    stacks = "\n".join(
        (
            "main (/a/worker/__main__.py:1);extract (/v/site-packages/trafilatura/core.py:9);sub (/l/re.py:7) 30",
            "main (/a/worker/__main__.py:1);encode (/a/worker/streaming/codec.py:3) 10",
            "run (/usr/lib/threading.py:5) 10",
        )
    )
    share = summed_up("pool", stacks)
    assert share.samples == 50
    assert share.shares == {"trafilatura/core": 0.6, "worker/streaming/codec": 0.2, "Python: threading": 0.2}
    assert share.hottest[0] == ("trafilatura/core: extract", 0.6)


def test_tokens_are_counted_as_often_as_both_have_them():
    assert token_counts("a b b c", "b b b d") == (2, 4, 4)


def test_usage_of_this_process_is_seen():
    assert cpu(os.getpid()).own > 0
    assert pss(os.getpid()) > 10**6
    assert cpu(2**22 + 1).all == 0.0
    assert descendants(2**22 + 1) == []
