"""The pool in figures. Apart from pool.py, which its processes load too: they have no metrics of their own."""

from worker.adapters import metrics
from worker.adapters.pool import Pool


def take_pool_figures(pool: Pool) -> None:
    """Set the gauges of the pool, and count what has happened to its processes since the last time."""
    usage = pool.children.usage()
    metrics.POOL_PROCESSES.set(usage.processes)
    metrics.POOL_RESIDENT_BYTES.set(usage.resident_bytes)
    metrics.POOL_CPU_SECONDS.inc(usage.cpu_seconds)
    for reason, count in usage.ended.items():
        metrics.POOL_REPLACED.labels(reason=reason).inc(count)
    for state, tasks in zip(("running", "waiting"), pool.tasks(), strict=True):
        metrics.POOL_TASKS.labels(state=state).set(tasks)
