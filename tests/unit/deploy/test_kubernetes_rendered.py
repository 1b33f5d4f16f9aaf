"""What kustomize makes of the example and of the components: everything names what is really there."""

import re

import pytest
import yaml

from tests.unit.deploy.manifests import (
    BASE,
    COMPONENTS,
    EXAMPLE,
    ROOT,
    container_of,
    labels_of_pods,
    of_kind,
    only,
    pod_of,
    render,
    rendered,
    selects,
)
from worker.adapters.roster_file import folder_sources
from worker.settings import load_settings

pytestmark = rendered


def config_map(manifests, start):
    [found] = [one for one in of_kind(manifests, "ConfigMap") if one["metadata"]["name"].startswith(start)]
    return found


def settings_in(manifests):
    return load_settings(config_map(manifests, "rasid-settings")["data"])


@pytest.fixture(params=["base", "example", "all but Strimzi"])
def manifests(request, tmp_path):
    if request.param == "base":
        return render(BASE)
    if request.param == "example":
        return render(EXAMPLE)
    return with_components(tmp_path, "grafana", "kafka-init", "kafka-password", "keda", "prometheus-operator")


def with_components(folder, *names):
    """Render the base with components."""
    paths = {"resources": [BASE], "components": [COMPONENTS / name for name in names]}
    # kustomize takes no paths from the root, but any number of steps up.
    up = "../" * len(folder.resolve().parts[1:])
    content = {key: [up + str(path).lstrip("/") for path in given] for key, given in paths.items()}
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(content))
    return render(folder)


def test_settings_are_the_workers_and_every_workload_has_them(manifests):
    settings_in(manifests)
    name = config_map(manifests, "rasid-settings")["metadata"]["name"]
    assert re.fullmatch(r"rasid-settings-[a-z0-9]{10}", name), "a change of them must start the workers anew"
    for workload in of_kind(manifests, "Deployment") + of_kind(manifests, "Job"):
        assert container_of(workload)["envFrom"] == [{"configMapRef": {"name": name}}]


def test_config_maps_and_secrets_that_pods_name_are_there_or_are_to_be_made_by_hand(manifests):
    there = {one["metadata"]["name"] for one in of_kind(manifests, "ConfigMap")}
    for workload in of_kind(manifests, "Deployment") + of_kind(manifests, "Job"):
        volumes = pod_of(workload)["volumes"]
        assert {one["configMap"]["name"] for one in volumes if "configMap" in one} <= there
        secrets = {one["secret"]["secretName"] for one in volumes if "secret" in one}
        secrets |= {one["valueFrom"]["secretKeyRef"]["name"] for one in container_of(workload).get("env", [])}
        page = (ROOT / "docs" / "kubernetes.md").read_text("utf-8")
        assert all(f"create secret generic {name}" in page for name in secrets)
        assert [one["name"] for one in volumes] == [one["name"] for one in container_of(workload)["volumeMounts"]]


def test_watch_topics_are_in_their_config_map_to_the_letter_and_under_a_name_that_stays(manifests):
    found = config_map(manifests, "rasid-watch-topics")
    assert found["metadata"]["name"] == "rasid-watch-topics"
    sources = {source.name: source.content.decode() for source in folder_sources(ROOT / "topics" / "watch")}
    assert found["data"] == sources


def test_dashboards_are_in_a_config_map_to_the_letter_as_the_sidecar_of_grafana_looks_for_it():
    found = config_map(render(EXAMPLE), "rasid-dashboards")["metadata"]
    assert found["name"] == "rasid-dashboards", "a name that stays, so that a change replaces them"
    assert found["labels"]["grafana_dashboard"] == "1"
    assert found["annotations"]["grafana_folder"] == "Rasid"
    files = (ROOT / "deploy" / "grafana" / "dashboards").glob("*.json")
    assert config_map(render(EXAMPLE), "rasid-dashboards")["data"] == {one.name: one.read_text() for one in files}


def test_selectors_still_take_in_the_workers(manifests):
    labels = labels_of_pods(only(manifests, "Deployment"))
    assert selects(only(manifests, "Deployment")["spec"]["selector"], labels)
    assert selects(only(manifests, "PodDisruptionBudget")["spec"]["selector"], labels)
    assert selects(only(manifests, "NetworkPolicy")["spec"]["podSelector"], labels)


def test_everything_is_in_one_namespace_or_in_none(manifests):
    spaces = {one["metadata"].get("namespace") for one in manifests if one["kind"] != "Namespace"}
    assert len(spaces) == 1


def test_password_of_kafka_comes_as_a_file_to_the_worker_and_to_the_job(tmp_path):
    manifests = with_components(tmp_path, "kafka-init", "kafka-password")
    settings = settings_in(manifests)
    for workload in (only(manifests, "Deployment"), only(manifests, "Job")):
        mounts = {one["name"]: one["mountPath"] for one in container_of(workload)["volumeMounts"]}
        assert mounts["kafka"] == str(settings.kafka_password_file.parent)
        [secret] = [one["secret"] for one in pod_of(workload)["volumes"] if "secret" in one]
        assert secret == {"secretName": "rasid-kafka", "defaultMode": 0o440}


def test_example_keeps_no_number_of_workers_that_would_fight_with_the_scaling():
    assert "replicas" not in only(render(EXAMPLE), "Deployment")["spec"]
    assert only(render(BASE), "Deployment")["spec"]["replicas"] == 2


def test_example_scales_by_every_trigger_with_the_password():
    scaled = only(render(EXAMPLE), "ScaledObject")["spec"]
    access = only(render(EXAMPLE), "TriggerAuthentication")
    for trigger in scaled["triggers"]:
        assert trigger["authenticationRef"] == {"name": access["metadata"]["name"]}
        assert (trigger["metadata"]["sasl"], trigger["metadata"]["tls"]) == ("scram_sha512", "enable")


def test_example_runs_an_image_of_a_version_and_reaches_kafka_by_tls():
    image = container_of(only(render(EXAMPLE), "Deployment"))["image"]
    assert re.fullmatch(r"images\.example\.org/rasid:\d+\.\d+\.\d+", image)
    settings = settings_in(render(EXAMPLE))
    assert (settings.kafka_security, settings.broker.rsplit(":")[1]) == ("sasl_ssl", "9093")


def test_kafka_topics_of_the_example_belong_to_its_cluster():
    manifests = render(EXAMPLE / "kafka")
    assert {one["metadata"]["namespace"] for one in manifests} == {"kafka"}
    assert {one["metadata"]["labels"]["strimzi.io/cluster"] for one in manifests} == {"news"}
    assert only(manifests, "KafkaUser")["metadata"]["name"] == settings_in(render(EXAMPLE)).kafka_username
    assert settings_in(render(EXAMPLE)).broker.startswith("news-kafka-bootstrap.kafka.svc:")
