"""The scripts behind `make create` and its like, against a kubectl that only answers: what they do
in which order, what they say when something is missing, and that words stay words."""

import json
import os

import pytest

from stub_cluster import StubCluster

OF_A_CLUSTER = (
    ("k8s-create",), ("k8s-deploy",), ("k8s-delete",), ("k8s-hpa",), ("k8s-reset",),
    ("k8s-scale", "5"), ("k8s-image",),
)
UNAVAILABLE, USAGE = 69, 64


@pytest.fixture
def cluster(tmp_path):
    return StubCluster(tmp_path)


# --- What is missing

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
    assert "backend-secret aggregator-secret operator-secret nats-secret" in done.stderr
    assert cluster.steps() == ["kubectl apply"]  # The namespace, for them to be put into.


def test_backends_without_a_namespace_are_not_deployed(cluster):
    cluster.answers("get namespace betting", status=1)
    done = cluster.run("k8s-deploy")
    assert done.returncode == UNAVAILABLE and "no namespace betting: 'make create'" in done.stderr
    assert cluster.steps() == []


# --- What is done, in order

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
    both = "deployment/betting-engine-backend deployment/stats-aggregator"
    assert loaded(cluster.steps()) == [
        *image_steps(cluster), "kind load", SERVERS, *STREAMS,
        "kubectl apply betting/stage=engine", f"kubectl rollout restart {both}",
        *(f"kubectl rollout status {name}" for name in both.split()),
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


def test_hpa_applies_the_autoscaler_alone(cluster):
    cluster.answers("top pods", status=1)
    done = cluster.run("k8s-hpa")
    assert done.returncode == 0 and "no metrics-server" in done.stderr
    assert cluster.steps() == ["kubectl apply betting/part=autoscaler"]


# --- Numbers, confirmations, arguments

@pytest.mark.parametrize("given", [[], [""], ["five"], ["-1"], ["5; true"], ["$(true)"]])
def test_scale_wants_a_number(cluster, given):
    done = cluster.run("k8s-scale", *given)
    assert (done.returncode, done.stderr) == (USAGE, "usage: make scale R=5\n")
    assert cluster.calls == []


def test_scale_scales_waits_and_tells_of_the_autoscaler(cluster):
    done = cluster.run("k8s-scale", "5")
    assert done.returncode == 0 and "an autoscaler goes on from here" in done.stdout
    assert cluster.steps() == ["kubectl scale deployment/betting-engine-backend --replicas 5",
                               "kubectl rollout status deployment/betting-engine-backend"]


@pytest.mark.parametrize("script", ["k8s-delete", "k8s-reset"])
@pytest.mark.parametrize("answer", ["", "no\n", "yes\n"])
def test_what_deletes_asks_for_a_word(cluster, script, answer):
    done = cluster.run(script, stdin=answer)
    assert done.returncode == 1 and "nothing was changed" in done.stderr
    assert cluster.steps() == []


def test_delete_forgets_the_passwords_of_the_volumes_that_are_gone(cluster):
    secrets = cluster.root / "k8s/overlays/local/secrets"
    secrets.mkdir()
    assert cluster.run("k8s-delete", stdin="betting\n").returncode == 0
    assert cluster.steps() == ["kubectl delete namespace betting --ignore-not-found"]
    assert not secrets.exists()


DOWN = ["kubectl scale deployment/betting-engine-backend --replicas 0",
        "kubectl wait pods app.kubernetes.io/name=betting-engine-backend --for delete"]
UP = "kubectl scale deployment/betting-engine-backend --replicas 4"
POD = ["kubectl create", "kubectl delete pod betctl-x --wait=false"]


def without_manifest(steps):
    return [step.partition(" {")[0] for step in steps]


def test_reset_empties_while_no_backend_runs_and_brings_them_back(cluster):
    done = cluster.run("k8s-reset", YES="1")
    assert done.returncode == 0, done.stderr
    assert without_manifest(cluster.steps()) \
        == [*DOWN, *POD, UP, "kubectl rollout status deployment/betting-engine-backend"]


def test_reset_that_fails_brings_the_backends_back_and_says_so(cluster):
    cluster.answers("get pod betctl-x", out=json.dumps({"status": {
        "phase": "Failed", "containerStatuses": [{"state": {"terminated": {"exitCode": 1}}}]}}))
    done = cluster.run("k8s-reset", YES="1")
    assert done.returncode == 1
    assert without_manifest(cluster.steps()) == [*DOWN, *POD, UP]


@pytest.mark.parametrize("status", [0, 1, 2])
def test_betctl_is_given_its_words_and_exits_as_it_did(cluster, status):
    cluster.answers("get pod betctl-x", out=json.dumps({"status": {
        "phase": "Running", "containerStatuses": [{"state": {"terminated": {
            "exitCode": status}}}]}}))
    words = ["dead-letters", "list", "--reason", "two words", "$(true) 'x\" *"]
    done = cluster.run("k8s-betctl", *words)
    assert (done.returncode, done.stdout) == (status, "what betctl says\n")
    (manifest,) = [json.loads(call[-1]) for call in cluster.calls if "create" in call]
    (container,) = manifest["spec"]["containers"]
    assert container["command"] == ["betctl", *words]
    assert manifest["spec"]["restartPolicy"] == "Never"
    assert "initContainers" not in manifest["spec"]
    # With the Job's own label its controller would take the pod for one of its own.
    assert manifest["metadata"]["labels"] == {
        "app.kubernetes.io/name": "init-nats-streams", "betting/role": "operator"}
    assert short_of(cluster, "delete") == ["kubectl delete pod betctl-x --wait=false"]


def short_of(cluster, verb):
    return [step for step in cluster.steps() if verb in step.split()]


def test_betctl_without_its_job_says_what_kubectl_says(cluster):
    cluster.answers("get job", status=1, err='Error: jobs "init-nats-streams" not found\n')
    done = cluster.run("k8s-betctl", "audit")
    assert done.returncode == 1
    assert done.stderr == 'k8s-betctl: Error: jobs "init-nats-streams" not found\n'


def test_bets_queue_reads_the_stats_through_the_api(cluster):
    cluster.answers("get --request-timeout 5s --raw", out=json.dumps(
        {"pending_bets": 1234, "bets_table_row_count": None, "total_odds": 0}))
    done = cluster.run("bets-queue", K8S="1")
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["1,234", "unknown", "0"]


# --- Passwords

def test_passwords_are_drawn_once_and_are_nobody_elses(cluster):
    assert cluster.run("k8s-secrets").returncode == 0
    secrets = cluster.root / "k8s/overlays/local/secrets"
    first = {file.name: file.read_text() for file in secrets.iterdir()}
    assert all(os.stat(file).st_mode & 0o077 == 0 for file in secrets.iterdir())
    assert "sample" not in "".join(first.values())
    assert cluster.run("k8s-secrets").stdout == ""
    assert {file.name: file.read_text() for file in secrets.iterdir()} == first


@pytest.mark.parametrize("given", [[], ["k8s/overlays/local", "x"]])
def test_render_wants_one_directory(cluster, given):
    done = cluster.run("k8s-render", *given)
    assert done.returncode == USAGE and "usage: scripts/k8s-render" in done.stderr


@pytest.mark.parametrize("given", ["/etc", "nowhere", "no/where", "a checkout/k8s/base/backend"])
def test_render_refuses_what_is_no_target(cluster, given):
    done = cluster.run("k8s-render", given)
    assert done.returncode == USAGE and f"{given} is no directory below k8s/" in done.stderr
