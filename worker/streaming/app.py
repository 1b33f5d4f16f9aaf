"""The Faust app: its settings, each with the fact that it rests on (docs/adr/0001)."""

from typing import Any

import faust
from faust.auth import Credentials

from worker.adapters.kafka_producer import ENVELOPE_BYTES, LINGER_MS
from worker.adapters.kafka_security import KafkaAddress, KafkaSecurity, kafka_address
from worker.adapters.patient_fetch import wait_after_empty_fetches
from worker.settings import Settings
from worker.streaming.kafka_topics import KafkaTopic
from worker.streaming.message import Outgoing
from worker.streaming.outbox import Answer
from worker.streaming.reliable import BatchLoop
from worker.streaming.transport import Transport

NEVER_SECONDS = 86_400.0
"""Past this interval without a poll aiokafka leaves its group and never rejoins; a full buffer stops polling."""

METADATA_AGE_SECONDS = 60.0
"""How old what a worker knows of Kafka topics may be: so long new partitions may wait for their reader."""

HEARTBEATS_A_SESSION = 10.0
"""So many may be lost on the way before Kafka takes a worker for dead; it must be 3 or more."""


def create_app(settings: Settings, broker: KafkaAddress | None = None) -> faust.App:
    """Return the app, not started, without agents.

    Args:
        settings: All but the way into Kafka.
        broker: The way into Kafka; the settings' own where it is not given.
    """
    broker = broker or kafka_address(settings)
    wait_after_empty_fetches()
    app = faust.App(
        settings.kafka_prefix + settings.group,
        broker=[f"kafka://{address}" for address in broker.servers.split(",")],
        broker_credentials=credentials(broker.security),
        datadir=str(settings.data_dir),
        store="memory://",
        autodiscover=False,
        web_enabled=False,  # its web server binds all addresses and serves tables; ours is entrypoints/web.py
        topic_allow_declare=False,
        topic_disable_leader=True,
        topic_partitions=settings.partitions,
        topic_replication_factor=settings.replication,
        broker_max_poll_interval=NEVER_SECONDS,
        broker_max_poll_records=settings.batch_articles,
        broker_commit_interval=1.0,
        broker_session_timeout=settings.session_timeout_seconds,
        broker_heartbeat_interval=settings.session_timeout_seconds / HEARTBEATS_A_SESSION,
        broker_request_timeout=max(40.0, settings.session_timeout_seconds + 10.0),  # Faust wants it longer
        broker_rebalance_timeout=60.0,
        consumer_metadata_max_age_ms=int(METADATA_AGE_SECONDS * 1000),
        consumer_max_fetch_size=settings.max_message_bytes,
        consumer_auto_offset_reset="earliest",
        producer_acks=-1,
        producer_linger=LINGER_MS / 1000,
        producer_metadata_max_age_ms=int(METADATA_AGE_SECONDS * 1000),
        producer_max_request_size=settings.max_message_bytes + ENVELOPE_BYTES,
        producer_request_timeout=settings.send_timeout_seconds,
        stream_buffer_maxsize=settings.batch_articles,
        stream_wait_empty=True,  # at SIGTERM the batch in flight is finished and committed
        worker_redirect_stdouts=False,
    )
    app.transport = Transport(app.conf.broker_consumer, app)
    return app


def credentials(security: KafkaSecurity) -> Credentials | None:
    """Return Faust's word for how we come in; its consumers and its producer all take it from the app.

    Faust makes a password with a TLS context SASL_SSL, and one without a context SASL_PLAINTEXT, unasked.
    """
    if security.password is not None:
        return faust.SASLCredentials(
            username=security.username,
            password=security.password.reveal(),
            mechanism=security.mechanism,
            ssl_context=security.tls,
        )
    return None if security.tls is None else faust.SSLCredentials(security.tls)


def source_channel(app: faust.App, kafka_topic: KafkaTopic, settings: Settings) -> Any:
    """Return the Faust channel of a Kafka topic: bytes as they came, decoded by the agent and not by Faust."""
    return app.topic(
        settings.kafka_prefix + kafka_topic.name,
        key_type=bytes,
        value_type=bytes,
        key_serializer="raw",
        value_serializer="raw",
    )


async def send(producer: Any, settings: Settings, record: Outgoing) -> Answer:
    """Hand a record to the app's producer, which runs; the result is the broker's answer, still to be awaited."""
    answer: Answer = await producer.send(
        settings.kafka_prefix + record.kafka_topic.name,
        record.key,
        record.value,
        record.partition,
        None,
        list(record.headers) or None,
    )
    return answer


def add_agent(app: faust.App, settings: Settings, kafka_topic: KafkaTopic, name: str, loop: BatchLoop) -> Any:
    """Register an agent that runs a batch loop over a Kafka topic, and return it.

    One at a time: with `concurrency` above 1 Faust commits past a slow message. The name is given, because
    Faust's own would change with the module's path and rename the consumer.
    """

    @app.agent(source_channel(app, kafka_topic, settings), name=name, concurrency=1)  # type: ignore[untyped-decorator]
    async def agent(stream: Any) -> None:
        await loop.run(stream.noack().events())

    return agent
