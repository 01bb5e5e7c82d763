"""A running engine answers what dashboards ask and probes look at."""

import pytest

import documents
import generate
import rendering
from engine import PROGRAMS
from manifests import Manifests
from policies_settings import program_of
from scraped_engine import ScrapedEngine

# Of Grafana's variable, for a Prometheus that scrapes each second.
RATE_INTERVAL = "10s"
UNTIL_ASKED = 0
PROCESS_OF = {"backend": "backend-1", "stats-aggregator": "aggregator",
              "api-server": "api-server", "worker": "worker"}


@pytest.fixture(scope="module")
def engine():
    """Under a load: bets, some of them twice or malformed; bets against wallets."""
    if not (PROGRAMS / "backend").exists():
        pytest.skip(f"no executables in {PROGRAMS}")
    with ScrapedEngine() as running:
        running.begin_simulator(5, UNTIL_ASKED, "--duplicates", "0.1", "--malformed", "0.1")
        with running.placing_bets():
            yield running


def expressions():
    for name, table in generate.tables().items():
        for row in table["panels"]:
            for legend, expression in row.items():
                if legend != "panel":
                    yield f"{name}: {row['panel'][0]}, {legend}", expression


def has_figures(values):
    return bool(values) and "NaN" not in values


def test_every_expression_of_the_dashboards_is_answered_with_figures(engine):
    asked = {title: text.replace("$__rate_interval", RATE_INTERVAL)
             for title, text in expressions()}
    assert len(asked) > 60
    silent = dict(asked)

    def all_answer():
        for title in [title for title, text in silent.items() if has_figures(engine.values(text))]:
            del silent[title]
        return not silent

    try:
        engine.until(all_answer, "some have no figures")
    except AssertionError as error:
        pytest.fail(f"{error}: {silent}")


def test_an_expression_without_figures_is_told(engine):
    assert not has_figures(engine.values("sum(rate(betting_bets_saved_total[10s]))"))
    assert not has_figures(engine.values("vector(0) / vector(0)"))
    with pytest.raises(AssertionError, match="parse error"):
        engine.values("sum(rate(betting_bets_stored_total)")


def test_probes_are_answered(engine):
    """What the manifests ask of a container, asked of its program."""
    asked = set()
    for _, container in Manifests.read("base", rendering.rendered("base")).containers():
        for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
            path = container.get(kind, {}).get("httpGet", {}).get("path")
            if path and program_of(container) in documents.SERVICES:
                asked.add((PROCESS_OF[program_of(container)], path))
    assert len(asked) == 8
    for process, path in sorted(asked):
        engine.until(lambda: engine.status(process, path) == 200, f"{process} {path}")
        assert engine.status(process, path + "x") == 404
