"""The worker, which looks for new partitions every second and not every minute."""

from worker import bootstrap
from worker.settings import load_settings
from worker.streaming import app

METADATA_AGE_SECONDS = 1.0

if __name__ == "__main__":
    app.METADATA_AGE_SECONDS = METADATA_AGE_SECONDS
    bootstrap.run_worker(load_settings())
