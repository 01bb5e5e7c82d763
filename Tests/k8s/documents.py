"""What the documents and the sources say of the executables: settings, ports, routes, figures."""

import functools
import json
import re
from dataclasses import dataclass

from paths import ROOT

DOCS = ROOT / "docs"
# What each process listens on: the variable that moves it.
PORT_VARIABLES = {"http": "HTTP_PORT", "pprof": "PROFILER_PORT", "admin": "ADMIN_PORT"}
PROGRAMS = ("backend", "stats-aggregator", "betctl", "load-simulator", "api-server", "worker")
# By service the folder of its routes.
SERVICES = {"backend": "Ingest", "stats-aggregator": "Aggregation", "api-server": "Wallet",
            "worker": "WorkerService"}
# Where a process that is told nothing looks is its own machine, which in a pod is nobody. An
# api-server does not begin without its key.
ADDRESSES = {
    "backend": {"NATS_URL", "POSTGRES_URL", "REDIS_URL"},
    "stats-aggregator": {"NATS_URL", "POSTGRES_URL", "REDIS_URL"},
    "betctl": {"NATS_URL", "POSTGRES_URL"},
    "load-simulator": {"NATS_URL"},
    "api-server": {"NATS_URL", "POSTGRES_URL", "TOKEN_KEY_FILE"},
    "worker": {"NATS_URL", "POSTGRES_URL"},
}


@functools.cache
def settings():
    """By heading of docs/CONFIGURATION.md its variables, each with its row's other cells."""
    found, heading = {}, ""
    for line in (DOCS / "CONFIGURATION.md").read_text().splitlines():
        if line.startswith("## "):
            heading = line[3:]
        elif line.startswith("| `"):
            names, *cells = [cell.strip() for cell in line.strip("|").split("|")]
            names = re.findall(r"`([A-Z_]+)`", names)
            for index, name in enumerate(names):
                found.setdefault(heading, {})[name] = [one_of(cells[0], index, len(names)),
                                                       *cells[1:]]
    return found


def one_of(cell, index, count):
    """A row of several variables has their defaults in their order, or one for all."""
    parts = [part.strip() for part in cell.split(",")]
    return parts[index] if len(parts) == count else cell


def default(program, name):
    """What a program takes that is told nothing, as text."""
    return own_settings(program)[name][0]


def own_settings(program):
    return {name: cells for heading, rows in settings().items() if program in heading
            for name, cells in rows.items()}


def known_to(program):
    """The variables a program reads."""
    return set(settings()["Every process"]) | set(own_settings(program))


def known_to_any():
    return {name for rows in settings().values() for name in rows}


def stream_settings():
    """What `betctl streams` and the backends have to agree on."""
    return set(settings()["betctl streams, reset"])


@functools.cache
def default_ports(program):
    """By the name of a port where the program listens when it is told nothing."""
    text = default(program, "HTTP_PORT")
    special = re.search(rf"{program.split('-')[-1]} (\d+)", text)
    number = special or re.match(r"(\d+)", text)
    return {"http": int(number[1]), "pprof": int(default("backend", "PROFILER_PORT"))}


@functools.cache
def routes(program):
    """The paths a program answers, as its sources declare them."""
    texts = [
        file.read_text()
        for folder in (SERVICES[program], "Observability")
        for file in (ROOT / "Sources" / folder).rglob("*.swift")
    ]
    pattern = r'(?:HTTPRoute\(\s*\.get,\s*|WebSocketHub\(path: )"(/[^"]*)"'
    return {path for text in texts for path in re.findall(pattern, text)}


@functools.cache
def metrics():
    """What docs/METRICS.md lists."""
    text = (DOCS / "METRICS.md").read_text()
    return set(re.findall(r"^\| `([a-z_]+)` \| (?:counter|gauge|histogram) ", text, re.MULTILINE))


def metrics_in(expression):
    """The engine's metrics in an expression, those of a histogram by its name."""
    names = re.findall(r"\b(?:betting|jetstream|process)_[a-z_]+", expression)
    return {name if name in metrics() else re.sub(r"_(bucket|sum|count)$", "", name)
            for name in names}


@dataclass(frozen=True)
class Backlog:
    """What the backends use together while they empty a full stream, as recorded."""

    source: str
    backends: int
    cores: float
    peak_mib: float | None


def backlog():
    """From the newest kept benchmark that has the figures, else from docs/PERFORMANCE.md."""
    for file in sorted((DOCS / "benchmarks").glob("*.json"), reverse=True):
        found = backlog_of_report(file.name, json.loads(file.read_text()))
        if found:
            return found
    return backlog_of_text((DOCS / "PERFORMANCE.md").read_text())


def backlog_of_report(name, report):
    """The median of the drains by two backends."""
    runs = [run for run in report.get("parts", {}).get("drain", {}).get("runs", [])
            if run.get("arm") == "json_2" and run.get("cpu_seconds")]
    if not runs:
        return None
    runs.sort(key=lambda run: sum(run["cpu_seconds"].values()) / run["seconds"])
    middle = runs[len(runs) // 2]
    return Backlog(name, len(middle["cpu_seconds"]),
                   sum(middle["cpu_seconds"].values()) / middle["seconds"],
                   max(middle["peak_mib"].values()))


def backlog_of_text(text):
    """From the row `| after | 2 | …` of the table with the columns named here."""
    header = re.search(r"^\|.*\| backends \|.*$", text, re.MULTILINE)
    row = re.search(r"^\| after \| 2 \|.*$", text, re.MULTILINE)
    assert header and row, "docs/PERFORMANCE.md has no row `| after | 2 |` of what backends cost"
    names, cells = ([cell.strip() for cell in found[0].strip("|").split("|")]
                    for found in (header, row))
    figures = dict(zip(names, cells))
    rate = int(figures["bets/s"].replace(",", ""))
    return Backlog("PERFORMANCE.md", int(figures["backends"]),
                   float(figures["both"]) * rate / 1e6, None)
