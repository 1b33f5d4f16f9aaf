"""`make test-kafka`: the tests on Apache Kafka in two lanes side by side, since faults are mostly waited for.

One lane shares a broker, in the other each file hurts brokers of its own. What the second says is shown when both
are done. Arguments go to both: `python -m tests.kafka.lanes --durations=15`.
"""

import contextlib
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.kafka.broker import ROOT, MissingError, kafka_jars, kafka_version, oldest_kafka_version

OWN_BROKERS = {
    "test_broker_faults.py", "test_full_disk.py", "test_kafka_doors.py", "test_leader_loss.py",
    "test_oldest_kafka.py", "test_procedures.py", "test_recount.py",
}  # fmt: skip
SOAK = "test_soak.py"
"""Minutes by itself: `make soak`."""
NO_TESTS = 5
"""Exit code of pytest where `-k` leaves none, which one of two lanes may well have."""


def lanes() -> tuple[list[Path], list[Path]]:
    """Return the files of the lane with the shared broker, and of the other; each file is in one."""
    files = sorted(one for one in Path(__file__).parent.glob("test_*.py") if one.name != SOAK)
    return [one for one in files if one.name not in OWN_BROKERS], [one for one in files if one.name in OWN_BROKERS]


def main(arguments: Sequence[str]) -> int:
    """Run both lanes and return the worse exit code."""
    for version in (kafka_version(), oldest_kafka_version()):
        with contextlib.suppress(MissingError):  # the tests say it, each lane would fetch the same jars
            kafka_jars(version)
    since = time.monotonic()
    with tempfile.TemporaryFile("w+b") as said:
        shared, own = lanes()
        other = subprocess.Popen(_pytest(own, arguments), cwd=ROOT, stdout=said, stderr=said)
        try:
            codes = [subprocess.run(_pytest(shared, arguments), cwd=ROOT, check=False).returncode, other.wait()]
        finally:
            other.terminate()
            other.wait()
        said.seek(0)
        sys.stdout.buffer.write(said.read())
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    minutes, of_processors = (time.monotonic() - since) / 60, (used.ru_utime + used.ru_stime) / 60
    print(f"both lanes: {minutes:.1f} minutes, {of_processors:.1f} of a processor")
    failed = [code for code in codes if code not in (0, NO_TESTS)]
    return max(failed) if failed else min(codes)


def _pytest(files: Sequence[Path], arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "pytest", *(str(one.relative_to(ROOT)) for one in files), *arguments]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
