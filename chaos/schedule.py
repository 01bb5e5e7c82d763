"""What happens when: the same seed and length make the same schedule, byte for byte."""

import random
from dataclasses import dataclass

# Slots of the fleet. Release backends are killed from outside, debug ones at fault points.
RELEASE_SLOTS = ("release-1", "release-2", "release-3")
DEBUG_SLOTS = ("debug-1", "debug-2")
# Its ways to the three servers lead through proxies.
PROXIED_SLOT = "release-1"
# The same of those that move money; the ways of the first and the third lead through proxies, too.
API_SLOTS = ("release-api", "debug-api")
WORKER_SLOTS = ("release-worker", "debug-worker")
SERVERS = ("nats", "postgres", "redis")

# Visits of a fault point from which one is drawn: those of every batch are met often.
STORING_POINTS = {
    "batchTaken": 60,
    "copyOpened": 60,
    "rowsCopied": 60,
    "conflictsFound": 10,
    "rejectionFound": 20,
    "commitPrepared": 60,
    "commitSent": 60,
    "commitAnswered": 60,
    "scriptSent": 60,
    "oddsApplied": 60,
    "rejectionsCopied": 20,
    "acknowledgementsBuffered": 60,
    "figuresDue": 20,
}
KEEPING_POINTS = ("rebuildBegun", "repairFound")
LEAVING_POINTS = ("groupLeft", "drained")
PUBLISHING_POINTS = {"tryJournaled": 40, "betsPublished": 40, "publishAnswered": 2000}
# Of an api-server and of a worker.
API_POINTS = {
    "walletsLocked": 60,
    "remainderTaken": 3,
    "entriesWritten": 60,
    "moneyCommitDue": 60,
    "commitSent": 60,
    "moneyCommitted": 60,
}
WORKER_POINTS = {
    "jobsClaimed": 40,
    "walletsLocked": 5,
    "matchesWritten": 20,
    "matchesClosed": 3,
    "remainderTaken": 5,
    "entriesWritten": 5,
    "moneyCommitDue": 100,
    "commitSent": 100,
    "moneyCommitted": 100,
    "outboxPublished": 40,
}
# Where somebody who stands still has locks that others wait for.
FROZEN_POINTS = (
    ("debug-api", "walletsLocked"),
    ("debug-api", "moneyCommitDue"),
    ("debug-worker", "jobsClaimed"),
    ("debug-worker", "matchesWritten"),
    ("debug-worker", "entriesWritten"),
)
ALL_POINTS = tuple(
    dict.fromkeys(
        (
            *PUBLISHING_POINTS,
            *STORING_POINTS,
            *KEEPING_POINTS,
            *API_POINTS,
            *WORKER_POINTS,
            *LEAVING_POINTS,
        )
    )
)

# How often each kind of fault comes in five minutes.
FAULTS_PER_5_MINUTES = {
    "backend kill": 8,
    "backend stop": 3,
    "backend freeze": 3,
    "aggregator kill": 1,
    # Each fault point once, in one five minutes.
    "point kill": len(STORING_POINTS) + len(KEEPING_POINTS) + len(LEAVING_POINTS),
    "point freeze": 3,
    "api kill": 4,
    "api stop": 2,
    "api freeze": 2,
    "api point": len(API_POINTS),
    "worker kill": 4,
    "worker stop": 2,
    "worker freeze": 2,
    "worker point": len(WORKER_POINTS),
    "money freeze": 3,
    "publisher kill": 2,
    "publisher point": len(PUBLISHING_POINTS),
    "nats kill": 3,
    "nats freeze": 1,
    "postgres kill": 3,
    "postgres restart": 1,
    "postgres freeze": 1,
    "postgres refuse": 1,
    "postgres lock": 1,
    "sessions end": 1,
    "redis kill": 3,
    "redis freeze": 1,
    "redis empty": 1,
    "redis delete": 1,
    "network": 4,
}
# Those without which a short run would prove little.
AT_LEAST_ONCE = (
    "backend kill",
    "point kill",
    "api kill",
    "api point",
    "worker kill",
    "worker point",
    "nats kill",
    "postgres kill",
    "redis kill",
)
BURSTS_PER_5_MINUTES = 10
BURST_BETS = (5_000, 15_000)
STEADY_RATE = 900
# What all players of the bets API do; nine in ten of it is a bet.
TURNS_PER_SECOND = 110
FIRST_SECONDS = 6
# The last fault is over before the load ends.
LAST_SECONDS = 10


