"""What a run may not have done and must have done, and what to do about it when it is not so."""

import schedule

STALL_SECONDS_MAX = 60
RELEASE_PEAK_KIB_MAX = 25 * 1024
# A run of this length or longer has to reach MINIMA, or it proves too little.
JUDGED_MINUTES = 5
MINIMA = {
    "bets acknowledged": 300_000,
    "bets placed": 10_000,
    "faults": 60,
    "kill -9 of backends": 5,
    "kill -9 of api-servers": 3,
    "kill -9 of workers": 3,
    "kill -9 of nats": 2,
    "kill -9 of postgres": 2,
    "kill -9 of redis": 2,
}
LINES_MAX = 12

# What a violation's text holds, and what to do about it.
ADVICE = [
    (
        "the audit's status is 1",
        "Bets or counters are wrong. Read the audit's table above, start the"
        " servers (below) and ask Postgres about the ids it names.",
    ),
    (
        "the audit's status is 2",
        "Undecided: a server did not answer, or sequences had no outcome in time. Start the servers"
        " and a backend (below), then run the audit again.",
    ),
    (
        "stored bets are not",
        "A bet was changed on its way: the journals say which message, the stream still has it.",
    ),
    (
        "rejected for a wrong reason",
        "A bet was refused, or a message for what is not wrong with it: see rejected_bets.",
    ),
    ("live view", "The aggregator's frame differs from Postgres: aggregator.log, ingest_totals."),
    (
        "parked as poison",
        "A message is taken for one that ends processes: docs/adr/0010-poison.md. Is it in bets?",
    ),
    (
        "not done",
        "Jobs, outbox or rounds that nobody ends: betctl queue, workers' logs, jobs.last_error.",
    ),
    (
        "wallets that are not",
        "Money was made or lost: wallet_ledgers of that user beside money-*.jsonl.",
    ),
    (
        "answered",
        "The API said what it may not: money-*.jsonl has the request, the api-servers' logs why.",
    ),
    (
        "an answer could not be had",
        "An api-server does not answer after all is healed: its log.",
    ),
    ("unclassified", "chaos/logs.py does not know the line: mend what wrote it, or name it there."),
    ("ended with status", "A process crashed or gave up: the end of its log says at what."),
    ("somebody else killed", "Nobody here did: dmesg tells of the kernel's out-of-memory killer."),
    ("did not stop", "The shutdown hangs: the log says how far it came."),
    ("nothing was stored", "Do the faults named explain it? On a slow machine, run again."),
    ("occupied", "More memory than a pod may use: PROFILER=1 and /debug/pprof/heap show where."),
    ("could not be settled", "What was promised is not known: publishers.log says why."),
    ("not over", "A fault did not come to its end, a server does not start: stack/log/."),
    ("less was done", "No fault of the engine: a slow machine, or the schedule. Run again."),
    ("the runner", "A defect of chaos/*.py: the traceback is above."),
]


def limits(findings):
    """What a run may not have done; and what one of five minutes must have done."""
    violations = []
    length, when = findings["longest_stall"]
    if length > STALL_SECONDS_MAX:
        violations.append(f"nothing was stored for {length:.0f} s, {when}")
    for slot in (*schedule.RELEASE_SLOTS, "aggregator"):
        peak = findings["peaks_kib"].get(slot, 0)
        if peak > RELEASE_PEAK_KIB_MAX:
            detail = findings.get("peak_details", {}).get(slot, "")
            violations.append(f"{slot} occupied {peak} KiB {detail}".rstrip())
    if findings["minutes"] >= JUDGED_MINUTES:
        violations += [
            f"less was done than a run must do: {what} {reached(findings)[what]:,} of {wanted:,}"
            for what, wanted in MINIMA.items()
            if reached(findings)[what] < wanted
        ]
    return violations


def reached(findings):
    """The figures that MINIMA speaks of."""
    done = findings["done"]
    return {
        "bets acknowledged": findings["acknowledged"],
        "bets placed": findings.get("money", {}).get("placed", 0),
        "faults": sum(done.values()),
        "kill -9 of backends": done.get("backend kill", 0),
        "kill -9 of api-servers": done.get("api kill", 0),
        "kill -9 of workers": done.get("worker kill", 0),
        "kill -9 of nats": done.get("nats kill", 0),
        "kill -9 of postgres": done.get("postgres kill", 0),
        "kill -9 of redis": done.get("redis kill", 0),
    }


def minima(findings):
    if findings["minutes"] < JUDGED_MINUTES:
        return f"shorter than {JUDGED_MINUTES} minutes: how much was done is not judged"
    lines = [f"{'at least':28} {'wanted':>8} {'reached':>8}"]
    for what, wanted in MINIMA.items():
        number = reached(findings)[what]
        short = "" if number >= wanted else "  too few"
        lines.append(f"{what:28} {wanted:8,} {number:8,}{short}")
    return "\n".join(lines)


def verdict(findings, directory):
    """The last words: clean, or what is wrong, what it means, and where to look."""
    seed, violations = findings["seed"], findings["violations"]
    if not violations:
        return f"seed {seed}: no violation"
    lines = [f"seed {seed}: {len(violations)} VIOLATIONS"]
    lines += [f"  - {violation}" for violation in violations[:LINES_MAX]]
    if len(violations) > LINES_MAX:
        lines.append(f"  … and {len(violations) - LINES_MAX} more: {directory}/report.json")
    lines += ["", "what to do"]
    for part, advice in ADVICE:
        if any(part in violation for violation in violations):
            lines.append(f"  {part}: {advice}")
    lines += [
        "",
        "where to look",
        f"  logs, journals, report   {directory}/",
        f"  data, programs           {directory}/stack/, programs/ (the next run of this seed"
        f" leaves them in seed-{seed}-violated/)",
        f"  start them               STACK_DIR={directory}/stack scripts/stack start",
        f"  ask Postgres, audit      export $(STACK_DIR={directory}/stack scripts/stack env);"
        f" {directory}/programs/release/betctl audit --journal {directory}/journal.jsonl",
        f"  the same schedule        make chaos SEED={seed} MINUTES={findings['minutes']:g}",
    ]
    return "\n".join(lines)


