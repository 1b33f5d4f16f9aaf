"""The locks: every package pinned and hashed, from no named registry, and the same version in all of them."""

import importlib
import re
from pathlib import Path

import pytest

LOCKS = {path.stem: path.read_text() for path in sorted(Path("requirements").glob("*.txt"))}
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)", re.MULTILINE)


def pins(lock: str) -> dict[str, str]:
    return dict(PIN.findall(LOCKS[lock]))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_and_hashed(lock):
    blocks = re.split(r"\n(?=[a-z0-9])", LOCKS[lock].strip())
    assert len(blocks) == len(pins(lock)) > 10
    for block in blocks:
        assert "--hash=sha256:" in block, block.split()[0]


@pytest.mark.parametrize("lock", LOCKS)
def test_no_address_stands_in_a_lock(lock):
    assert "://" not in LOCKS[lock]
    assert "index-url" not in LOCKS[lock]


def test_smaller_locks_are_part_of_the_larger_ones():
    assert pins("runtime").items() <= pins("demo").items() <= pins("dev").items()


def test_embedded_broker_is_no_part_of_the_image():
    assert "noida-db" not in pins("runtime")
    assert "noida-db" in pins("demo")


def test_trafilatura_imports_beside_the_pinned_lxml():
    assert "lxml-html-clean" in pins("runtime")
    assert importlib.import_module("trafilatura").__version__ == pins("runtime")["trafilatura"]


@pytest.mark.parametrize(
    "package", ["faust-streaming", "aiokafka", "langdetect", "trafilatura", "prometheus-client"]
)
def test_required_packages_are_installed_in_the_image(package):
    assert package in pins("runtime")
