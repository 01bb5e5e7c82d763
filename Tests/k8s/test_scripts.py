"""Numbers, confirmations, arguments and passwords of the scripts behind `make create` and its like:
words stay words, and what is taken away comes back."""

import json
import os

import pytest

USAGE = 64


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


def test_passwords_are_drawn_once_and_are_nobody_elses(cluster):
    assert cluster.run("k8s-secrets").returncode == 0
    secrets = cluster.root / "k8s/overlays/local/secrets"
    first = {file.name: file.read_text() for file in secrets.iterdir()}
    assert all(os.stat(file).st_mode & 0o077 == 0 for file in secrets.iterdir())
    assert "sample" not in "".join(first.values())
    assert cluster.run("k8s-secrets").stdout == ""
    assert {file.name: file.read_text() for file in secrets.iterdir()} == first


def test_secrets_of_before_get_what_they_lack_and_keep_what_they_have(cluster):
    assert cluster.run("k8s-secrets").returncode == 0
    secrets = cluster.root / "k8s/overlays/local/secrets"
    first = {file.name: file.read_text() for file in secrets.iterdir()}
    for name in ("money.env", "token-key"):
        (secrets / name).unlink()
    assert cluster.run("k8s-secrets").returncode == 0
    again = {file.name: file.read_text() for file in secrets.iterdir()}
    key = again.pop("token-key")
    assert key != first.pop("token-key") and len(key) > 32
    assert again == first
    assert os.stat(secrets / "token-key").st_mode & 0o077 == 0


def test_money_has_the_publishers_user_on_nats_and_no_redis(cluster):
    assert cluster.run("k8s-secrets").returncode == 0
    secrets = cluster.root / "k8s/overlays/local/secrets"
    nats, postgres = (secrets / "money.env").read_text().splitlines()
    assert nats == (secrets / "publisher.env").read_text().strip()
    assert postgres in (secrets / "operator.env").read_text().splitlines()


@pytest.mark.parametrize("given", [[], ["k8s/overlays/local", "x"]])
def test_render_wants_one_directory(cluster, given):
    done = cluster.run("k8s-render", *given)
    assert done.returncode == USAGE and "usage: scripts/k8s-render" in done.stderr


@pytest.mark.parametrize("given", ["/etc", "nowhere", "no/where", "a checkout/k8s/base/backend"])
def test_render_refuses_what_is_no_target(cluster, given):
    done = cluster.run("k8s-render", given)
    assert done.returncode == USAGE and f"{given} is no directory below k8s/" in done.stderr
