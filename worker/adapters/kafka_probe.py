"""Why a broker lets nobody in: aiokafka's clients only say that they cannot begin."""

import ssl

from aiokafka.conn import create_conn
from aiokafka.errors import KafkaError, SaslAuthenticationFailed, UnsupportedSaslMechanismError
from aiokafka.protocol.metadata import MetadataRequest

from worker.adapters.kafka_security import Broker, KafkaSecurity, client_arguments

PROBE_MS = 5_000


async def why_no_answer(broker: Broker, error: Exception) -> str:
    """Return what to tell about a client that could not begin; each server is asked once more.

    Args:
        broker: Where the client should have connected.
        error: What the client raised.
    """
    arguments = client_arguments(broker)
    servers = arguments.pop("bootstrap_servers").split(",")
    security = KafkaSecurity() if isinstance(broker, str) else broker.security
    for server in servers:
        host, _, port = server.rpartition(":")
        if not port.isdigit():
            continue
        try:
            connection = await create_conn(host, int(port), request_timeout_ms=PROBE_MS, **arguments)
        except (KafkaError, OSError, ValueError) as found:
            if reason := _reason(found, server, security):
                return reason
            continue
        try:
            # Where a password is wanted and none was shown, only the first request tells.
            await connection.send(MetadataRequest([]))
        except (KafkaError, OSError) as found:
            return _reason(found, server, security) or _closed(server, security)
        finally:
            connection.close()
    return f"no Kafka broker answers at {broker} ({type(error).__name__}); is it running there?"


def _reason(error: BaseException, server: str, security: KafkaSecurity) -> str | None:
    """Return what an error of the handshake says, None for one that says only that nobody is there."""
    # What ended a connection in mid-handshake stands behind aiokafka's own error.
    cause = error.__cause__ or error
    match error:
        case SaslAuthenticationFailed():
            return (
                f"Kafka at {server} refuses the user {security.username!r} or the password "
                f"({security.mechanism}); see RASID_KAFKA_USERNAME and RASID_KAFKA_PASSWORD_FILE"
            )
        case UnsupportedSaslMechanismError():
            return f"Kafka at {server} does not take {security.mechanism}; see RASID_KAFKA_SASL_MECHANISM"
    match cause:
        case ssl.SSLCertVerificationError():
            return (
                f"the certificate of Kafka at {server} is not to be trusted ({cause.verify_message}); "
                "RASID_KAFKA_CA_FILE names those who are"
            )
        case ssl.SSLError():
            return (
                f"no TLS with Kafka at {server} ({cause.reason}); "
                "see RASID_KAFKA_SECURITY and RASID_KAFKA_CERTIFICATE_FILE"
            )
        case KafkaError() | EOFError() | ConnectionResetError() | ValueError():
            return _closed(server, security)
    return None


def _closed(server: str, security: KafkaSecurity) -> str:
    return (
        f"Kafka at {server} ends the connection; it may want another way in than "
        f"RASID_KAFKA_SECURITY={security.protocol.lower()}, or a certificate"
    )
