"""Who leads to whom: names, labels, ports, probes, volumes."""

from collections import Counter

import documents
from manifests import (
    called, environment, has, name_of, plain, pod, pod_labels, pod_ports, port_numbers)
from policies_settings import program_of

CLUSTER_WIDE = ("Namespace", "ClusterRole", "ClusterRoleBinding", "PersistentVolume")
TOKEN_KEY_CHARACTERS = 32  # docs/CONFIGURATION.md, TOKEN_KEY_FILE
PROBES = {"startupProbe": "/livez", "livenessProbe": "/livez", "readinessProbe": "/readyz"}


def one_namespace(manifests):
    """All in the namespace that the target makes, and none twice."""
    names = {name_of(found) for found in manifests.of("Namespace")}
    if len(names) != 1:
        yield f"one Namespace is wanted, there are {sorted(names)}"
    for found in manifests.objects:
        if found["kind"] not in CLUSTER_WIDE and found["metadata"].get("namespace") not in names:
            yield f"{called(found)} is in no namespace of this target"
    for name, count in Counter(called(found) for found in manifests.objects).items():
        if count > 1:
            yield f"{name} is there {count} times"


def workloads_select_their_pods(manifests):
    for workload in manifests.workloads:
        selector = workload["spec"].get("selector", {}).get("matchLabels", {})
        if workload["kind"] != "Job" and not (selector and has(pod_labels(workload), selector)):
            yield f"{called(workload)} selects {selector}, its pods have {pod_labels(workload)}"
        for constraint in pod(workload).get("topologySpreadConstraints", []):
            labels = constraint.get("labelSelector", {}).get("matchLabels", {})
            if not (labels and has(pod_labels(workload), labels)):
                yield f"{called(workload)} spreads pods that have {labels}, its own do not"


def services_lead_somewhere(manifests):
    """A service selects the pods of one workload, and its ports are ports of theirs."""
    for service in manifests.of("Service"):
        selector = service["spec"].get("selector")
        chosen = manifests.selected(selector)
        if len(chosen) != 1:
            yield f"{called(service)} selects {selector}: {len(chosen)} workloads, not one"
            continue
        for port in service["spec"]["ports"]:
            target = port.get("targetPort", port["port"])
            number = pod_ports(chosen[0]).get(target)
            if number is None:
                yield f"{called(service)} port {port['port']} leads to {target}, " \
                    f"which {called(chosen[0])} does not have"
            elif port["port"] != number:
                yield f"{called(service)} gives port {number} the number {port['port']}"


def stateful_sets_have_their_service(manifests):
    for found in manifests.of("StatefulSet"):
        service = manifests.find("Service", found["spec"].get("serviceName"))
        if service is None or found not in manifests.selected(service["spec"].get("selector")):
            yield f"{called(found)} has no Service {found['spec'].get('serviceName')}"


def ports_are_the_programs(manifests):
    """A container of ours says the ports on which the program really listens."""
    for workload, container in manifests.containers():
        program = program_of(container)
        if program not in documents.SERVICES:
            continue
        settings = environment(manifests, container)
        given = {port.get("name"): port["containerPort"] for port in container.get("ports", [])}
        ports = dict(documents.default_ports(program))
        if program == "api-server":
            ports["admin"] = 0  # Nowhere by itself.
        for name, number in ports.items():
            real = settings.get(documents.PORT_VARIABLES[name]) or str(number)
            if real == "0":
                yield f"{called(workload, container)} lacks {documents.PORT_VARIABLES[name]}: " \
                    "operators' routes would be on everybody's port"
            elif name not in given:
                yield f"{called(workload, container)} does not name its port {name} ({real})"
            elif str(given[name]) != real:
                yield f"{called(workload, container)} says port {name} is {given[name]}, " \
                    f"{program} listens on {real}"


