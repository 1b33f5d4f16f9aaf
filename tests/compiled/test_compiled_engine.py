"""The compiled engine gives the same as its sources: the image has the one, every test has the other."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.compiled import ROOT, NotCompiledError, compiled_engine, environment

CASES = ("matcher", "word_forms", "text", "term", "evaluation", "explain", "glance", "watch_topic", "backtest")
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def engine() -> Path:
    try:
        return compiled_engine()
    except NotCompiledError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))


def python(engine: Path | None, *arguments: str) -> str:
    """Return what Python prints that imports `worker` from a folder, or from the project."""
    done = subprocess.run(
        [sys.executable, "-P", *arguments],
        cwd=ROOT,
        env=environment(engine),
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout[-5_000:] + done.stderr[-2_000:]
    return done.stdout


def test_compiled_engine_finds_the_same_in_real_and_in_hostile_texts(engine):
    plain, *expected = python(None, "-m", "tests.compiled.matches").splitlines()
    module, *found = python(engine, "-m", "tests.compiled.matches").splitlines()
    assert plain == str(ROOT / "worker" / "domain" / "matcher.py")
    assert Path(module).parent == engine / "worker" / "domain"
    assert not module.endswith(".py")
    assert found == expected
    assert sum(line != "[[],[]]" for line in found) > 100


def test_compiled_engine_passes_the_tests_of_its_sources(engine):
    files = [f"tests/unit/domain/test_{name}.py" for name in CASES]
    options = ("-q", "-n", "0", "-p", "no:cacheprovider", "-o", f"pythonpath={engine}")
    assert " passed" in python(engine, "-m", "pytest", *options, *files)
