"""What the programs are told: settings, addresses, secrets, images."""

import json
import re

import documents
from manifests import called, environment, name_of, plain

IMAGE = re.compile(r"(?P<name>[^@]+?)(?::(?P<tag>[\w][\w.-]*))?(?:@sha256:[0-9a-f]{64})?")
PASSWORD_IN_URL = re.compile(r"\w+://[^/\s:@]*:(?!\$)[^/\s@]+@")
SECRET_NAME = re.compile(r"PASSWORD|PASSWD|TOKEN|SECRET", re.IGNORECASE)
# How tokens are checked, and where a key is: no secret by itself.
TOLD_OPENLY = re.compile(r"TOKEN_(ALGORITHM|ISSUER|AUDIENCE|LEEWAY_SECONDS|(SECOND_)?KEY_FILE)")
DEFAULT_PORTS = {"nats": 4222, "tls": 4222, "postgresql": 5432, "postgres": 5432, "redis": 6379}


def program_of(container):
    """Which of our executables a container runs, None for others."""
    words = container.get("command", []) + container.get("args", [])
    name = words[0].rsplit("/", 1)[-1] if words else ""
    return name if name in documents.PROGRAMS else None


def ours(manifests):
    for workload, container in manifests.containers():
        program = program_of(container)
        if program:
            yield workload, container, program


def image_runs_a_program(manifests):
    """A container of our image says which executable of ours it runs."""
    images = {container["image"].split(":")[0] for _, container, _ in ours(manifests)}
    for workload, container in manifests.containers():
        if container["image"].split(":")[0] in images and program_of(container) is None:
            yield f"{called(workload, container)} runs no executable of ours"


def keys_are_known(manifests):
    """A shared ConfigMap may hold what any program reads, a container's own `env` what its does."""
    for workload, container, program in ours(manifests):
        own = {entry["name"] for entry in container.get("env", [])}
        for key in environment(manifests, container):
            known = documents.known_to(program) if key in own else documents.known_to_any()
            if key not in known:
                yield f"{called(workload, container)} sets {key}, " \
                    f"which docs/CONFIGURATION.md does not know for {program}"


def addresses_are_set(manifests):
    for workload, container, program in ours(manifests):
        given = environment(manifests, container)
        for key in sorted(documents.ADDRESSES[program] - set(given)):
            yield f"{called(workload, container)} lacks {key}"
        for key in sorted(documents.ADDRESSES[program] & set(given)):
            if given[key] == "":
                yield f"{called(workload, container)} has an empty {key}"


def stream_settings_agree(manifests):
    """Backends compare streams and consumer with their own settings."""
    seen = {}
    for workload, container, program in ours(manifests):
        if program not in ("backend", "betctl"):
            continue
        given = environment(manifests, container)
        for key in documents.stream_settings():
            seen.setdefault(key, {})[called(workload, container)] = given.get(key)
    for key, values in sorted(seen.items()):
        if len(set(values.values())) > 1:
            yield f"{key} differs: {values}"


def addresses_lead_to_services(manifests):
    """A host without a dot, or of this namespace, is a service here, with that port."""
    for workload, container, _ in ours(manifests):
        for key, text in sorted(environment(manifests, container).items()):
            if not key.endswith("_URL") or not text:
                continue
            for address in text.split(","):
                yield from unknown_address(manifests, called(workload, container), key, address)


def unknown_address(manifests, container, key, address):
    scheme, separator, rest = address.partition("://")
    if not separator:
        scheme, rest = key.removesuffix("_URL").lower(), address
    host, _, port = re.split("[/?]", rest.rpartition("@")[2])[0].partition(":")
    name = service_named(manifests, host)
    if name is None:
        return  # Somewhere else.
    service = manifests.find("Service", name)
    wanted = int(port or DEFAULT_PORTS[scheme])
    if service is None:
        yield f"{container}: {key} names {host}, no Service here"
    elif wanted not in [entry["port"] for entry in service["spec"]["ports"]]:
        yield f"{container}: {key} asks {host} for port {wanted}, which the Service does not have"


