"""What a run has found, for people; and what all runs together have reached."""

import json
import os

import schedule
import verdict


def text(findings, directory):
    parts = [_faults(findings), _points(findings), _complaints(findings)]
    parts += [findings["audit"].rstrip(), _figures(findings), _money(findings)]
    parts.append(verdict.minima(findings))
    return "\n\n".join(["", *parts, verdict.verdict(findings, directory)])


def _faults(findings):
    done, planned = findings["done"], findings["planned"]
    lines = [f"{'fault':20} {'planned':>8} {'hit':>6}"]
    for kind in sorted(planned):
        lines.append(f"{kind:20} {planned[kind]:8} {done.get(kind, 0):6}")
    lines.append(f"{'all':20} {sum(planned.values()):8} {sum(done.values()):6}")
    lines += [f"missed: {' '.join(missed.split())}" for missed in findings["missed"]]
    return "\n".join(lines)


def _points(findings):
    lines = [f"{'fault point':28} {'kill':>6} {'freeze':>6}"]
    hits = findings["hits"]
    for point in schedule.ALL_POINTS:
        numbers = [hits.get(f"{point} {action}", 0) for action in ("kill", "freeze")]
        lines.append(f"{point:28} {numbers[0]:6} {numbers[1]:6}" + ("" if any(numbers) else "  -"))
    return "\n".join(lines)


def _complaints(findings):
    lines = ["complaints in logs, by kind (docs/TESTING.md explains them)"]
    lines += [f"{n:8}  {kind}" for kind, n in sorted(findings["complaints"].items())]
    return "\n".join(lines)


def _figures(findings):
    length, when = findings["longest_stall"]
    logged = findings["complaints"].get("commit unknown", 0)
    forced = findings["hits"].get("commitSent kill", 0)
    peaks = sorted(findings["peaks_kib"].items())
    figures = [
        ("seed", findings["seed"]),
        ("load lasted", f"{findings['seconds']} s"),
        ("publishes tried", f"{findings['tried']:,}"),
        ("publishes acknowledged", f"{findings['acknowledged']:,}"),
        ("stored", f"{findings['stored']:,}"),
        ("duplicate", f"{findings['duplicates']:,}"),
        ("rejected", f"{findings['rejected']:,}"),
        ("compared with the script", findings["compared"]),
        ("ambiguous commits", f"{logged} logged, {forced} at the point commitSent"),
        ("unclassified errors", findings["unclassified"]),
        ("audited after", f"{findings['settled_seconds']:.0f} s"),
        ("longest stall", f"{length:.1f} s, {when}"),
        ("starts", ", ".join(f"{k} {v}" for k, v in findings["starts"].items())),
        ("ends", ", ".join(f"{k} {v}" for k, v in sorted(findings["ends"].items()))),
        ("peak MiB", ", ".join(f"{name} {kib / 1024:.1f}" for name, kib in peaks)),
        ("load of the machine", f"{findings['machine_load']:.1f} on {os.cpu_count()} cores"),
    ]
    return "\n".join(f"{name:28} {value}" for name, value in figures)


def _money(findings):
    figures = {"the bets API": "", **findings.get("money", {})}
    return "\n".join(f"{name:40} {value}" for name, value in figures.items())


def summary(directory):
    """A line for each run kept, and which fault points none of them has hit."""
    head = f"{'seed':>6} {'min':>4} {'acked':>8} {'stored':>8} {'faults':>6} {'backend':>7}"
    head += f" {'placed':>7} {'api/w':>5} {'N/P/R':>6} {'points':>6} {'ambig.':>6} {'stall s':>7}"
    head += f" {'MiB':>5}  result"
    hit, lines = set(), []
    for found in _kept(directory):
        points = {key.split()[0] for key in found["hits"]}
        hit |= points
        lines.append(_line(found, len(points)))
    missing = [point for point in schedule.ALL_POINTS if point not in hit]
    told = ", ".join(missing) if missing else "none"
    return "\n".join(["runs kept", head, *lines, f"fault points that none of them hit: {told}"])


def _kept(directory):
    found = []
    for name in os.listdir(directory) if os.path.isdir(directory) else []:
        path = f"{directory}/{name}/report.json"
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                found.append(json.load(file))
    return sorted(found, key=lambda findings: findings["seed"])


def _line(found, points):
    figures = verdict.reached(found)
    movers = f"{figures['kill -9 of api-servers']}/{figures['kill -9 of workers']}"
    servers = "/".join(str(figures[f"kill -9 of {name}"]) for name in schedule.SERVERS)
    peak = max((found["peaks_kib"].get(slot, 0) for slot in schedule.RELEASE_SLOTS), default=0)
    ambiguous = found["complaints"].get("commit unknown", 0)
    violations = len(found["violations"])
    return (
        f"{found['seed']:6} {found['minutes']:4g} {found['acknowledged']:8,} {found['stored']:8,}"
        f" {figures['faults']:6} {figures['kill -9 of backends']:7} {figures['bets placed']:7,}"
        f" {movers:>5} {servers:>6} {points:6}"
        f" {ambiguous:6} {found['longest_stall'][0]:7.1f} {peak / 1024:5.1f}"
        f"  {f'{violations} violations' if violations else 'clean'}"
    )
