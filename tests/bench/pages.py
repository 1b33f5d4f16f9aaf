"""Real pages with gold texts for the benchmark: `python -m tests.bench.pages` gets them.

They are the 181 news pages of github.com/scrapinghub/article-extraction-benchmark (MIT), 174 KB each on average,
with the text of each article as people marked it. They are cloned into .cache/bench-pages/ and never committed.
`RASID_BENCH_PAGES` names a folder that holds them already: `html/*.html.gz` and `ground-truth.json`.

Where they are missing a few pages stand in that are written for this project: those of the seeds and of the tests.
They are too few and too small to say much; what is written from them says so.
"""

import gzip
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

from tests.bench.vocabulary import ROOT

SOURCE = "https://github.com/scrapinghub/article-extraction-benchmark"
COUNT = 181
VARIABLE = "RASID_BENCH_PAGES"
DEFAULT_FOLDER = ROOT / ".cache" / "bench-pages"
WRITTEN = ("seeds/articles", "tests/unit/domain/pages")


class Page(msgspec.Struct, frozen=True):
    """A page, its address, and where it is known the text that is the article."""

    name: str
    html: str
    url: str | None = None
    gold: str | None = None


class PageSet(msgspec.Struct, frozen=True):
    """Pages and what to call them."""

    name: str
    pages: list[Page]
    is_real: bool

    @property
    def mean_kilobytes(self) -> float:
        """Size of a page on average."""
        return sum(len(page.html.encode()) for page in self.pages) / len(self.pages) / 1_000


class _Gold(msgspec.Struct):
    text: str = msgspec.field(default="", name="articleBody")
    url: str | None = None


def folder() -> Path:
    """Return where the real pages are, or would be."""
    return Path(os.environ.get(VARIABLE) or DEFAULT_FOLDER)


def page_set() -> PageSet:
    """Return the real pages, or where they are missing the few of the project."""
    real = real_pages(folder())
    if real:
        return PageSet(f"{len(real)} real news pages of scrapinghub/article-extraction-benchmark", real, True)
    return written_set()


def written_set() -> PageSet:
    """Return the few pages of the project."""
    written = written_pages()
    return PageSet(f"{len(written)} pages written for this project, in place of real ones", written, False)


def real_pages(place: Path) -> list[Page]:
    """Return the pages of a folder in order of their names; none where it is not there."""
    truth = place / "ground-truth.json"
    if not truth.exists():
        return []
    gold = msgspec.json.decode(truth.read_bytes(), type=dict[str, _Gold])
    found = []
    for path in sorted((place / "html").glob("*.html.gz")):
        name = path.name.removesuffix(".html.gz")
        html = gzip.decompress(path.read_bytes()).decode("utf-8", "replace")
        known = gold.get(name, _Gold())
        found.append(Page(name, html, known.url, known.text or None))
    return found


def written_pages() -> list[Page]:
    """Return the pages that are committed: Arabic ones of the seeds, Russian and English ones of the tests."""
    places = [path for place in WRITTEN for path in sorted((ROOT / place).glob("*.html"))]
    return [Page(path.stem, _read(path.read_bytes()), f"https://example.org/{path.stem}") for path in places]


def _read(content: bytes) -> str:
    """Return a page as text: one of the seeds is in Arabic's old code page, as many Arabic sites were."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("windows-1256")


def get(place: Path) -> int:
    """Clone the pages into a folder; return how many there are.

    Raises:
        OSError: There is no git.
        subprocess.CalledProcessError: The clone failed; git has said why.
    """
    with tempfile.TemporaryDirectory(prefix="rasid-pages-") as name:
        clone = Path(name) / "clone"
        subprocess.run(["git", "clone", "--quiet", "--depth", "1", SOURCE, str(clone)], check=True)
        place.mkdir(parents=True, exist_ok=True)
        for part in ("ground-truth.json", "LICENSE"):
            shutil.copy(clone / part, place / part)
        shutil.copytree(clone / "html", place / "html", dirs_exist_ok=True)
    return len(real_pages(place))


def main() -> int:
    """Get the pages unless they are there; returns 0, or 1 where they cannot be had."""
    place = folder()
    count = len(real_pages(place))
    if count < COUNT:
        try:
            count = get(place)
        except (OSError, subprocess.CalledProcessError) as error:
            sys.stderr.write(f"the pages cannot be had: {error}\n")
            return 1
    sys.stdout.write(f"{count} pages in {place}\n")
    return 0 if count >= COUNT else 1


if __name__ == "__main__":
    sys.exit(main())
