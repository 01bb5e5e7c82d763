"""What the publishers sent, made again from their seeds, beside what is in the tables.

Bets that were placed against a wallet are of a kind of their own: chaos/accounts.py has them.

The audit proves that every sequence has its outcome; this, that it is the right one: no bet was
refused, nothing else was stored, and every field of every stored bet is what was published. How a
message follows from seed and number is that of load-simulator/Script.swift and SplitMix.swift.
"""

import json
import math

MASK = (1 << 64) - 1
REACH = 1_000
YEAR_MICROSECONDS = 31_536_000_000_000.0
READ_SECONDS = 300
# Of MalformedBody, in its order.
REASONS = (
    "malformed",
    "malformed",
    "malformed",
    "content_type",
    "missing_field",
    "wrong_type",
    "bad_id",
    "amount_range",
    "amount_precision",
    "bad_timestamp",
)
STORED = """SELECT id, bet_type, game_id, selection, trim_scale(amount), user_id,
    (extract(epoch FROM placed_at) * 1000000)::bigint FROM bets WHERE bet_type <> 'matched'"""
REJECTED = """SELECT reason, (SELECT pair ->> 1 FROM jsonb_array_elements(headers) pair
    WHERE pair ->> 0 = 'Nats-Msg-Id') FROM rejected_bets"""


class SplitMix:
    def __init__(self, seed, index):
        self.state = seed ^ 0x6265_7473_6265_7473
        self.state = (self.next() + index * 0xD134_2543_DE82_EF95) & MASK
        self.state = self.next()

    def next(self):
        self.state = mixed = (self.state + 0x9E37_79B9_7F4A_7C15) & MASK
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58_476D_1CE4_E5B9) & MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D0_49BB_1331_11EB) & MASK
        return mixed ^ (mixed >> 31)

    def below(self, bound):
        return self.next() * bound >> 64

    def share(self):
        return (self.next() >> 11) * 2.0**-53


class Script:
    """The messages of one journal, from the line with which it begins."""

    def __init__(self, line):
        words = line["arguments"].split()
        named = dict(zip(words, words[1:]))
        self.seed = line["seed"]
        self.swapped = int.from_bytes(self.seed.to_bytes(8, "little"), "big")
        self.started = line["started"]
        self.rate = float(named["--rate"])
        self.counts = [int(named[f"--{name}"]) for name in ("games", "selections", "users")]
        self.malformed = float(named["--malformed"])
        self.repeated = self.malformed + float(named["--duplicates"])

    def message(self, number):
        """The reason why it is refused, the fields of the bet, or None for one sent before."""
        dice = SplitMix(self.seed, number)
        share = dice.share()
        if share < self.malformed:
            return REASONS[SplitMix(self.swapped, number).below(len(REASONS))]
        if share < self.repeated and number > 0 and self._repeats(number, dice):
            return None
        return self._bet(number)

    def _repeats(self, number, dice):
        """Whether there is a bet before it within reach of the draw."""
        origin = number - 1 - dice.below(min(number, REACH))
        while SplitMix(self.seed, origin).share() < self.repeated:
            if origin == 0:
                return False
            origin -= 1
        return True

    def _bet(self, number):
        dice = SplitMix(self.swapped, number)
        games, selections, users = self.counts
        amount = 1 + dice.below(100)
        game = f"game_{1 + dice.below(games)}"
        dice.below(1)
        selection = f"selection_{1 + dice.below(selections)}"
        user = 1 + dice.below(users)
        later = int(math.fmod(1_000_000 / self.rate * number, YEAR_MICROSECONDS))
        placed = self.started + later
        return ("moneyline", game, selection, str(amount), str(user), str(placed))


def published(journals):
    """By id: the fields of every bet tried; and the reason of everything that is none."""
    bets, refused = {}, {}
    for path in journals:
        script = None
        with open(path, encoding="utf-8", errors="replace") as file:
            for text in file:
                if text.startswith('{"t":"run"'):
                    script = Script(json.loads(text))
                # A line that was cut off by a kill names nothing that was sent.
                if not text.startswith('{"t":"try"') or not text.endswith("}\n"):
                    continue
                line = json.loads(text)
                message = script.message(line["n"])
                if isinstance(message, str):
                    refused[line["id"]] = message
                elif message:
                    bets[line["id"]] = message
    return bets, refused


def lines(journal):
    """A line for each message that is not a repetition: its id, and its fields or its reason."""
    bets, refused = published([journal])
    told = [f"{identity} {' '.join(fields)}" for identity, fields in bets.items()]
    return told + [f"{identity} {reason}" for identity, reason in refused.items()]


def compare(journals, machines):
    """How the tables differ from what was published: violations, and how much was compared."""
    bets, refused = published(journals)
    stored = machines.sql(STORED, READ_SECONDS)
    rejected = machines.sql(REJECTED, READ_SECONDS)
    differing = [row for row in stored if bets.get(row[0]) != tuple(row[1:])]
    wrongly = [row for row in rejected if refused.get(row[1]) != row[0]]
    violations = []
    if differing:
        row = differing[0]
        violations.append(
            f"{len(differing)} stored bets are not what was published, the first {row[0]}:"
            f" {row[1:]} instead of {bets.get(row[0], 'no bet')}"
        )
    if wrongly:
        reason, identity = wrongly[0]
        violations.append(
            f"{len(wrongly)} messages were rejected for a wrong reason, the first {identity}:"
            f" {reason} instead of {refused.get(identity, 'none: it is a bet')}"
        )
    return violations, f"{len(stored):,} stored and {len(rejected):,} rejected, each"
