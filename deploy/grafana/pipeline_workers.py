"""The part of the Pipeline dashboard that looks at the workers themselves: pool, memory, partitions, restarts."""

from deploy.grafana.panels import BYTES, COUNT, SECONDS, AnyPanel, Head, Query, happened, lines, table

HERE = 'instance=~"$instance"'
OF_WORKERS = "and on (job, instance) rasid_build_info"
"""Prometheus and Alertmanager tell process_* of themselves, too."""


def pool() -> list[AnyPanel]:
    """Return the panels of the process pool and of the work it does."""
    return [
        lines(
            Head(
                "Tasks", "running: in a process. waiting: for one; many for long: add processes.", COUNT, 8
            ),
            Query(f"sum by (state) (rasid_pool_tasks{{{HERE}}})", "{{state}}"),
            stacked=True,
        ),
        lines(
            Head("Processes", "That live, by worker.", COUNT, 8),
            Query(f"sum by (instance) (rasid_pool_processes{{{HERE}}})", "{{instance}}"),
        ),
        lines(
            Head(
                "Replaced processes",
                "worn_out is routine. time_limit, died and pool_broke end an article or more with them.",
                COUNT, 8, ["RasidPoolProcessesEnding"],
            ),
            happened(f"rasid_pool_replaced_total{{{HERE}}}", "reason"),
            bars=True,
        ),
        lines(
            Head("CPU", "Cores in use: the workers' own processes, and those of their pools.", COUNT),
            Query(
                f"sum by (instance) (rate(process_cpu_seconds_total{{{HERE}}}[$__rate_interval]) {OF_WORKERS})",
                "{{instance}}",
            ),
            Query(
                f"sum by (instance) (rate(rasid_pool_cpu_seconds_total{{{HERE}}}[$__rate_interval]))",
                "{{instance}}: pool",
            ),
        ),
        lines(
            Head("Open files", "Of the workers' own processes, sockets included.", COUNT),
            Query(f"process_open_fds{{{HERE}}} {OF_WORKERS}", "{{instance}}"),
        ),
    ]  # fmt: skip


def memory() -> list[AnyPanel]:
    """Return the panels of memory, and of what fills it."""
    return [
        lines(
            Head("Memory of the workers", "Of their own processes, without the pool.", BYTES),
            Query(f"process_resident_memory_bytes{{{HERE}}} {OF_WORKERS}", "{{instance}}"),
        ),
        lines(
            Head("Memory of the pools", "Pages that processes share are counted in each: less is in use.", BYTES),
            Query(f"sum by (instance) (rasid_pool_resident_bytes{{{HERE}}})", "{{instance}}"),
        ),
        lines(
            Head(
                "What the desks remember", "As it is written in Kafka; kept in memory, read back at a rebalance.",
                BYTES, 8, ["RasidStateGrowing"],
            ),
            Query(f"sum by (kafka_topic, kind) (rasid_state_bytes{{{HERE}}})", "{{kafka_topic}}: {{kind}}"),
            stacked=True,
        ),
        lines(
            Head("Entries of the desks", "The same, counted.", COUNT, 8, ["RasidStateGrowing"]),
            Query(f"sum by (kafka_topic, kind) (rasid_state_entries{{{HERE}}})", "{{kafka_topic}}: {{kind}}"),
            stacked=True,
        ),
        lines(
            Head("Stories", "That articles are compared with. closed ones take copies only.", COUNT, 8),
            Query(f"sum by (state) (rasid_stories{{{HERE}}})", "{{state}}"),
            stacked=True,
        ),
    ]  # fmt: skip


def partitions() -> list[AnyPanel]:
    """Return the panels of who reads what, since when, in which version."""
    return [
        lines(
            Head("Partitions by worker", "Of all Kafka topics that it reads.", COUNT, 8),
            Query(f"sum by (instance) (rasid_assigned_partitions{{{HERE}}})", "{{instance}}"),
            stacked=True,
        ),
        lines(
            Head(
                "Rebalances", "Times that partitions were given out anew. Nothing is read meanwhile.", COUNT, 8,
                ["RasidRebalancing"],
            ),
            happened(f"rasid_rebalances_total{{{HERE}}}", "instance"),
            bars=True,
        ),
        lines(
            Head("Time since the start", "A line that falls: the worker started anew.", SECONDS, 8,
                 ["RasidWorkerRestarting"]),
            Query(f"time() - process_start_time_seconds{{{HERE}}} {OF_WORKERS}", "{{instance}}"),
        ),
        table(
            Head("Versions", "Of the workers that run now.", COUNT),
            Query("count by (instance, version) (rasid_build_info)"),
            ["instance", "version"],
            "workers",
        ),
        lines(
            Head("Watch topics", "In force, and rejected.", COUNT, runbooks=["RasidWatchTopicRejected"]),
            Query("max by (status) (rasid_watch_topics)", "{{status}}"),
        ),
    ]  # fmt: skip
