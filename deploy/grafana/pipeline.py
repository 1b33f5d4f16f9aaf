"""The dashboard for those who run the workers: what goes through, what waits, what it costs, what breaks."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from deploy.grafana.frame import annotation, framed, instance_variable, watch_topic_changes
from deploy.grafana.panels import (
    COUNT,
    PER_SECOND,
    SECONDS,
    SHARE,
    AnyPanel,
    Head,
    Query,
    figure,
    happened,
    lines,
    missing,
    or_zero,
    ranking,
    table,
)
from deploy.grafana.pipeline_workers import HERE, OF_WORKERS, memory, partitions, pool

UID = "rasid-pipeline"


def pipeline(docs: str) -> Dashboard:
    """Return the dashboard; `docs` is where this repository's docs/ can be read."""
    started = annotation(
        "Starts",
        f"process_start_time_seconds{{{HERE}}} * 1000 {OF_WORKERS}",
        "yellow",
        "A worker started",
        "{{instance}}",
    ).use_value_for_time(True)
    return framed(
        UID,
        "Rasid · Pipeline",
        "For those who run the workers: throughput, lag, time by stage, dead letters, pool, memory, rebalances.",
        [instance_variable()],
        {
            "Now": _now(),
            "Throughput and lag": _flow(),
            "Time by stage": _time(),
            "What was given up": _given_up(),
            "The promise": _promise(),
            "Process pool": pool(),
            "Memory and state": memory(),
            "Partitions and restarts": partitions(),
            "Limits": [missing(_MISSING)],
        },
        annotations=[started, *watch_topic_changes(chosen=False)],
        docs=docs,
        page="operations.md#metrics",
    )


def _now() -> list[AnyPanel]:
    return [
        figure(
            Head("Workers", "That tell figures.", COUNT, 3, ["RasidNoWorker", "RasidWorkerDown"]),
            Query("count(rasid_build_info)"),
            red=1,
            low_is_bad=True,
        ),
        figure(
            Head("Not ready", "Workers whose /readyz does not say ok.", COUNT, 3, ["RasidWorkerNotReady"]),
            Query("sum(1 - rasid_ready)"),
            orange=1,
        ),
        figure(
            Head("Articles", "Read and extracted, over the last 5 minutes.", PER_SECOND, 3, ["RasidNoArticles"]),
            Query('sum(stage_outcome:rasid_articles:rate5m{stage="extract"})'),
        ),
        figure(
            Head(
                "Messages waiting", "On all Kafka topics, not committed yet.", COUNT, 3, ["RasidLagGrowing"]
            ),
            Query("sum(rasid_consumer_lag)"),
            orange=500,
        ),
        figure(
            Head(
                "Longest wait", "Age of the oldest message that is not done with.", SECONDS, 3,
                ["RasidMessagesWaiting"],
            ),
            Query("max(rasid_consumer_lag_seconds)"),
            orange=60,
            red=300,
        ),
        figure(
            Head(
                "Dead letters", "Given up in the time shown.", COUNT, 3, ["RasidDeadLetters", "RasidOwnDefects"]
            ),
            Query("sum(increase(rasid_dead_letters_total[$__range]))"),
            orange=1,
        ),
        figure(
            Head(
                "Rejected watch topics", "Sources of watch topics that are not in force.", COUNT, 3,
                ["RasidWatchTopicRejected"],
            ),
            Query('max(rasid_watch_topics{status="rejected"})'),
            orange=1,
        ),
        figure(
            Head(
                "Two versions at once", "Watch topics of which workers have different versions.", COUNT, 3,
                ["RasidWatchTopicsDiffer"],
            ),
            Query(
                or_zero(
                    "count(count by (watch_topic) "
                    "(count by (watch_topic, version) (rasid_watch_topic_info)) > 1)"
                )
            ),
            orange=1,
        ),
    ]  # fmt: skip


