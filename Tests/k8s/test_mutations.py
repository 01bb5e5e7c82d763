"""One thing at a time is broken in a rendered target: each has to be found, and named."""

import copy
import functools
import os
import re
import subprocess
import sys

import pytest
import yaml

import policies
import rendering
import schemas
from manifests import Manifests, called
from paths import HERE

TABLE = yaml.safe_load((HERE / "mutations.yml").read_text())
POD = "spec.template.spec"
NAME = "app.kubernetes.io/name"


def change(document, path, row):
    """Puts or takes away what the row says."""
    *parents, last = path
    for part in parents:
        document = document[part]
    if "put" in row and isinstance(document, list) and last == len(document):
        document.append(spelled_out(row["put"]))
    elif "put" in row:
        document[last] = spelled_out(row["put"])
    else:
        del document[last]


def spelled_out(value):
    if isinstance(value, dict):
        return {NAME if key == "<name>" else key: spelled_out(each) for key, each in value.items()}
    return value


def parts_of(path):
    """The keys and indexes of a path."""
    path = re.sub("^container", f"{POD}.containers.0", path)
    path = re.sub("^pod", POD, path)
    for part in re.findall(r"<[^>]+>|[^.]+", path):
        key = NAME if part == "<name>" else part.strip("<>")
        yield int(key) if key.isdigit() else key


def broken(row):
    """A copy of the target with one thing changed."""
    manifests = copy.deepcopy(read(row["in"]))
    name = TABLE["objects"].get(row["of"], row["of"])
    # Generated names end in a hash of their content.
    (found,) = [found for found in manifests.objects
                if name in (called(found), called(found).rpartition("-")[0])]
    change(found, parts_of(row["at"]), row)
    return manifests


@functools.cache
def read(target):
    return Manifests.read(target, rendering.rendered(target))


def findings(manifests):
    """The rules read fields as the schemas promise them."""
    found = list(schemas.findings(manifests, schemas.versions()[-1]))
    return found or policies.findings(manifests)


@pytest.mark.parametrize("row", TABLE["rows"], ids=lambda row: f"{row['of']} {row['at']}")
def test_what_is_broken_is_found_and_named(row):
    found = findings(broken(row))
    assert any(row["says"] in finding for finding in found), found


def test_a_secret_in_the_base_is_found():
    manifests = copy.deepcopy(read("base"))
    manifests.objects.append({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {"name": "mine", "namespace": "betting"}, "stringData": {"a": "b"}})
    assert any("Secret/mine has values" in finding for finding in findings(manifests))


def test_two_autoscalers_are_found():
    """The ScaledObject beside the autoscaler that it takes the place of."""
    manifests = copy.deepcopy(read("local+keda"))
    manifests.objects.append(
        read("local").find("HorizontalPodAutoscaler", "betting-engine-hpa"))
    assert any("one is wanted" in finding for finding in findings(manifests))


@pytest.mark.parametrize("name", ["betting-engine-backend", "api-server", "worker"])
def test_who_is_scaled_by_nobody_is_found(name):
    manifests = copy.deepcopy(read("base"))
    manifests.objects = [found for found in manifests.objects
                         if found["kind"] != "HorizontalPodAutoscaler"
                         or found["spec"]["scaleTargetRef"]["name"] != name]
    assert any(f"Deployment/{name} is scaled by nobody" in finding
               for finding in findings(manifests))


def test_the_whole_validation_fails_on_a_broken_copy(tmp_path):
    """Not only the functions: the tests themselves, given a directory with one port changed."""
    for target in rendering.targets():
        (tmp_path / f"{target}.yaml").write_text(rendering.rendered(target))
    manifests = broken({"in": "base", "of": "backend", "at": "container.ports.0.containerPort",
                        "put": 8080})
    (tmp_path / "base.yaml").write_text(yaml.safe_dump_all(manifests.objects))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "test_manifests.py", "-k", "rules and base"],
        cwd=HERE, env=os.environ | {"K8S_RENDERED": str(tmp_path)},
        capture_output=True, text=True)
    assert done.returncode == 1
    assert "port http is 8080, backend listens on 8081" in done.stdout
