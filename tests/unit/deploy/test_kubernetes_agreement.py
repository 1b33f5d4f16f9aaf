"""What no schema can say of the manifests: that they agree with each other, with the worker and with Kafka.

These read the files as they are written; test_kubernetes_rendered.py reads what kustomize makes of them.
"""

import re
import tomllib

import pytest
import yaml

from tests.unit.deploy.manifests import (
    BASE,
    COMPONENTS,
    EXAMPLE,
    FOLDER,
    ROOT,
    SETTINGS,
    bytes_of,
    container_of,
    labels_of_pods,
    of_kind,
    only,
    pod_of,
    selects,
    written,
)
from worker.adapters.receiver_files import parse_receivers
from worker.entrypoints.kubernetes import kubernetes_files, settings_of
from worker.settings import Settings
from worker.streaming import kafka_topics

WRITTEN = list(written().values())
WORKER = only(WRITTEN, "Deployment")
JOB = only(WRITTEN, "Job")
WORKLOADS = pytest.mark.parametrize("workload", [WORKER, JOB], ids=["worker", "kafka-init"])
MIB = 1024**2
RESERVED_BYTES = 1.25 * 1024 * MIB
"""Addresses that a process of the pool reserves and never uses: 1 GiB by a library, 64 MiB for each thread."""


def test_generated_manifests_are_what_the_code_says():
    for name, text in kubernetes_files(ROOT).items():
        assert (ROOT / name).read_text("utf-8") == text, f"{name}: run `make contracts`"


def test_rules_of_prometheus_are_in_the_component_where_there_are_any():
    rule = COMPONENTS / "prometheus-operator" / "prometheus-rule.yaml"
    has_rules = any(name.endswith(rule.name) for name in kubernetes_files(ROOT))
    resources = yaml.safe_load((rule.parent / "kustomization.yaml").read_text("utf-8"))["resources"]
    assert rule.is_file() == has_rules == (rule.name in resources)


def test_settings_file_is_read_by_the_worker_and_gives_all_that_a_pod_needs():
    settings = settings_of((BASE / "settings.env").read_text("utf-8"))
    assert settings.kafka_password is None
    assert settings.log_format == "json"
    assert settings.web_host == "0.0.0.0"
    assert settings.replication == 3


def test_component_for_the_password_adds_settings_that_the_worker_knows():
    content = yaml.safe_load((COMPONENTS / "kafka-password" / "kustomization.yaml").read_text("utf-8"))
    settings = settings_of("\n".join(content["configMapGenerator"][0]["literals"]))
    assert settings.kafka_security == "sasl_ssl"
    patch = yaml.safe_load((COMPONENTS / "kafka-password" / "mounted-secret.yaml").read_text("utf-8"))
    folder = next(one["value"]["mountPath"] for one in patch if "mountPath" in one["value"])
    assert {str(settings.kafka_password_file.parent), str(settings.kafka_ca_file.parent)} == {folder}


@WORKLOADS
def test_no_variable_of_a_service_reaches_a_worker_that_refuses_unknown_ones(workload):
    assert pod_of(workload)["enableServiceLinks"] is False


@WORKLOADS
def test_every_variable_is_a_setting_and_comes_from_the_one_config_map(workload):
    container = container_of(workload)
    assert container["envFrom"] == [{"configMapRef": {"name": "rasid-settings"}}]
    for variable in container.get("env", []):
        assert variable["name"].removeprefix("RASID_").lower() in Settings.__struct_fields__


@WORKLOADS
def test_pod_has_no_privilege_and_no_token(workload):
    pod, container = pod_of(workload), container_of(workload)
    user = pod["securityContext"]
    assert user["runAsNonRoot"] is True
    assert user["runAsUser"] == user["fsGroup"] == 10001
    assert f"USER {user['runAsUser']}" in (ROOT / "deploy" / "Dockerfile").read_text("utf-8")
    assert user["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["automountServiceAccountToken"] is False
    assert pod["serviceAccountName"] == only(WRITTEN, "ServiceAccount")["metadata"]["name"]
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)