def _flow() -> list[AnyPanel]:
    return [
        lines(
            Head("Messages by stage", "That left the stage well.", PER_SECOND, runbooks=["RasidNoArticles"]),
            Query(
                f'sum by (stage) (rate(rasid_articles_total{{outcome="done",{HERE}}}[$__rate_interval]))',
                "{{stage}}",
            ),
        ),
        lines(
            Head("Articles by worker", "That left the extract stage. Partitions decide the shares.", PER_SECOND),
            Query(
                f'sum by (instance) (rate(rasid_articles_total{{stage="extract",{HERE}}}[$__rate_interval]))',
                "{{instance}}",
            ),
            stacked=True,
        ),
        lines(
            Head(
                "Messages waiting, by Kafka topic", "End minus committed offset, of all partitions.", COUNT,
                runbooks=["RasidLagGrowing"],
            ),
            Query(f"sum by (kafka_topic) (rasid_consumer_lag{{{HERE}}})", "{{kafka_topic}}"),
            stacked=True,
        ),
        lines(
            Head(
                "Longest wait, by Kafka topic",
                "Age of the oldest message that is not done with. An alert comes at least as late.",
                SECONDS, runbooks=["RasidMessagesWaiting"],
            ),
            Query(f"max by (kafka_topic) (rasid_consumer_lag_seconds{{{HERE}}})", "{{kafka_topic}}"),
        ),
        table(
            Head("Partitions with most waiting", "The 20 longest. One alone: a message holds it up.", COUNT),
            Query(f"topk(20, sum by (kafka_topic, partition, instance) (rasid_consumer_lag{{{HERE}}}))"),
            ["kafka_topic", "partition", "instance"],
            "waiting",
        ),
        lines(
            Head(
                "Questions about the lag",
                "Asked every 10 s. Failed ones: Kafka does not answer, and the lag above is missing or old.",
                PER_SECOND, runbooks=["RasidKafkaNotAnswering"],
            ),
            Query(f"sum by (outcome) (rate(rasid_lag_reads_total{{{HERE}}}[$__rate_interval]))", "{{outcome}}"),
        ),
    ]  # fmt: skip


def _time() -> list[AnyPanel]:
    return [
        lines(
            Head(
                f"Work on a message, p{share * 100:.0f}",
                f"{share:.0%} of the messages took no longer in the stage, without waiting.",
                SECONDS, 8, ["RasidExtractionSlow"],
            ),
            Query(
                f"histogram_quantile({share}, sum by (stage, le) "
                f"(rate(rasid_stage_seconds_bucket{{{HERE}}}[$__rate_interval])))",
                "{{stage}}",
            ),
        )
        for share in (0.5, 0.95, 0.99)
    ]  # fmt: skip


def _given_up() -> list[AnyPanel]:
    return [
        lines(
            Head(
                "Dead letters by reason",
                "Messages given up in each interval; the reasons are explained in docs/operations.md.",
                COUNT, runbooks=["RasidDeadLetters", "RasidOwnDefects"],
            ),
            happened(f"rasid_dead_letters_total{{{HERE}}}", "reason", crowded=True),
            bars=True,
        ),
        ranking(
            Head("By agent and reason", "In the time shown.", COUNT, 6, ["RasidDeadLetters"]),
            Query(
                "sort_desc(sum by (agent, reason) "
                f"(increase(rasid_dead_letters_total{{{HERE}}}[$__range])) > 0)",
                "{{agent}}: {{reason}}",
            ),
        ),
        lines(
            Head("Repeated sends", "Kafka did not confirm at once; by agent.", COUNT, 6, ["RasidSendRetries"]),
            happened(f"rasid_send_retries_total{{{HERE}}}", "agent"),
            bars=True,
        ),
    ]  # fmt: skip


def _promise() -> list[AnyPanel]:
    return [
        lines(
            Head(
                "Share of late alerts",
                "Alerts written later than 60 s after their article's arrival, over different spans. 0.1 % is "
                "allowed; the rules tell when it is used up too fast. No line: no alert was raised in that span.",
                SHARE, 24, ["RasidAlertsLate", "RasidAlertsLateSlowly"],
            ),
            *(Query(f"rasid:alert_lateness:ratio_rate{span}", span) for span in ("5m", "1h", "6h", "3d")),
        )
    ]  # fmt: skip


_MISSING = (
    (
        "How many dead letters wait to be looked at?",
        "a worker counts what it gives up; what was redriven or dropped since is in Kafka",
        "`rasid dead-letters list`",
    ),
    (
        "How long do the act and deliver stages take?",
        "act is a write and no work; deliver waits for others, which is no work of ours",
        "Notifications and Oldest notification, in Newsroom",
    ),
    (
        "How full are Kafka's disks?",
        "the worker sees what it wrote, not what Kafka keeps until it compacts, nor the replicas",
        "Kafka's own metrics (JMX), or the disks' by node_exporter",
    ),
    (
        "Lag while no worker runs",
        "each worker tells the lag of its own partitions",
        "`rasid kafka status`",
    ),
    (
        "Which article was slow, which took its process down?",
        "an id for each article would be a series for each article",
        "the worker's log; `rasid dead-letters show`",
    ),
)
