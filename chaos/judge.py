"""What is asked once everything is healed and quiet: the audit, the live view, the logs."""

import json
import os
import signal
import subprocess
import time
import urllib.request

import logs
import money
import oracle
import servers

AUDIT_SECONDS = 180
SNAPSHOT_SECONDS = 30
TOTALS = """SELECT coalesce(sum(stored), 0), coalesce(sum(duplicates), 0),
    coalesce(sum(rejected), 0) FROM ingest_totals"""


class Judge:
    def __init__(self, betctl, directory, machines, pods, environment):
        self.betctl = betctl
        self.directory = directory
        self.servers = machines
        self.pods = pods
        self.environment = environment

    def findings(self, publishers, players):
        journal = f"{self.directory}/journal.jsonl"
        tried, acknowledged = publishers.join_journals(journal)
        begun = time.monotonic()
        violations = money.wait_until_quiet(self.servers)
        audit = self._audit(journal)
        settled = time.monotonic() - begun
        stored, duplicates, rejected = map(int, self.servers.sql(TOTALS)[0])
        if audit.returncode != 0:
            violations.append(f"the audit's status is {audit.returncode}")
        differences, compared = oracle.compare(publishers.journals, self.servers)
        violations += differences + self._live_view(stored)
        wrong, money_figures = money.judge(players, self.servers)
        violations += wrong
        self.pods.stop()
        tally = logs.Tally()
        for slot in self.pods.slots.values():
            tally.read(slot.log, slot.name)
        violations += self.pods.violations + publishers.violations
        violations += [f"unclassified: {line}" for line in tally.unclassified]
        return {
            "settled_seconds": round(settled, 1),
            "audit": audit.stdout + audit.stderr,
            "compared": compared,
            "tried": tried,
            "acknowledged": acknowledged,
            "stored": stored,
            "duplicates": duplicates,
            "rejected": rejected,
            "money": money_figures,
            "complaints": tally.kinds,
            "unclassified": len(tally.unclassified),
            "ends": ends(self.pods),
            "starts": {slot.name: slot.starts for slot in self.pods.slots.values()},
            "violations": violations,
        }

    def _audit(self, journal):
        return subprocess.run(
            [self.betctl, "audit", "--timeout", f"{AUDIT_SECONDS}s", "--journal", journal],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
        )

    def _live_view(self, stored):
        """What the aggregator shows has to become what Postgres says."""
        port = self.pods.slots["aggregator"].environment["HTTP_PORT"]
        url = f"http://127.0.0.1:{port}/api/snapshot"
        seen = {}

        def agrees():
            try:
                with urllib.request.urlopen(url, timeout=5) as page:
                    frame = json.load(page)
            except (OSError, ValueError) as error:
                seen["error"] = str(error)
                return False
            seen.update(total_bets=frame["total_bets"], reconciliation=frame["reconciliation"])
            return frame["total_bets"] == stored and not frame["reconciliation"]["violations"]

        if servers.wait_until(agrees, SNAPSHOT_SECONDS):
            return []
        return [f"the live view shows {seen}, Postgres has {stored}"]


def ends(pods):
    """By how it ended, the number of processes."""
    names = {-signal.SIGKILL: "killed", 0: "stopped", 1: "left", 70: "watchdog"}
    names[-signal.SIGTERM] = "stopped at birth"
    counts = {}
    for slot in pods.slots.values():
        for status, number in slot.exits.items():
            name = names.get(status, f"status {status}")
            counts[name] = counts.get(name, 0) + number
    return counts
