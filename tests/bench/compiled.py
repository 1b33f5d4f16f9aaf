"""A copy of `worker/` with its matching engine compiled, for the benchmark and for the tests."""

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPT = ROOT / "deploy" / "compile-engine"
_CACHE = ROOT / ".venv" / "engine"


class NotCompiledError(RuntimeError):
    """The engine cannot be compiled here; the message says why."""


def compiled_engine() -> Path:
    """Return the folder of a copy of `worker/` with its engine compiled; the last one is kept.

    Raises:
        NotCompiledError: There is no compiler here, or it failed.
    """
    lacking = _lacking()
    if lacking:
        raise NotCompiledError(f"{lacking}, so the engine cannot be compiled")
    folder = _CACHE / _state()
    if not folder.exists():
        made = _CACHE / f"{folder.name}.{os.getpid()}"
        shutil.rmtree(made, ignore_errors=True)
        shutil.copytree(ROOT / "worker", made / "worker", ignore=shutil.ignore_patterns("__pycache__"))
        done = subprocess.run([sys.executable, SCRIPT, made], capture_output=True, text=True, check=False)
        if done.returncode:
            shutil.rmtree(made)
            raise NotCompiledError(f"deploy/compile-engine failed: {(done.stdout + done.stderr).strip()[-2_000:]}")
        for earlier in _CACHE.iterdir():
            if earlier != made:
                shutil.rmtree(earlier, ignore_errors=True)
        made.rename(folder)
    return folder


def compiled_or_why_not(say: Callable[[str], None]) -> tuple[Path | None, str | None]:
    """Return the folder with the compiled engine, or why there is none; `say` tells the user what goes on."""
    say("compiling the engine, unless it was compiled before")
    try:
        return compiled_engine(), None
    except NotCompiledError as error:
        say(f"going on interpreted: {error}")
        return None, str(error)


def environment(engine: Path | None) -> Mapping[str, str]:
    """Return the environment in which Python imports `worker` from a folder, `tests` from the project."""
    folders = os.pathsep.join(map(str, [engine, ROOT] if engine else [ROOT]))
    # Safe: else the current folder comes first, and with it the project's own `worker`.
    return {**os.environ, "PYTHONPATH": folders, "PYTHONSAFEPATH": "1"}


def _lacking() -> str:
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    if shutil.which(os.environ.get("CC", compiler)) is None:
        return f"there is no {compiler}"
    headers = Path(sysconfig.get_path("include"), "Python.h")
    return "" if headers.exists() else f"there is no {headers}"


def _state() -> str:
    """Return a hash of all that the compiled modules are made of."""
    sources = [SCRIPT, *sorted((ROOT / "worker").rglob("*.py")), ROOT / "requirements" / "engine.txt"]
    content = b"".join(path.read_bytes() for path in sources) + sys.version.encode()
    return hashlib.sha256(content).hexdigest()[:16]
