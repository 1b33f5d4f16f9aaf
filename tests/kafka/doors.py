"""A broker of Apache Kafka with a door for each way in, and the keys that open them."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.kafka.broker import Broker
from worker.adapters.embedded_broker import free_port

USER = "rasid"
PASSWORD = "geheim und $4711; #"
KEY_PASSWORD = "ключ-2"
PLAIN, SCRAM, CERTIFICATE = "PASSWORD", "SCRAM", "CERTIFICATE"
_PROTOCOLS = {PLAIN: "SASL_PLAINTEXT", SCRAM: "SASL_SSL", CERTIFICATE: "SSL"}
_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-sha256")


@dataclass(frozen=True)
class Keys:
    """Files in PEM: whom to trust, and certificates that these have signed."""

    folder: Path

    @property
    def ca(self) -> Path:
        return self.folder / "ca.pem"

    def certificate(self, name: str) -> Path:
        return self.folder / f"{name}.pem"

    def key(self, name: str) -> Path:
        return self.folder / f"{name}.key"

    @property
    def key_password(self) -> Path:
        return self.folder / "key-password"


def make_keys(folder: Path, *names: str) -> Keys:
    """Make an authority and certificates of it, valid for 127.0.0.1; the key of `client` has a password."""
    folder.mkdir(parents=True)
    keys = Keys(folder)
    keys.key_password.write_text(f"{KEY_PASSWORD}\n", "utf-8")
    _openssl(
        "req", "-x509", *_NEW_KEY, "-noenc", "-days", "2", "-subj", f"/CN=authority of {folder.name}",
        "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout", keys.key("ca"), "-out", keys.ca,
    )  # fmt: skip
    extensions = folder / "extensions"
    extensions.write_text(
        "basicConstraints=CA:FALSE\nsubjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n"
        "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
    )
    for name in names:
        request = folder / f"{name}.request"
        password = ("-passout", f"file:{keys.key_password}") if name == "client" else ("-noenc",)
        _openssl("req", *_NEW_KEY, *password, "-subj", f"/CN={name}", "-keyout", keys.key(name), "-out", request)
        _openssl(
            "x509", "-req", "-in", request, "-CA", keys.ca, "-CAkey", keys.key("ca"), "-CAcreateserial",
            "-days", "2", "-sha256", "-extfile", extensions, "-out", keys.certificate(name),
        )  # fmt: skip
    return keys


class Doors:
    """One broker: with a password in clear, with SCRAM within TLS, with certificates of both sides."""

    def __init__(self, jars: Path, folder: Path, keys: Keys) -> None:
        self.ports = {door: free_port() for door in _PROTOCOLS}
        store = folder / "broker-keys.pem"
        folder.mkdir(parents=True)
        store.write_text(keys.key("broker").read_text() + keys.certificate("broker").read_text())
        self.broker = Broker(jars, folder / "broker")
        self.broker.format_options = tuple(
            option
            for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512")
            for option in ("--add-scram", f'{mechanism}=[name={USER},password="{PASSWORD}"]')
        )
        self.broker.extra = self._properties(store, keys.ca)

    def address(self, door: str) -> str:
        return f"127.0.0.1:{self.ports[door]}"

    def _properties(self, store: Path, trusted: Path) -> dict[str, object]:
        own = "".join(f",{door}://{self.address(door)}" for door in _PROTOCOLS)
        plaintext = f"PLAINTEXT://{self.broker.address}"
        controller = f"CONTROLLER://127.0.0.1:{self.broker.controller_port}"
        kinds = "".join(f",{door}:{protocol}" for door, protocol in _PROTOCOLS.items())
        modules = "org.apache.kafka.common.security"
        scram = f"{modules}.scram.ScramLoginModule required;"
        return {
            "listeners": f"{plaintext},{controller}{own}",
            "advertised.listeners": f"{plaintext}{own}",
            "listener.security.protocol.map": f"PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT{kinds}",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": store,
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": trusted,
            "listener.name.certificate.ssl.client.auth": "required",
            "listener.name.password.sasl.enabled.mechanisms": "PLAIN",
            "listener.name.password.plain.sasl.jaas.config": (
                f'{modules}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";'
            ),
            "listener.name.scram.sasl.enabled.mechanisms": "SCRAM-SHA-256,SCRAM-SHA-512",
            "listener.name.scram.scram-sha-256.sasl.jaas.config": scram,
            "listener.name.scram.scram-sha-512.sasl.jaas.config": scram,
        }


def _openssl(*arguments: str | Path) -> None:
    made = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
