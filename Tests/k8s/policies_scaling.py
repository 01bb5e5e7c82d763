"""How many there are, and what each may use."""

import re

import documents
from manifests import called, environment, has, name_of, plain, pod, pod_labels
from policies_settings import program_of

# docs/OPERATIONS.md: every process ends within 10 s of SIGTERM, "give it 15".
GRACE_SECONDS = 15
# docs/OPERATIONS.md, "Sizing".
SESSIONS = {"backend": 3, "stats-aggregator": 1}
# One of these is a thread with a session each; and the others that a process has.
THREADS = {
    "api-server": (("API_PLACERS", "API_WORKERS"), 1),
    "worker": (("WORKER_MATCHERS", "WORKER_SETTLERS", "WORKER_REFUNDERS"), 2),
}
SESSIONS_OF_ONE = 3  # the keeper's, an aggregator's besides each, a betctl's
# Their work grows with the load, so somebody scales them.
SCALED = ("backend", "api-server", "worker")
RESERVED_SESSIONS = 3  # superuser_reserved_connections
UNITS = {"": 1, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}


def quantity(text):
    """A quantity of Kubernetes, such as 250m or 25Mi."""
    number, unit = re.fullmatch(r"([0-9.]+)([A-Za-z]*)", str(text)).groups()
    return float(number) * UNITS[unit]


def resources_are_bounded(manifests):
    for workload, container in manifests.containers():
        requests = container.get("resources", {}).get("requests", {})
        limits = container.get("resources", {}).get("limits", {})
        for kind, given, names in (("request", requests, ("cpu", "memory")),
                                   ("limit", limits, ("memory",))):
            for name in names:
                if name not in given:
                    yield f"{called(workload, container)} has no {kind} of {name}"
        for name in requests.keys() & limits.keys():
            if quantity(requests[name]) > quantity(limits[name]):
                yield f"{called(workload, container)} requests more {name} than its limit"


def scale_targets_exist(manifests):
    for found in manifests.of("HorizontalPodAutoscaler", "ScaledObject"):
        reference = found["spec"]["scaleTargetRef"]
        kind = reference.get("kind", "Deployment")
        target = manifests.find(kind, reference["name"])
        if target is None or target["apiVersion"] != reference.get("apiVersion", "apps/v1"):
            yield f"{called(found)} scales {kind}/{reference['name']}, which is not there"
        least, most = bounds(found)
        if not 0 < least < most:
            yield f"{called(found)} goes from {least} to {most}"


def bounds(autoscaler):
    spec = autoscaler["spec"]
    if autoscaler["kind"] == "ScaledObject":
        return spec.get("minReplicaCount", 0), spec.get("maxReplicaCount", 100)
    return spec.get("minReplicas", 1), spec["maxReplicas"]


def one_autoscaler_a_target(manifests):
    """A ScaledObject makes an autoscaler of its own: beside another they fight."""
    seen = {}
    for found in manifests.of("HorizontalPodAutoscaler", "ScaledObject"):
        seen.setdefault(found["spec"]["scaleTargetRef"]["name"], []).append(called(found))
    for name, scalers in seen.items():
        if len(scalers) > 1:
            yield f"{name} is scaled by {sorted(scalers)}, one is wanted"
    for found in manifests.of("Deployment"):
        programs = [program_of(container) for container in pod(found)["containers"]]
        if set(SCALED) & set(programs) and name_of(found) not in seen:
            yield f"{called(found)} is scaled by nobody"


def disruption_budgets_let_go(manifests):
    """A budget is about the pods of one workload and lets one of them go."""
    for budget in manifests.of("PodDisruptionBudget"):
        labels = budget["spec"].get("selector", {}).get("matchLabels", {})
        chosen = manifests.selected(labels)
        if len(chosen) != 1:
            yield f"{called(budget)} is about {labels}: {len(chosen)} workloads, not one"
        elif budget["spec"].get("minAvailable", 0) == chosen[0]["spec"].get("replicas", 1):
            yield f"{called(budget)} lets no pod of {called(chosen[0])} go"
        if budget["spec"].get("maxUnavailable", 1) == 0:
            yield f"{called(budget)} lets no pod go"
    for workload in manifests.of("Deployment"):
        if not any(has(pod_labels(workload), budget["spec"]["selector"].get("matchLabels", {}))
                   for budget in manifests.of("PodDisruptionBudget")):
            yield f"{called(workload)} has no PodDisruptionBudget"


