"""checkov, started once over all objects of all targets: it takes its time to start."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import rendering
from manifests import Manifests
from paths import HERE, ROOT

CONFIGURATION = HERE / "checkov.yml"
# It asks its maker's servers for the checks' names otherwise.
OFFLINE = {"LOG_LEVEL": "ERROR", "CKV_IGNORE_HIDDEN_DIRECTORIES": "false"}


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """By framework what it says of every different object, and of the Dockerfile."""
    directory = tmp_path_factory.mktemp("checkov")
    different = {
        json.dumps(found, sort_keys=True): found
        for target in rendering.targets()
        for found in Manifests.read(target, rendering.rendered(target)).objects
    }
    (directory / "objects.yaml").write_text(yaml.safe_dump_all(different.values()))
    if (ROOT / "Dockerfile").exists():
        (directory / "Dockerfile").write_text((ROOT / "Dockerfile").read_text())
    done = subprocess.run(
        [Path(sys.executable).parent / "checkov", "--config-file", CONFIGURATION,
         "--directory", directory, "--output", "json"],
        env=os.environ | OFFLINE, capture_output=True, text=True)
    found = json.loads(done.stdout)
    found = found if isinstance(found, list) else [found]
    return {report["check_type"]: report for report in found}


def test_it_has_nothing_to_say(reports):
    said = [
        f"{check['check_id']} {check['resource']}: {check['check_name']}"
        for report in reports.values() for check in report["results"]["failed_checks"]
    ]
    assert not said, "\n".join(said)


def test_it_has_looked(reports):
    assert reports["kubernetes"]["summary"]["passed"] > 100
    assert reports["kubernetes"]["summary"]["parsing_errors"] == 0


def test_every_skip_has_a_reason():
    lines = CONFIGURATION.read_text().splitlines()
    skips = [line for line in lines if line.lstrip().startswith("- CKV")]
    assert all(len(line.partition("#")[2]) > 20 for line in skips), skips
