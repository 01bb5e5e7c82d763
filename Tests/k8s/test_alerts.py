"""Each alert fires when it should and keeps quiet when it should, as promtool judges."""

import copy
import os
import subprocess

import yaml

from paths import ALERTS, HERE

TABLE = yaml.safe_load((HERE / "alert_cases.yml").read_text())
RULES = [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]
NAMES = {rule["alert"] for rule in RULES}
FLEET = ("a", "b", "c")


def healthy():
    """By process and metric the samples of a fleet that is well."""
    well = copy.deepcopy(TABLE["well"])
    common = well.pop("any")
    for process in FLEET:
        well[process] = common | well[process]
    return well


def series(changes):
    """By series the samples, with the changes of a row. A change of no series is an error."""
    fleet = healthy()
    for key, samples in changes.items():
        process, metric = key.split(" ", 1)
        concerned = [name for name in fleet if process in (name, "*") and metric in fleet[name]]
        assert concerned, f"{key}: no such series when all is well"
        for name in concerned:
            fleet[name][metric] = samples
    return {
        named(metric, TABLE["processes"][process]): TABLE["values"].get(samples, samples)
        for process, metrics in fleet.items()
        for metric, samples in metrics.items()
    }


def named(metric, labels):
    return f"{metric[:-1]},{labels}}}" if metric.endswith("}") else f"{metric}{{{labels}}}"


def promtool_case(changes, fires, name="all is well"):
    present = {name: values for name, values in series(changes).items() if values}
    return {
        "name": name,
        "interval": "15s",
        "input_series": [{"series": name, "values": text} for name, text in present.items()],
        "promql_expr_test": [{
            "expr": 'group by (alertname) (ALERTS{alertstate="firing"})',
            "eval_time": "19m",
            "exp_samples": [
                {"labels": f'{{alertname="{name}"}}', "value": 1} for name in sorted(fires)
            ],
        }],
    }


def complaints(tmp_path, cases):
    """What promtool says of the cases, empty when it is content."""
    file = tmp_path / "test.yml"
    # Often enough for each `for`, and seldom enough for so many cases.
    document = {"rule_files": [str(ALERTS)], "evaluation_interval": "30s", "tests": cases}
    file.write_text(yaml.safe_dump(document))
    done = subprocess.run(["promtool", "test", "rules", str(file)], capture_output=True, text=True,
                          env=os.environ | {"GOGC": "400"})
    return "" if done.returncode == 0 else done.stdout + done.stderr


def fires(row):
    return row.get("fires", "").split()


def title(row):
    return f"silent: {row['silent']}" if "silent" in row else f"fires: {row['fires']}"


def test_every_alert_has_rows_of_both_kinds():
    assert {name for row in TABLE["cases"] for name in fires(row)} == NAMES
    assert {row["silent"] for row in TABLE["cases"] if "silent" in row} == NAMES
    assert all(row.get("silent") not in fires(row) for row in TABLE["cases"])


def test_nothing_fires_when_all_is_well(tmp_path):
    assert complaints(tmp_path, [promtool_case({}, [])]) == ""


def test_each_row_fires_its_alerts_and_no_other(tmp_path):
    cases = [promtool_case(row["when"], fires(row), title(row)) for row in TABLE["cases"]]
    assert complaints(tmp_path, cases) == ""


def test_an_alert_that_does_not_fire_or_fires_in_vain_is_told(tmp_path):
    assert "BettingViolation" in complaints(tmp_path, [promtool_case({}, ["BettingViolation"])])
    change = {"c betting_reconciliation_violations": "one"}
    assert "BettingViolation" in complaints(tmp_path, [promtool_case(change, [])])


def test_promtool_takes_the_rules():
    done = subprocess.run(
        ["promtool", "check", "rules", "--lint=all", "--lint-fatal", str(ALERTS)],
        capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
