"""The objects of a rendered target, and what leads from one to the other."""

import base64

import yaml

WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job")
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Manifests:
    """Objects as they would be sent to a cluster."""

    def __init__(self, target, objects):
        self.target = target
        self.objects = objects

    @classmethod
    def read(cls, target, text):
        return cls(target, [found for found in yaml.load_all(text, LOADER) if found])

    def of(self, *kinds):
        return [found for found in self.objects if found["kind"] in kinds]

    def find(self, kind, name):
        """The object, or None."""
        return next((found for found in self.of(kind) if name_of(found) == name), None)

    @property
    def workloads(self):
        return self.of(*WORKLOADS)

    def selected(self, labels):
        """The workloads whose pods have all these labels. No labels select nothing here."""
        return [found for found in self.workloads if labels and has(pod_labels(found), labels)]

    def containers(self):
        """Each workload with each of its containers, those that run before the others too."""
        for workload in self.workloads:
            spec = pod(workload)
            for container in spec.get("initContainers", []) + spec["containers"]:
                yield workload, container


def name_of(found):
    return found["metadata"]["name"]


def called(found, container=None):
    """How a finding names an object: Kind/name, with the container."""
    text = f"{found['kind']}/{name_of(found)}"
    return text if container is None else f"{text} container {container['name']}"


def pod(workload):
    return workload["spec"]["template"]["spec"]


def pod_labels(workload):
    return workload["spec"]["template"]["metadata"].get("labels", {})


def has(labels, wanted):
    return all(labels.get(key) == value for key, value in wanted.items())


def port_numbers(container):
    """By name and by number the ports a container says it listens on."""
    found = {}
    for port in container.get("ports", []):
        found[port["containerPort"]] = port["containerPort"]
        if "name" in port:
            found[port["name"]] = port["containerPort"]
    return found


def pod_ports(workload):
    """The same of all its containers."""
    found = {}
    for container in pod(workload)["containers"]:
        found |= port_numbers(container)
    return found


def environment(manifests, container):
    """By key the value of each variable: text, or None where only the cluster knows it."""
    found = {}
    for source in container.get("envFrom", []):
        found |= data_of(manifests, source)
    for entry in container.get("env", []):
        reference = entry.get("valueFrom", {})
        found[entry["name"]] = entry.get("value") if not reference else resolved(
            manifests, reference)
    return found


def resolved(manifests, reference):
    """What a `valueFrom` leads to, None where that is not rendered."""
    for kind, field in (("ConfigMap", "configMapKeyRef"), ("Secret", "secretKeyRef")):
        if field in reference:
            found = manifests.find(kind, reference[field]["name"])
            return plain(found).get(reference[field]["key"]) if found else None
    return None


def data_of(manifests, source):
    for kind, field in (("ConfigMap", "configMapRef"), ("Secret", "secretRef")):
        if field in source:
            found = manifests.find(kind, source[field]["name"])
            prefix = source.get("prefix", "")
            return {prefix + key: text for key, text in plain(found).items()} if found else {}
    return {}


def plain(found):
    """The data of a ConfigMap or a Secret as text."""
    if found["kind"] == "ConfigMap":
        return dict(found.get("data") or {})
    encoded = found.get("data") or {}
    decoded = {key: base64.b64decode(text).decode() for key, text in encoded.items()}
    return decoded | (found.get("stringData") or {})
