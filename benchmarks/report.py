"""The report of a run: a table, .build/bench.json, and for keeping docs/benchmarks/."""

import json
import os
import re
import subprocess
from datetime import datetime, timezone

import machine
from servers import ROOT

# The backend's default.
BATCH_ROWS_MAX = 4_000
PATH = f"{ROOT}/.build/bench.json"
KEPT = f"{ROOT}/docs/benchmarks"
# What the figures say, in the order of the table, and what they should be.
FIGURES = {
    "copy_rows_per_s": ("psql, COPY in blocks of 1,000", None),
    "read_msgs_per_s": ("reading the stream, no acknowledgements", None),
    "read_acknowledged_msgs_per_s": ("reading the stream, each acknowledged", None),
    "publish_per_s": ("publishing, JSON, one connection", None),
    "drain_json_1_per_s": ("drain, JSON, one backend", None),
    "drain_json_2_per_s": ("drain, JSON, two backends", None),
    "drain_protobuf_1_per_s": ("drain, Protocol Buffers, one backend", None),
    "drain_duplicates_per_s": ("drain with 1 % duplicates", None),
    "drain_redelivery_per_s": ("full redelivery of what is stored", None),
    "drain_json_1_4kib_per_s": ("drain of messages of 4 KiB", None),
    "drain_empty_per_s": ("drain on an empty table, beside growth", None),
    "drain_grown_per_s": ("drain on a large table", None),
    "ratio_drain_copy": ("drain ÷ COPY", ("≥", 0.7)),
    "ratio_drain_read": ("drain ÷ reading without acknowledgements", None),
    "ratio_duplicates": ("1 % duplicates ÷ clean", ("≥", 0.5)),
    "ratio_redelivery": ("full redelivery ÷ clean", ("≥", 1)),
    "ratio_two_backends": ("two backends ÷ one", ("≥", 1)),
    "ratio_protobuf": ("Protocol Buffers ÷ JSON", None),
    "cpu_us_copy": ("CPU time of a row in COPY, µs", None),
    "cpu_us_drain_json_1": ("CPU time of a bet in the drain, µs", None),
    "ratio_growth": ("large table ÷ empty table", ("≥", 0.7)),
    "backend_peak_mib": ("peak memory of a backend, any part", ("≤", 25)),
    "backend_peak_mib_4kib": ("… with messages of 4 KiB", ("≤", 25)),
    "simulator_peak_mib": ("peak memory of the simulator", None),
    "ack_p50_ms_at_1000": ("due to acknowledged, 1,000/s, p50", None),
    "ack_p95_ms_at_1000": ("… p95", None),
    "ack_p99_ms_at_1000": ("… p99", None),
    "ack_p50_ms_at_5000": ("due to acknowledged, 5,000/s, p50", None),
    "ack_p95_ms_at_5000": ("… p95", None),
    "ack_p99_ms_at_5000": ("… p99", ("≤", 50)),
    "ack_p50_ms_at_20000": ("due to acknowledged, 20,000/s, p50", None),
    "ack_p95_ms_at_20000": ("… p95", None),
    "ack_p99_ms_at_20000": ("… p99", None),
    "api_burst_p50_ms": ("1,000 connections, 200 bets/s placed, p50", ("≤", 20)),
    "api_burst_p99_ms": ("… p99", ("≤", 100)),
    "api_burst_errors": ("… not accepted", ("≤", 0)),
    "api_burst_jobs_s": ("… seconds until no job is left", ("≤", 5)),
    "api_sustained_p50_ms": ("200 users, 100 bets/s placed for 60 s, p50", ("≤", 20)),
    "api_sustained_p99_ms": ("… p99", ("≤", 100)),
    "api_sustained_errors": ("… not accepted", ("≤", 0)),
    "api_sustained_jobs_s": ("… seconds until no job is left", ("≤", 5)),
    "api_bets_per_s": ("bets placed a second with p99 under 100 ms", None),
    "pgbench_bets_per_s": ("the same statements by pgbench, 8 clients", None),
    "ratio_api_pgbench": ("placed ÷ pgbench", ("≥", 0.7)),
    "frame_p50_ms_at_2000": ("publish to dashboard, 2,000/s, p50", None),
    "frame_p99_ms_at_2000": ("… p99", None),
    "dashboards_1000_cores": ("aggregator's cores for 1,000 dashboards", None),
    "dashboards_1000_mib": ("… its peak memory", None),
}


