"""The manifests of deploy/kubernetes/ as documents: as they are written, and as kustomize renders them."""

import functools
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from worker.entrypoints.kubernetes import settings_of

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "deploy" / "kubernetes"
BASE = FOLDER / "base"
COMPONENTS = FOLDER / "components"
EXAMPLE = FOLDER / "overlays" / "example"

SETTINGS = settings_of((BASE / "settings.env").read_text("utf-8"))

# Each needs what is in a rendered overlay, and so a program: two minutes where it has to be built first.
rendered = pytest.mark.timeout(900)

Manifest = dict[str, Any]


def written() -> dict[str, Manifest]:
    """Every manifest of the folder by its place, without kustomize's own files and patches."""
    kustomizations = set(FOLDER.rglob("kustomization.yaml"))
    patches = {
        path.parent / patch["path"]
        for path in kustomizations
        for patch in yaml.safe_load(path.read_text("utf-8")).get("patches", [])
        if "path" in patch
    }
    found = {}
    for path in sorted(set(FOLDER.rglob("*.yaml")) - kustomizations - patches):
        for document in yaml.safe_load_all(path.read_text("utf-8")):
            if "kind" in document:
                found[f"{path.relative_to(FOLDER)}:{document['metadata']['name']}"] = document
    return found


@functools.cache
def command() -> tuple[str, ...]:
    """The command that renders a folder; skips where there is none and none can be built."""
    got = subprocess.run([ROOT / "deploy" / "get-kustomize"], capture_output=True, text=True, check=False)
    if got.returncode:
        pytest.skip(f"no kustomize to render the manifests with: {got.stderr.strip()}")
    return tuple(got.stdout.split())


@functools.cache
def _rendered(folder: Path) -> str:
    run = subprocess.run([*command(), folder], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert not run.stderr, f"kustomize warns: {run.stderr}"
    return run.stdout


def render(folder: Path) -> list[Manifest]:
    """What kustomize makes of a folder."""
    return list(yaml.safe_load_all(_rendered(folder)))


def of_kind(manifests: list[Manifest], kind: str) -> list[Manifest]:
    """Those of a kind."""
    return [one for one in manifests if one["kind"] == kind]


def only(manifests: list[Manifest], kind: str) -> Manifest:
    """The one of a kind."""
    [one] = of_kind(manifests, kind)
    return one


def pod_of(workload: Manifest) -> Manifest:
    """The specification of a workload's pods."""
    pod: Manifest = workload["spec"]["template"]["spec"]
    return pod


def container_of(workload: Manifest) -> Manifest:
    """The only container of a workload's pods."""
    [container] = pod_of(workload)["containers"]
    return dict(container)


def labels_of_pods(workload: Manifest) -> dict[str, str]:
    """The labels that its pods have."""
    labels: dict[str, str] = workload["spec"]["template"]["metadata"]["labels"]
    return labels


def selects(selector: Manifest, labels: dict[str, str]) -> bool:
    """Whether a selector by labels takes in what has these; an empty one takes in everything."""
    assert set(selector) <= {"matchLabels"}, "another kind of selector than these tests know"
    return selector.get("matchLabels", {}).items() <= labels.items()


def bytes_of(quantity: str) -> int:
    """Bytes of a quantity such as 3Gi."""
    return int(quantity[:-2]) * {"Ki": 1024, "Mi": 1024**2, "Gi": 1024**3}[quantity[-2:]]
