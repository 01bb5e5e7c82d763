"""Every target against Kubernetes' schemas and the rules of our own."""

import pytest
import yaml

import generate
import policies
import rendering
import schemas
from manifests import Manifests
from paths import RENDERED

TARGETS = list(rendering.targets())


@pytest.fixture(scope="module", params=TARGETS)
def manifests(request):
    return Manifests.read(request.param, rendering.rendered(request.param))


def test_base_and_overlays_and_components_are_targets():
    assert {"base", "local", "production", "local+keda", "local+monitoring"} <= set(TARGETS)


def test_every_object_keeps_to_the_rules(manifests):
    assert len(manifests.workloads) > 1
    found = policies.findings(manifests)
    assert not found, "\n".join(found)


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
    groups = yaml.safe_load(generate.ALERTS.read_text())["groups"]
    manifests = Manifests.read("", rendering.rendered("local+monitoring"))
    (rule,) = manifests.of("PrometheusRule")
    assert rule["spec"]["groups"] == groups
