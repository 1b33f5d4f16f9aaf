"""Files and folders as streams of raw articles, byte for byte as they would be published."""

import base64
import gzip
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from worker.domain.article import RawArticle, article_id
from worker.streaming.codec import encode

SUFFIXES = (".jsonl", ".jsonl.gz", ".txt", ".html", ".htm")


class SourceError(Exception):
    """A path that holds no raw articles; the message says what is expected."""


@dataclass(frozen=True)
class Item:
    """One raw article to publish.

    Attributes:
        name: File, and line where it has several: `news.jsonl:12`.
        key: The article's id, or None where the bytes are no raw article.
        value: The message.
        file_bytes_done: Bytes of its file that were read up to here, for progress.
    """

    name: str
    key: bytes | None
    value: bytes
    file_bytes_done: int


def source_files(paths: Sequence[Path]) -> list[Path]:
    """Return the files to read, those of a folder in the order of their names.

    Raises:
        SourceError: A path does not exist, or has nothing that can be read.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            found = sorted(child for child in path.rglob("*") if child.is_file() and _is_source(child))
            if not found:
                raise SourceError(f"{path} holds no {', '.join(SUFFIXES)} files")
            files += found
        elif not path.exists():
            raise SourceError(f"{path} does not exist")
        elif not _is_source(path):
            raise SourceError(f"{path} is none of {', '.join(SUFFIXES)}")
        else:
            files.append(path)
    return files


def read_items(path: Path) -> Iterator[Item]:
    """Yield the raw articles of one file, in order.

    A line of JSON Lines is passed on as it is, right or wrong: what to do about a wrong one is the worker's
    to decide, and the dead letter's to keep.
    """
    if path.name.endswith((".jsonl", ".jsonl.gz")):
        yield from _json_lines(path)
    else:
        body = path.read_bytes()
        raw = _page(body) if path.suffix != ".txt" else _plain_text(body)
        yield Item(path.name, article_id(None, [], body).encode(), encode(raw), len(body))


def _is_source(path: Path) -> bool:
    return path.name.endswith(SUFFIXES)


def _page(body: bytes) -> RawArticle:
    return RawArticle(content_type="text/html", body_base64=base64.b64encode(body).decode())


def _plain_text(body: bytes) -> RawArticle:
    try:
        return RawArticle(content_type="text/plain", body=body.decode())
    except UnicodeDecodeError:
        return RawArticle(content_type="text/plain", body_base64=base64.b64encode(body).decode())


def _json_lines(path: Path) -> Iterator[Item]:
    with path.open("rb") as file:
        compressed = path.suffix == ".gz"
        lines = io.BufferedReader(gzip.GzipFile(fileobj=file)) if compressed else file
        bytes_done = 0
        for number, line in enumerate(lines, 1):
            bytes_done = file.tell() if compressed else bytes_done + len(line)
            value = line.rstrip(b"\r\n")
            if value.strip():
                yield Item(f"{path.name}:{number}", _key(value), value, bytes_done)


def _key(value: bytes) -> bytes | None:
    try:
        raw = msgspec.json.decode(value, type=RawArticle)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    body = (raw.body or raw.body_base64 or "").encode("utf-8", "surrogatepass")
    return article_id(raw.id, [raw.url], body).encode("utf-8", "surrogatepass")[:512]
