"""Prints what the matching engine makes of real and of hostile texts: `python -P -m tests.compiled.matches`.

It is run with the sources and with the compiled engine, and both must print the same.
"""

import json
import sys
from collections.abc import Iterator

import msgspec

from tests.bench.articles import articles
from tests.bench.compiled import ROOT
from tests.bench.generated import watch_topics
from tests.bench.trees import checked
from tests.bench.vocabulary import vocabularies
from worker.adapters.topic_files import load_watch_topics
from worker.domain import matcher
from worker.domain.explain import explain

SEED = 2


def texts() -> Iterator[tuple[str | None, str]]:
    """Yield (title, text): the labelled corpus, the hostile files, and what begins and ends in odd places."""
    corpus = (ROOT / "tests" / "quality" / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
    for line in corpus:
        found = json.loads(line)
        yield found.get("title"), found["text"]
        yield found["text"][:80], found["text"].replace(" ", "\u00a0")
    yield None, "\n\n".join(json.loads(line)["text"] for line in corpus)
    for folder in ("seeds", "tests/hostile/corpus"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file():
                content = path.read_bytes()[:200_000]
                yield path.name, content.decode("utf-8", "replace")
                yield None, content[:50_000].decode("utf-16-le", "replace")
    for text in ("", " ", "\n", "-", " — ", "هجوم", "x" * 5_000, "攻撃 " * 50, "attack-on-Moscow " * 300):
        yield text, text


def main() -> int:
    """Print where the engine was taken from, and then a line of JSON for each text."""
    sys.stdout.write(f"{matcher.__file__}\n")
    shipped = matcher.Matcher(load_watch_topics(ROOT / "topics" / "watch").watch_topics)
    for number, (title, text) in enumerate(texts()):
        found = shipped.match(title, text)
        explained = [explain(shipped, match.watch_topic, title, text) for match in found[: number % 2]]
        sys.stdout.write(msgspec.json.encode([found, explained]).decode() + "\n")
    vocabulary = vocabularies(SEED)
    generated = matcher.Matcher([checked(data) for data in watch_topics(1_000, vocabulary, SEED)])
    for article in articles(90, vocabulary, SEED):
        sys.stdout.write(msgspec.json.encode(generated.match(article.title, article.text)).decode() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
