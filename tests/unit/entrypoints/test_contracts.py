"""The contract says what the code does: schemas take the examples, examples are the records, drift is noticed."""

import json

import jsonschema
import msgspec
import pytest
import yaml

from worker.entrypoints.contracts import contract_files, drift, write_files
from worker.entrypoints.reference import PAGE, with_fresh_tables
from worker.settings import Settings
from worker.streaming import kafka_topics

MESSAGES = {one.message.__name__: one.message for one in kafka_topics.PIPELINE}


@pytest.fixture(scope="module")
def files():
    return contract_files(Settings())


@pytest.mark.parametrize("name", MESSAGES)
def test_example_is_what_the_schema_says_and_what_the_record_reads(files, name):
    example = json.loads(files[f"examples/{name}.json"])
    schema = json.loads(files[f"schemas/{name}.json"])
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(example, schema)
    msgspec.convert(example, MESSAGES[name])


@pytest.mark.parametrize("name", MESSAGES)
def test_schema_refuses_another_shape(files, name):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(
            {"id": 7, "alert_id": 7, "body": 7, "watch_topic": 7}, json.loads(files[f"schemas/{name}.json"])
        )


def test_every_kafka_topic_is_a_channel_with_its_message(files):
    document = yaml.safe_load(files["asyncapi.yaml"])
    addresses = {channel["address"]: channel for channel in document["channels"].values()}
    assert set(addresses) == {one.name for one in kafka_topics.ALL}
    for channel in addresses.values():
        for reference in channel["messages"].values():
            assert reference["$ref"].removeprefix("#/components/messages/") in document["components"]["messages"]


def test_references_of_the_document_lead_to_files_that_are_written(files):
    document = yaml.safe_load(files["asyncapi.yaml"])
    for message in document["components"]["messages"].values():
        if "payload" in message:
            assert message["payload"]["schema"]["$ref"] in files


def test_changed_missing_and_left_over_files_are_drift(files, tmp_path):
    write_files(tmp_path, files)
    assert drift(tmp_path, files) == []
    (tmp_path / "examples" / "Alert.json").write_text("{}")
    (tmp_path / "schemas" / "Alert.json").unlink()
    (tmp_path / "schemas" / "Gone.json").write_text("{}")
    assert sorted(drift(tmp_path, files)) == ["examples/Alert.json", "schemas/Alert.json", "schemas/Gone.json"]


def test_changed_table_in_the_operations_page_is_drift():
    page = PAGE.read_text("utf-8")
    assert with_fresh_tables(page) == page
    assert with_fresh_tables(page.replace("`RASID_BROKER`", "`RASID_KAFKA`")) == page
