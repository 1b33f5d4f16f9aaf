"""The Faust app: what rests on the settings."""

import pytest

from worker.settings import Settings, SettingsError, load_settings
from worker.streaming.app import create_app


@pytest.mark.parametrize("seconds", [6.0, 30.0, 300.0])
def test_worker_is_heard_of_three_times_a_session_and_requests_last_longer(seconds):
    conf = create_app(Settings(session_timeout_seconds=seconds)).conf
    assert conf.broker_session_timeout == seconds
    assert conf.broker_heartbeat_interval * 3 <= seconds
    assert conf.broker_request_timeout > seconds, "Faust does not start otherwise"


def test_new_partitions_are_seen_within_a_minute():
    conf = create_app(Settings()).conf
    assert conf.consumer_metadata_max_age_ms == conf.producer_metadata_max_age_ms == 60_000


@pytest.mark.parametrize("seconds", ["5.9", "301"])
def test_session_that_kafka_or_people_would_not_take_is_an_error(seconds):
    with pytest.raises(SettingsError, match="RASID_SESSION_TIMEOUT_SECONDS"):
        load_settings({"RASID_SESSION_TIMEOUT_SECONDS": seconds})
