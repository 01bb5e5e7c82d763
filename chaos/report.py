"""What a run has found, for people; and what all runs together have reached."""

import json
import os

import schedule

STALL_SECONDS_MAX = 60
RELEASE_PEAK_KIB_MAX = 25 * 1024


def limits(findings):
    """What a run of this length must have done, and may not have done."""
    violations = []
    length, when = findings["longest_stall"]
    if length > STALL_SECONDS_MAX:
        violations.append(f"nothing was stored for {length:.0f} s, {when}")
    for slot in schedule.RELEASE_SLOTS:
        peak = findings["peaks_kib"].get(slot, 0)
        if peak > RELEASE_PEAK_KIB_MAX:
            violations.append(f"{slot} occupied {peak} KiB")
    return violations


def text(findings):
    done, planned = findings["done"], findings["planned"]
    lines = ["", f"{'fault':20} {'planned':>8} {'hit':>6}"]
    for kind in sorted(planned):
        lines.append(f"{kind:20} {planned[kind]:8} {done.get(kind, 0):6}")
    lines.append(f"{'all':20} {sum(planned.values()):8} {sum(done.values()):6}")
    lines += [f"missed: {missed}" for missed in findings["missed"]]
    lines += ["", f"{'fault point':28} {'hit':>6}"]
    lines += [f"{name:28} {number:6}" for name, number in sorted(findings["hits"].items())]
    lines += ["", "complaints in logs, by kind"]
    lines += [f"{n:8}  {kind}" for kind, n in sorted(findings["complaints"].items())]
    lines += ["", findings["audit"].rstrip(), ""]
    ambiguous = findings["complaints"].get("commit unknown", 0)
    length, when = findings["longest_stall"]
    figures = [
        ("seed", findings["seed"]),
        ("load lasted", f"{findings['seconds']} s"),
        ("publishes tried", f"{findings['tried']:,}"),
        ("publishes acknowledged", f"{findings['acknowledged']:,}"),
        ("stored", f"{findings['stored']:,}"),
        ("duplicate", f"{findings['duplicates']:,}"),
        ("rejected", f"{findings['rejected']:,}"),
        ("ambiguous commits logged", ambiguous),
        ("unclassified errors", findings["unclassified"]),
        ("longest stall", f"{length:.1f} s {when}"),
        ("starts", ", ".join(f"{k} {v}" for k, v in findings["starts"].items())),
        ("peak KiB", ", ".join(f"{k} {v}" for k, v in sorted(findings["peaks_kib"].items()))),
    ]
    lines += [f"{name:28} {value}" for name, value in figures]
    violations = findings["violations"]
    lines += ["", f"violations: {len(violations)}" if violations else "no violation"]
    return "\n".join(lines + [f"  {violation}" for violation in violations])


def coverage(directory):
    """Which fault points no kept run has hit."""
    hit, seeds = set(), []
    for name in sorted(os.listdir(directory)):
        path = f"{directory}/{name}/report.json"
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                found = json.load(file)
            seeds.append(found["seed"])
            hit |= {key.split()[0] for key in found["hits"]}
    missing = [point for point in schedule.ALL_POINTS if point not in hit]
    told = ", ".join(missing) if missing else "none"
    return f"fault points not hit in the runs kept (seeds {seeds}): {told}"
