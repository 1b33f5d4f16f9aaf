"""Metrics: bounded series, counters that begin at zero, gauges set when somebody looks."""

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from worker.adapters import metrics
from worker.domain.busiest import Busiest
from worker.domain.errors import Reason


def page():
    return generate_latest(metrics.REGISTRY).decode()


def sources():
    families = {family.name: family for family in text_string_to_metric_families(page())}
    samples = families["rasid_source_articles"].samples
    return {one.labels["source"]: one.value for one in samples if one.name.endswith("_total")}


@pytest.fixture
def no_sources(monkeypatch):
    monkeypatch.setattr(metrics, "_BUSIEST", Busiest(shown=2, kept=4))
    metrics.SOURCE_ARTICLES.clear()


@pytest.fixture
def takes(monkeypatch):
    monkeypatch.setattr(metrics._BEFORE_SCRAPE, "takes", [])


def test_a_thousand_sources_are_a_few_series_and_no_article_is_left_out(no_sources):
    for number in range(1_000):
        metrics.count_source(f"blog-{number}.example", 0.0)
        metrics.count_source("tass.ru", 0.0)
    metrics.count_source(None, 0.0)
    assert len(sources()) <= 3
    assert sum(sources().values()) == 2_001


def test_source_that_is_no_longer_shown_has_no_series(no_sources):
    for name in ("a.example", "b.example"):
        metrics.count_source(name, 0.0)
    for _ in range(5):
        metrics.count_source("tass.ru", 1.0)
        metrics.count_source("spa.gov.sa", 1.0)
    metrics.count_source("tass.ru", 3601.0)
    assert set(sources()) == {"tass.ru", "(others)"}
    metrics.count_source("spa.gov.sa", 3602.0)
    assert set(sources()) == {"tass.ru", "spa.gov.sa", "(others)"}


@pytest.mark.parametrize("name", ["\ud800", 'quote" \\ and\nline', "х" * 5_000, "وكالة"])
def test_no_name_of_a_source_spoils_the_page(no_sources, name):
    metrics.count_source(name, 0.0)
    (shown,) = sources()
    assert len(shown) <= metrics.SOURCE_CHARACTERS


def test_gauges_are_set_before_they_are_read(takes):
    metrics.before_scrape(lambda: metrics.READY.set(7))
    assert "rasid_ready 7.0" in page()


def test_figure_that_cannot_be_had_costs_no_other(takes, caplog):
    def broken():
        raise RuntimeError("of no use")

    metrics.before_scrape(broken)
    metrics.before_scrape(lambda: metrics.READY.set(8))
    assert "rasid_ready 8.0" in page()
    assert "of no use" in caplog.text


def test_counters_with_a_closed_set_of_labels_are_there_from_the_start():
    text = page()
    for reason in Reason:
        assert f'rasid_dead_letters_total{{agent="alert",reason="{reason}"}}' in text
    assert 'rasid_alert_delay_seconds_bucket{le="60.0",since="arrival"}' in text
    assert 'rasid_pool_replaced_total{reason="time_limit"}' in text
    assert 'rasid_alert_changes_total{change="refused",severity="",watch_topic=""}' in text
