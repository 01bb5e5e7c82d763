"""Writes what is made from one source: the rules, the dashboards, the rendered snapshots.

    generate.py        writes all of it (`scripts/k8s-validate --write`)
"""

import json

import yaml

import rendering
from paths import ALERTS, K8S, MONITORING

RULE = MONITORING / "prometheus-rule.yaml"
DASHBOARDS = MONITORING / "dashboards"
MADE_BY = "# Made from docs/alerts.yml by `scripts/k8s-validate --write`.\n"
PANEL_HEIGHTS = {"stat": 4, "time": 8}
COLUMNS = 24
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}


def rule():
    """The alerts as an object of the Prometheus operator."""
    groups = yaml.safe_load(ALERTS.read_text())["groups"]
    return MADE_BY + dumped({
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {
            "name": "betting-engine", "labels": {"app.kubernetes.io/component": "monitoring"},
        },
        "spec": {"groups": groups},
    })


def dumped(document):
    return yaml.safe_dump(document, sort_keys=False, width=110, allow_unicode=True)


def tables():
    return yaml.safe_load((DASHBOARDS / "dashboards.yml").read_text())


def dashboard(table):
    """A dashboard in Grafana's format."""
    return {
        "uid": table["uid"],
        "title": table["title"],
        "tags": ["betting"],
        "editable": False,
        "graphTooltip": 1,
        "refresh": "10s",
        "schemaVersion": 39,
        "time": {"from": "now-30m", "to": "now"},
        "timezone": "",
        "templating": {"list": [{
            "name": "datasource", "label": "Prometheus", "type": "datasource",
            "query": "prometheus",
        }]},
        "panels": list(panels(table["panels"])),
    }


def panels(rows):
    """Panels from left to right, a new line where one does not fit."""
    x = y = height = 0
    for number, row in enumerate(rows, start=1):
        title, unit, width, kind = row["panel"]
        targets = {legend: expression for legend, expression in row.items() if legend != "panel"}
        if x + width > COLUMNS:
            x, y, height = 0, y + height, 0
        place = {"x": x, "y": y, "w": width, "h": PANEL_HEIGHTS[kind]}
        yield panel(number, title, unit, kind, targets) | {"gridPos": place}
        x, height = x + width, max(height, place["h"])


def panel(number, title, unit, kind, targets):
    options = {"timeseries": {"legend": {"displayMode": "list", "placement": "bottom"}},
               "stat": {"textMode": "value_and_name", "colorMode": "none"}}
    kind = {"time": "timeseries"}.get(kind, kind)
    return {
        "id": number,
        "type": kind,
        "title": title,
        "datasource": DATASOURCE,
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "options": options[kind],
        "targets": [
            {"refId": chr(ord("A") + index), "datasource": DATASOURCE, "expr": expression,
             "legendFormat": legend}
            for index, (legend, expression) in enumerate(targets.items())
        ],
    }


def one_panel_a_line(document):
    """JSON whose differences can be read."""
    lines = [json.dumps(panel, ensure_ascii=False) for panel in document.pop("panels")]
    head = json.dumps(document, indent=1, ensure_ascii=False).removesuffix("\n}")
    return head + ',\n "panels": [\n  ' + ",\n  ".join(lines) + "\n ]\n}\n"


def files():
    """By path everything that is made from other files, but for the rendered snapshots."""
    made = {RULE: rule()}
    for name, table in tables().items():
        made[DASHBOARDS / f"{name}.json"] = one_panel_a_line(dashboard(table))
    return made


def main():
    for path, text in files().items():
        path.write_text(text)
    rendering.write_snapshots()
    print(f"written: rules, dashboards and snapshots in {K8S}")


if __name__ == "__main__":
    main()
