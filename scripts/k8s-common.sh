# shellcheck shell=bash
# What the scripts/k8s-* share: which overlay, which cluster, what is missing. Sourced, not run.
#
# OVERLAY is local (the default), production, or another directory of k8s/overlays. kubectl's current
# context is the cluster.

# shellcheck disable=SC2034 # Used by those who source this.
readonly namespace=betting job=init-nats-streams backend=betting-engine-backend
# shellcheck disable=SC2034
readonly deployments=("deployment/$backend" deployment/stats-aggregator deployment/api-server
    deployment/worker)
readonly overlay=${OVERLAY:-local} program=${0##*/}
k8s_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
readonly k8s_root
readonly directory=$k8s_root/k8s/overlays/$overlay
readonly rollout_timeout=300s

say() { printf '\n== %s\n' "$*"; }

# Ends the script: something is missing (EX_UNAVAILABLE) or went wrong.
missing() {
    echo "$program: $*" >&2
    exit 69
}

fail() {
    echo "$program: $*" >&2
    exit 1
}

need_kubectl() {
    command -v kubectl >/dev/null \
        || missing "kubectl is not here: https://kubernetes.io/docs/tasks/tools/"
}

need_cluster() {
    need_kubectl
    local context
    context=$(kubectl config current-context 2>/dev/null) \
        || missing "kubectl has no current context. A cluster of your own: 'kind create cluster'" \
            "or 'minikube start'; docs/KUBERNETES.md"
    kubectl version --request-timeout=10s >/dev/null 2>&1 \
        || missing "the cluster of the context '$context' does not answer"
    echo "cluster: $context, overlay: $overlay"
}

need_overlay() {
    [[ -f $directory/kustomization.yaml ]] || missing "there is no overlay $directory"
}

# Sets `container`, the program that builds images: docker, else podman; or the one of CONTAINER.
need_container() {
    local candidate
    for candidate in ${CONTAINER:-docker podman}; do
        container=$candidate
        command -v "$candidate" >/dev/null || continue
        "$candidate" info >/dev/null 2>&1 || continue
        return
    done
    missing "neither docker nor podman runs here; one of them builds the image"
}

# kubectl in the engine's namespace.
in_namespace() { kubectl --namespace "$namespace" "$@"; }

# Renders the overlay into the file `$rendered`, with the passwords of scripts/k8s-secrets.
render() {
    need_overlay
    [[ $overlay != local ]] || "$k8s_root/scripts/k8s-secrets"
    rendered=$(mktemp)
    trap 'rm -f "$rendered"' EXIT
    kubectl kustomize "$directory" >"$rendered"
    # The engine's image, as the overlay names it.
    image=$(sed -n 's|^ *\(- \)\?image: *\(.*betting-engine[:@].*\)$|\2|p' "$rendered" | sort -u)
    [[ -n $image && $image != *$'\n'* ]] || fail "not exactly one image of the engine: ${image:-none}"
}

# Applies the rendered objects with the labels $1.
apply() { kubectl apply --filename "$rendered" --selector "$1"; }

# Ends the script when a Secret that a pod needs is neither rendered nor in the cluster.
need_secrets() {
    local name absent=()
    for name in backend-secret aggregator-secret money-secret token-secret operator-secret nats-secret; do
        grep -qE "^  name: $name(-[a-z0-9]+)?\$" "$rendered" && continue
        in_namespace get secret "$name" >/dev/null 2>&1 || absent+=("$name")
    done
    ((${#absent[@]} == 0)) \
        || missing "these Secrets are not in the namespace $namespace: ${absent[*]}; make them" \
            "first (docs/KUBERNETES.md, Production)"
}

# Runs the Job that makes tables and streams, and waits for it.
make_streams() {
    say "tables and streams"
    in_namespace delete job "$job" --ignore-not-found --wait
    apply "betting/stage=streams"
    if ! wait_for_job; then
        in_namespace logs "job/$job" --all-containers --tail=20 >&2 || true
        fail "the Job $job did not succeed; its last lines are above"
    fi
    in_namespace logs "job/$job" --all-containers
}

# Waits until the Job has succeeded; fails when it failed or takes too long.
wait_for_job() {
    local deadline=$((SECONDS + 900)) state
    while ((SECONDS < deadline)); do
        state=$(in_namespace get job "$job" --output \
            'jsonpath={.status.conditions[?(@.status=="True")].type}')
        [[ " $state " != *" Complete "* ]] || return 0
        [[ " $state " != *" Failed "* ]] || return 1
        sleep 2
    done
    return 1
}

# Waits for the workloads $1… (kind/name).
wait_for() {
    local workload
    for workload in "$@"; do
        in_namespace rollout status "$workload" --timeout "$rollout_timeout"
    done
}

# Asks for the word $2 unless YES is set; ends the script when something else is answered.
confirm() {
    [[ -z ${YES:-} ]] || return 0
    local answer=
    read -r -p "$1 Type '$2' to go on: " answer || true
    [[ $answer == "$2" ]] || fail "nothing was changed"
}
