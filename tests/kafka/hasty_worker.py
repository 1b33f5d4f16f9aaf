"""The worker without what cures the stuck consumer, and with a watchdog that does not wait for minutes.

A client of Kafka that is not polled for so long leaves its group and never comes back (docs/adr/0001). The worker
asks for a day of patience; this one has seconds, as one has that leaves Faust's settings alone.
"""

import msgspec

from worker import bootstrap
from worker.settings import load_settings
from worker.streaming import app

POLL_SECONDS = 5.0
STALL_SECONDS = 20.0

if __name__ == "__main__":
    app.NEVER_SECONDS = POLL_SECONDS
    bootstrap.WATCHDOG_TICK_SECONDS = 1.0
    bootstrap.run_worker(msgspec.structs.replace(load_settings(), stall_seconds=STALL_SECONDS))
