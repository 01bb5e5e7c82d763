"""One thing at a time is broken in a rendered target: each has to be found, and named.

A row: the target, the object, the path in it, what is put there, and what the finding says."""

import copy
import os
import subprocess
import sys

import pytest
import yaml

import policies
import rendering
import schemas
from manifests import Manifests, called
from paths import HERE

GONE = object()
BACKEND = "Deployment/betting-engine-backend"
AGGREGATOR = "Deployment/stats-aggregator"
HPA = "HorizontalPodAutoscaler/betting-engine-hpa"
POD = "spec.template.spec"
CONTAINER = f"{POD}.containers.0"
NAME = "app.kubernetes.io/name"

MUTATIONS = [
    # Ports
    ("base", BACKEND, f"{CONTAINER}.ports.0.containerPort", 8080, "port http is 8080, backend listens on 8081"),
    ("base", AGGREGATOR, f"{CONTAINER}.ports.0.containerPort", 8081, "stats-aggregator listens on 8082"),
    ("base", BACKEND, f"{CONTAINER}.ports.1.containerPort", 6061, "port pprof is 6061"),
    ("base", BACKEND, f"{CONTAINER}.ports.0.name", "web", "does not name its port http"),
    ("base", "Service/betting-engine-service", "spec.ports.0.targetPort", 8080, "leads to 8080"),
    ("base", "Service/betting-engine-service", "spec.ports.0.port", 80, "gives port 8081 the number 80"),
    ("base", "Service/redis-service", "spec.ports.0.targetPort", "http", "leads to http"),
    ("local", "Service/nats-service", "spec.ports.0.port", 4223, "for port 4222, which the Service does not have"),
    # Labels
    ("base", BACKEND, f"spec.template.metadata.labels.{{{NAME}}}", "backend", "its pods have"),
    ("base", BACKEND, f"spec.selector.matchLabels.{{{NAME}}}", "backend", f"{BACKEND} selects"),
    ("base", "Service/stats-aggregator-service", f"spec.selector.{{{NAME}}}", "aggregator", "0 workloads, not one"),
    ("base", "Service/postgres-service", "spec.selector", {"app.kubernetes.io/part-of": "betting-engine"}, "workloads, not one"),
    ("base", BACKEND, f"{POD}.topologySpreadConstraints.0.labelSelector.matchLabels.{{{NAME}}}", "x", "spreads pods"),
    ("base", "StatefulSet/nats", "spec.serviceName", "nats", "has no Service nats"),
    # Settings
    ("base", BACKEND, f"{CONTAINER}.env.1.name", "NATS_URI", "sets NATS_URI"),
    ("base", BACKEND, f"{CONTAINER}.env.1.name", "NATS_URI", "lacks NATS_URL"),
    ("base", BACKEND, f"{CONTAINER}.env.2", GONE, "lacks POSTGRES_URL"),
    ("base", AGGREGATOR, f"{CONTAINER}.env.3", GONE, "lacks REDIS_URL"),
    ("base", AGGREGATOR, f"{CONTAINER}.env.0", {"name": "GAMES_MAX", "value": "1"}, "sets GAMES_MAX"),
    ("base", "ConfigMap/engine-settings", "data.BATCH_ROWS", "1", "sets BATCH_ROWS"),
    ("base", "ConfigMap/engine-settings", "data.HTTP_PORT", "9000", "listens on 9000"),
    ("base", BACKEND, f"{CONTAINER}.env.0", {"name": "MAX_ACK_PENDING", "value": "1"}, "MAX_ACK_PENDING"),
    ("base", "Job/init-nats-streams", f"{CONTAINER}.env.0", {"name": "ACK_WAIT_SECONDS", "value": "20"}, "ACK_WAIT_SECONDS differs"),
    ("base", BACKEND, f"{CONTAINER}.envFrom.0.configMapRef.name", "engine", "takes ConfigMap/engine, which is not there"),
    ("local", BACKEND, f"{CONTAINER}.env.1.valueFrom.secretKeyRef.key", "URL", "takes URL of Secret/"),
    ("local", BACKEND, f"{CONTAINER}.env.1.valueFrom.secretKeyRef.name", "nobody", "takes Secret/nobody"),
    ("local", BACKEND, f"{CONTAINER}.env.1", {"name": "NATS_URL", "value": "nats://nats:4222"}, "names nats, no Service here"),
    ("base", BACKEND, f"{CONTAINER}.command.0", "backendd", "runs no executable of ours"),
    # Probes
    ("base", BACKEND, f"{CONTAINER}.livenessProbe.httpGet.path", "/healthz", "asks /healthz"),
    ("base", AGGREGATOR, f"{CONTAINER}.readinessProbe.httpGet.path", "/stats", "asks /stats"),
    ("base", BACKEND, f"{CONTAINER}.readinessProbe.httpGet.path", "/livez", "asks /livez, not /readyz"),
    ("base", BACKEND, f"{CONTAINER}.startupProbe.httpGet.port", "web", "asks port web"),
    ("base", "StatefulSet/redis", f"{CONTAINER}.livenessProbe", GONE, "has no livenessProbe"),
    # Versions and fields of the API
    ("base", BACKEND, "apiVersion", "apps/v1beta1", "apps/v1beta1"),
    ("base", HPA, "apiVersion", "autoscaling/v2beta2", "autoscaling/v2beta2"),
    ("base", "PodDisruptionBudget/nats", "apiVersion", "policy/v1beta1", "policy/v1beta1"),
    ("base", BACKEND, f"{CONTAINER}.resource", {}, "resource"),
    ("base", BACKEND, "spec.replicas", "three", "spec.replicas"),
    ("local+monitoring", "ServiceMonitor/betting-engine-backend", "apiVersion", "monitoring.coreos.com/v1beta1", "apiVersion"),
    ("local+monitoring", "ServiceMonitor/betting-engine-backend", "spec.endpoint", [], "spec"),
    ("local+monitoring", "PrometheusRule/betting-engine", "spec.groups.0.rules.0.for", "15", "rules[0].for"),
    # Images
    ("base", BACKEND, f"{CONTAINER}.image", "betting-engine:latest", "image betting-engine:latest"),
    ("base", "StatefulSet/nats", f"{CONTAINER}.image", "nats", "image nats"),
    ("base", AGGREGATOR, f"{CONTAINER}.image", "betting-engine:0.0.9", "betting-engine is used in several versions"),
    # Secrets
    ("base", BACKEND, f"{CONTAINER}.env.2", {"name": "POSTGRES_URL", "value": "postgresql://betting:hunter2@postgres-service/betting"}, "an address with a password"),
    ("base", "ConfigMap/engine-settings", "data.POSTGRES_PASSWORD", "hunter2", "belongs into a Secret"),
    ("base", "StatefulSet/postgres", f"{CONTAINER}.env.0", {"name": "POSTGRES_PASSWORD", "value": "hunter2"}, "in plain text"),
    # Bounds
    ("base", BACKEND, f"{CONTAINER}.resources.limits.memory", GONE, "has no limit of memory"),
    ("base", AGGREGATOR, f"{CONTAINER}.resources.requests.cpu", GONE, "has no request of cpu"),
    ("base", "StatefulSet/redis", f"{CONTAINER}.resources.requests.memory", "1Gi", "requests more memory"),
    ("base", BACKEND, f"{POD}.terminationGracePeriodSeconds", 10, "is killed after 10 s"),
    ("base", HPA, "spec.scaleTargetRef.name", "backend", "scales Deployment/backend"),
    ("base", HPA, "spec.scaleTargetRef.apiVersion", "apps/v1beta2", "which is not there"),
    ("base", HPA, "spec.maxReplicas", 3, "goes from 3 to 3"),
    ("base", HPA, "spec.maxReplicas", 40, "sessions are wanted"),
    ("base", "PodDisruptionBudget/stats-aggregator", f"spec.selector.matchLabels.{{{NAME}}}", "x", "0 workloads, not one"),
    ("base", "PodDisruptionBudget/nats", "spec.maxUnavailable", 0, "lets no pod go"),
    ("base", BACKEND, f"{POD}.automountServiceAccountToken", True, "is given a token"),
    ("base", BACKEND, f"{POD}.serviceAccountName", "backend", "no ServiceAccount"),
    ("base", "StatefulSet/nats", f"{CONTAINER}.volumeMounts.0.name", "conf", "mounts conf"),
    ("base", "ConfigMap/nats-config", "metadata.name", "nats-conf", "which is not there"),
    ("base", "Service/redis-service", "metadata.namespace", "default", "is in no namespace"),
    # Components
    ("local+monitoring", "ServiceMonitor/stats-aggregator", "spec.endpoints.0.port", "web", "scrapes port web"),
    ("local+monitoring", "ServiceMonitor/stats-aggregator", "spec.endpoints.0.path", "/stats", "not a route of stats-aggregator"),
    ("local+monitoring", "ServiceMonitor/betting-engine-backend", "spec.selector.matchLabels", {NAME: "betting-engine-backend"}, "2 services, not one"),
    ("local+monitoring-plain", BACKEND, "spec.template.metadata.annotations.{prometheus.io/port}", "8080", "is scraped at port 8080"),
]


