"""docker-compose.yml as a parser of it reads it: pinned, on loopback, without root, and true to the worker."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from worker.adapters.receiver_files import load_receivers
from worker.settings import Settings, load_settings

ROOT = Path(__file__).parents[3]
RUN_ONCE = {"init", "replay"}
DRAIN_SECONDS = 30


@pytest.fixture(scope="module")
def compose(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What podman-compose makes of the file. It asks podman for its version, and for nothing else."""
    podman = tmp_path_factory.mktemp("bin") / "podman"
    podman.write_text("#!/bin/sh\necho podman version 5.0.0\n", "utf-8")
    podman.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-m", "podman_compose", "--profile", "demo", "config"], cwd=ROOT,
        env={"PATH": f"{podman.parent}:{os.environ['PATH']}"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    parsed: dict[str, Any] = yaml.safe_load(done.stdout)
    return parsed


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = compose["services"]
    return found


def test_all_that_is_needed_is_there(services: dict[str, Any]) -> None:
    assert set(services) == {
        "kafka", "init", "worker", "replay", "prometheus", "alertmanager", "grafana",
    }  # fmt: skip


def test_ports_are_open_on_loopback_only(services: dict[str, Any]) -> None:
    ports = [port for service in services.values() for port in service.get("ports", ())]
    assert len(ports) == 5
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_nothing_runs_as_root_or_gains_rights(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service["user"].split(":")[0] not in ("0", "root"), name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name


def test_file_systems_are_read_only_but_for_kafkas(services: dict[str, Any]) -> None:
    assert [name for name, service in services.items() if not service["read_only"]] == ["kafka"]


def test_memory_is_bounded_everywhere(services: dict[str, Any]) -> None:
    assert [name for name, service in services.items() if "mem_limit" not in service] == []


def test_what_runs_on_is_checked_and_started_again(services: dict[str, Any]) -> None:
    for name, service in services.items():
        if name in RUN_ONCE:
            assert service["restart"] == "no"
        else:
            assert service["restart"] == "unless-stopped"
            assert "test" in service["healthcheck"], name


def test_worker_has_time_to_drain(services: dict[str, Any]) -> None:
    assert int(services["worker"]["stop_grace_period"].removesuffix("s")) > DRAIN_SECONDS


def test_every_variable_of_the_worker_is_a_setting(services: dict[str, Any]) -> None:
    for name in ("init", "worker", "replay"):
        settings = load_settings(services[name]["environment"])
        assert isinstance(settings, Settings)
        assert settings.broker == "kafka:9092"


def test_what_is_mounted_is_there(services: dict[str, Any], compose: dict[str, Any]) -> None:
    sources = [volume.split(":")[0] for service in services.values() for volume in service.get("volumes", ())]
    missing = [source for source in sources if not (ROOT / source).exists() and source not in compose["volumes"]]
    assert missing == []


def test_versions_are_pinned_and_the_same_in_the_example(services: dict[str, Any]) -> None:
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    defaults = dict(re.findall(r"\$\{([A-Z_]+):-([^}]+)\}", text))
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    example = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert example == defaults
    for name in ("KAFKA", "PROMETHEUS", "ALERTMANAGER", "GRAFANA"):
        assert re.fullmatch(r"v?\d+\.\d+\.\d+", example[f"{name}_VERSION"])


def test_receivers_of_the_worker_are_valid() -> None:
    loaded = load_receivers(ROOT / "deploy" / "compose" / "receivers.yaml", {})
    assert loaded.receivers is not None
    assert loaded.problems == []
