"""What differs from seeds/expected is named; nothing else is."""

import msgspec
import pytest

from tests.records import MARCH_24, raised_alert
from worker.domain.article import Language, Match, TaggedArticle, text_hash
from worker.entrypoints.expected import Expected, Seen, differences, load_expected, observed


def article() -> TaggedArticle:
    match = Match(watch_topic="moscow-attack", version="v", score=5, level="alert", spans=[])
    return TaggedArticle(
        id="a1", url=None, title=None, language=Language("ar", 1.0), text="نص", matches=[match],
        text_hash=text_hash("نص"), received_at=MARCH_24,
    )  # fmt: skip


def seen() -> Seen:
    return Seen({"a1": article()}, {raised_alert().id: raised_alert()}, {"broken.jsonl:1": "not_json"})


def expected() -> list[Expected]:
    return [
        observed("a.txt", article(), {raised_alert().id: raised_alert()}),
        Expected(seed="broken.jsonl:1", reason="not_json"),
    ]


def test_run_that_is_as_expected_has_no_differences():
    assert differences(expected(), seen()) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"language": "fa"}, "expected language 'fa', found 'ar'"),
        ({"text_hash": "0" * 64}, "expected text_hash"),
        ({"matches": {"moscow-attack": "tag"}}, "expected matches"),
        ({"alerts": {}}, "expected alerts"),
        ({"id": "a2"}, "a.txt: expected a tagged article, found none"),
    ],
)
def test_each_thing_that_differs_is_named(changes, words):
    changed = [msgspec.structs.replace(expected()[0], **changes), expected()[1]]
    assert any(words in line for line in differences(changed, seen()))


def test_alert_that_nobody_expected_is_named():
    silent = [msgspec.structs.replace(expected()[0], alerts={}), expected()[1]]
    assert any("was not expected" in line for line in differences(silent, seen()))


def test_dead_letter_that_did_not_come_is_named():
    run = seen()
    run.dead_letters.clear()
    assert differences(expected(), run) == ["broken.jsonl:1: expected a dead letter (not_json), found none"]


def test_expectations_are_read_from_json_lines_and_misspelt_fields_refused(tmp_path):
    file = tmp_path / "seeds.jsonl"
    file.write_bytes(b"\n".join(msgspec.json.encode(one) for one in expected()))
    assert load_expected(file) == expected()
    file.write_text('{"seed": "x", "langauge": "ar"}')
    with pytest.raises(msgspec.ValidationError):
        load_expected(file)