def change(document, path, value):
    """Puts a value at a path; a part in braces is one key, dots and all."""
    *parents, last = parts_of(path)
    for part in parents:
        document = document[part]
    if value is GONE:
        del document[last]
    else:
        document[last] = value


def parts_of(path):
    while path:
        if path.startswith("{"):
            part, _, path = path[1:].partition("}")
            path = path.removeprefix(".")
        else:
            part, _, path = path.partition(".")
        yield int(part) if part.isdigit() else part


def broken(target, name, path, value):
    """A copy of the target with one thing changed."""
    manifests = copy.deepcopy(read(target))
    # Generated names end in a hash of their content.
    (found,) = [found for found in manifests.objects
                if called(found) == name or called(found).rsplit("-", 1)[0] == name]
    change(found, path, value)
    return manifests


_read = {}


def read(target):
    if target not in _read:
        _read[target] = Manifests.read(target, rendering.rendered(target))
    return _read[target]


def findings(manifests):
    """The rules read fields as the schemas promise them."""
    found = list(schemas.findings(manifests, schemas.versions()[-1]))
    return found or policies.findings(manifests)


@pytest.mark.parametrize(
    "target, name, path, value, words", MUTATIONS,
    ids=[f"{name}-{path.rsplit('.', 1)[-1]}" for _, name, path, _, _ in MUTATIONS])
