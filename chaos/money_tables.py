"""What the tables of the money have after quiet."""

from dataclasses import dataclass
from decimal import Decimal

READ_SECONDS = 120
# Key without its kind, user, amount, when.
PAID = """SELECT split_part(t.idempotent_key, ':', 2), e.user_id, trim_scale(e.amount),
    extract(epoch FROM t.created_at)
    FROM ledger_transactions t JOIN wallet_ledgers e ON e.transaction_id = t.id
    WHERE t.kind = '{}' AND e.account = 'wallet'"""
STATEMENTS = {
    "bets": """SELECT id, user_id, round_id, side, trim_scale(stake), state,
        extract(epoch FROM created_at) FROM placed_bets""",
    "keys": """SELECT user_id, key, body::json ->> 'betId' FROM idempotency_keys
        WHERE endpoint = 'POST /api/bets'""",
    "matches": "SELECT id, round_id, bet_a, bet_b, trim_scale(amount), state FROM matches",
    "rounds": "SELECT id, state, winner, extract(epoch FROM closed_at) FROM rounds",
    "wallets": "SELECT user_id, trim_scale(balance), trim_scale(locked_balance) FROM wallets",
    "deposits": PAID.format("DEPOSIT"),
    "refunds": PAID.format("REFUND"),
    "stored": """SELECT id, user_id, game_id, selection, trim_scale(amount) FROM bets
        WHERE bet_type = 'matched'""",
}


@dataclass(frozen=True)
class PlacedBet:
    user: int
    round: str
    side: str
    stake: Decimal
    state: str
    placed_at: float


@dataclass(frozen=True)
class Match:
    id: str
    round: str
    bet_a: str
    bet_b: str
    amount: Decimal
    state: str


class Tables:
    """`read` answers the rows of one of STATEMENTS, by its name, as text."""

    def __init__(self, read):
        self.bets = {
            row[0]: PlacedBet(int(row[1]), *row[2:4], Decimal(row[4]), row[5], float(row[6]))
            for row in read("bets")
        }
        self.keys = {(int(user), key): bet for user, key, bet in read("keys")}
        self.matches = [Match(*row[:4], Decimal(row[4]), row[5]) for row in read("matches")]
        # By id: state, winner, and when it closed.
        self.rounds = {row[0]: tuple(row[1:]) for row in read("rounds")}
        self.wallets = {
            int(user): (Decimal(balance), Decimal(locked))
            for user, balance, locked in read("wallets")
        }
        # By key, of refunds the bet: user, amount, when.
        self.deposits = _paid(read("deposits"))
        self.refunds = _paid(read("refunds"))
        self.stored = {
            bet: (int(user), game, side, Decimal(amount))
            for bet, user, game, side, amount in read("stored")
        }
        # By bet, what nobody was found for.
        self.unmatched = {bet: placed.stake for bet, placed in self.bets.items()}
        for match in self.matches:
            self.unmatched[match.bet_a] -= match.amount
            self.unmatched[match.bet_b] -= match.amount


def of(machines):
    return Tables(lambda name: machines.sql(STATEMENTS[name], READ_SECONDS))


def _paid(rows):
    return {key: (int(user), Decimal(amount), float(when)) for key, user, amount, when in rows}
