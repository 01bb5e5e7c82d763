"""Every target against Kubernetes' schemas and the rules of our own."""

import re

import pytest
import yaml

import generate
import policies
import rendering
import schemas
from manifests import Manifests, name_of
from paths import ALERTS, K8S, RENDERED

TARGETS = list(rendering.targets())
GROUPS = yaml.safe_load(ALERTS.read_text())["groups"]
RULES = [rule for group in GROUPS for rule in group["rules"]]


@pytest.fixture(scope="module", params=TARGETS)
def manifests(request):
    return Manifests.read(request.param, rendering.rendered(request.param))


def test_base_and_overlays_and_components_are_targets():
    assert {"base", "local", "production", "local+keda", "local+monitoring"} <= set(TARGETS)


def test_every_object_keeps_to_the_rules(manifests):
    assert len(manifests.workloads) > 1
    found = policies.findings(manifests)
    assert not found, "\n".join(found)


def test_the_alerts_look_at_every_volume(manifests):
    """By the names that Kubernetes gives to the claims of a StatefulSet."""
    (expression,) = {rule["expr"] for rule in RULES if rule["alert"] == "BettingDiskFills"}
    namespace = re.search(r'namespace="([^"]+)"', expression)[1]
    claims = re.compile(re.search(r'persistentvolumeclaim=~"([^"]+)"', expression)[1])
    for found in manifests.of("StatefulSet"):
        assert found["metadata"]["namespace"] == namespace
        for template in found["spec"].get("volumeClaimTemplates", []):
            assert claims.fullmatch(f"{name_of(template)}-{name_of(found)}-0"), name_of(found)


@pytest.mark.parametrize("version", schemas.versions())
def test_every_object_is_one_of_kubernetes(manifests, version):
    found = list(schemas.findings(manifests, version))
    assert not found, "\n".join(found)


@pytest.mark.skipif(not rendering.KUBECTL, reason="kubectl is not here: snapshots are what is")
@pytest.mark.parametrize("target", TARGETS)
def test_snapshots_are_fresh(target):
    file = RENDERED / f"{target}.yaml"
    assert file.exists() and file.read_text() == rendering.render(target), \
        "run `scripts/k8s-validate --write`"


def test_there_is_a_snapshot_of_each_target_and_no_other():
    assert {file.stem for file in RENDERED.glob("*.yaml")} == set(TARGETS)


@pytest.mark.parametrize("path", generate.files(), ids=lambda path: path.name)
def test_what_is_generated_is_fresh(path):
    assert path.exists() and path.read_text() == generate.files()[path], \
        "run `scripts/k8s-validate --write`"


def test_the_rules_in_the_cluster_are_those_of_the_document():
    manifests = Manifests.read("", rendering.rendered("local+monitoring"))
    (rule,) = manifests.of("PrometheusRule")
    assert rule["spec"]["groups"] == GROUPS


@pytest.mark.parametrize("file", sorted((K8S / "components").rglob("kustomization.yaml")),
                         ids=lambda file: "-".join(file.parent.relative_to(K8S).parts))
def test_a_component_leaves_the_namespace_to_its_overlay(file):
    assert "namespace" not in yaml.safe_load(file.read_text())
