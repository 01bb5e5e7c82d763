"""What kustomize makes of the manifests: asked of kubectl, or read from the snapshots.

A target is the base, an overlay, or a component on the local overlay (`local+keda`)."""

import functools
import os
import shutil
import subprocess
from pathlib import Path

import yaml

from paths import BUILD, K8S, RENDERED

CARRIER = "local"
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
    resources, *parts = targets()[target]
    directory = resources
    if parts:
        directory = BUILD / "k8s" / target
        directory.mkdir(parents=True, exist_ok=True)
        relative = [os.path.relpath(path, directory) for path in (resources, *parts)]
        (directory / "kustomization.yaml").write_text(yaml.safe_dump({
            "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization",
            "resources": relative[:1], "components": relative[1:],
        }))
    done = subprocess.run([KUBECTL, "kustomize", str(directory)], capture_output=True, text=True)
    assert done.returncode == 0, f"{target}: {done.stderr}"
    return done.stdout


def write_snapshots():
    """Writes what kubectl renders, and takes away what no target has."""
    assert KUBECTL, "snapshots are written with kubectl, which is not here"
    RENDERED.mkdir(exist_ok=True)
    for left in set(RENDERED.glob("*.yaml")) - {RENDERED / f"{name}.yaml" for name in targets()}:
        left.unlink()
    for name in targets():
        (RENDERED / f"{name}.yaml").write_text(render(name))
