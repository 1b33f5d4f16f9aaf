"""What a program does that uses the libraries as their first page shows: json, trafilatura, langdetect, a loop.

It leaves out what Rasid does beyond that: page furniture, charsets, grammatical forms, spelling variants, word
distances, `title:` and `lead:`, evidence, scores and stories. So it does less work and finds less.
"""

import json
import re
from pathlib import Path
from types import CodeType
from typing import Any

import langdetect
import trafilatura

_WORD = re.compile(r"\w+")
_DISTANCE = re.compile(r"\b(?:near|before)/\d+")
_PLACE = re.compile(r"\b(?:title|lead):")
_COUNT = re.compile(r"\b(\d+) of \(([^()]*)\)")


class WatchTopic:
    """A watch topic as a loop looks for it: each group's words as a set, its phrases one by one, a condition.

    Every way of being near is read as `and`.
    """

    def __init__(self, data: dict[str, Any]) -> None:
        self.id: str = data["id"]
        self.groups: list[tuple[str, frozenset[str], tuple[str, ...]]] = []
        for group, terms in data["terms"].items():
            lower = [term.lower() for term in terms]
            words = frozenset(term for term in lower if " " not in term)
            self.groups.append((group, words, tuple(term for term in lower if " " in term)))
        condition = " ".join(data["condition"].split())
        condition = _PLACE.sub("", _DISTANCE.sub("and", condition))
        condition = _COUNT.sub(lambda found: f"(sum(({found[2]},)) >= {found[1]})", condition)
        self.condition: CodeType = compile(condition, self.id, "eval")

    def is_in(self, text: str, words: set[str]) -> bool:
        """Return whether it is found in a text in small letters with these words."""
        found = {
            group: not words.isdisjoint(own) or any(phrase in text for phrase in phrases)
            for group, own, phrases in self.groups
        }
        return any(found.values()) and bool(eval(self.condition, {"sum": sum}, found))


class NaiveStages:
    """Extraction, language and watch topics of one article, in one go."""

    def __init__(self, terms: Path) -> None:
        """Read the watch topics from the JSON that material.py writes."""
        self.watch_topics = [WatchTopic(data) for data in json.loads(terms.read_bytes())]

    def work(self, value: bytes) -> tuple[str, bytes, list[tuple[str, bytes]]]:
        """Return an article's id, the tagged article as JSON, and (watch topic, alert as JSON) of each match."""
        raw = json.loads(value)
        title, text = raw.get("title"), raw["body"]
        author = date = None
        if raw["content_type"].startswith("text/html"):
            document = trafilatura.bare_extraction(text, with_metadata=True)
            text = (document.text if document else None) or ""
            if document:
                title, author, date = title or document.title, document.author, document.date
        try:
            language = langdetect.detect(text)
        except langdetect.LangDetectException:
            language = "und"
        lower = f"{title or ''}\n{text}".lower()
        words = set(_WORD.findall(lower))
        matches = [topic.id for topic in self.watch_topics if topic.is_in(lower, words)]
        article = {
            "id": raw["id"], "url": raw.get("url"), "source": raw.get("source"), "title": title, "author": author,
            "published_at": date, "language": language, "text": text, "matches": matches,
        }  # fmt: skip
        alerts = [
            (topic, json.dumps({"watch_topic": topic, "article": raw["id"], "title": title}).encode())
            for topic in matches
        ]
        return raw["id"], json.dumps(article).encode(), alerts
