"""How we come into Kafka: from the settings to what its clients are given.

A client that is told nothing of security connects without any, so every client is made from a `Broker`, and the
settings become one in one place.
"""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from worker.domain.secret import Secret
from worker.settings import Settings, SettingsError

TLS = ("ssl", "sasl_ssl")
SASL = ("sasl_plaintext", "sasl_ssl")
FOR_SASL = ("kafka_sasl_mechanism", "kafka_username", "kafka_password", "kafka_password_file")
FOR_TLS = ("kafka_ca_file", "kafka_certificate_file", "kafka_key_file", "kafka_key_password_file")
SECURITY_SETTINGS = ("kafka_security", *FOR_SASL, *FOR_TLS)


@dataclass(frozen=True)
class KafkaSecurity:
    """What a client shows and asks for at a connection.

    Attributes:
        protocol: Kafka's name of it: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL.
        mechanism: How the password is shown; None without SASL.
        username: Who we are; None without SASL.
        password: The proof; None without SASL.
        tls: Whom we trust, and our own certificate; None without TLS.
    """

    protocol: str = "PLAINTEXT"
    mechanism: str | None = None
    username: str | None = None
    password: Secret | None = None
    tls: ssl.SSLContext | None = field(default=None, repr=False)

    @property
    def shows_password(self) -> bool:
        """Whether the password crosses the network as it is, for everybody to read."""
        return self.protocol == "SASL_PLAINTEXT" and self.mechanism == "PLAIN"


@dataclass(frozen=True)
class KafkaAddress:
    """Where Kafka is and how to come in; as a text it is the servers alone."""

    servers: str
    security: KafkaSecurity = KafkaSecurity()

    def __str__(self) -> str:
        return self.servers


Broker = str | KafkaAddress
"""What a client connects to; a bare `host:port` is one without passwords and TLS."""


def kafka_address(settings: Settings) -> KafkaAddress:
    """Return where Kafka is by the settings; files of passwords and certificates are read now.

    Raises:
        SettingsError: The settings do not fit together, or a file cannot be read or used.
    """
    _check(settings)
    security = KafkaSecurity(settings.kafka_security.upper())
    if settings.kafka_security in SASL:
        security = KafkaSecurity(
            security.protocol, settings.kafka_sasl_mechanism, settings.kafka_username, _password(settings)
        )
    if settings.kafka_security in TLS:
        security = KafkaSecurity(
            security.protocol, security.mechanism, security.username, security.password, _tls(settings)
        )
    return KafkaAddress(settings.broker, security)


def without_security(settings: Settings) -> Settings:
    """Return settings for a broker that knows neither passwords nor TLS."""
    defaults = Settings()
    return msgspec.structs.replace(settings, **{name: getattr(defaults, name) for name in SECURITY_SETTINGS})


def client_arguments(broker: Broker) -> dict[str, Any]:
    """Return the arguments with which aiokafka's clients reach a broker; they hold the password in clear."""
    address = KafkaAddress(broker) if isinstance(broker, str) else broker
    security = address.security
    arguments: dict[str, Any] = {
        "bootstrap_servers": address.servers,
        "security_protocol": security.protocol,
        "ssl_context": security.tls,
    }
    if security.password is not None:
        arguments |= {
            "sasl_mechanism": security.mechanism,
            "sasl_plain_username": security.username,
            "sasl_plain_password": security.password.reveal(),
        }
    return arguments


def _check(settings: Settings) -> None:
    """Refuse what would connect in another way than its writer thinks: nothing that is given is passed over."""
    kind = settings.kafka_security
    for names, kinds in ((FOR_SASL, SASL), (FOR_TLS, TLS)):
        given = [_variable(name) for name in names if getattr(settings, name)]
        if given and kind not in kinds:
            raise SettingsError(
                f"{', '.join(given)} is of no use with RASID_KAFKA_SECURITY={kind}; "
                f"it goes with {' or '.join(kinds)}"
            )
    if kind in SASL:
        missing = [_variable(name) for name in FOR_SASL[:2] if not getattr(settings, name)]
        if settings.kafka_password is None and settings.kafka_password_file is None:
            missing.append("RASID_KAFKA_PASSWORD_FILE")
        if missing:
            raise SettingsError(f"RASID_KAFKA_SECURITY={kind} needs {', '.join(missing)}")
        if settings.kafka_password is not None and settings.kafka_password_file is not None:
            raise SettingsError("give RASID_KAFKA_PASSWORD or RASID_KAFKA_PASSWORD_FILE, not both")
    if settings.kafka_key_file and not settings.kafka_certificate_file:
        raise SettingsError("RASID_KAFKA_KEY_FILE needs RASID_KAFKA_CERTIFICATE_FILE")
    if settings.kafka_key_password_file and not settings.kafka_certificate_file:
        raise SettingsError("RASID_KAFKA_KEY_PASSWORD_FILE needs RASID_KAFKA_CERTIFICATE_FILE")


def _password(settings: Settings) -> Secret:
    if settings.kafka_password is not None:
        return settings.kafka_password
    assert settings.kafka_password_file is not None  # noqa: S101 - `_check` has seen to it
    return _secret_in("kafka_password_file", settings.kafka_password_file)


def _tls(settings: Settings) -> ssl.SSLContext:
    """Return the context of a client: certificates are verified, and so is the host's name in them."""
    ca_file = settings.kafka_ca_file
    if ca_file is not None:
        _read("kafka_ca_file", ca_file)
    try:
        # aiokafka's own helper does not verify the host's name.
        context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=ca_file)
    except (ssl.SSLError, OSError) as error:
        raise SettingsError(f"RASID_KAFKA_CA_FILE={ca_file}: no certificates in PEM: {_reason(error)}") from None
    if settings.kafka_certificate_file is not None:
        _load_own_certificate(context, settings, settings.kafka_certificate_file)
    return context


def _load_own_certificate(context: ssl.SSLContext, settings: Settings, certificate: Path) -> None:
    _read("kafka_certificate_file", certificate)
    if settings.kafka_key_file is not None:
        _read("kafka_key_file", settings.kafka_key_file)
    word = settings.kafka_key_password_file
    secret = None if word is None else _secret_in("kafka_key_password_file", word)

    def key_password() -> str:
        # Without an answer OpenSSL would ask at the terminal, and a worker would wait there for ever.
        if secret is None:
            raise SettingsError("the key of RASID_KAFKA_CERTIFICATE_FILE needs RASID_KAFKA_KEY_PASSWORD_FILE")
        return secret.reveal()

    try:
        context.load_cert_chain(certificate, settings.kafka_key_file, key_password)
    except (ssl.SSLError, OSError, ValueError) as error:
        if isinstance(error, SettingsError):
            raise
        files = ", ".join(
            f"{_variable(name)}={getattr(settings, name)}"
            for name in ("kafka_certificate_file", "kafka_key_file", "kafka_key_password_file")
            if getattr(settings, name)
        )
        raise SettingsError(
            f"{files}: no certificate with its key in PEM, or another password: {_reason(error)}"
        ) from None


def _secret_in(name: str, file: Path) -> Secret:
    """Return a file's text without the line end that editors put there."""
    try:
        text = _read(name, file).decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise SettingsError(f"{_variable(name)}={file}: not UTF-8") from None
    if not text:
        raise SettingsError(f"{_variable(name)}={file}: the file is empty")
    return Secret(text)


def _read(name: str, file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise SettingsError(f"{_variable(name)}={file}: cannot be read: {error.strerror}") from None


def _reason(error: Exception) -> str:
    return getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)


def _variable(name: str) -> str:
    return f"RASID_{name.upper()}"