def operators_have_a_port_of_their_own(manifests):
    """No Service brings players to it, and no network policy opens it to everybody."""
    for service in manifests.of("Service"):
        targets = {port.get("targetPort", port["port"]) for port in service["spec"]["ports"]}
        for workload in manifests.selected(service["spec"].get("selector")):
            numbers = {pod_ports(workload).get(target) for target in targets}
            admin = pod_ports(workload).get("admin")
            if admin is None or admin not in numbers:
                continue
            if len(numbers) > 1 or service["spec"].get("type", "ClusterIP") != "ClusterIP":
                yield f"{called(service)} leads more than operators to port {admin}"
    for policy in manifests.of("NetworkPolicy"):
        labels = policy["spec"]["podSelector"].get("matchLabels")
        concerned = manifests.selected(labels) if labels else manifests.workloads
        admins = {pod_ports(workload).get("admin") for workload in concerned} - {None}
        for rule in policy["spec"].get("ingress") or []:
            opened = {port.get("port") for port in rule.get("ports") or []}
            if admins and not rule.get("from") and (not opened or opened & (admins | {"admin"})):
                yield f"{called(policy)} opens operators' port to everybody"


def probes_hit_routes(manifests):
    """Each of the three probes is there; ours ask what the program answers."""
    for workload, container in manifests.containers():
        if workload["kind"] == "Job":
            continue
        program = program_of(container)
        for kind, path in PROBES.items():
            probe = container.get(kind)
            if probe is None:
                yield f"{called(workload, container)} has no {kind}"
                continue
            asked = probe.get("httpGet") or probe.get("tcpSocket") or {}
            if "port" in asked and asked["port"] not in port_numbers(container):
                yield f"{called(workload, container)} {kind} asks port {asked['port']}, " \
                    "which it does not have"
            if program is None:
                continue
            if asked.get("path") not in documents.routes(program):
                yield f"{called(workload, container)} {kind} asks {asked.get('path')}, " \
                    f"which {program} does not answer"
            elif asked["path"] != path:
                yield f"{called(workload, container)} {kind} asks {asked['path']}, not {path}"


def volumes_are_there(manifests):
    """What is mounted is a volume, what a volume takes from a ConfigMap exists."""
    for workload in manifests.workloads:
        volumes = {volume["name"]: volume for volume in pod(workload).get("volumes", [])}
        claims = workload["spec"].get("volumeClaimTemplates", [])
        names = set(volumes) | {name_of(claim) for claim in claims}
        for _, container in (pair for pair in manifests.containers() if pair[0] is workload):
            for mount in container.get("volumeMounts", []):
                if mount["name"] not in names:
                    yield f"{called(workload, container)} mounts {mount['name']}, no such volume"
        for volume in volumes.values():
            name = volume.get("configMap", {}).get("name")
            if name is not None and manifests.find("ConfigMap", name) is None:
                yield f"{called(workload)} takes ConfigMap/{name}, which is not there"


def keys_are_files_of_secrets(manifests):
    """`…_KEY_FILE` names a file that a Secret is mounted as; one that is rendered has it."""
    for workload, container in manifests.containers():
        volumes = {volume["name"]: volume for volume in pod(workload).get("volumes", [])}
        for key, path in environment(manifests, container).items():
            if not key.endswith("_KEY_FILE") or not path:
                continue
            directory, _, file = path.rpartition("/")
            names = [volumes.get(mount["name"], {}).get("secret", {}).get("secretName")
                     for mount in container.get("volumeMounts", [])
                     if mount["mountPath"] == directory and mount.get("readOnly")]
            if names in ([], [None]):
                yield f"{called(workload, container)} {key}={path} is no file of a Secret"
            elif manifests.of("Secret"):
                yield from wrong_key(manifests, called(workload, container), names[0], file)


def wrong_key(manifests, container, name, file):
    found = manifests.find("Secret", name)
    text = plain(found).get(file) if found else None
    if text is None:
        yield f"{container} takes the key {file} of Secret/{name}, which is not there"
    elif text.startswith("development-") or len(text.strip()) < TOKEN_KEY_CHARACTERS:
        yield f"{container} has a key of tokens that it does not accept"


def accounts_have_no_token(manifests):
    for workload in manifests.workloads:
        account = manifests.find("ServiceAccount", pod(workload).get("serviceAccountName"))
        if account is None:
            yield f"{called(workload)} has no ServiceAccount of its own"
        for found in (pod(workload), account or {}):
            if found.get("automountServiceAccountToken") is not False:
                yield f"{called(workload)} is given a token"


RULES = [
    one_namespace, workloads_select_their_pods, services_lead_somewhere,
    stateful_sets_have_their_service, ports_are_the_programs, probes_hit_routes,
    volumes_are_there, accounts_have_no_token, operators_have_a_port_of_their_own,
    keys_are_files_of_secrets,
]