@dataclass(frozen=True)
class Event:
    """One thing to do: `at` seconds after the load began."""

    at: float
    kind: str
    slot: str = ""
    # Of a fault point.
    point: str = ""
    visit: int = 1
    # Of what lasts.
    seconds: float = 0
    # Of the network: which server, and what becomes of the bytes.
    server: str = ""
    condition: str = ""
    # Of a burst.
    bets: int = 0

    def __str__(self):
        words = [f"{self.at:6.1f} s  {self.kind}"]
        words += [f"{self.slot}" if self.slot else ""]
        words += [f"at {self.point}, visit {self.visit}" if self.point else ""]
        words += [f"{self.condition} to {self.server}" if self.server else ""]
        words += [f"{self.bets} bets" if self.bets else ""]
        words += [f"for {self.seconds:.1f} s" if self.seconds else ""]
        return " ".join(word for word in words if word)


def schedule(seed, minutes):
    """The events of a run in their order."""
    dice = random.Random(seed)
    share = minutes / 5
    kinds = []
    for kind, count in FAULTS_PER_5_MINUTES.items():
        wanted = count * share
        number = int(wanted) + (dice.random() < wanted - int(wanted))
        kinds += [kind] * max(number, 1 if kind in AT_LEAST_ONCE else 0)
    dice.shuffle(kinds)
    decks = {
        "point kill": _rounds(dice, (*STORING_POINTS, *KEEPING_POINTS, *LEAVING_POINTS)),
        "point freeze": _rounds(dice, STORING_POINTS),
        "publisher point": _rounds(dice, PUBLISHING_POINTS),
        "api point": _rounds(dice, API_POINTS),
        "worker point": _rounds(dice, WORKER_POINTS),
        "money freeze": _rounds(dice, FROZEN_POINTS),
        # In turn, so that neither has a queue of faults that wait for each other.
        "slot": _rounds(dice, DEBUG_SLOTS),
    }
    gap = (minutes * 60 - FIRST_SECONDS - LAST_SECONDS) / max(len(kinds), 1)
    events = []
    for number, kind in enumerate(kinds):
        at = FIRST_SECONDS + gap * (number + dice.uniform(0, 0.7))
        events.append(_event(dice, round(at, 1), kind, decks))
    for _ in range(max(round(BURSTS_PER_5_MINUTES * share), 1)):
        at = dice.uniform(3, max(minutes * 60 - LAST_SECONDS, 4))
        events.append(Event(round(at, 1), "burst", bets=dice.randint(*BURST_BETS)))
    return sorted(events, key=lambda event: (event.at, str(event)))


def planned_bets(events, minutes):
    """How many messages are published when nothing makes the publishers late."""
    return round(STEADY_RATE * minutes * 60) + sum(event.bets for event in events)


def _rounds(dice, items):
    """All items in random order, then all again, without end."""
    while True:
        order = list(items)
        dice.shuffle(order)
        yield from order


def _event(dice, at, kind, decks):
    if kind.endswith(" point"):
        point = next(decks[kind])
        who = kind.split()[0]
        visits = {"publisher": PUBLISHING_POINTS, "api": API_POINTS, "worker": WORKER_POINTS}[who]
        slot = {"api": API_SLOTS[1], "worker": WORKER_SLOTS[1]}.get(who, "")
        return Event(at, kind, slot, point, dice.randint(1, visits[point]))
    if kind == "point kill":
        point = next(decks[kind])
        visit = dice.randint(1, STORING_POINTS.get(point, 1))
        return Event(at, kind, next(decks["slot"]), point, visit)
    if kind == "point freeze":
        point = next(decks[kind])
        visit = dice.randint(1, STORING_POINTS[point])
        seconds = round(dice.uniform(2, 14), 1)
        return Event(at, kind, next(decks["slot"]), point, visit, seconds)
    if kind == "money freeze":
        slot, point = next(decks[kind])
        return Event(at, kind, slot, point, 1, round(dice.uniform(2, 14), 1))
    if kind == "network":
        condition = dice.choice(("silent", "cut", "slow"))
        seconds = round(dice.uniform(3, 15), 1) if condition != "cut" else 1.0
        server = dice.choice(SERVERS)
        return Event(at, kind, PROXIED_SLOT, "", 1, seconds, server, condition)
    of = {"backend": RELEASE_SLOTS, "api": API_SLOTS[:1], "worker": WORKER_SLOTS[:1]}
    slot = dice.choice(of.get(kind.split()[0], ("",)))
    lasting = {
        "backend freeze": (2, 14),
        "api freeze": (2, 14),
        "worker freeze": (2, 14),
        "nats kill": (0, 4),
        "nats freeze": (1, 13),
        "postgres kill": (0, 4),
        "postgres restart": (0, 2),
        "postgres freeze": (1, 8),
        "postgres refuse": (1, 5),
        "postgres lock": (2, 8),
        "redis kill": (0, 6),
        "redis freeze": (1, 10),
    }
    seconds = round(dice.uniform(*lasting[kind]), 1) if kind in lasting else 0
    return Event(at, kind, slot, seconds=seconds)
