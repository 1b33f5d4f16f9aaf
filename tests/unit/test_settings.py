"""Settings come from RASID_* and nothing wrong is taken in silence."""

from pathlib import Path

import pytest

from worker.settings import Settings, SettingsError, load_settings


def test_defaults_stand_where_nothing_is_given():
    assert load_settings({"HOME": "/root"}) == Settings()


def test_values_are_read_with_their_types():
    settings = load_settings(
        {"RASID_PARTITIONS": "12", "RASID_SEND_TIMEOUT_SECONDS": "7.5", "RASID_DATA_DIR": "/var/lib/rasid"}
    )
    assert (settings.partitions, settings.send_timeout_seconds) == (12, 7.5)
    assert settings.data_dir == Path("/var/lib/rasid")


def test_what_the_command_line_gives_wins():
    assert load_settings({"RASID_BROKER": "a:1"}, broker="b:2").broker == "b:2"
    assert load_settings({"RASID_BROKER": "a:1"}, broker=None).broker == "a:1"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("RASID_PARTITIONS", "many"), ("RASID_PARTITIONS", "0"), ("RASID_BROKER", "localhost"),
        ("RASID_KAFKA_SECURITY", "tls"), ("RASID_KAFKA_SASL_MECHANISM", "GSSAPI"),
        ("RASID_WEB_PORT", "70000"), ("RASID_LOG_LEVEL", "loud"), ("RASID_ARTICLE_TIME_LIMIT_SECONDS", "-1"),
    ],
)  # fmt: skip
def test_value_that_cannot_be_used_is_an_error_that_names_the_variable(variable, value):
    with pytest.raises(SettingsError, match=variable):
        load_settings({variable: value})


def test_misspelt_variable_is_an_error():
    with pytest.raises(SettingsError, match="RASID_PARTITION is no setting"):
        load_settings({"RASID_PARTITION": "4"})


def test_password_is_taken_and_shown_nowhere():
    settings = load_settings({"RASID_KAFKA_PASSWORD": "geheim", "RASID_KAFKA_CA_FILE": "/etc/ca.pem"})
    assert settings.kafka_password.reveal() == "geheim"
    assert settings.kafka_ca_file == Path("/etc/ca.pem")
    assert "geheim" not in repr(settings)


def test_empty_variable_of_a_file_or_password_is_one_that_is_not_given():
    assert load_settings({"RASID_KAFKA_PASSWORD": "", "RASID_KAFKA_CA_FILE": ""}) == Settings()


def test_every_setting_says_what_it_means():
    for name, hint in Settings.__annotations__.items():
        assert hint.__metadata__[0].description, name
