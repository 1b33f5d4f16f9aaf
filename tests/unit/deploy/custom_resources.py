"""Small JSON schemas of the custom resources that deploy/kubernetes/ uses.

Kubernetes' own schemas do not hold them: each comes with its operator. These were written by hand after the
operators' CustomResourceDefinitions. They hold the fields that we use and no others, so that a misspelt one is
found; values are checked where the definition bounds them. Their origin, each in its operator's repository:

- KafkaTopic, KafkaUser: strimzi/strimzi-kafka-operator, packaging/install/cluster-operator/043 and 044-Crd-*.yaml;
  the version v1 has the same fields as v1beta2 had for what is used here;
- ScaledObject, TriggerAuthentication: kedacore/keda, config/crd/bases/keda.sh_*.yaml; the metadata of the kafka
  trigger after its page in KEDA's documentation, since the definition only says that they are texts;
- ServiceMonitor, PrometheusRule: prometheus-operator/prometheus-operator, example/prometheus-operator-crd/.
"""

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string", "minLength": 1}
DURATION: Schema = {"type": "string", "pattern": r"^(\d+(ms|s|m|h|d|w|y))+$"}
COUNT: Schema = {"type": "integer", "minimum": 0}
LABELS: Schema = {"type": "object", "additionalProperties": {"type": "string"}}


def _exactly(required: Schema, **optional: Schema) -> Schema:
    """An object with these fields and no others."""
    return {
        "type": "object",
        "properties": required | optional,
        "required": list(required),
        "additionalProperties": False,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items, "minItems": 1}


def _resource(api_version: str, kind: str, spec: Schema) -> Schema:
    metadata = _exactly(
        {"name": {"type": "string", "pattern": r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", "maxLength": 253}},
        namespace=TEXT,
        labels=LABELS,
        annotations=LABELS,
    )
    return _exactly(
        {"apiVersion": {"const": api_version}, "kind": {"const": kind}, "metadata": metadata, "spec": spec}
    )


_KAFKA_TOPIC = _exactly(
    {
        "topicName": {"type": "string", "pattern": r"^[A-Za-z0-9._-]{1,249}$"},
        "partitions": {"type": "integer", "minimum": 1},
        "replicas": {"type": "integer", "minimum": 1, "maximum": 32767},
        "config": {"type": "object", "additionalProperties": {"type": ["string", "integer", "boolean"]}},
    }
)

_OPERATION: Schema = {
    "enum": [
        "Read", "Write", "Create", "Delete", "Alter", "Describe", "ClusterAction", "AlterConfigs",
        "DescribeConfigs", "IdempotentWrite", "All",
    ]
}  # fmt: skip
_ACL = _exactly(
    {
        "resource": _exactly(
            {
                "type": {"enum": ["topic", "group", "cluster", "transactionalId"]},
                "name": TEXT,
                "patternType": {"enum": ["literal", "prefix"]},
            }
        ),
        "operations": _list(_OPERATION),
        "host": TEXT,
    }
)
_KAFKA_USER = _exactly(
    {
        "authentication": _exactly({"type": {"enum": ["tls", "tls-external", "scram-sha-512"]}}),
        "authorization": _exactly({"type": {"const": "simple"}, "acls": _list(_ACL)}),
    }
)

_POLICIES = _exactly(
    {
        "stabilizationWindowSeconds": {"type": "integer", "minimum": 0, "maximum": 3600},
        "policies": _list(
            _exactly(
                {
                    "type": {"enum": ["Pods", "Percent"]},
                    "value": {"type": "integer", "minimum": 1},
                    "periodSeconds": {"type": "integer", "minimum": 1, "maximum": 1800},
                }
            )
        ),
    }
)
_KAFKA_TRIGGER = _exactly(
    {
        "type": {"const": "kafka"},
        "name": TEXT,
        "metadata": _exactly(
            {
                "bootstrapServersFromEnv": TEXT,
                "consumerGroup": TEXT,
                "topic": TEXT,
                "lagThreshold": {"type": "string", "pattern": r"^[1-9]\d*$"},
                "offsetResetPolicy": {"enum": ["earliest", "latest"]},
                "allowIdleConsumers": {"enum": ["true", "false"]},
            },
            sasl={"enum": ["plaintext", "scram_sha256", "scram_sha512"]},
            tls={"enum": ["enable", "disable"]},
        ),
    },
    authenticationRef=_exactly({"name": TEXT}),
)
_SCALED_OBJECT = _exactly(
    {
        "scaleTargetRef": _exactly({"name": TEXT}),
        "minReplicaCount": COUNT,
        "maxReplicaCount": COUNT,
        "pollingInterval": COUNT,
        "triggers": _list(_KAFKA_TRIGGER),
    },
    advanced=_exactly(
        {
            "horizontalPodAutoscalerConfig": _exactly(
                {"behavior": _exactly({"scaleUp": _POLICIES, "scaleDown": _POLICIES})}
            )
        }
    ),
)
_TRIGGER_AUTHENTICATION = _exactly(
    {"secretTargetRef": _list(_exactly({"parameter": TEXT, "name": TEXT, "key": TEXT}))},
    env=_list(_exactly({"parameter": TEXT, "name": TEXT}, containerName=TEXT)),
)

_SERVICE_MONITOR = _exactly(
    {
        "selector": _exactly({"matchLabels": LABELS}),
        "endpoints": _list(
            _exactly(
                {
                    "port": TEXT,
                    "path": {"type": "string", "pattern": "^/"},
                    "interval": DURATION,
                    "scrapeTimeout": DURATION,
                }
            )
        ),
    }
)
_RULE: Schema = _exactly(
    {"expr": {"type": ["string", "integer"]}},
    **{
        "alert": TEXT,
        "record": TEXT,
        "for": DURATION,
        "keep_firing_for": DURATION,
        "labels": LABELS,
        "annotations": LABELS,
    },
) | {"oneOf": [{"required": ["alert"]}, {"required": ["record"]}]}
_PROMETHEUS_RULE = _exactly(
    {
        "groups": _list(
            _exactly({"name": TEXT, "rules": _list(_RULE)}, interval=DURATION, limit=COUNT, labels=LABELS)
        )
    }
)

SCHEMAS: dict[str, Schema] = {
    kind: _resource(api_version, kind, spec)
    for kind, api_version, spec in (
        ("KafkaTopic", "kafka.strimzi.io/v1", _KAFKA_TOPIC),
        ("KafkaUser", "kafka.strimzi.io/v1", _KAFKA_USER),
        ("ScaledObject", "keda.sh/v1alpha1", _SCALED_OBJECT),
        ("TriggerAuthentication", "keda.sh/v1alpha1", _TRIGGER_AUTHENTICATION),
        ("ServiceMonitor", "monitoring.coreos.com/v1", _SERVICE_MONITOR),
        ("PrometheusRule", "monitoring.coreos.com/v1", _PROMETHEUS_RULE),
    )
}