def service_named(manifests, host):
    """The name of the service that a host in this cluster means, None for other hosts."""
    first, *others = host.split(".")
    namespaces = [name_of(found) for found in manifests.of("Namespace")]
    if not others or others[0] in namespaces:
        return first
    # nats-0.nats-headless, a pod by its StatefulSet's service.
    return others[0] if manifests.find("Service", others[0]) else None


def references_exist(manifests):
    """ConfigMaps and their keys exist; so do the keys of Secrets that are rendered."""
    for workload, container in manifests.containers():
        for entry in container.get("env", []):
            reference = entry.get("valueFrom", {})
            yield from missing(manifests, workload, container, "ConfigMap",
                               reference.get("configMapKeyRef"))
            yield from missing(manifests, workload, container, "Secret",
                               reference.get("secretKeyRef"))
        for source in container.get("envFrom", []):
            yield from missing(manifests, workload, container, "ConfigMap",
                               source.get("configMapRef"))


def missing(manifests, workload, container, kind, reference):
    if reference is None or reference.get("optional"):
        return
    found = manifests.find(kind, reference["name"])
    if found is None:
        # A Secret that somebody else makes, as in production: overlays that make any make all.
        if kind == "ConfigMap" or manifests.of("Secret"):
            yield f"{called(workload, container)} takes {kind}/{reference['name']}, " \
                "which is not there"
    elif "key" in reference and reference["key"] not in plain(found):
        yield f"{called(workload, container)} takes {reference['key']} of " \
            f"{kind}/{reference['name']}, which does not have it"


def no_secret_is_told(manifests):
    """No password outside a Secret, and no Secret with a value in the base."""
    for found in manifests.of("Secret"):
        if manifests.target == "base" and (found.get("data") or found.get("stringData")):
            yield f"{called(found)} has values: the base has none, overlays make them"
    for found in manifests.objects:
        if found["kind"] != "Secret" and PASSWORD_IN_URL.search(json.dumps(found)):
            yield f"{called(found)} has an address with a password in it"
    for found in manifests.of("ConfigMap"):
        for key in plain(found):
            if is_secret(key):
                yield f"{called(found)} has {key}, which belongs into a Secret"
    for workload, container in manifests.containers():
        for entry in container.get("env", []):
            if is_secret(entry["name"]) and entry.get("value"):
                yield f"{called(workload, container)} is told {entry['name']} in plain text"


def is_secret(name):
    return SECRET_NAME.search(name) and not TOLD_OPENLY.fullmatch(name)


def stakes_agree(manifests):
    """A bet that an api-server takes is published, and no backend may refuse it then."""
    most = {}
    for workload, container, program in ours(manifests):
        if program in ("backend", "api-server"):
            given = environment(manifests, container).get("MAX_BET_AMOUNT") \
                or documents.default("backend", "MAX_BET_AMOUNT")
            most[called(workload, container)] = given
    if len(set(most.values())) > 1:
        yield f"MAX_BET_AMOUNT differs: {most}"


def images_are_pinned(manifests):
    tags = {}
    for workload, container in manifests.containers():
        image = container["image"]
        found = IMAGE.fullmatch(image)
        if not found or not (found["tag"] or "@" in image) or found["tag"] == "latest":
            yield f"{called(workload, container)} takes image {image}: a tag is wanted, not latest"
        elif found:
            tags.setdefault(found["name"], set()).add(image)
    for name, images in tags.items():
        if len(images) > 1:
            yield f"{name} is used in several versions: {sorted(images)}"


RULES = [
    image_runs_a_program, keys_are_known, addresses_are_set, stream_settings_agree,
    addresses_lead_to_services, references_exist, no_secret_is_told, stakes_agree,
    images_are_pinned,
]
