"""The worker under libfaketime, whose clock is set by test_clock_faults.py.

libfaketime 0.9.10, Debian's, cannot do Python's `time.sleep`, which sleeps until a moment of the monotonic clock:
it fails with EINVAL where that clock is left alone. Everything else that waits is passed through as it is. So the
sleep alone is another one, here and in the pool's processes, which import this module too.
"""

import select
import time

time.sleep = lambda seconds: select.select([], [], [], seconds)

if __name__ == "__main__":
    from worker.__main__ import main

    main()
