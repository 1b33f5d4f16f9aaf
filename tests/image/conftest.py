"""The worker's image, built once for the run, and a container of it; skipped where images cannot be built."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILDAH = ("buildah", "--storage-driver", "vfs")
TIMEOUT_SECONDS = 900
NAME = "localhost/rasid:test"


def what_is_missing() -> str | None:
    """Return what this machine lacks to build an image and to look into it, None where it lacks nothing."""
    missing = [name for name in ("buildah", "debootstrap", "unshare") if shutil.which(name) is None]
    if missing:
        return f"{' and '.join(missing)} missing: apt-get install buildah debootstrap"
    return None if os.geteuid() == 0 else "images are built as root here"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the build minutes, and skip what needs an image where none can be built."""
    missing = None if os.environ.get("CI") == "true" else what_is_missing()
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(TIMEOUT_SECONDS))
            if missing:
                item.add_marker(pytest.mark.skip(reason=missing))


def buildah(*arguments: str) -> str:
    """Return what buildah prints."""
    done = subprocess.run([*BUILDAH, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="session")
def image() -> str:
    built = subprocess.run([ROOT / "deploy" / "build-image", NAME], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr[-3000:]
    return built.stdout.split()[-1]


@pytest.fixture(scope="session")
def container(image: str) -> Iterator[str]:
    name = buildah("from", "--pull-never", image)
    yield name
    buildah("rm", name)


@pytest.fixture(scope="session")
def root(container: str) -> Path:
    """The container's file system, as a folder."""
    return Path(buildah("mount", container))
