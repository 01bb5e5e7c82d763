"""What the scripts behind `make create` and its like do in which order, against a kubectl that only
answers."""

import pytest

STREAMS = ["kubectl delete job init-nats-streams --ignore-not-found --wait",
           "kubectl apply betting/stage=streams"]
SERVERS = "kubectl apply betting/stage notin (streams,engine)"


def image_steps(cluster):
    return [f"docker build {cluster.root}", "docker save betting-engine:0.1.0"]


def loaded(steps):
    """Without the name of the file that kind is given."""
    return ["kind load" if step.startswith("kind load image-archive") else step for step in steps]


def test_create_makes_servers_before_streams(cluster):
    cluster.answers("docker image inspect", status=1)
    done = cluster.run("k8s-create")
    assert done.returncode == 0, done.stderr
    assert loaded(cluster.steps()) == [
        "kubectl apply", SERVERS,
        "kubectl rollout status statefulset.apps/nats",
        "kubectl rollout status statefulset.apps/postgres",
        *image_steps(cluster), "kind load", *STREAMS,
    ]
    assert (cluster.root / "k8s/overlays/local/secrets/users.acl").exists()


def test_create_does_not_build_an_image_that_is_there(cluster):
    assert cluster.run("k8s-create").returncode == 0
    assert not [call for call in cluster.calls if call[:2] == ["docker", "build"]]


def test_deploy_replaces_the_image_and_the_tables_before_the_backends(cluster):
    done = cluster.run("k8s-deploy")
    assert done.returncode == 0, done.stderr
    all_of_them = "deployment/betting-engine-backend deployment/stats-aggregator" \
        " deployment/api-server deployment/worker"
    assert loaded(cluster.steps()) == [
        *image_steps(cluster), "kind load", SERVERS, *STREAMS,
        "kubectl apply betting/stage=engine", f"kubectl rollout restart {all_of_them}",
        *(f"kubectl rollout status {name}" for name in all_of_them.split()),
    ]


def test_the_first_deploy_restarts_nothing(cluster):
    cluster.answers("get deployment/betting-engine-backend deployment/stats", out="")
    assert cluster.run("k8s-deploy").returncode == 0
    assert not [step for step in cluster.steps() if "rollout restart" in step]


@pytest.mark.parametrize("push, first", [("", SERVERS), ("1", "docker build")])
def test_production_takes_its_image_from_a_registry(cluster, push, first):
    done = cluster.run("k8s-deploy", OVERLAY="production", PUSH=push)
    assert done.returncode == 0, done.stderr
    assert cluster.steps()[0].startswith(first)
    assert bool([step for step in cluster.steps() if step.startswith("docker push")]) == bool(push)


def test_a_job_that_failed_ends_the_deploy_with_its_log(cluster):
    cluster.answers("get job init-nats-streams --output jsonpath", out="FailureTarget Failed")
    cluster.answers("logs job/init-nats-streams", out="betctl: the reason\n")
    done = cluster.run("k8s-deploy")
    assert done.returncode == 1
    assert "betctl: the reason" in done.stderr and "did not succeed" in done.stderr
    assert "kubectl apply betting/stage=engine" not in cluster.steps()


def test_hpa_applies_the_autoscalers_alone(cluster):
    cluster.answers("top pods", status=1)
    done = cluster.run("k8s-hpa")
    assert done.returncode == 0 and "no metrics-server" in done.stderr
    assert cluster.steps() == ["kubectl apply betting/part=autoscaler"]
