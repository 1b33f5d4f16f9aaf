"""The JSON Schema for editors and the loader agree on what a watch topic is."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.unit.domain.watch_topic_maker import make_watch_topic, problems_of, watch_topic_data
from worker.domain.alert_settings import AlertSettings, SurgeSettings

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
        {"alert": {"surge": {}, "to": "editors"}},
        {"score": {"alert_at": 2}, "alert": {"digest": "1h", "to": ["editors", "chat_2"], "resolve_after": "12h"}},
        {
            "score": {"alert_at": 2},
            "alert": {
                "group_wait": "0s",
                "acknowledge_within": "15m",
                "escalate": [{"after": "15m", "to": "duty-officer"}, {"after": "1h", "to": "chief-editor"}],
                "surge": {"window": "30m", "factor": 2.5, "at_least": 8, "min_sources": 1},
            },
        },
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
        {"score": {"alert_at": 2}, "alert": {"to": []}},
        {"score": {"alert_at": 2}, "alert": {"to": ["a", "a"]}},
        {"score": {"alert_at": 2}, "alert": {"to": "The Editors"}},
        {"score": {"alert_at": 2}, "alert": {"repeat_interval": "0s"}},
        {"score": {"alert_at": 2}, "alert": {"digest": "1h", "group_wait": "1m"}},
        {"score": {"alert_at": 2}, "alert": {"digest": "1h", "group_interval": "1m"}},
        {"score": {"alert_at": 2}, "alert": {"escalate": [{"after": "15m", "to": "x"}]}},
        {
            "score": {"alert_at": 2},
            "alert": {"acknowledge_within": "5m", "escalate": [{"after": "9m", "to": "The Chief"}]},
        },
        {"score": {"alert_at": 2}, "alert": {"surge": True}},
        {"score": {"alert_at": 2}, "alert": {"surge": {"factor": 1}}},
        {"score": {"alert_at": 2}, "alert": {"surge": {"at_least": 0}}},
        {"score": {"alert_at": 2}, "alert": {"surge": {"at_least": 1.5}}},
        {"score": {"alert_at": 2}, "alert": {"surge": {"min_sources": 101}}},
        {"score": {"alert_at": 2}, "alert": {"surge": {"every": "1h"}}},
        {"tests": [{"text": "x"}]},
        {"tests": [{"text": "x", "expect": "yes"}]},
        {"tests": [{"text": "x", "expect": "none", "spans": ["x"]}]},
    ],
)
def test_what_the_schema_refuses_the_loader_refuses(fields: dict[str, Any]) -> None:
    assert list(VALIDATOR.iter_errors(watch_topic_data(**fields)))
    assert problems_of(**fields)


def test_schema_tells_the_loaders_own_defaults() -> None:
    written = SCHEMA["properties"]["alert"]["properties"]
    defaults = {name: field["default"] for name, field in written.items() if "default" in field}
    surge = {name: field["default"] for name, field in written["surge"]["properties"].items()}

    read = make_watch_topic(score={"alert_at": 2}, alert={**defaults, "surge": surge})
    assert read.alert == AlertSettings(surge=SurgeSettings())
    assert set(surge) == {"window", "factor", "at_least", "min_sources"}


def test_every_setting_of_alerts_is_described() -> None:
    written = SCHEMA["properties"]["alert"]["properties"]

    assert {f"{name}_seconds" for name in written if f"{name}_seconds" in AlertSettings.__struct_fields__} | {
        name for name in written if name in AlertSettings.__struct_fields__
    } == set(AlertSettings.__struct_fields__)
    assert all(field["description"] for field in (*written.values(), *written["surge"]["properties"].values()))
