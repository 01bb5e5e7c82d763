"""What the tables must say, by what players and operators were told.

`betctl audit` proves that the tables agree with each other; this, that they are what was asked for
and answered. Who met whom is taken from the tables; everything else is computed here.
"""

from dataclasses import dataclass
from decimal import Decimal

READ_SECONDS = 120
ZERO = Decimal(0)
BETS = """SELECT id, user_id, round_id, side, trim_scale(stake), state,
    extract(epoch FROM created_at) FROM placed_bets"""
KEYS = """SELECT user_id, key, body::json ->> 'betId' FROM idempotency_keys
    WHERE endpoint = 'POST /api/bets'"""
MATCHES = "SELECT id, round_id, bet_a, bet_b, trim_scale(amount), state FROM matches"
ROUNDS = """SELECT id, state, coalesce(winner, ''), settled_at IS NOT NULL,
    extract(epoch FROM closed_at) FROM rounds"""
WALLETS = "SELECT user_id, trim_scale(balance), trim_scale(locked_balance) FROM wallets"
# Deposits and refunds: key without its kind, user, amount, when.
PAID = """SELECT split_part(t.idempotent_key, ':', 2), e.user_id, trim_scale(e.amount),
    extract(epoch FROM t.created_at)
    FROM ledger_transactions t JOIN wallet_ledgers e ON e.transaction_id = t.id
    WHERE t.kind = '{}' AND e.account = 'wallet'"""
STORED = """SELECT id, user_id, game_id, selection, trim_scale(amount) FROM bets
    WHERE bet_type = 'matched'"""


@dataclass(frozen=True)
class PlacedBet:
    user: int
    round: str
    side: str
    stake: Decimal
    state: str
    placed_at: float


class Tables:
    """What is there after quiet."""

    def __init__(self, machines):
        def rows(statement):
            return machines.sql(statement, READ_SECONDS)

        self.bets = {
            row[0]: PlacedBet(int(row[1]), *row[2:4], Decimal(row[4]), row[5], float(row[6]))
            for row in rows(BETS)
        }
        self.keys = {(int(user), key): bet for user, key, bet in rows(KEYS)}
        self.matches = [(*row[:4], Decimal(row[4]), row[5]) for row in rows(MATCHES)]
        self.rounds = {row[0]: row[1:] for row in rows(ROUNDS)}
        self.wallets = {
            int(user): (Decimal(balance), Decimal(locked))
            for user, balance, locked in rows(WALLETS)
        }
        self.deposits = self._paid(rows(PAID.format("DEPOSIT")))
        self.refunds = self._paid(rows(PAID.format("REFUND")))
        self.stored = [
            (bet, int(user), game, side, Decimal(amount))
            for bet, user, game, side, amount in rows(STORED)
        ]

    @staticmethod
    def _paid(rows):
        return {
            key: (int(user), Decimal(amount), float(when)) for key, user, amount, when in rows
        }


def differences(book, tables, refund_after_seconds):
    """Violations, each with how many there are and the first."""
    found = []

    def judge(what, cases):
        if cases:
            found.append(f"{len(cases)} {what}, the first {cases[0]}")

    _judge_orders(book, tables, judge)
    _judge_deposits(book, tables, judge)
    _judge_ends(book, tables, judge)
    judge("open bets left alone on both sides", left_alone(book, tables, refund_after_seconds))
    judge("wallets that are not what was promised", wrong_balances(book, tables))
    stored = {bet: (user, place, side, stake) for bet, user, place, side, stake in tables.stored}
    judge(
        "placed bets that `bets` has not, or otherwise",
        [
            (bet, stored.get(bet))
            for bet, placed in tables.bets.items()
            if stored.get(bet) != (placed.user, placed.round, placed.side, placed.stake)
        ],
    )
    judge(
        "bets of the kind matched that nobody placed",
        [bet for bet in stored if bet not in tables.bets],
    )
    return found


def _judge_orders(book, tables, judge):
    orders = book.orders
    judge(
        "keys with several bets", [key for key, order in orders.items() if len(order.bets) > 1]
    )
    judge(
        "accepted bets that are not there, or otherwise",
        [
            (key, bet, tables.bets.get(bet))
            for key, order in orders.items()
            for bet in order.bets
            if not _is_that(order, tables.bets.get(bet))
        ],
    )
    judge(
        "refused bets that are there",
        [
            (key, order.refusal, tables.keys[order.user, key])
            for key, order in orders.items()
            if (order.user, key) in tables.keys
            and not order.bets
            and (order.is_intruder or not order.unknown)
        ],
    )
    judge(
        "bets that nobody knows the fate of",
        [
            key
            for key, order in orders.items()
            if not (order.bets or order.refusal or order.is_intruder)
        ],
    )
    known = {bet: key for (_, key), bet in tables.keys.items()}
    judge(
        "bets that nobody asked for",
        [bet for bet in tables.bets if not _is_that(orders.get(known.get(bet)), tables.bets[bet])],
    )


