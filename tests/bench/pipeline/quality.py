"""Token F1 of extracted texts against the gold texts, Rasid's and those of trafilatura's own defaults."""

import re
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import cache
from multiprocessing import get_context
from statistics import fmean

from tests.bench.pages import Page
from tests.bench.pipeline.results import Quality
from worker.adapters.furniture_files import load_furniture_rules
from worker.domain.article import RawArticle
from worker.domain.errors import RejectedError
from worker.domain.extract import extract
from worker.domain.furniture import FurnitureRules

_TOKEN = re.compile(r"\w+")


def quality(pages: Sequence[Page]) -> Quality | None:
    """Measure both on the pages that have a gold text; None where none has."""
    known = [page for page in pages if page.gold]
    if not known:
        return None
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        ours, theirs = (_f1(known, list(pool.map(by, known, chunksize=8))) for by in (by_rasid, by_trafilatura))
    return Quality(len(known), ours, theirs)


def by_rasid(page: Page) -> str:
    """Return the text that Rasid extracts; none where it rejects the page."""
    try:
        return extract(RawArticle(body=page.html, url=page.url), datetime.now(UTC), _rules()).text
    except RejectedError:
        return ""


def by_trafilatura(page: Page) -> str:
    """Return the text that trafilatura extracts by its defaults."""
    import trafilatura

    return trafilatura.extract(page.html) or ""


@cache
def _rules() -> FurnitureRules:
    return load_furniture_rules()


def _f1(pages: Sequence[Page], texts: Sequence[str]) -> float:
    """Return F1 of mean precision and mean recall, as the benchmark that the pages come from has it."""
    pairs = [token_counts(page.gold or "", text) for page, text in zip(pages, texts, strict=True)]
    precision = fmean(both / found for both, _, found in pairs if found)
    recall = fmean(both / wanted for both, wanted, _ in pairs)
    return 2 * precision * recall / (precision + recall)


def token_counts(gold: str, text: str) -> tuple[int, int, int]:
    """Return how many tokens both have, and how many there are in the gold text and in the text."""
    wanted, found = (Counter(_TOKEN.findall(each.lower())) for each in (gold, text))
    return (wanted & found).total(), wanted.total(), found.total()