def write(results, options):
    """`results`: of each part its figures and its runs."""
    figures = {}
    for result in results.values():
        figures |= result["figures"]
    figures |= backend_peak(results)
    document = {
        **figures,
        "taken_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "commit": commit(),
        "machine": machine.describe(),
        "settings": {
            **{key: value for key, value in vars(options).items() if key != "keep"},
            "batch_rows_max": int(os.environ.get("BATCH_ROWS_MAX", BATCH_ROWS_MAX)),
        },
        "parts": results,
    }
    text = json.dumps(document, indent=1) + "\n"
    with open(PATH, "w", encoding="utf-8") as file:
        file.write(text)
    print("\n== figures (.build/bench.json)")
    for label, key, value, wanted, verdict in rows(figures):
        print(f"{label:42} {key:30} {value:>12,}  {wanted:7} {verdict}".rstrip())
    if options.keep:
        keep(document, text, figures)


def rows(figures):
    """Label, key, value, what is wanted and whether it is so; figures of no label come last."""
    for key in [*(key for key in FIGURES if key in figures), *sorted(set(figures) - set(FIGURES))]:
        label, wanted = FIGURES.get(key, ("", None))
        verdict = ""
        if wanted:
            sign, limit = wanted
            is_met = figures[key] >= limit if sign == "≥" else figures[key] <= limit
            verdict = "" if is_met else "falls short"
        yield label, key, figures[key], " ".join(map(str, wanted or ())), verdict


def backend_peak(results):
    """The most memory of any backend in any run."""
    found = [
        peak
        for result in results.values()
        for run in result["runs"]
        for name, peak in run.get("peak_mib", {}).items()
        if name.startswith("backend")
    ]
    return {"backend_peak_mib": max(found)} if found else {}


def keep(document, text, figures):
    """Writes the report and a table of it to docs/benchmarks/, named after date and machine."""
    about = document["machine"]
    slug = re.sub(r"[^a-z0-9]+", "-", f"{about['cpu']} {about['cores']} cores".lower()).strip("-")
    path = f"{KEPT}/{document['taken_at'][:10]}-{slug}"
    os.makedirs(KEPT, exist_ok=True)
    with open(f"{path}.json", "w", encoding="utf-8") as file:
        file.write(text)
    loads = [run["load"] for part in document["parts"].values() for run in part["runs"]]
    lines = [
        f"# {document['taken_at'][:10]}, {about['cpu']}, {about['cores']} cores",
        "",
        f"Commit {document['commit']}, {about['memory_gib']} GiB, Linux {about['kernel']}, load",
        f"average {min(loads)} to {max(loads)} before the runs. Raw figures: the JSON file beside.",
        "",
        "| what | figure | wanted | |",
        "|---|--:|--:|---|",
    ]
    for label, key, value, wanted, verdict in rows(figures):
        lines.append(f"| {label or f'`{key}`'} | {value:,} | {wanted} | {verdict} |")
    with open(f"{path}.md", "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    print(f"kept in {os.path.relpath(path, ROOT)}.md and .json")


def commit():
    """The commit of the sources, marked when they were changed since."""
    name = git("rev-parse", "--short", "HEAD")
    return name + (" and changes" if git("status", "--porcelain", "--untracked-files=no") else "")


def git(*arguments):
    done = subprocess.run(
        ["git", "-C", ROOT, *arguments], capture_output=True, text=True, check=False
    )
    return done.stdout.strip()
