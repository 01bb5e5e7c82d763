"""What the components add: network policies, monitors, the triggers of a ScaledObject."""

import urllib.parse

import documents
from manifests import called, environment, has, pod, pod_labels, pod_ports
from policies_settings import program_of

# Pods that others run, and the port of NATS' routes, which only several servers have.
GUESTS = ({"betting/role": "publisher"},)
ROUTES_PORT = 6222
# By the variable that leads to a server its StatefulSet and port.
SERVERS = {"NATS_URL": ("nats", 4222), "POSTGRES_URL": ("postgres", 5432),
           "REDIS_URL": ("redis", 6379)}


def network_policies_concern_somebody(manifests):
    """The labels that a policy names are those of pods, the ports it opens are theirs."""
    for policy in manifests.of("NetworkPolicy"):
        spec = policy["spec"]
        selectors = [spec.get("podSelector", {})]
        for direction, field in (("ingress", "from"), ("egress", "to")):
            for rule in spec.get(direction) or []:
                selectors += [peer["podSelector"] for peer in rule.get(field) or []
                              if "podSelector" in peer and "namespaceSelector" not in peer]
        for selector in selectors:
            for labels in each_choice(selector):
                if labels not in GUESTS and not manifests.selected(labels):
                    yield f"{called(policy)} names pods with {labels}, there are none"
        for rule in spec.get("ingress") or []:
            yield from closed_ports(manifests, policy, rule)


def each_choice(selector):
    """The labels that a selector demands, once for each value that it leaves the choice of."""
    if selector.get("matchLabels"):
        yield selector["matchLabels"]
    for expression in selector.get("matchExpressions", []):
        for value in expression.get("values", []):
            yield {expression["key"]: value}


def closed_ports(manifests, policy, rule):
    labels = policy["spec"]["podSelector"].get("matchLabels", {})
    known = {ROUTES_PORT}
    for workload in manifests.selected(labels) or manifests.workloads:
        known |= set(pod_ports(workload)) | set(pod_ports(workload).values())
    for port in rule.get("ports") or []:
        if port.get("port") not in known:
            yield f"{called(policy)} opens port {port.get('port')}, nobody listens there"


def servers_are_reached(manifests):
    """Where policies forbid what they do not name, a program still gets to each server it is told:
    out of its own pod, and into the server's."""
    policies = manifests.of("NetworkPolicy")
    for workload, container in manifests.containers():
        program = program_of(container)
        if not policies or program is None:
            continue
        labels = pod_labels(workload)
        for key in sorted(environment(manifests, container).keys() & SERVERS.keys()):
            name, port = SERVERS[key]
            server = manifests.find("StatefulSet", name)
            # A server of somebody else has any labels.
            there = pod_labels(server) if server else None
            if not opened(policies, labels, "egress", "to", there, port):
                yield f"{called(workload, container)} is not let out to {name}"
            if server and not opened(policies, there, "ingress", "from", labels, port):
                yield f"{called(workload, container)} is not let in to {name}"


def opened(policies, labels, direction, field, peer, port):
    """Whether a policy of the pods with `labels` opens the port to those with the labels `peer`, in
    this namespace; None is a pod elsewhere."""
    return any(
        port in [entry.get("port") for entry in rule.get("ports") or []]
        and (not rule.get(field) or any(
            peer is not None and "podSelector" in each and matches(each["podSelector"], peer)
            for each in rule[field]))
        for policy in policies if matches(policy["spec"]["podSelector"], labels)
        for rule in policy["spec"].get(direction) or [])


def matches(selector, labels):
    """As Kubernetes decides it, for the expressions that we use."""
    return has(labels, selector.get("matchLabels", {})) and all(
        expression["operator"] == "In" and labels.get(expression["key"]) in expression["values"]
        for expression in selector.get("matchExpressions", []))


def monitors_find_a_service(manifests):
    """A ServiceMonitor selects one service a program, by a port that it has."""
    for monitor in manifests.of("ServiceMonitor"):
        labels = monitor["spec"]["selector"].get("matchLabels", {})
        chosen = [service for service in manifests.of("Service")
                  if labels and has(service["metadata"].get("labels", {}), labels)]
        if len(chosen) != 1:
            yield f"{called(monitor)} selects {labels}: {len(chosen)} services, not one"
            continue
        names = {port.get("name") for port in chosen[0]["spec"]["ports"]}
        reached = manifests.selected(chosen[0]["spec"].get("selector"))
        programs = [program_of(container) for found in reached
                    for container in pod(found)["containers"]]
        for endpoint in monitor["spec"]["endpoints"]:
            if endpoint["port"] not in names:
                yield f"{called(monitor)} scrapes port {endpoint['port']}, " \
                    f"{called(chosen[0])} has {sorted(names)}"
            for program in programs:
                if endpoint.get("path", "/metrics") not in documents.routes(program):
                    yield f"{called(monitor)} scrapes {endpoint['path']}, not a route of {program}"


def annotations_lead_to_metrics(manifests):
    """`prometheus.io/…` of a pod name a port and a path that its program has."""
    for workload, container in manifests.containers():
        annotations = workload["spec"]["template"]["metadata"].get("annotations", {})
        program = program_of(container)
        if annotations.get("prometheus.io/scrape") != "true" or program is None:
            continue
        if annotations.get("prometheus.io/port") not in map(str, pod_ports(workload)):
            yield f"{called(workload)} is scraped at port " \
                f"{annotations.get('prometheus.io/port')}, which it does not have"
        if annotations.get("prometheus.io/path") not in documents.routes(program):
            yield f"{called(workload)} is scraped at {annotations.get('prometheus.io/path')}, " \
                f"not a route of {program}"


def triggers_ask_what_there_is(manifests):
    """A ScaledObject looks at our consumer, a route of a service, or a figure that is listed."""
    for found in manifests.of("ScaledObject"):
        for trigger in found["spec"]["triggers"]:
            metadata = trigger["metadata"]
            if trigger["type"] == "nats-jetstream":
                asked = (metadata["stream"], metadata["consumer"])
                if asked != ("bets_stream", "bets_consumer"):
                    yield f"{called(found)} looks at {'/'.join(asked)}"
            if trigger["type"] == "metrics-api":
                yield from unknown_route(manifests, found, metadata["url"])
            for name in documents.metrics_in(metadata.get("query", "")):
                if name not in documents.metrics():
                    yield f"{called(found)} asks for {name}, which docs/METRICS.md does not list"


def unknown_route(manifests, found, address):
    """An address of our own that no program behind the service answers."""
    url = urllib.parse.urlsplit(address)
    service = manifests.find("Service", (url.hostname or "").split(".")[0])
    if service is None or url.port not in [port["port"] for port in service["spec"]["ports"]]:
        yield f"{called(found)} asks {address}, no Service here has that port"
        return
    for workload in manifests.selected(service["spec"].get("selector")):
        programs = [program_of(container) for container in pod(workload)["containers"]]
        if not any(url.path in documents.routes(program) for program in programs):
            yield f"{called(found)} asks {url.path}, which {called(workload)} does not answer"


RULES = [
    network_policies_concern_somebody, servers_are_reached, monitors_find_a_service, annotations_lead_to_metrics,
    triggers_ask_what_there_is,
]
