"""What kustomize makes of the manifests: asked of kubectl, or read from the snapshots.

A target is the base, an overlay, or a component on the local overlay (`local+keda`)."""

import atexit
import functools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import yaml

from paths import K8S, RENDERED, ROOT

CARRIER = "local"
# As the overlays say it, too.
NAMESPACE = "betting"
KUBECTL = shutil.which("kubectl")
# Another directory of rendered manifests, for the test that breaks them.
GIVEN = os.environ.get("K8S_RENDERED")


@functools.cache
def targets():
    """By target's name the directories it is made of: one of resources, then of components."""
    found = {"base": [K8S / "base"]}
    for directory in sorted((K8S / "overlays").iterdir()):
        found[directory.name] = [directory]
    for directory in components():
        name = "-".join(directory.relative_to(K8S / "components").parts)
        found[f"{CARRIER}+{name}"] = [K8S / "overlays" / CARRIER, directory]
    return found


def components():
    """The components, without those that are part of another."""
    files = sorted((K8S / "components").rglob("kustomization.yaml"))
    parts = {
        (file.parent / part).resolve()
        for file in files
        for part in yaml.safe_load(file.read_text()).get("components", [])
    }
    return [file.parent for file in files if file.parent not in parts]


@functools.cache
def rendered(target):
    """The text of all objects of a target."""
    if KUBECTL and not GIVEN:
        return render(target)
    return (Path(GIVEN or RENDERED) / f"{target}.yaml").read_text()


@functools.cache
def render(target):
    """Asks kubectl. A component gets a kustomization: it needs something to change."""
    resources, *parts = [tree() / path.relative_to(K8S) for path in targets()[target]]
    directory = resources
    if parts:
        directory = tree() / "targets" / target
        directory.mkdir(parents=True)
        relative = [os.path.relpath(path, directory) for path in (resources, *parts)]
        (directory / "kustomization.yaml").write_text(yaml.safe_dump({
            "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization",
            "namespace": NAMESPACE,
            "resources": relative[:1], "components": relative[1:],
        }))
    done = subprocess.run([KUBECTL, "kustomize", str(directory)], capture_output=True, text=True)
    assert done.returncode == 0, f"{target}: {done.stderr}"
    return done.stdout


@functools.cache
def tree():
    """A copy of k8s/ with sample words for the passwords, so that the same comes out every time."""
    directory = Path(tempfile.mkdtemp(prefix="betting-k8s-"))
    atexit.register(shutil.rmtree, directory)
    copy = directory / "k8s"
    shutil.copytree(K8S, copy, ignore=shutil.ignore_patterns("secrets", "rendered"))
    script = ROOT / "scripts" / "k8s-secrets"
    subprocess.run([script, "--sample", copy / "overlays" / CARRIER], check=True,
                   stdout=subprocess.DEVNULL)
    return copy


def write_snapshots():
    """Writes what kubectl renders, and takes away what no target has."""
    assert KUBECTL, "snapshots are written with kubectl, which is not here"
    RENDERED.mkdir(exist_ok=True)
    for left in set(RENDERED.glob("*.yaml")) - {RENDERED / f"{name}.yaml" for name in targets()}:
        left.unlink()
    for name in targets():
        (RENDERED / f"{name}.yaml").write_text(render(name))
