"""Every setting of the worker: read from `RASID_*` once, frozen, each with a unit and a meaning.

`docs/operations.md` lists them; its table is generated from the annotations here.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, get_args, get_type_hints

import msgspec
from msgspec import Meta

from worker.domain.secret import Secret

PREFIX = "RASID_"


class SettingsError(ValueError):
    """A variable in the environment that cannot be used; the message names it and what is expected."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The worker's settings. Each field is read from the variable `RASID_` + its name in capitals."""

    broker: Annotated[
        str,
        Meta(
            pattern=r"^[^,\s:]+:\d+(,[^,\s:]+:\d+)*$",
            description="Kafka bootstrap servers, `host:port`, separated by commas.",
        ),
    ] = "127.0.0.1:9092"
    kafka_security: Annotated[
        str,
        Meta(
            pattern="^(plaintext|ssl|sasl_plaintext|sasl_ssl)$",
            description="How to come into Kafka: `plaintext`, `ssl` (TLS), `sasl_plaintext` (a password without "
            "TLS) or `sasl_ssl` (a password within TLS).",
        ),
    ] = "plaintext"
    kafka_sasl_mechanism: Annotated[
        str,
        Meta(
            pattern="^(|PLAIN|SCRAM-SHA-256|SCRAM-SHA-512)$",
            description="How the password is shown to Kafka: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.",
        ),
    ] = ""
    kafka_username: Annotated[str, Meta(description="Who the worker is for Kafka.")] = ""
    kafka_password_file: Annotated[
        Path | None, Meta(description="File with the password for Kafka; read once, at the start.")
    ] = None
    kafka_password: Annotated[
        Secret | None,
        Meta(description="The password itself, for want of a file: other processes of the user may see it."),
    ] = None
    kafka_ca_file: Annotated[
        Path | None,
        Meta(description="Certificates (PEM) by which the brokers are known; without it the system's own."),
    ] = None
    kafka_certificate_file: Annotated[
        Path | None,
        Meta(description="The worker's own certificate (PEM) with those between it and its root, for Kafka."),
    ] = None
    kafka_key_file: Annotated[
        Path | None,
        Meta(description="Its private key (PEM); without it the key is in the certificate's file."),
    ] = None
    kafka_key_password_file: Annotated[
        Path | None, Meta(description="File with the password of the private key.")
    ] = None
    group: Annotated[
        str,
        Meta(pattern=r"^[A-Za-z0-9._-]+$", description="Consumer group; workers of one group share the work."),
    ] = "rasid"
    kafka_prefix: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9._-]*$",
            description="Put before the name of every Kafka topic and the group.",
        ),
    ] = ""
    partitions: Annotated[
        int,
        Meta(
            ge=1,
            le=10_000,
            description="Partitions of every Kafka topic at its creation. One number for all, because the state "
            "of an alert must lie in the partition of its matches.",
        ),
    ] = 4
    replication: Annotated[int, Meta(ge=1, le=9, description="Copies of every partition at its creation.")] = 1
    watch_topics: Annotated[Path, Meta(description="Folder with the watch topics, one YAML file each.")] = Path(
        "topics/watch"
    )
    watch_topics_poll_seconds: Annotated[
        float, Meta(gt=0, description="How often the folder of watch topics is looked at for changes.")
    ] = 5.0
    receivers: Annotated[
        Path,
        Meta(description="File of the receivers of notifications; without it alerts are written to the log."),
    ] = Path("receivers.yaml")
    data_dir: Annotated[Path, Meta(description="Folder for what Faust writes; it may be lost at any time.")] = (
        Path(".rasid")
    )
    extract: Annotated[
        str,
        Meta(
            pattern="^(all|candidates)$",
            description="`all` extracts every article; `candidates` only what a watch topic in force could match: "
            "see 'Which articles are extracted'.",
        ),
    ] = "all"
    known_bodies_bytes: Annotated[
        int,
        Meta(
            ge=0,
            description="Memory for bodies of articles: one that comes again within a day is not extracted again. "
            "0 for none.",
        ),
    ] = 64 * 1024**2
    pool_processes: Annotated[
        int,
        Meta(
            ge=0,
            le=256,
            description="Processes for extraction and matching; 0 is one for each core that the worker may use.",
        ),
    ] = 0
    pool_tasks_per_process: Annotated[
        int,
        Meta(
            ge=1,
            description="Tasks after which a process of the pool is replaced by a fresh one; an article is two, "
            "which short articles of a batch share.",
        ),
    ] = 5_000
    pool_memory_bytes: Annotated[
        int,
        Meta(
            ge=0,
            description="Address space a process of the pool may take, 1.25 GiB more than the memory it may fill; "
            "0 is no bound.",
        ),
    ] = 3 * 1024**3
    article_time_limit_seconds: Annotated[
        float, Meta(gt=0, description="Longest time for one article in one stage; then it is dead-lettered.")
    ] = 20.0
    max_article_bytes: Annotated[
        int,
        Meta(ge=1024, description="Largest raw article that is processed; larger ones are dead-lettered."),
    ] = 16 * 1024**2
    max_message_bytes: Annotated[
        int,
        Meta(
            ge=1024**2,
            description="Largest message on articles.raw and in its dead letters. Larger than "
            "max_article_bytes, so that what is too large can still be kept.",
        ),
    ] = 40 * 1024**2
    batch_articles: Annotated[
        int, Meta(ge=1, le=1_000, description="Most messages of a partition that an agent works on at once.")
    ] = 32
    replay_wait_seconds: Annotated[
        float,
        Meta(
            ge=0,
            le=600,
            description="How long a match of a replayed article waits for others, so that they are taken in order "
            "of event time. Fresh articles do not wait.",
        ),
    ] = 5.0
    send_attempts: Annotated[
        int, Meta(ge=1, le=100, description="Tries to send a record before it is given up.")
    ] = 4
    send_timeout_seconds: Annotated[float, Meta(gt=0, description="Longest wait for the broker's answer.")] = 30.0
    session_timeout_seconds: Annotated[
        float,
        Meta(
            ge=6,
            le=300,
            description="How long Kafka waits for a worker that is no longer heard of before it gives its "
            "partitions to others. The broker's `group.min.session.timeout.ms`, 6 s unless changed, is the least.",
        ),
    ] = 30.0
    stall_seconds: Annotated[
        float,
        Meta(
            ge=60,
            description="How long a partition with messages to read may stand still before the worker ends and "
            "others take over. Longer than the slowest batch.",
        ),
    ] = 900.0
    web_host: Annotated[str, Meta(description="Address of /metrics, /healthz and /readyz.")] = "127.0.0.1"
    web_port: Annotated[int, Meta(ge=0, le=65_535, description="Port of the same; 0 takes a free one.")] = 6066
    log_level: Annotated[
        str, Meta(pattern="^(debug|info|warning|error)$", description="debug, info, warning or error.")
    ] = "info"
    log_format: Annotated[
        str, Meta(pattern="^(auto|json|console)$", description="auto is console on a terminal, else json.")
    ] = "auto"
    terminal_order: Annotated[
        str,
        Meta(
            pattern="^(auto|visual|logical)$",
            description="Order of right-to-left text on a terminal: `logical` where the terminal orders it "
            "itself, `visual` where it does not; auto looks at the terminal's name.",
        ),
    ] = "auto"
    user: Annotated[
        str,
        Meta(max_length=200, description="Who answers alerts with `rasid alerts`; the login name without it."),
    ] = ""


def load_settings(environment: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Read the settings.

    Args:
        environment: Variables to read, the process's own by default.
        overrides: Fields that win over the environment; None means 'not given'.

    Raises:
        SettingsError: A variable is unknown or its value cannot be used.
    """
    environment = os.environ if environment is None else environment
    known = set(Settings.__struct_fields__)
    given: dict[str, Any] = {}
    for variable, value in environment.items():
        if not variable.startswith(PREFIX):
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name not in known:
            raise SettingsError(f"{variable} is no setting of Rasid; docs/operations.md lists them")
        given[name] = value
    given |= {name: value for name, value in overrides.items() if value is not None}
    return Settings(**{name: _convert(name, value) for name, value in given.items()})


def _convert(name: str, value: Any) -> Any:
    hint = get_type_hints(Settings, include_extras=True)[name]
    kinds = get_args(hint.__origin__) or (hint.__origin__,)
    if value == "" and NoneType in kinds:
        return None
    if Path in kinds or isinstance(value, Path):
        return Path(value)
    if Secret in kinds:
        return Secret(value) if isinstance(value, str) else value
    try:
        return msgspec.convert(value, hint, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{PREFIX}{name.upper()}={value!r}: {error}") from None
