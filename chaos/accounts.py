"""What the tables must say, by what players and operators were told.

`betctl audit` proves that the tables agree with each other; this, that they are what was asked for
and answered. Who met whom is taken from the tables; everything else is computed here.
"""

from decimal import Decimal

ZERO = Decimal(0)
ENDS = ("SETTLED", "REFUNDED")


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
    judge(
        "placed bets that `bets` has not, or otherwise",
        [
            (bet, tables.stored.get(bet))
            for bet, placed in tables.bets.items()
            if tables.stored.get(bet) != (placed.user, placed.round, placed.side, placed.stake)
        ],
    )
    judge(
        "bets of the kind matched that nobody placed",
        [bet for bet in tables.stored if bet not in tables.bets],
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
            if tables.rounds.get(name, ())[:2] != ("RESOLVED", winner)
        ],
    )
    judge(
        "bets that are stuck",
        [(bet, placed) for bet, placed in tables.bets.items() if placed.state not in ENDS],
    )
    wanted = {"A": "SETTLED", "B": "SETTLED", "void": "VOID"}
    judge(
        "matches that did not end as their round",
        [
            match
            for match in tables.matches
            if match.state != wanted.get(book.rounds.get(match.round))
        ],
    )
    judge(
        "bets paid back by more than was open",
        [
            bet
            for bet, (user, amount, _) in tables.refunds.items()
            if bet not in tables.bets
            or tables.bets[bet].user != user
            or amount != tables.unmatched[bet]
        ],
    )


def wrong_balances(book, tables):
    """User, what the wallet should have, and what it has: nothing may be locked any more."""
    wallets = {deposit.user: ZERO for deposit in book.deposits.values()}
    for deposit in book.deposits.values():
        wallets[deposit.user] += Decimal(deposit.amount)
    for bet, placed in tables.bets.items():
        # What is left of the stake is paid back whenever that is.
        wallets[placed.user] += tables.unmatched[bet] - placed.stake
    for match in tables.matches:
        users = {"A": tables.bets[match.bet_a].user, "B": tables.bets[match.bet_b].user}
        winner = book.rounds.get(match.round)
        for side in users if winner == "void" else (winner, winner):
            wallets[users[side]] += match.amount
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
        _, winner, closed_at = tables.rounds[placed.round]
        is_late = when - placed.placed_at >= refund_after_seconds
        if winner != "void" and not is_late and when >= float(closed_at):
            left.setdefault(placed.round, {}).setdefault(placed.side, set()).add(placed.user)
    return [
        (name, sides)
        for name, sides in left.items()
        if len(sides) == 2 and len(sides["A"] | sides["B"]) > 1
    ]
