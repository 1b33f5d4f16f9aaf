"""A real Prometheus on loopback that scrapes one worker with the rules as they are checked in."""

import json
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import yaml

from worker.adapters.embedded_broker import free_port

START_SECONDS = 60.0


class LocalPrometheus:
    """One that runs, and what it answers."""

    def __init__(self, programs: Path, folder: Path, configuration: Path, worker_port: int) -> None:
        """Prepare it; `folder` is for its data."""
        self._programs = programs
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "prometheus.yml").write_text(yaml.safe_dump(self._loopback(configuration, worker_port)))

    def _loopback(self, configuration: Path, worker_port: int) -> dict[str, Any]:
        """Return the configuration with the addresses of this machine and a shorter interval, and nothing else."""
        changed: dict[str, Any] = yaml.safe_load(configuration.read_text("utf-8"))
        changed["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        changed["rule_files"] = [str(configuration.parent / path) for path in changed["rule_files"]]
        changed["alerting"] = {}
        addresses = {"rasid-worker": worker_port, "prometheus": self._port, "alertmanager": 9}  # nothing is at 9
        changed["scrape_configs"] = [
            {
                "job_name": one["job_name"],
                "static_configs": [{"targets": [f"127.0.0.1:{addresses[one['job_name']]}"]}],
            }
            for one in changed["scrape_configs"]
        ]
        return changed

    def start(self) -> None:
        """Start it and wait until it is ready."""
        with (self._folder / "prometheus.log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    self._programs / "prometheus", f"--config.file={self._folder}/prometheus.yml",
                    f"--storage.tsdb.path={self._folder}/data", f"--web.listen-address=127.0.0.1:{self._port}",
                ],
                cwd=self._folder, stdout=log, stderr=log,
            )  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        while not self._answers("/-/ready"):
            assert self._process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.05)

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)

    def log(self) -> str:
        """Return the end of its log."""
        return (self._folder / "prometheus.log").read_text(errors="replace")[-3000:]

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the series that an expression gives now.

        Raises:
            ValueError: It does not parse or cannot be evaluated; the message is Prometheus' own.
        """
        answer = self._get("/api/v1/query?" + urllib.parse.urlencode({"query": expression}))
        found: list[dict[str, Any]] = answer["data"]["result"]
        return found

    def rules(self) -> list[dict[str, Any]]:
        """Return every rule with its health, as Prometheus has evaluated it."""
        return [rule for group in self._get("/api/v1/rules")["data"]["groups"] for rule in group["rules"]]

    def _get(self, path: str) -> dict[str, Any]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}{path}", timeout=30) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            raise ValueError(error.read().decode()) from None

    def _answers(self, path: str) -> bool:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self._port}{path}", timeout=5).close()
        except OSError:
            return False
        return True
