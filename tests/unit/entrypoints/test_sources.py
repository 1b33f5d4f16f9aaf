"""Files become raw articles byte for byte."""

import base64
import gzip

import msgspec
import pytest

from worker.domain.article import RawArticle
from worker.entrypoints.sources import SourceError, read_items, source_files


def raw_of(item) -> RawArticle:
    return msgspec.json.decode(item.value, type=RawArticle)


def test_text_file_is_one_plain_article(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("حذّرت السفارة", encoding="utf-8")
    (item,) = read_items(file)
    assert raw_of(item) == RawArticle(content_type="text/plain", body="حذّرت السفارة")
    assert item.name == "a.txt"


def test_page_keeps_its_bytes_because_its_charset_is_not_known_yet(tmp_path):
    page = "<meta charset=windows-1256><p>هجوم".encode("windows-1256")
    file = tmp_path / "a.html"
    file.write_bytes(page)
    (item,) = read_items(file)
    assert raw_of(item).content_type == "text/html"
    assert base64.b64decode(raw_of(item).body_base64) == page


def test_text_file_that_is_not_utf8_keeps_its_bytes(tmp_path):
    file = tmp_path / "a.txt"
    file.write_bytes("هجوم".encode("windows-1256"))
    (item,) = read_items(file)
    assert base64.b64decode(raw_of(item).body_base64) == "هجوم".encode("windows-1256")


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_lines_are_passed_on_as_they_are_right_or_wrong(tmp_path, name):
    content = b'{"id": "1", "body": "x"}\r\n\n{"broken\n{"body": "y"}'
    file = tmp_path / name
    file.write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    items = list(read_items(file))
    assert [item.value for item in items] == [b'{"id": "1", "body": "x"}', b'{"broken', b'{"body": "y"}']
    assert [item.name for item in items] == [f"{name}:1", f"{name}:3", f"{name}:4"]
    assert items[0].key == b"1"
    assert items[1].key is None
    assert items[-1].file_bytes_done == file.stat().st_size


def test_same_article_gets_the_same_key_on_every_replay(tmp_path):
    file = tmp_path / "a.jsonl"
    file.write_text(
        '{"url": "https://a.example/?utm_source=x", "body": "1"}\n{"url": "https://a.example/", "body": "2"}\n'
    )
    first, second = read_items(file)
    assert first.key == second.key


def test_folder_gives_its_files_in_order_and_passes_over_others(tmp_path):
    for name in ("b.txt", "a.html", "notes.md"):
        (tmp_path / name).write_text("x")
    assert [file.name for file in source_files([tmp_path])] == ["a.html", "b.txt"]


def test_what_cannot_be_read_is_an_error_that_says_what_is_expected(tmp_path):
    (tmp_path / "notes.md").write_text("x")
    with pytest.raises(SourceError, match=r"\.jsonl"):
        source_files([tmp_path])
    with pytest.raises(SourceError, match=r"\.jsonl"):
        source_files([tmp_path / "notes.md"])
    with pytest.raises(SourceError, match="does not exist"):
        source_files([tmp_path / "absent.txt"])
