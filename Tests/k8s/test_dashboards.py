"""The dashboards as Grafana gets them."""

import json
import re

import pytest

import generate
import rendering
from manifests import Manifests
from paths import ROOT

LISTED = set(re.findall(r"^\| `([a-z_]+)` \| (?:counter|gauge|histogram) ",
                        (ROOT / "docs" / "METRICS.md").read_text(), re.MULTILINE))
NAME = re.compile(r"\b(?:betting|jetstream|process)_[a-z_]+")
DASHBOARDS = {name: generate.dashboard(table) for name, table in generate.tables().items()}


@pytest.fixture(params=DASHBOARDS)
def dashboard(request):
    return DASHBOARDS[request.param]


def test_panels_do_not_lie_upon_each_other(dashboard):
    taken = set()
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                 for y in range(place["y"], place["y"] + place["h"])}
        assert not cells & taken and place["x"] + place["w"] <= generate.COLUMNS
        taken |= cells
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


def test_every_metric_is_listed(dashboard):
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            names = {re.sub(r"_(bucket|sum|count)$", "", name) if name not in LISTED else name
                     for name in NAME.findall(target["expr"])}
            assert names and names <= LISTED, f"{panel['title']}: {sorted(names - LISTED)}"


def test_grafana_finds_them():
    manifests = Manifests.read("", rendering.rendered("local+monitoring"))
    found = [found for found in manifests.of("ConfigMap")
             if found["metadata"].get("labels", {}).get("grafana_dashboard") == "1"]
    documents = [json.loads(text) for each in found for text in each["data"].values()]
    uids = {document["uid"] for document in documents}
    assert uids == {table["uid"] for table in DASHBOARDS.values()} and len(documents) == 2
