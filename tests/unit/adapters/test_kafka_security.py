"""The settings of Kafka's doors become clients' arguments; what does not fit together is refused in words."""

import pickle
import shutil
import ssl
import subprocess
from pathlib import Path

import faust
import pytest
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth

from worker.adapters.kafka_admin import BrokerError, partition_counts
from worker.adapters.kafka_reader import reader
from worker.adapters.kafka_security import (
    SECURITY_SETTINGS,
    KafkaAddress,
    client_arguments,
    kafka_address,
    without_security,
)
from worker.domain.secret import Secret
from worker.settings import Settings, SettingsError, load_settings
from worker.streaming.app import create_app, credentials

PASSWORD = "geheim und $4711"
SASL = {
    "kafka_security": "sasl_plaintext", "kafka_sasl_mechanism": "SCRAM-SHA-256",
    "kafka_username": "rasid", "kafka_password": PASSWORD,
}  # fmt: skip


def settings(**given: object) -> Settings:
    """Return settings as from an environment."""
    return load_settings({f"RASID_{name.upper()}": str(value) for name, value in given.items()})


@pytest.fixture(scope="module")
def pem(tmp_path_factory) -> Path:
    """Return a folder with a certificate, its key, and its key behind the password `rauchzeichen`."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is missing, which makes the certificate")
    folder = tmp_path_factory.mktemp("pem")
    for options, key in ((["-noenc"], "bare.key"), (["-passout", "pass:rauchzeichen"], "locked.key")):
        certificate = folder / key.replace(".key", ".pem")
        subprocess.run(
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", *options,
                "-subj", "/CN=rasid", "-keyout", folder / key, "-out", certificate,
            ],
            check=True,
            capture_output=True,
        )  # fmt: skip
    (folder / "password").write_text("rauchzeichen\n")
    return folder


def test_without_settings_nobody_is_asked_for_anything():
    address = kafka_address(Settings(broker="a:1,b:2"))
    assert client_arguments(address) == client_arguments("a:1,b:2")
    assert client_arguments("a:1") == {
        "bootstrap_servers": "a:1", "security_protocol": "PLAINTEXT", "ssl_context": None,
    }  # fmt: skip
    assert credentials(address.security) is None


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
@pytest.mark.parametrize(("kind", "protocol"), [("sasl_plaintext", "SASL_PLAINTEXT"), ("sasl_ssl", "SASL_SSL")])
def test_password_goes_to_our_clients_and_to_faust_alike(mechanism, kind, protocol):
    address = kafka_address(settings(**SASL | {"kafka_security": kind, "kafka_sasl_mechanism": mechanism}))
    arguments = client_arguments(address)
    assert arguments.pop("bootstrap_servers") == "127.0.0.1:9092"
    assert (arguments["ssl_context"] is not None) == (kind == "sasl_ssl")
    assert arguments == {
        "security_protocol": protocol, "sasl_mechanism": mechanism, "sasl_plain_username": "rasid",
        "sasl_plain_password": PASSWORD, "ssl_context": address.security.tls,
    }  # fmt: skip
    assert credentials_to_aiokafka_auth(credentials(address.security)) == arguments
    assert address.security.shows_password == (mechanism == "PLAIN" and kind == "sasl_plaintext")


def test_faust_gets_the_tls_context_without_a_password_too():
    address = kafka_address(settings(kafka_security="ssl"))
    own = credentials_to_aiokafka_auth(credentials(address.security))
    assert own == {"security_protocol": "SSL", "ssl_context": address.security.tls}


def test_app_that_is_given_no_address_takes_the_way_in_of_its_settings(tmp_path):
    app = create_app(settings(**SASL, data_dir=tmp_path))
    assert isinstance(app.conf.broker_credentials, faust.SASLCredentials)


def test_tls_verifies_the_chain_and_the_name_of_the_host(pem):
    context = kafka_address(settings(kafka_security="ssl", kafka_ca_file=pem / "bare.pem")).security.tls
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert [dict(name[0] for name in one["subject"]) for one in context.get_ca_certs()] == [
        {"commonName": "rasid"}
    ]


def test_password_file_gives_its_text_without_the_line_end(tmp_path):
    file = tmp_path / "password"
    file.write_text(f" {PASSWORD} \r\n")
    given = SASL | {"kafka_password": "", "kafka_password_file": file}
    assert kafka_address(settings(**given)).security.password == Secret(f" {PASSWORD} ")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (SASL | {"kafka_username": ""}, "sasl_plaintext needs RASID_KAFKA_USERNAME"),
        (SASL | {"kafka_sasl_mechanism": ""}, "needs RASID_KAFKA_SASL_MECHANISM"),
        (SASL | {"kafka_password": ""}, "needs RASID_KAFKA_PASSWORD_FILE"),
        (SASL | {"kafka_password_file": "a"}, "not both"),
        (SASL | {"kafka_security": "plaintext"}, "RASID_KAFKA_SASL_MECHANISM, RASID_KAFKA_USERNAME"),
        (SASL | {"kafka_security": "ssl"}, "it goes with sasl_plaintext or sasl_ssl"),
        (SASL | {"kafka_ca_file": "ca.pem"}, "RASID_KAFKA_CA_FILE is of no use"),
        ({"kafka_sasl_mechanism": "PLAIN"}, "RASID_KAFKA_SASL_MECHANISM is of no use"),
        ({"kafka_security": "ssl", "kafka_key_file": "a"}, "needs RASID_KAFKA_CERTIFICATE_FILE"),
        ({"kafka_security": "ssl", "kafka_key_password_file": "a"}, "needs RASID_KAFKA_CERTIFICATE_FILE"),
        (
            {"kafka_security": "ssl", "kafka_ca_file": "/no/ca.pem"},
            "RASID_KAFKA_CA_FILE=/no/ca.pem: cannot be",
        ),
        (
            {"kafka_security": "ssl", "kafka_certificate_file": "/no/own.pem"},
            "RASID_KAFKA_CERTIFICATE_FILE=/no/own.pem: cannot be read",
        ),
        (SASL | {"kafka_password": "", "kafka_password_file": "/no/word"}, "RASID_KAFKA_PASSWORD_FILE=/no/word"),
        (SASL | {"kafka_password": "", "kafka_password_file": "/dev/null"}, "the file is empty"),
    ],
)
def test_what_does_not_fit_together_is_told(given, told):
    with pytest.raises(SettingsError, match=told) as refused:
        kafka_address(settings(**given))
    assert PASSWORD not in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"kafka_ca_file": "password"}, "no certificates in PEM"),
        ({"kafka_certificate_file": "bare.pem"}, "no certificate with its key in PEM"),
        ({"kafka_certificate_file": "bare.pem", "kafka_key_file": "locked.key"}, "needs RASID_KAFKA_KEY_PASSWORD"),
        (
            {
                "kafka_certificate_file": "locked.pem", "kafka_key_file": "locked.key",
                "kafka_key_password_file": "bare.pem",
            },
            "or another password",
        ),
        (
            {
                "kafka_certificate_file": "locked.pem", "kafka_key_file": "bare.key",
            },
            "no certificate with its key",
        ),
    ],
)  # fmt: skip
def test_file_that_cannot_be_used_is_named(pem, given, told):
    with pytest.raises(SettingsError, match=told) as refused:
        kafka_address(settings(kafka_security="ssl", **{name: pem / file for name, file in given.items()}))
    assert "BEGIN" not in str(refused.value)


def test_key_is_opened_by_the_password_in_the_file(pem):
    address = kafka_address(
        settings(
            kafka_security="ssl", kafka_certificate_file=pem / "locked.pem", kafka_key_file=pem / "locked.key",
            kafka_key_password_file=pem / "password",
        )
    )  # fmt: skip
    assert address.security.tls is not None


def test_password_is_in_no_text_of_what_holds_it():
    given = settings(**SASL)
    address = kafka_address(given)
    for holder in (given, address, address.security, credentials(address.security)):
        assert PASSWORD not in f"{holder!r} {holder}"
    with pytest.raises(TypeError, match="written nowhere"):
        pickle.dumps(address)


def test_address_is_told_by_its_servers_alone():
    assert str(kafka_address(settings(**SASL, broker="a:1"))) == "a:1"


async def test_reader_is_made_with_what_the_address_says():
    made = reader(kafka_address(settings(**SASL)), "articles.raw")
    assert made._client._sasl_plain_password == PASSWORD
    assert made._client._security_protocol == "SASL_PLAINTEXT"


def test_settings_of_another_broker_are_without_secrets():
    bare = without_security(settings(**SASL, group="mine"))
    assert bare == Settings(group="mine")
    assert {name for name in Settings.__struct_fields__ if name.startswith("kafka_")} == {
        *SECURITY_SETTINGS, "kafka_prefix",
    }  # fmt: skip


async def test_broker_that_is_not_there_is_told_with_and_without_security():
    for broker in ("127.0.0.1:1", KafkaAddress("127.0.0.1:1", kafka_address(settings(**SASL)).security)):
        with pytest.raises(
            BrokerError, match=r"no Kafka broker answers at 127\.0\.0\.1:1 \(KafkaConnectionError\)"
        ):
            await partition_counts(broker)