@WORKLOADS
def test_every_volume_is_mounted_and_every_mount_has_its_volume(workload):
    volumes = [one["name"] for one in pod_of(workload)["volumes"]]
    mounts = [one["name"] for one in container_of(workload)["volumeMounts"]]
    assert sorted(volumes) == sorted(mounts)


def test_worker_writes_only_where_a_scratch_folder_is_mounted():
    scratch = {one["name"] for one in pod_of(WORKER)["volumes"] if "emptyDir" in one}
    writable = {one["mountPath"] for one in container_of(WORKER)["volumeMounts"] if not one.get("readOnly")}
    of_scratch = {one["mountPath"] for one in container_of(WORKER)["volumeMounts"] if one["name"] in scratch}
    assert writable == of_scratch == {str(SETTINGS.data_dir), "/tmp"}


def test_worker_reads_watch_topics_and_receivers_where_they_are_mounted():
    mounts = {one["name"]: one["mountPath"] for one in container_of(WORKER)["volumeMounts"]}
    assert str(SETTINGS.watch_topics) == mounts["watch-topics"]
    assert str(SETTINGS.receivers.parent) == mounts["receivers"]
    assert SETTINGS.receivers.name == "receivers.yaml"


def test_config_maps_that_pods_name_are_generated():
    folders = (BASE / "kustomization.yaml", ROOT / "topics" / "watch" / "Kustomization")
    generated = {
        one["name"] for path in folders for one in yaml.safe_load(path.read_text("utf-8"))["configMapGenerator"]
    }
    named = {one["configMap"]["name"] for one in pod_of(WORKER)["volumes"] if "configMap" in one}
    assert named | {"rasid-settings"} == generated


def test_arguments_are_commands_that_rasid_has():
    assert container_of(WORKER)["args"] == ["worker"]
    assert container_of(JOB)["args"] == ["kafka", "init"]
    assert "command" not in container_of(WORKER) | container_of(JOB)
    assert 'ENTRYPOINT ["rasid"]' in (ROOT / "deploy" / "Dockerfile").read_text("utf-8")


def test_ports_agree():
    [port] = container_of(WORKER)["ports"]
    assert port["containerPort"] == SETTINGS.web_port
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert container_of(WORKER)[probe]["httpGet"]["port"] == port["name"]
    [of_service] = only(WRITTEN, "Service")["spec"]["ports"]
    assert (of_service["port"], of_service["targetPort"]) == (SETTINGS.web_port, port["name"])
    [endpoint] = only(WRITTEN, "ServiceMonitor")["spec"]["endpoints"]
    assert endpoint["port"] == of_service["name"]
    [rule] = only(WRITTEN, "NetworkPolicy")["spec"]["ingress"]
    assert [one["port"] for one in rule["ports"]] == [port["name"]]


def test_probes_ask_what_the_worker_answers():
    container = container_of(WORKER)
    assert container["startupProbe"]["httpGet"]["path"] == "/healthz"
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert only(WRITTEN, "ServiceMonitor")["spec"]["endpoints"][0]["path"] == "/metrics"


def test_worker_has_longer_to_stop_than_it_needs():
    needed = SETTINGS.article_time_limit_seconds + SETTINGS.send_timeout_seconds
    assert pod_of(WORKER)["terminationGracePeriodSeconds"] > max(needed, 60)


def test_memory_holds_the_worker_and_the_largest_processes_of_its_pool():
    largest = SETTINGS.pool_processes * (SETTINGS.pool_memory_bytes - RESERVED_BYTES) + 512 * MIB
    resources = container_of(WORKER)["resources"]
    assert largest <= bytes_of(resources["limits"]["memory"])
    assert resources["requests"]["memory"] == resources["limits"]["memory"]


def test_pool_has_a_process_for_each_core_that_is_asked_for():
    assert container_of(WORKER)["resources"]["requests"]["cpu"] == str(SETTINGS.pool_processes)