def test_what_is_broken_is_found_and_named(target, name, path, value, words):
    found = findings(broken(target, name, path, value))
    assert any(words in finding for finding in found), found


def test_a_secret_in_the_base_is_found():
    manifests = copy.deepcopy(read("base"))
    manifests.objects.append({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {"name": "mine", "namespace": "betting"}, "stringData": {"a": "b"}})
    assert any("Secret/mine has values" in finding for finding in findings(manifests))


def test_two_autoscalers_are_found():
    """The ScaledObject beside the autoscaler that it takes the place of."""
    manifests = copy.deepcopy(read("local+keda"))
    (autoscaler,) = read("local").of("HorizontalPodAutoscaler")
    manifests.objects.append(autoscaler)
    assert any("one is wanted" in finding for finding in findings(manifests))


def test_a_backend_that_nobody_scales_is_found():
    manifests = copy.deepcopy(read("base"))
    manifests.objects = [found for found in manifests.objects
                         if found["kind"] != "HorizontalPodAutoscaler"]
    assert any("is scaled by nobody" in finding for finding in findings(manifests))


def test_the_whole_validation_fails_on_a_broken_copy(tmp_path):
    """Not only the functions: the tests themselves, given a directory with one port changed."""
    for target in rendering.targets():
        (tmp_path / f"{target}.yaml").write_text(rendering.rendered(target))
    manifests = broken("base", BACKEND, f"{CONTAINER}.ports.0.containerPort", 8080)
    (tmp_path / "base.yaml").write_text(yaml.safe_dump_all(manifests.objects))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "test_manifests.py", "-k", "rules and base"],
        cwd=HERE, env=os.environ | {"K8S_RENDERED": str(tmp_path)},
        capture_output=True, text=True)
    assert done.returncode == 1
    assert "port http is 8080, backend listens on 8081" in done.stdout
