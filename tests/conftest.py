"""What holds for all tests."""

import os
import signal
from pathlib import Path

from hypothesis import HealthCheck, settings

# Speed is shown by benchmarks, never by a test with a stop-watch: a busy machine must not make one fail.
settings.register_profile("rasid", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("rasid")

# A run in the background of a script is told to ignore Ctrl-C, and so would be the commands that tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

LONG = [Path(__file__).parent / folder for folder in ("e2e", "monitoring", "compiled")]


def pytest_xdist_auto_num_workers():
    """Return how many processes `-n auto` means: one more than there are cores, since long tests mostly wait."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items):
    """Begin with the long files, so that at the end no process is left alone with one."""
    items.sort(key=lambda item: item.path.parent not in LONG)