def test_selectors_take_in_the_workers_and_nothing_else():
    workers, job = labels_of_pods(WORKER), labels_of_pods(JOB)
    for selector in (
        WORKER["spec"]["selector"],
        only(WRITTEN, "PodDisruptionBudget")["spec"]["selector"],
        {"matchLabels": only(WRITTEN, "Service")["spec"]["selector"]},
        *(one["labelSelector"] for one in pod_of(WORKER)["topologySpreadConstraints"]),
    ):
        assert selects(selector, workers)
        assert not selects(selector, job)


def test_network_policy_takes_in_every_pod():
    selector = only(WRITTEN, "NetworkPolicy")["spec"]["podSelector"]
    assert selector["matchLabels"]
    assert selects(selector, labels_of_pods(WORKER))
    assert selects(selector, labels_of_pods(JOB))


def test_network_policy_opens_no_way_in_but_for_the_metrics():
    policy = only(WRITTEN, "NetworkPolicy")["spec"]
    assert set(policy["policyTypes"]) == {"Ingress", "Egress"}
    [rule] = policy["ingress"]
    assert rule["from"] == [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]


def test_network_policy_lets_the_worker_out_to_kafka_and_to_every_receiver_of_the_example():
    rules = only(WRITTEN, "NetworkPolicy")["spec"]["egress"]
    assert all(rule["to"] and rule["ports"] for rule in rules), "a rule without either opens everything"
    ports = {port["port"] for rule in rules for port in rule["ports"]}
    brokers = SETTINGS.broker + "," + _literals(EXAMPLE)["RASID_BROKER"]
    assert {int(one.rsplit(":", 1)[1]) for one in brokers.split(",")} <= ports
    assert {53, 443, 465, 587} <= ports
    assert 9093 in ports, "Alertmanager of the example"


def test_service_monitor_takes_in_the_service():
    selector = only(WRITTEN, "ServiceMonitor")["spec"]["selector"]
    assert selects(selector, only(WRITTEN, "Service")["metadata"]["labels"])


def test_scaling_is_bounded_by_the_partitions_and_leaves_no_time_without_a_worker():
    scaled = only(WRITTEN, "ScaledObject")["spec"]
    assert scaled["scaleTargetRef"]["name"] == WORKER["metadata"]["name"]
    assert 1 <= scaled["minReplicaCount"] <= scaled["maxReplicaCount"] <= SETTINGS.partitions
    assert WORKER["spec"]["replicas"] <= SETTINGS.partitions


def test_scaling_looks_at_kafka_topics_that_the_workers_group_reads():
    read = {one.name for one in kafka_topics.ALL if {"extract", "tag", "alert"} & set(one.readers)}
    triggers = only(WRITTEN, "ScaledObject")["spec"]["triggers"]
    for trigger in triggers:
        metadata = trigger["metadata"]
        assert metadata["topic"].removeprefix(SETTINGS.kafka_prefix) in read
        assert metadata["consumerGroup"] == SETTINGS.kafka_prefix + SETTINGS.group
        assert metadata["bootstrapServersFromEnv"] == "RASID_BROKER"
    assert len({trigger["name"] for trigger in triggers}) == len(triggers)


def test_kafka_topics_are_those_of_the_code_in_number_and_shape():
    resources = of_kind(WRITTEN, "KafkaTopic")
    assert [one["spec"]["topicName"] for one in resources] == [one.name for one in kafka_topics.ALL]
    assert {one["spec"]["partitions"] for one in resources} == {SETTINGS.partitions}
    assert {one["spec"]["replicas"] for one in resources} == {SETTINGS.replication}
    assert {one["metadata"]["name"] for one in resources} >= {"articles.raw", "alert-states"}
    for resource, declared in zip(resources, kafka_topics.ALL, strict=True):
        config = {name: str(value) for name, value in resource["spec"]["config"].items()}
        assert config == declared.config(SETTINGS)


