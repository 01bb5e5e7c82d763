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

ACCEPTED = yaml.safe_load((HERE / "checkov.yml").read_text())


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
    (directory / "Dockerfile").write_text((ROOT / "Dockerfile").read_text())
    done = subprocess.run(
        [Path(sys.executable).parent / "checkov", "--directory", directory, "--compact", "--quiet",
         "--framework", "kubernetes", "dockerfile", "--output", "json"],
        env=os.environ | {"LOG_LEVEL": "ERROR"}, capture_output=True, text=True)
    found = json.loads(done.stdout)
    found = found if isinstance(found, list) else [found]
    return {report["check_type"]: report for report in found}


def failed(reports):
    for report in reports.values():
        yield from report["results"]["failed_checks"]


def accepts(row, check):
    return row["check"] == check["check_id"] and row.get("of") in (None, check["resource"])


def test_it_has_nothing_to_say(reports):
    said = [
        f"{check['check_id']} {check['resource']}: {check['check_name']}"
        for check in failed(reports) if not any(accepts(row, check) for row in ACCEPTED)
    ]
    assert not said, "\n".join(said)


def test_what_is_accepted_is_still_found_and_has_a_reason(reports):
    for row in ACCEPTED:
        assert any(accepts(row, check) for check in failed(reports)), row
        assert len(row["why"]) > 20


def test_it_has_looked(reports):
    assert reports["kubernetes"]["summary"]["passed"] > 100
    assert reports["kubernetes"]["summary"]["parsing_errors"] == 0
