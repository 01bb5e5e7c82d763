"""What the scripts behind `make create` and its like say when something is missing."""

import pytest

OF_A_CLUSTER = (
    ("k8s-create",), ("k8s-deploy",), ("k8s-delete",), ("k8s-hpa",), ("k8s-reset",),
    ("k8s-scale", "5"), ("k8s-image",),
)
UNAVAILABLE = 69


@pytest.mark.parametrize("script", OF_A_CLUSTER, ids=lambda words: words[0])
def test_without_kubectl_they_say_so(cluster, script):
    cluster.lacks("kubectl")
    done = cluster.run(*script)
    assert done.returncode == UNAVAILABLE
    assert f"{script[0]}: kubectl is not here: https://" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("script", [("k8s-betctl", "audit"), ("bets-queue",)])
def test_without_kubectl_the_programs_say_so(cluster, script):
    cluster.lacks("kubectl")
    done = cluster.run(*script, K8S="1")
    assert done.returncode == 1 and f"{script[0]}: kubectl is not here" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("script", OF_A_CLUSTER, ids=lambda words: words[0])
def test_without_a_context_they_touch_nothing(cluster, script):
    cluster.answers("config current-context", status=1, err="error: current-context is not set\n")
    done = cluster.run(*script, YES="1")
    assert done.returncode == UNAVAILABLE and "kubectl has no current context" in done.stderr
    assert [call for call in cluster.calls if call[0] == "kubectl"] \
        == [["kubectl", "config", "current-context"]]


@pytest.mark.parametrize("script", OF_A_CLUSTER, ids=lambda words: words[0])
def test_a_cluster_that_does_not_answer_is_named(cluster, script):
    cluster.answers("version --request-timeout", status=1)
    done = cluster.run(*script, YES="1")
    assert done.returncode == UNAVAILABLE
    assert "the cluster of the context 'kind-kind' does not answer" in done.stderr
    assert cluster.steps() == []


@pytest.mark.parametrize("script", ["k8s-create", "k8s-deploy", "k8s-hpa", "k8s-image"])
def test_an_overlay_that_is_not_there_is_named(cluster, script):
    done = cluster.run(script, OVERLAY="no such")
    assert done.returncode == UNAVAILABLE
    assert f"there is no overlay {cluster.root}/k8s/overlays/no such" in done.stderr
    assert cluster.steps() == []


@pytest.mark.parametrize("script", ["k8s-create", "k8s-image"])
def test_without_docker_and_podman_nothing_is_begun(cluster, script):
    cluster.lacks("docker")
    done = cluster.run(script)
    assert done.returncode == UNAVAILABLE and "neither docker nor podman runs here" in done.stderr
    assert cluster.steps() == []


def test_a_docker_that_does_not_run_is_passed_over_for_podman(cluster):
    cluster.has("podman")
    cluster.answers("docker info", status=1)
    assert cluster.run("k8s-image").returncode == 0
    # podman's own name for it would begin with localhost/.
    assert any(call[:4] == ["podman", "build", "--tag", "docker.io/library/betting-engine:0.1.0"]
               for call in cluster.calls)


def test_production_without_its_secrets_names_them(cluster):
    cluster.answers("get secret", status=1)
    done = cluster.run("k8s-create", OVERLAY="production")
    assert done.returncode == UNAVAILABLE
    assert "backend-secret aggregator-secret money-secret token-secret operator-secret" \
        " nats-secret" in done.stderr
    assert cluster.steps() == ["kubectl apply"]  # The namespace, for them to be put into.


def test_backends_without_a_namespace_are_not_deployed(cluster):
    cluster.answers("get namespace betting", status=1)
    done = cluster.run("k8s-deploy")
    assert done.returncode == UNAVAILABLE and "no namespace betting: 'make create'" in done.stderr
    assert cluster.steps() == []
