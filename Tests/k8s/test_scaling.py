"""The autoscaler's formula on recorded figures: a backlog makes it want more backends."""

import math

import pytest

import documents
import rendering
from manifests import Manifests
from policies_scaling import autoscalers, bounds, quantity
from policies_settings import program_of

TOLERANCE = 0.1  # of the controller
MIB = 2**20


@pytest.fixture(scope="module")
def base():
    return Manifests.read("base", rendering.rendered("base"))


@pytest.fixture(scope="module")
def backend(base):
    """The workload, its container and its autoscaler."""
    for workload, container in base.containers():
        if program_of(container) == "backend":
            (autoscaler,) = autoscalers(base, workload)
            return workload, container, autoscaler
    pytest.fail("no backend")


def wanted(replicas, container, metric, cores, mib):
    """https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details
    for one metric: `cores` and `mib` are what a pod uses."""
    resource = metric["resource"]
    used = {"cpu": cores, "memory": mib * MIB}[resource["name"]]
    target = resource["target"]
    if target["type"] == "Utilization":
        request = quantity(container["resources"]["requests"][resource["name"]])
        ratio = used / request * 100 / target["averageUtilization"]
    else:
        ratio = used / quantity(target["averageValue"])
    return replicas if abs(ratio - 1) <= TOLERANCE else math.ceil(replicas * ratio)


def replicas_wanted(backend, replicas, cores, mib):
    """The most that any metric wants, within the bounds."""
    _, container, autoscaler = backend
    least, most = bounds(autoscaler)
    metrics = autoscaler["spec"]["metrics"]
    found = max(wanted(replicas, container, metric, cores, mib) for metric in metrics)
    return min(max(found, least), most)


def test_a_backlog_wants_more_than_three(backend):
    """What was recorded is of fewer backends; the same work is spread over three."""
    recorded = documents.backlog()
    workload, _, autoscaler = backend
    replicas = workload["spec"]["replicas"]
    assert replicas == bounds(autoscaler)[0] == 3
    cores = recorded.cores / replicas
    found = replicas_wanted(backend, replicas, cores, recorded.peak_mib or 0)
    assert found > 3, f"{recorded}: {cores:.3f} cores a pod want {found} replicas"


def test_the_processor_decides_and_not_the_memory(backend):
    """A backend that keeps its promise of 25 MiB never scales by it; one that does not, does."""
    assert replicas_wanted(backend, 3, cores=0, mib=25) == 3
    assert replicas_wanted(backend, 3, cores=0, mib=40) > 3


def test_without_load_the_least_is_wanted(backend):
    assert replicas_wanted(backend, 5, cores=0.001, mib=12) == 3


def test_the_formula_is_the_controllers(backend):
    _, container, _ = backend
    request = quantity(container["resources"]["requests"]["cpu"])
    metric = {"resource": {"name": "cpu", "target": {
        "type": "Utilization", "averageUtilization": 50}}}
    for share, expected in ((1.0, 6), (0.54, 3), (0.56, 4), (0.46, 3), (0.4, 3), (0.3, 2)):
        assert wanted(3, container, metric, request * share, 0) == expected, share


def test_figures_are_read_from_a_report_before_the_text():
    runs = [{"arm": "json_2", "seconds": 2.0, "peak_mib": {"a": 20, "b": 21},
             "cpu_seconds": {"a": cpu, "b": cpu}} for cpu in (0.1, 0.5, 0.3)]
    report = {"parts": {"drain": {"runs": [{"arm": "json_1"}, *runs]}}}
    assert documents.backlog_of_report("x", report) == documents.Backlog("x", 2, 0.3, 21)
    assert documents.backlog_of_report("x", {"parts": {}}) is None
    text = "| | backends | NATS | both | bets/s |\n|---|---|---|---|---|\n" \
        "| after | 1 | 4 | 2 | 9 |\n| after | 2 | 4.0 | 2.5 | 100,000 |\n"
    assert documents.backlog_of_text(text) == documents.Backlog("PERFORMANCE.md", 2, 0.25, None)
    with pytest.raises(AssertionError, match="PERFORMANCE.md"):
        documents.backlog_of_text("")
