"""A run of seeded load and faults over several backends, and the judgement about it.

See docs/TESTING.md. Exit status: 0 nothing was violated, 1 something was or it could not be judged.
"""

import argparse
import glob
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import traceback

import faults
import judge
import load
import logs
import market
import money
import oracle
import pods
import proxy
import report
import schedule
import servers
import stall
import verdict

ROOT = servers.ROOT
RUNS = f"{ROOT}/.build/chaos"
OVER_SECONDS = 90


def main():
    options = parse()
    asked = inspect(options)
    if asked is not None:
        return asked
    events = schedule.schedule(options.seed, options.minutes)
    print(f"seed {options.seed}, {options.minutes:g} min, {len(events)} events", flush=True)
    directory = f"{RUNS}/seed-{options.seed}"
    make_room(directory)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    try:
        findings = carry_out(options, events, directory)
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        print(f"\nseed {options.seed}: COULD NOT BE JUDGED: {error}")
        print(f"logs, journals, data: {directory}/; the servers' own logs: {directory}/stack/log/")
        return 1
    status = tell_verdict(findings, directory)
    print("\n" + report.summary(RUNS))
    if status == 0:
        # Data and programs are of use to somebody who has to find out what happened.
        for name in ("stack", "programs"):
            shutil.rmtree(f"{directory}/{name}", ignore_errors=True)
    return status


def inspect(options):
    """Answers a question without a run and returns the exit status; None when none was asked."""
    if options.summary:
        print(report.summary(RUNS))
    elif options.judge:
        with open(options.judge, encoding="utf-8") as file:
            return tell_verdict(json.load(file), os.path.dirname(os.path.abspath(options.judge)))
    elif options.script:
        print("\n".join(oracle.lines(options.script)))
    elif options.classify:
        return classify(options.classify)
    elif options.accounts:
        return money.compare_file(options.accounts)
    elif options.points:
        print("\n".join(schedule.ALL_POINTS))
    elif options.plan:
        events = schedule.schedule(options.seed, options.minutes)
        print("\n".join(map(str, events)))
        print(f"{schedule.planned_bets(events, options.minutes):,} bets")
    else:
        return None
    return 0


def carry_out(options, events, directory):
    """The run from the servers' start to their end; returns what was found."""
    machines = servers.Servers(f"{directory}/stack")
    try:
        findings = run(options, events, directory, machines)
    finally:
        machines.stop()
    findings["machine_load"] = os.getloadavg()[2]
    return findings


def classify(path):
    """Prints the kinds of a log's complaints and the lines that are of none; 1 if there are any."""
    tally = logs.Tally()
    tally.read(path, os.path.basename(path))
    print("\n".join([f"{n:8}  {kind}" for kind, n in sorted(tally.kinds.items())]))
    print("\n".join([f"unclassified: {line}" for line in tally.unclassified]))
    return 1 if tally.unclassified else 0


def tell_verdict(findings, directory):
    """Judges, keeps the report and prints it; returns the exit status."""
    seen = findings["violations"]
    seen += [violation for violation in verdict.limits(findings) if violation not in seen]
    with open(f"{directory}/report.json", "w", encoding="utf-8") as file:
        json.dump(findings, file, indent=2)
    text = report.text(findings, directory)
    with open(f"{directory}/report.txt", "w", encoding="utf-8") as file:
        file.write(text + "\n")
    print(text)
    return 1 if findings["violations"] else 0


def make_room(directory):
    """An empty directory; what was there before goes, unless it shows a violation."""
    if os.path.exists(f"{directory}/report.json") and os.path.exists(f"{directory}/stack"):
        shutil.rmtree(f"{directory}-violated", ignore_errors=True)
        os.rename(directory, f"{directory}-violated")
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)


