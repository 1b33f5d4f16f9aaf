"""The Kafka topics as an operator meets them: create, and see where everything stands."""

from rich.console import Console
from rich.table import Table

from worker.adapters.kafka_admin import NewKafkaTopic, PartitionStatus, create_kafka_topics, partition_status
from worker.adapters.kafka_security import kafka_address
from worker.settings import Settings
from worker.streaming import kafka_topics


async def init_kafka_topics(settings: Settings) -> list[str]:
    """Create the Kafka topics that are missing and return their names.

    Raises:
        SettingsError: What they say of Kafka does not fit together.
        BrokerError: No broker answers, or it refuses one.
    """
    return await create_kafka_topics(
        kafka_address(settings),
        [
            NewKafkaTopic(
                settings.kafka_prefix + kafka_topic.name,
                settings.partitions,
                settings.replication,
                kafka_topic.config(settings),
            )
            for kafka_topic in kafka_topics.ALL
        ],
    )


async def kafka_status(settings: Settings) -> list[PartitionStatus]:
    """Return where every partition of every Kafka topic stands, and how far the group has read.

    Raises:
        BrokerError: No broker answers.
    """
    names = [settings.kafka_prefix + kafka_topic.name for kafka_topic in kafka_topics.ALL]
    return await partition_status(kafka_address(settings), settings.kafka_prefix + settings.group, names)


def print_status(console: Console, settings: Settings, status: list[PartitionStatus]) -> None:
    """Print a line for each Kafka topic: partitions, messages, and the lag of the agent that reads it."""
    table = Table(title=f"Kafka topics at {settings.broker}, group {settings.kafka_prefix}{settings.group}")
    table.add_column("Kafka topic", no_wrap=True)
    for heading in ("partitions", "messages", "lag"):
        table.add_column(heading, justify="right")
    table.add_column("read by")
    read_by_agents = {"extract", "tag", "alert", "act", "deliver"}
    for kafka_topic in kafka_topics.ALL:
        own = [one for one in status if one.kafka_topic == settings.kafka_prefix + kafka_topic.name]
        has_agent = (
            bool(read_by_agents & set(kafka_topic.readers)) and kafka_topic is not kafka_topics.ALERT_STATES
        )
        table.add_row(
            settings.kafka_prefix + kafka_topic.name,
            str(len(own)) if own else "[red]missing[/]",
            str(sum(one.end - one.begin for one in own)),
            str(sum(one.lag for one in own)) if has_agent else "",
            ", ".join(kafka_topic.readers),
        )
    console.print(table)
