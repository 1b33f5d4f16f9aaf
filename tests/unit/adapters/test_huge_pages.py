"""Huge pages are asked for where Linux has them, and everything stays as it was."""

import subprocess
import sys
from pathlib import Path

import pytest

from worker.adapters import huge_pages
from worker.adapters.huge_pages import SIZE_BYTES, take_huge_pages

SETTING = Path("/sys/kernel/mm/transparent_hugepage/enabled")
IN_A_PROCESS = """
from worker.adapters.huge_pages import take_huge_pages
def huge():
    lines = open("/proc/self/smaps").read().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("AnonHugePages:"))
index = {f"a word {number}": (number,) for number in range(400_000)}
before, taken = huge(), take_huge_pages()
assert all(index[f"a word {number}"] == (number,) for number in range(400_000))
print(before, taken, huge())
"""


@pytest.mark.skipif(
    not SETTING.exists() or "[never]" in SETTING.read_text(), reason="this system gives no huge pages"
)
def test_memory_lies_on_huge_pages_afterwards_and_holds_what_it_held():
    done = subprocess.run([sys.executable, "-c", IN_A_PROCESS], capture_output=True, text=True, check=True)
    before_kb, taken, after_kb = map(int, done.stdout.split())
    assert taken % SIZE_BYTES == 0
    if taken == 0:
        pytest.skip("this kernel collapses no pages (Linux before 6.1)")
    assert after_kb > before_kb


def test_nothing_is_asked_where_there_is_no_linux(monkeypatch):
    monkeypatch.setattr(huge_pages.sys, "platform", "darwin")
    assert take_huge_pages() == 0
