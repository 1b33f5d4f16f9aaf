"""The page of the memory benchmark: what grows is seen to grow, what is replaced is seen to be replaced."""

import os
from xml.etree import ElementTree

import pytest

from tests.bench.chart import Line, Panel, drawn, ticks
from tests.bench.memory_page import Growth, Run, busy, chart, growth, lives, page
from tests.bench.resident import MEGABYTE, Memory, Sample, memory, pool_processes, sample

SVG = "{http://www.w3.org/2000/svg}"


def taken(pid: int, megabytes: float) -> Memory:
    return Memory(pid, int(1.2 * megabytes * MEGABYTE), int(megabytes * MEGABYTE))


def run(worker_grows: float = 0.0, samples: int = 100, idle: int = 10) -> Run:
    """Return a run of 1,000 articles a sample; a process of the pool lives for 20 samples and grows by 38 MB."""
    made = [
        Sample(
            5.0 * number,
            1_000 * number,
            taken(1, 100 + worker_grows * number),
            [taken(10 + number // 20, 110 + 2 * (number % 20))],
        )
        for number in range(samples)
    ]
    last = made[-1]
    made += [
        Sample(last.seconds + 5 * number, last.articles, last.worker, last.children, idle=True)
        for number in range(1, idle + 1)
    ]
    return Run("2026-11-22", "2 cores", "Python 3.11", "Kafka", 5_000, made)


def test_growth_is_told_in_megabytes_for_100_000_articles():
    points = [(articles, 100 + articles / 10_000) for articles in range(0, 50_000, 1_000)]
    found = growth(points)
    assert found is not None
    assert found == pytest.approx(Growth(10.0, 100.0, 104.9))


@pytest.mark.parametrize("points", [[], [(5, 1.0)], [(5, 1.0), (5, 2.0)]])
def test_no_line_is_drawn_through_too_little(points):
    assert growth(points) is None


def test_the_warm_up_and_the_idle_time_do_not_count():
    counted = busy(run())
    assert min(one.articles for one in counted) >= 0.2 * 99_000
    assert not any(one.idle for one in counted)


def test_a_worker_that_is_flat_and_one_that_grows_are_told_apart():
    assert "| worker, PSS | 100 | 100 | +0.0 | 100 |" in page(run())
    assert "| worker, PSS | 110 | 150 | +50.0 | 150 |" in page(run(worker_grows=0.5))


def test_processes_that_grow_and_are_replaced_have_flat_peaks():
    written = page(run())
    assert "| pool, peak of each process, PSS | 148 | 148 | +0.0 | |" in written.replace("  ", " ")
    assert "5 processes served, 4 of them were replaced" in written


def test_the_process_that_still_runs_is_not_counted_as_replaced():
    found = lives(run().samples)
    assert [life.is_ended for life in found] == [True, True, True, True, False]
    assert found[0].peak == 148
    assert found[0].articles == 19_000


def test_a_run_too_short_for_a_replacement_says_so():
    assert "None of the 1 was replaced" in page(run(samples=10))


def test_the_chart_has_a_line_for_each_process_and_a_panel_for_the_idle_time():
    picture = ElementTree.fromstring(chart(run()))
    lines = picture.findall(f"{SVG}polyline")
    assert len(lines) == (1 + 5) + (1 + 1)
    texts = [text.text for text in picture.findall(f"{SVG}text")]
    assert "articles" in texts
    assert "minutes idle" in texts


def test_the_chart_of_a_run_without_idle_time_has_one_panel():
    picture = ElementTree.fromstring(chart(run(idle=0)))
    assert len(picture.findall(f"{SVG}polyline")) == 6


def test_lines_stay_inside_of_their_panel_and_text_is_escaped():
    panel = Panel("a < b", 10.0, 5.0, [Line("#000000", [(0, 0), (10, 5)])])
    picture = ElementTree.fromstring(drawn("t & u", "y", [panel], {}))
    (line,) = picture.findall(f"{SVG}polyline")
    frame = picture.findall(f"{SVG}rect")[-1]
    (x0, y0), (x1, y1) = (tuple(map(float, point.split(","))) for point in line.get("points", "").split())
    left, top, width, height = (float(frame.get(name, "")) for name in ("x", "y", "width", "height"))
    assert (x0, x1) == pytest.approx((left, left + width))
    assert (y1, y0) == pytest.approx((top, top + height))


@pytest.mark.parametrize(
    ("most", "numbers"),
    [(100, [0, 20, 40, 60, 80, 100]), (7, [0, 2, 4, 6]), (0, [0]), (21_000, [0, 5_000, 10_000, 15_000, 20_000])],
)
def test_ticks_are_round_numbers(most, numbers):
    assert ticks(most) == numbers


def test_a_fraction_has_ticks_as_well():
    assert 2 <= len(ticks(0.2)) <= 11


@pytest.mark.skipif(not os.path.exists("/proc/self/smaps_rollup"), reason="memory is read from /proc, on Linux")  # noqa: PTH110
def test_memory_of_a_process_is_read_and_one_that_ended_has_none():
    found = memory(os.getpid())
    assert found is not None
    assert found.rss >= found.pss > 5 * MEGABYTE
    assert memory(2**22 + 1) is None
    assert sample(2**22 + 1, 0.0, 0, idle=False) is None
    assert pool_processes(2**22 + 1) == []