def parse():
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--release", default=f"{ROOT}/.build/release")
    parser.add_argument("--debug", default=f"{ROOT}/.build/debug")
    parser.add_argument("--plan", action="store_true", help="print the schedule and end")
    parser.add_argument("--summary", action="store_true", help="compare the runs kept and end")
    parser.add_argument("--judge", metavar="REPORT", help="judge a kept report.json again and end")
    parser.add_argument("--classify", metavar="LOG", help="what a process complained of, and end")
    parser.add_argument("--script", metavar="JOURNAL", help="print what it says was published")
    parser.add_argument("--accounts", metavar="FILE", help="journal and tables of money, and end")
    parser.add_argument("--points", action="store_true", help="print the fault points and end")
    return parser.parse_args()


def run(options, events, directory, machines):
    release, debug = pods.copied(options, directory)
    environment = {
        **machines.urls,
        "LOG_FORMAT": "json",
        "HTTP_PORT": "0",
        "HTTP_ADDRESS": "127.0.0.1",
        "DASHBOARD_DIR": f"{ROOT}/dashboard",
        "REFUND_AFTER": str(money.REFUND_AFTER_SECONDS),
        "TOKEN_KEY_FILE": f"{directory}/token.key",
    }
    betctl = f"{release}/betctl"
    for command in ("migrate", "streams"):
        subprocess.run(
            [betctl, command], env={**os.environ, **environment}, check=True, capture_output=True
        )
    fault_log = f"{directory}/faults-publishers.log"
    proxies = {name: proxy.Proxy(machines.port(name)) for name in servers.SERVER_NAMES}
    fleet, ports = pods.make(release, debug, directory, machines, environment, proxies)
    threading.excepthook = lambda failure: tell(failure, fleet)
    publishers = load.Load(directory, options.seed, release, debug, environment, fault_log)
    players = market.Market(directory, options.seed, ports)
    injected = faults.Faults(machines, fleet, publishers, proxies)
    progress = stall.Progress(machines, injected, fleet, f"{directory}/stalls.log")
    try:
        fleet.start()
        publishers.start()
        players.start()
        progress.start()
        seconds = play(events, options.minutes * 60, injected)
        unfinished = injected.wait(OVER_SECONDS)
        heal(machines, fleet, proxies)
        players.stop()
        publishers.stop()
        progress.end()
        judgement = judge.Judge(betctl, directory, machines, fleet, environment)
        findings = judgement.findings(publishers, players)
    except BaseException:
        players.give_up()
        publishers.give_up()
        fleet.kill()
        raise
    hits = load.fault_hits(glob.glob(f"{directory}/faults-*"))
    findings |= {
        "seed": options.seed,
        "minutes": options.minutes,
        "seconds": round(seconds, 1),
        "planned": count(event.kind for event in events if event.kind != "burst"),
        "done": injected.done,
        "missed": injected.missed,
        "hits": {
            f"{point} {action}": number
            for (point, action), number in hits.items()
        },
        "longest_stall": progress.longest,
        "peaks_kib": fleet.peaks,
        "peak_details": fleet.peak_details,
    }
    findings["violations"] += [f"not over after {OVER_SECONDS} s: {event}" for event in unfinished]
    return findings


def tell(failure, fleet):
    """A thread of the runner ended: what it was to do or to watch is not done."""
    traceback.print_exception(failure.exc_value)
    fleet.violations.append(f"the runner: {failure.exc_type.__name__}: {failure.exc_value}")


def play(events, seconds, injected):
    """Does everything at its time; returns how long it took."""
    begun = time.monotonic()
    for event in events:
        time.sleep(max(begun + event.at - time.monotonic(), 0))
        print(event, flush=True)
        injected.begin(event)
    time.sleep(max(begun + seconds - time.monotonic(), 0))
    return time.monotonic() - begun


def heal(machines, fleet, proxies):
    """Nothing is wrong any more."""
    for way in proxies.values():
        way.set("open")
    for name in servers.SERVER_NAMES:
        machines.signal(name, signal.SIGCONT)
    machines.start()
    fleet.thaw()


def count(kinds):
    counts = {}
    for kind in kinds:
        counts[kind] = counts.get(kind, 0) + 1
    return counts


if __name__ == "__main__":
    sys.exit(main())
