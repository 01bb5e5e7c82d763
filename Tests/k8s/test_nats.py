"""The configuration of nats-server that the manifests carry, as a nats-server reads it: the one of
NATS_SERVER, else the one in PATH."""

import os
import re
import shutil
import subprocess

import pytest

import rendering
from manifests import Manifests, environment, plain

SERVER = os.environ.get("NATS_SERVER") or shutil.which("nats-server") or "/usr/sbin/nats-server"
TARGETS = ("base", "local", "production")


@pytest.fixture(scope="module")
def version():
    done = subprocess.run([SERVER, "--version"], capture_output=True, text=True, check=True)
    return tuple(map(int, re.search(r"v(\d+)\.(\d+)", done.stdout).groups()))


def configuration(target, directory, version):
    """Writes the files that the pod mounts, and returns them by name and the pod's environment."""
    manifests = Manifests.read(target, rendering.rendered(target))
    workload, container = next((workload, container)
                               for workload, container in manifests.containers()
                               if workload["metadata"]["name"] == "nats")
    (volume,) = [volume for volume in workload["spec"]["template"]["spec"]["volumes"]
                 if volume["name"] == "config"]
    files = plain(manifests.find("ConfigMap", volume["configMap"]["name"]))
    if version < (2, 11):
        # Debian's behaves like that and has no word for it; the manifests' is newer.
        files["nats.conf"], count = re.subn(r"\n *strict: false", "", files["nats.conf"])
        assert count == 1
    for name, text in files.items():
        (directory / name).write_text(text)
    given = {key: text for key, text in environment(manifests, container).items() if text}
    words = {f"NATS_{role}_PASSWORD": "sample"
             for role in ("PUBLISHER", "BACKEND", "AGGREGATOR", "OPERATOR")}
    return files, {"POD_NAME": "nats-0", **words, **given}


def complaints(directory, settings):
    """What nats-server says of it, empty when it takes it."""
    done = subprocess.run([SERVER, "-t", "-c", str(directory / "nats.conf")], env=settings,
                          capture_output=True, text=True, timeout=20)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize("target", TARGETS)
def test_the_server_takes_its_configuration(target, version, tmp_path):
    files, settings = configuration(target, tmp_path, version)
    assert {"nats.conf", "nats-roles.conf", "cluster.conf"} == set(files)
    assert complaints(tmp_path, settings) == ""


@pytest.mark.parametrize("words, instead", [
    ("max_file_store:", "max_file_stores:"), ("subscribe:", "subscribes:"),
    ("$NATS_BACKEND_PASSWORD", "$NATS_BACKENDS_PASSWORD"), ('include "cluster.conf"', "include x"),
])
def test_a_mistake_in_it_is_found(words, instead, version, tmp_path):
    files, settings = configuration("production", tmp_path, version)
    broken = [name for name, text in files.items() if words in text]
    for name in broken:
        (tmp_path / name).write_text(files[name].replace(words, instead))
    assert broken and complaints(tmp_path, settings) != ""
