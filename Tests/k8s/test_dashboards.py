"""The dashboards as Grafana gets them."""

import json

import pytest

import documents
import generate
import rendering
from manifests import Manifests

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
            names = documents.metrics_in(target["expr"])
            assert names and names <= documents.metrics(), panel["title"]


def test_grafana_finds_them():
    manifests = Manifests.read("", rendering.rendered("local+monitoring"))
    found = [found for found in manifests.of("ConfigMap")
             if found["metadata"].get("labels", {}).get("grafana_dashboard") == "1"]
    uids = [json.loads(text)["uid"] for each in found for text in each["data"].values()]
    assert sorted(uids) == sorted(table["uid"] for table in DASHBOARDS.values())