def grace_is_longer_than_the_drain(manifests):
    for workload, container in manifests.containers():
        grace = pod(workload).get("terminationGracePeriodSeconds", 30)
        command = container.get("lifecycle", {}).get("preStop", {}).get("exec", {}) \
            .get("command", [])
        wanted = GRACE_SECONDS + (int(command[1]) if command[:1] == ["sleep"] else 0)
        if program_of(container) in documents.SERVICES and grace < wanted:
            yield f"{called(workload)} is killed after {grace} s, it needs {wanted}"


def connections_suffice(manifests):
    """All pods at once, those of a rollout too, within what Postgres here has."""
    limit = max_connections(manifests)
    if limit is None:
        return  # A Postgres of somebody else.
    wanted = SESSIONS_OF_ONE
    for workload in manifests.of("Deployment"):
        most = max([bounds(found)[1] for found in autoscalers(manifests, workload)]
                   + [workload["spec"].get("replicas", 1)])
        each = sum(sessions(manifests, container) for container in pod(workload)["containers"])
        wanted += (most + surge(workload, most)) * each
    if wanted > limit - RESERVED_SESSIONS:
        yield f"up to {wanted} sessions are wanted, Postgres has {limit - RESERVED_SESSIONS} " \
            f"of max_connections = {limit}"


def sessions(manifests, container):
    """How many a process has at most."""
    program = program_of(container)
    if program not in THREADS:
        return SESSIONS.get(program, 0)
    names, others = THREADS[program]
    given = environment(manifests, container)
    return others + sum(int(given.get(name) or documents.default(program, name)) for name in names)


def the_budget_is_for_all_backends(manifests):
    """What the programs reckon with is no less than what an autoscaler may start."""
    for workload in manifests.of("Deployment"):
        if "backend" not in [program_of(container) for container in pod(workload)["containers"]]:
            continue
        most = max([bounds(found)[1] for found in autoscalers(manifests, workload)]
                   + [workload["spec"].get("replicas", 1)])
        for owner, container in manifests.containers():
            if program_of(container) not in ("backend", "betctl"):
                continue
            given = environment(manifests, container).get("BACKENDS_MAX") \
                or documents.default("backend", "BACKENDS_MAX")
            if not given.isdigit() or int(given) < most:
                yield f"{called(owner, container)} has BACKENDS_MAX={given}, " \
                    f"{called(workload)} may have {most}"


def autoscalers(manifests, workload):
    return [found for found in manifests.of("HorizontalPodAutoscaler", "ScaledObject")
            if found["spec"]["scaleTargetRef"]["name"] == name_of(workload)]


def surge(workload, replicas):
    """Pods beyond `replicas` while they are replaced."""
    given = workload["spec"].get("strategy", {}).get("rollingUpdate", {}).get("maxSurge", "25%")
    if isinstance(given, str):
        return -(-replicas * int(given.rstrip("%")) // 100)
    return given


def max_connections(manifests):
    for found in manifests.of("ConfigMap"):
        for text in plain(found).values():
            setting = re.search(r"^\s*max_connections\s*=\s*(\d+)", text, re.MULTILINE)
            if setting and manifests.find("StatefulSet", "postgres"):
                return int(setting[1])
    return None


def the_store_fits(manifests):
    """The streams reserve what they may have, within NATS' limit, and that within its volume."""
    for workload, container in manifests.containers():
        limit = environment(manifests, container).get("NATS_FILE_STORE_MAX")
        if limit is None:
            continue
        for claim in workload["spec"]["volumeClaimTemplates"]:
            room = quantity(claim["spec"]["resources"]["requests"]["storage"])
            # NATS counts GB as Kubernetes counts Gi.
            if quantity(limit.replace("B", "i")) >= room:
                yield f"{called(workload, container)} may store {limit}, its volume has {room:.0f}"
        for reserved in sorted(reserved_bytes(manifests)):
            if quantity(limit.replace("B", "i")) < reserved:
                yield f"{called(workload, container)} may store {limit}, streams want {reserved}"


def reserved_bytes(manifests):
    """What the programs that make the streams reserve for them."""
    for _, container in manifests.containers():
        given = environment(manifests, container)
        if program_of(container) == "betctl" and "BETS_MAX_BYTES" in given:
            yield int(given["BETS_MAX_BYTES"]) + int(given["DEAD_LETTERS_MAX_BYTES"])


RULES = [
    resources_are_bounded, scale_targets_exist, one_autoscaler_a_target,
    disruption_budgets_let_go, grace_is_longer_than_the_drain, connections_suffice,
    the_budget_is_for_all_backends, the_store_fits,
]