def _is_that(order, bet):
    return (
        order is not None
        and bet is not None
        and (bet.user, bet.round, bet.side, bet.stake)
        == (order.user, order.round, order.side, Decimal(order.amount))
    )


def _judge_deposits(book, tables, judge):
    judge(
        "deposits that are not there, or otherwise",
        [
            (key, tables.deposits.get(key))
            for key, deposit in book.deposits.items()
            if not deposit.is_done
            or tables.deposits.get(key, (0, 0))[:2] != (deposit.user, Decimal(deposit.amount))
        ],
    )
    judge(
        "deposits that nobody made",
        [key for key in tables.deposits if key not in book.deposits],
    )
    judge(
        "cancels that were answered with another amount than was paid back",
        [
            (bet, amount, tables.refunds.get(bet))
            for bet, user, amount in book.cancels
            if tables.refunds.get(bet, (0, 0))[:2] != (user, Decimal(amount))
        ],
    )


def _judge_ends(book, tables, judge):
    judge(
        "rounds without their result",
        [
            (name, winner, tables.rounds.get(name))
            for name, winner in book.rounds.items()
            if tables.rounds.get(name, ())[:3] != ["RESOLVED", winner, "t"]
        ],
    )
    ends = ("SETTLED", "REFUNDED")
    judge(
        "bets that are stuck",
        [(bet, placed) for bet, placed in tables.bets.items() if placed.state not in ends],
    )
    wanted = {"A": "SETTLED", "B": "SETTLED", "void": "VOID"}
    judge(
        "matches that did not end as their round",
        [match for match in tables.matches if match[5] != wanted.get(book.rounds.get(match[1]))],
    )
    judge(
        "bets paid back by more than was open",
        [
            bet
            for bet, (user, amount, _) in tables.refunds.items()
            if bet not in tables.bets
            or tables.bets[bet].user != user
            or amount != unmatched(tables)[bet]
        ],
    )


def unmatched(tables):
    """By bet, what nobody was found for."""
    if not hasattr(tables, "unmatched"):
        left = {bet: placed.stake for bet, placed in tables.bets.items()}
        for _, _, bet_a, bet_b, amount, _ in tables.matches:
            left[bet_a] -= amount
            left[bet_b] -= amount
        tables.unmatched = left
    return tables.unmatched


def wrong_balances(book, tables):
    """User, what the wallet should have, and what it has: nothing may be locked any more."""
    wallets = {deposit.user: ZERO for deposit in book.deposits.values()}
    for deposit in book.deposits.values():
        wallets[deposit.user] += Decimal(deposit.amount)
    for bet, placed in tables.bets.items():
        # What is left of the stake is paid back whenever that is.
        wallets[placed.user] += unmatched(tables)[bet] - placed.stake
    for _, place, bet_a, bet_b, amount, _ in tables.matches:
        users = {"A": tables.bets[bet_a].user, "B": tables.bets[bet_b].user}
        winner = book.rounds.get(place)
        for side in users if winner == "void" else (winner, winner):
            wallets[users[side]] += amount
    return [
        (user, str(balance), tables.wallets.get(user))
        for user, balance in wallets.items()
        if tables.wallets.get(user) != (balance, ZERO)
    ] + [(user, None, tables.wallets[user]) for user in tables.wallets if user not in wallets]


def left_alone(book, tables, refund_after_seconds):
    """Rounds that closed while bets of two users on opposite sides were open, and paid both back:
    who waits at the close has a right to a match. Not of void rounds."""
    left = {}
    for bet, (_, amount, when) in tables.refunds.items():
        placed = tables.bets.get(bet)
        if placed is None or bet in book.wished or amount == 0:
            continue
        _, winner, _, closed_at = tables.rounds[placed.round]
        is_late = when - placed.placed_at >= refund_after_seconds
        if winner != "void" and not is_late and when >= float(closed_at):
            left.setdefault(placed.round, {}).setdefault(placed.side, set()).add(placed.user)
    return [
        (name, sides)
        for name, sides in left.items()
        if len(sides) == 2 and len(sides["A"] | sides["B"]) > 1
    ]
