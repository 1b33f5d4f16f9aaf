"""A page read with trafilatura: what is left out of it changes nothing that is used."""

import importlib.util

import pytest
import trafilatura
from lxml.html import document_fromstring

from tests.bench.pages import page_set
from worker.domain.page import LEFT_OUT

DATES = {"original_date": True, "extensive_search": False, "max_date": "2026-01-01"}
USED = ("title", "author", "url", "hostname", "sitename", "date")


@pytest.fixture(scope="module")
def untouched():
    """The module for metadata, loaded once more as it is installed."""
    spec = importlib.util.find_spec("trafilatura.metadata")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_is_left_out_is_what_trafilatura_calls(untouched):
    names = untouched.extract_metadata.__code__.co_names
    for name, instead in LEFT_OUT.items():
        assert name in names
        assert getattr(trafilatura.metadata, name) is instead
        assert getattr(untouched, name) is not instead


@pytest.mark.parametrize("page", page_set().pages, ids=lambda page: page.name)
def test_metadata_that_are_used_are_the_same(page, untouched):
    made = [
        module.extract_metadata(document_fromstring(page.html.encode()), page.url, DATES).as_dict()
        for module in (trafilatura.metadata, untouched)
    ]
    ours, theirs = ({name: one[name] for name in USED} for one in made)
    assert ours == theirs
    assert ours["title"]
