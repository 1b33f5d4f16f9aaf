"""What a run works on: raw articles, and watch topics in each form that a line asks for.

Articles come in three sorts, each message with an id and an address of its own:

* pages: the pages of pages.py, one after the other and again from the first. Each carries its number in a
  comment, so that no two bodies are equal byte for byte;
* plain: paragraphs of the pages' gold texts put together at random to some 7 KB, so that every text is another
  one. Without gold texts, articles that are made up (tests/bench/articles.py);
* sized: the same with another number of bytes.

Some of the articles are given a headline that the watch topic `moscow-attack` raises an alert for, all others
none. The watch topics are that one and generated ones (tests/bench/generated.py).
"""

import pickle
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import msgspec
import yaml

from tests.bench.articles import articles
from tests.bench.generated import watch_topics
from tests.bench.pages import PageSet, page_set, written_set
from tests.bench.vocabulary import ROOT, Vocabulary, vocabularies
from tests.kafka.checker import ATTACKS
from worker.domain.article import RawArticle
from worker.streaming.codec import encode
from worker.streaming.stages import valid_watch_topics

MATCHING_SHARE = 0.02
"""Articles that are given a headline of the subject."""
PLAIN_BYTES = 7_000
SITES = 400
HEADLINES = tuple(ATTACKS[number] for number in (0, 2, 4, 5, 7))  # those that raise an alert by themselves


class Article(msgspec.Struct, frozen=True):
    """A raw article to publish, without the time at which it was fetched."""

    id: str
    content: bytes
    is_on_subject: bool

    def message(self, fetched_at: datetime) -> bytes:
        """Return the message of `articles.raw`: fetched now, as fresh news are, whatever day the page bears."""
        return self.content[:-1] + f',"fetched_at":"{fetched_at.isoformat()}"}}'.encode()


class Material:
    """Everything that the lines of a run are given, made once and kept in a folder."""

    def __init__(self, folder: Path, seed: int, *, is_written: bool = False) -> None:
        """Keep files in `folder`; draw everything from `seed`; take no real pages where `is_written`."""
        self.folder = folder
        self.seed = seed
        self.page_set: PageSet = written_set() if is_written else page_set()

    @cached_property
    def vocabulary(self) -> dict[str, Vocabulary]:
        """The vocabularies of generated watch topics and articles."""
        return vocabularies(self.seed)

    def pages(self, count: int, first: int = 0, share: float = MATCHING_SHARE) -> list[Article]:
        """Return pages number `first` and following; `share` of them get a headline of the subject."""
        pages = self.page_set.pages
        return [
            self._article(
                f"page-{number:06}",
                f"{pages[number % len(pages)].html}\n<!-- number {number} -->",
                "text/html",
                share,
            )
            for number in range(first, first + count)
        ]

    def plain(
        self, count: int, size: int = PLAIN_BYTES, first: int = 0, share: float = MATCHING_SHARE
    ) -> list[Article]:
        """Return plain texts of about `size` bytes."""
        texts = self._texts(count, size, first)
        return [
            self._article(f"plain-{size}-{first + number:06}", text, "text/plain", share)
            for number, text in enumerate(texts)
        ]

    def _texts(self, count: int, size: int, first: int) -> Iterator[str]:
        if not self._paragraphs:
            for article in articles(count, self.vocabulary, self.seed, first):
                yield _to_size(article.text.split("\n\n"), size, random.Random(article.id))
            return
        for number in range(first, first + count):
            yield _to_size(self._paragraphs, size, random.Random(f"{self.seed} plain {number}"))

    @cached_property
    def _paragraphs(self) -> list[str]:
        gold = [page.gold for page in self.page_set.pages if page.gold]
        return [part for text in gold for part in text.split("\n") if len(part) > 80]

    def _article(self, article_id: str, body: str, content_type: str, share: float) -> Article:
        chance = random.Random(f"{self.seed} {article_id}")
        is_on_subject = chance.random() < share
        site = chance.randrange(SITES)
        raw = RawArticle(
            content_type=content_type,
            body=body,
            id=article_id,
            url=f"https://site-{site}.example.org/{article_id}",
            title=chance.choice(HEADLINES) if is_on_subject else None,
            source=f"site-{site}.example.org",
        )
        return Article(article_id, encode(raw), is_on_subject)

    def watch_topics(self, count: int) -> Path:
        """Return a folder with so many watch topics, one YAML file each."""
        folder = self.folder / f"watch-{count}"
        if not folder.exists():
            folder.mkdir(parents=True)
            subject = ROOT / "topics" / "watch" / "moscow-attack.yaml"
            (folder / subject.name).write_bytes(subject.read_bytes())
            for data in watch_topics(count - 1, self.vocabulary, self.seed):
                (folder / f"{data['id']}.yaml").write_text(_yaml(data), encoding="utf-8")
        return folder

    def terms(self, count: int) -> Path:
        """Return the same watch topics as JSON: id, condition, the terms of each group whatever their language."""
        file = self.folder / f"terms-{count}.json"
        if not file.exists():
            loaded = [
                yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
                for path in sorted(self.watch_topics(count).glob("*.yaml"))
            ]
            file.write_bytes(msgspec.json.encode([_terms(data) for data in loaded]))
        return file

    def checked_watch_topics(self, count: int) -> Path:
        """Return the same watch topics as the loader has read and checked them, pickled."""
        file = self.folder / f"watch-{count}.pickle"
        if not file.exists():
            file.write_bytes(pickle.dumps(valid_watch_topics(self.watch_topics(count))))
        return file


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def _yaml(data: object) -> str:
    return str(yaml.dump(data, Dumper=_DUMPER, allow_unicode=True, sort_keys=False))


def _terms(data: dict[str, object]) -> dict[str, object]:
    groups = data["terms"]
    assert isinstance(groups, dict)
    terms = {
        group: [term.strip("=*") for listed in by_language.values() for term in listed]
        for group, by_language in groups.items()
    }
    return {"id": data["id"], "condition": data["condition"], "terms": terms}


def _to_size(paragraphs: Sequence[str], size: int, chance: random.Random) -> str:
    """Return paragraphs drawn at random, about `size` bytes of them: the last one is cut at the end of a word."""
    written: list[str] = []
    room = size
    while room > 0:
        paragraph = chance.choice(paragraphs)
        taken = paragraph.encode()
        if len(taken) > room:
            paragraph = taken[:room].decode("utf-8", "ignore").rpartition(" ")[0] or paragraph[:room]
        written.append(paragraph)
        room -= len(taken) + 1
    return "\n".join(written)


def messages(made: Sequence[Article]) -> list[bytes]:
    """Return the messages of articles, all of them fetched now."""
    now = datetime.now(UTC)
    return [article.message(now) for article in made]