def test_user_of_kafka_may_read_and_write_its_kafka_topics_and_nothing_else():
    acls = only(WRITTEN, "KafkaUser")["spec"]["authorization"]["acls"]
    allowed = {(acl["resource"]["type"], acl["resource"]["name"]) for acl in acls}
    assert allowed == {("topic", one.name) for one in kafka_topics.ALL} | {("group", SETTINGS.group)}
    assert {operation for acl in acls for operation in acl["operations"]} == {"Describe", "Read", "Write"}
    assert {acl["resource"]["patternType"] for acl in acls} == {"literal"}


def test_watch_topics_fit_into_a_config_map():
    folder = ROOT / "topics" / "watch"
    names = yaml.safe_load((folder / "Kustomization").read_text("utf-8"))["configMapGenerator"][0]["files"]
    assert names == sorted(one.name for one in folder.iterdir() if one.suffix in (".yaml", ".yml"))
    assert all(re.fullmatch(r"[-._a-zA-Z0-9]+", name) for name in names), "the names of keys in a ConfigMap"
    assert sum((folder / name).stat().st_size for name in names) < MIB * 0.9, "docs/kubernetes.md: split it now"


def test_dashboards_are_all_in_their_config_map_and_fit_into_it():
    folder = ROOT / "deploy" / "grafana" / "dashboards"
    (generator,) = yaml.safe_load((folder / "Kustomization").read_text("utf-8"))["configMapGenerator"]
    assert generator["files"] == sorted(one.name for one in folder.glob("*.json"))
    assert sum((folder / name).stat().st_size for name in generator["files"]) < MIB * 0.9


@pytest.mark.parametrize("path", [BASE / "receivers.yaml", EXAMPLE / "receivers.yaml"], ids=["base", "example"])
def test_receivers_file_is_right_and_its_secrets_come_by_reference(path):
    patch = yaml.safe_load((EXAMPLE / "receivers-secrets.yaml").read_text("utf-8"))
    given = {one["name"]: one["valueFrom"]["secretKeyRef"] for one in container_of(patch)["env"]}
    values = dict.fromkeys(given, "https://hooks.slack.com/services/T00000000/B00000000/abcdefghijklmnopqrstuvwx")
    receivers, problems = parse_receivers(path.read_bytes(), values, path.parent)
    assert problems == []
    assert receivers is not None
    if path.parent == EXAMPLE:
        assert set(re.findall(r"\$\{(\w+)\}", path.read_text("utf-8"))) == set(given)


def test_no_secret_is_in_any_file():
    assert of_kind(WRITTEN, "Secret") == []
    for path in sorted(one for one in FOLDER.rglob("*") if one.is_file()):
        text = path.read_text("utf-8")
        assert "secretGenerator" not in text, path
        assert "RASID_KAFKA_PASSWORD=" not in text, path
        # Behind such a word stands a path, a variable or the name of a key in a Secret, and no value.
        for found in re.findall(r"(?im)(?:password|secret|token|[^a-z]key)[ \t]*[:=][ \t]*([^\s,{}]+)", text):
            is_named_key = found in {"password", "ca.crt", "mail-user", "mail-password", "slack-url"}
            is_switch_or_place = found in {"false", "kubernetes.io/hostname"} or found.startswith("/run/secrets/")
            assert is_named_key or is_switch_or_place, f"{path}: {found}"


def test_image_has_a_version_and_it_is_this_one():
    assert {container_of(one)["image"] for one in (WORKER, JOB)} == {"rasid"}
    [image] = yaml.safe_load((EXAMPLE / "kustomization.yaml").read_text("utf-8"))["images"]
    assert image["name"] == "rasid"
    version = (ROOT / "worker" / "__init__.py").read_text("utf-8")
    assert f'__version__ = "{image["newTag"]}"' in version
    assert tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["name"] == image["name"]


def _literals(folder):
    content = yaml.safe_load((folder / "kustomization.yaml").read_text("utf-8"))
    given = [one for part in content["configMapGenerator"] for one in part.get("literals", [])]
    return dict(one.split("=", 1) for one in given)
