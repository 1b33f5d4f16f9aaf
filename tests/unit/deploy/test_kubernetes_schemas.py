"""Every manifest is what Kubernetes takes: as it is written, and as kustomize renders it; strictly, and offline.

The schemas of Kubernetes are inside of the package kubernetes-validate; those of custom resources are small ones
of our own (custom_resources.py). No cluster has seen them: that an operator does what is asked is not shown here.
"""

import copy
import functools

import jsonschema
import kubernetes_validate
import pytest
import yaml

from tests.unit.deploy.custom_resources import SCHEMAS
from tests.unit.deploy.manifests import BASE, EXAMPLE, FOLDER, Manifest, render, rendered, written

VERSIONS = ("1.29", kubernetes_validate.latest_version())
WRITTEN = written()
KUSTOMIZE = sorted(FOLDER.rglob("kustomization.yaml"))


@pytest.fixture(autouse=True, scope="module")
def _schemas_are_read_once():
    """They are megabytes, and the package reads them anew for each manifest."""
    with pytest.MonkeyPatch.context() as patch:
        utils = kubernetes_validate.utils
        patch.setattr(utils, "schema_contents", functools.cache(utils.schema_contents))
        yield


def check(manifest: Manifest, version: str) -> None:
    if manifest["kind"] in SCHEMAS:
        jsonschema.validate(manifest, SCHEMAS[manifest["kind"]])
    else:
        kubernetes_validate.validate(manifest, version, strict=True)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("place", WRITTEN)
def test_manifest_is_what_kubernetes_takes(place, version):
    check(WRITTEN[place], version)


@rendered
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("folder", [BASE, EXAMPLE, EXAMPLE / "kafka"], ids=lambda path: path.name)
def test_rendered_manifests_are_what_kubernetes_takes(folder, version):
    manifests = render(folder)
    assert len(manifests) > 5
    for manifest in manifests:
        check(manifest, version)


def test_misspelt_field_is_found_where_kubernetes_would_drop_it():
    deployment = copy.deepcopy(WRITTEN["base/deployment.yaml:rasid-worker"])
    deployment["spec"]["template"]["spec"]["terminationGracePeriod"] = 90
    with pytest.raises(kubernetes_validate.ValidationError, match="terminationGracePeriod"):
        check(deployment, VERSIONS[-1])


@pytest.mark.parametrize("kind", SCHEMAS)
def test_schema_of_a_custom_resource_is_one_and_refuses_a_misspelt_field(kind):
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[kind])
    for manifest in [one for one in WRITTEN.values() if one["kind"] == kind]:
        changed = copy.deepcopy(manifest)
        changed["spec"]["partition"] = 4
        with pytest.raises(jsonschema.ValidationError, match="partition"):
            check(changed, VERSIONS[-1])


def test_custom_resources_are_in_the_folder_and_none_goes_unchecked():
    kinds = {manifest["kind"] for manifest in WRITTEN.values() if "." in manifest["apiVersion"].partition("/")[0]}
    with_schema_of_kubernetes = {"NetworkPolicy"}
    assert kinds - with_schema_of_kubernetes <= set(SCHEMAS)
    assert {"KafkaTopic", "KafkaUser", "ScaledObject", "TriggerAuthentication", "ServiceMonitor"} <= kinds


@pytest.mark.parametrize("path", KUSTOMIZE, ids=lambda path: str(path.parent.relative_to(FOLDER)))
def test_kustomization_names_files_that_are_there_and_leaves_none_out(path):
    content = yaml.safe_load(path.read_text("utf-8"))
    patches = [patch["path"] for patch in content.get("patches", []) if "path" in patch]
    generated = [
        name
        for one in content.get("configMapGenerator", [])
        for name in one.get("files", []) + one.get("envs", [])
    ]
    named = {*content.get("resources", []), *content.get("components", []), *patches, *generated}
    for name in named:
        assert (path.parent / name).exists(), name
    beside = {one.name for one in path.parent.iterdir() if one.is_file()} - {"kustomization.yaml"}
    assert beside <= named
