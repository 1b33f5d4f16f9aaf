"""The JSON Schema for editors and the loader agree on what a watch topic is."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.unit.domain.watch_topic_maker import problems_of, watch_topic_data

FOLDER = Path(__file__).parents[3] / "topics" / "watch"
SCHEMA = json.loads((FOLDER / "watch-topic.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def test_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_shipped_watch_topics_fit() -> None:
    paths = sorted(FOLDER.glob("*.yaml"))

    assert paths
    for path in paths:
        errors = [
            error.message for error in VALIDATOR.iter_errors(yaml.safe_load(path.read_text(encoding="utf-8")))
        ]
        assert errors == [], path.name


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"score": {"weights": {"place": 2}, "tag_at": 2, "alert_at": 3}, "alert": {"group_wait": "1m"}},
        {"labels": {"desk": "security"}, "severity": "low", "status": "test", "description": "x"},
        {"terms": {"place": {"pt-BR": ["x"]}, "attack": {"ar": ["هجوم"]}}},
        {
            "tests": [
                {"text": "x", "expect": "none"},
                {"text": "Moscow attack", "expect": "tag", "spans": ["Moscow"]},
            ]
        },
    ],
)
def test_what_the_loader_takes_the_schema_takes(fields: dict[str, Any]) -> None:
    assert problems_of(**fields) == []
    assert list(VALIDATOR.iter_errors(watch_topic_data(**fields))) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"colour": "red"},
        {"id": "Moscow Attack"},
        {"id": None},
        {"schema": "watch-topic/v2"},
        {"title": 7},
        {"title": " "},
        {"status": "new"},
        {"severity": "urgent"},
        {"labels": {"a": 1}},
        {"terms": {}},
        {"terms": {"place": {"en": []}, "attack": {"en": ["x"]}}},
        {"terms": {"place": {"English": ["x"]}, "attack": {"en": ["x"]}}},
        {"terms": {"place": {"en": ["x", "x"]}, "attack": {"en": ["x"]}}},
        {"terms": {"place": {"en": [7]}, "attack": {"en": ["x"]}}},
        {"score": {"boost": 2}},
        {"score": {"title_boost": 0.5}},
        {"score": {"weights": {"place": "high"}}},
        {"score": {"alert_at": 2}, "alert": {"group_wait": "soon"}},
        {"score": {"alert_at": 2}, "alert": {"group_wait": 60}},
        {"score": {"alert_at": 2}, "alert": {"escalate": [{"to": "x"}]}},
        {"tests": [{"text": "x"}]},
        {"tests": [{"text": "x", "expect": "yes"}]},
        {"tests": [{"text": "x", "expect": "none", "spans": ["x"]}]},
    ],
)
def test_what_the_schema_refuses_the_loader_refuses(fields: dict[str, Any]) -> None:
    assert list(VALIDATOR.iter_errors(watch_topic_data(**fields)))
    assert problems_of(**fields)
