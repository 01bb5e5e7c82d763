"""Kubernetes' own schemas, and ours for the kinds that operators bring."""

import functools
import json

import kubernetes_validate
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from manifests import called
from paths import K8S

DIRECTORY = K8S / "schemas"


@functools.cache
def versions():
    """The oldest, a middle and the newest version of Kubernetes that there are schemas for."""
    # Sorted; once for each of its ways to check.
    found = list(dict.fromkeys(kubernetes_validate.utils.all_versions()))
    return [found[0], found[len(found) // 2], found[-1]]


@functools.cache
def ours():
    """By kind a validator for each schema of k8s/schemas."""
    texts = {file.name: json.loads(file.read_text()) for file in DIRECTORY.glob("*.json")}
    registry = Registry().with_resources(
        (name, Resource.from_contents(schema)) for name, schema in texts.items())
    return {
        name.removesuffix(".json"): Draft202012Validator({"$ref": name}, registry=registry)
        for name in texts
    }


def findings(manifests, version):
    """What no schema allows, objects named, strictly: an unknown field is a finding."""
    for found in manifests.objects:
        for complaint in complaints(json.dumps(found), version):
            yield f"{manifests.target}: {called(found)} {complaint}"


@functools.cache
def complaints(text, version):
    """Most objects are the same in many targets: each is judged once."""
    found = json.loads(text)
    if found["kind"] in ours():
        errors = ours()[found["kind"]].iter_errors(found)
        return [f"{error.json_path}: {error.message}" for error in errors]
    try:
        kubernetes_validate.validate(found, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        path = ".".join(str(part) for part in error.path)
        return [f"{path}: {error.message} (Kubernetes {version})"]
    except kubernetes_validate.SchemaNotFoundError:
        return [f"Kubernetes {version} has no {found['apiVersion']} of this kind"]
    return []
