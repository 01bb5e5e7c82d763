"""The report of a run: a table, .build/bench.json, and for keeping docs/benchmarks/."""

import json
import subprocess
from datetime import datetime, timezone

import machine
from servers import ROOT

BATCH_ROWS_MAX = 4_000
PATH = f"{ROOT}/.build/bench.json"


def write(results, options):
    """`results`: of each part its figures and its runs."""
    figures = {}
    for result in results.values():
        figures |= result["figures"]
    figures |= peaks(results)
    document = {
        **figures,
        "taken_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "commit": git("rev-parse", "--short", "HEAD"),
        "machine": machine.describe(),
        "settings": {**vars(options), "batch_rows_max": BATCH_ROWS_MAX},
        "parts": results,
    }
    with open(PATH, "w", encoding="utf-8") as file:
        json.dump(document, file, indent=2)
        file.write("\n")
    print("\n== figures (.build/bench.json)")
    for key, value in sorted(figures.items()):
        print(f"{key:32} {value:>14,}")


def peaks(results):
    """The most memory of any backend in any run."""
    found = [
        peak
        for result in results.values()
        for run in result.get("runs", [])
        for peak in run.get("peak_mib", {}).values()
    ]
    return {"backend_peak_mib": max(found)} if found else {}


def git(*arguments):
    done = subprocess.run(
        ["git", "-C", ROOT, *arguments], capture_output=True, text=True, check=False
    )
    return done.stdout.strip()
