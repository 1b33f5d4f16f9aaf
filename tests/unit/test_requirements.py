"""The locks: every package pinned and hashed, from no named registry, and the same version in all of them."""

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

LOCKS = {path.stem: path.read_text() for path in sorted(Path("requirements").glob("*.txt"))}
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)", re.MULTILINE)


def pins(lock: str) -> dict[str, str]:
    return dict(PIN.findall(LOCKS[lock]))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_and_hashed(lock):
    blocks = re.split(r"\n(?=[a-z0-9])", LOCKS[lock].strip())
    assert len(blocks) == len(pins(lock)) > (4 if lock in ("build", "engine") else 10)
    for block in blocks:
        assert "--hash=sha256:" in block, block.split()[0]


@pytest.mark.parametrize("lock", LOCKS)
def test_no_address_stands_in_a_lock(lock):
    assert "://" not in LOCKS[lock]
    assert "index-url" not in LOCKS[lock]


def test_smaller_locks_are_part_of_the_larger_ones():
    assert pins("runtime").items() <= pins("demo").items() <= pins("dev").items()
    assert pins("build").items() <= pins("demo").items()
    assert pins("engine").items() <= pins("dev").items()


def test_what_compiles_the_engine_is_no_part_of_the_image_and_not_needed_by_the_demo():
    assert "mypy" in pins("engine")
    assert not {"mypy", "librt"} & (pins("runtime").keys() | pins("demo").keys() | pins("build").keys())


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


PIP = re.compile(r"(?:\$\(PIP_INSTALL\)|/pip install|/pip wheel)((?:[^\n]*\\\n)*[^\n]*)")


@pytest.mark.parametrize("path", ["Makefile", "deploy/Dockerfile"])
def test_pip_takes_only_what_is_locked_and_builds_only_with_what_is(path):
    text = re.sub(r" \\\n *&& ", "\n", Path(path).read_text("utf-8"))
    calls = PIP.findall(text)
    assert len(calls) >= 4
    for call in calls:
        assert "--require-hashes" in call or "--no-deps" in call, call
        only_wheels = "requirements/build.txt" in call or "--no-index /wheels/*.whl" in call
        assert only_wheels or "--no-build-isolation" in call, call


def test_nothing_that_builds_packages_has_to_be_built_itself():
    assert not set(pins("build")) & {"langdetect"}
    assert {"setuptools", "hatchling"} <= set(pins("build"))


@pytest.fixture(scope="module")
def locked_langdetect(tmp_path_factory):
    """A folder with the locked file of langdetect, the one package without a wheel, and a lock of it alone."""
    folder = tmp_path_factory.mktemp("langdetect")
    (block,) = [one for one in re.split(r"\n(?=[a-z0-9])", LOCKS["runtime"]) if one.startswith("langdetect==")]
    (folder / "lock.txt").write_text(f"{block}\n")
    got = pip("download", "--no-build-isolation", "--dest", folder, "--requirement", folder / "lock.txt")
    if got.returncode:
        pytest.skip(f"langdetect cannot be downloaded: {got.stderr.strip()[-200:]}")
    return folder


def pip(command, *arguments):
    said = [sys.executable, "-m", "pip", command, "--quiet", "--no-deps", "--require-hashes", *map(str, arguments)]
    return subprocess.run(said, capture_output=True, text=True, check=False)


def test_langdetect_is_built_from_the_locked_files_alone(locked_langdetect):
    offline = ("--no-index", "--find-links", locked_langdetect, "--no-cache-dir", "--wheel-dir", locked_langdetect)
    lock = ("--requirement", locked_langdetect / "lock.txt")
    isolated = pip("wheel", *offline, *lock)
    assert isolated.returncode, (
        "on its own pip fetches what builds it, unpinned, and here is nowhere to fetch it from"
    )
    built = pip("wheel", *offline, "--no-build-isolation", *lock)
    assert built.returncode == 0, built.stderr
    assert list(locked_langdetect.glob("langdetect-*.whl"))
