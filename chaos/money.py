"""The judgement about the money, when everything is healed and nobody bets any more."""

import json

import accounts
import money_journal
import money_tables
import servers

# What waits for a retry, a lease or the outbox has so long to be done.
QUIET_SECONDS = 120
# A bet that nobody matched is paid back after so long; workers are told.
REFUND_AFTER_SECONDS = 8
LEFT = {
    "jobs": "SELECT kind, state, attempts, count(*), max(last_error) FROM jobs GROUP BY 1, 2, 3",
    "outbox": "SELECT 'bets', count(*) FROM bet_outbox HAVING count(*) > 0",
    "rounds": "SELECT id, state FROM rounds WHERE settled_at IS NULL",
}
DONE = """SELECT kind, count(*) FROM ledger_transactions GROUP BY 1
    UNION ALL SELECT 'matches', count(*) FROM matches
    UNION ALL SELECT 'parts', count(*) FROM (SELECT FROM (SELECT bet_a AS b FROM matches
        UNION ALL SELECT bet_b FROM matches) AS m GROUP BY b HAVING count(*) > 1) AS x"""


def wait_until_quiet(machines):
    """What is left to do when the time is over: violations."""
    left = []

    def is_quiet():
        try:
            left[:] = [
                f"not done: {what}: {' '.join(row)}"
                for what, statement in LEFT.items()
                for row in machines.sql(statement)
            ]
        except RuntimeError as error:
            left[:] = [f"not done, as far as is known: {error}"]
        return not left

    servers.wait_until(is_quiet, QUIET_SECONDS, 0.5)
    return left


def judge(market, machines):
    """Violations, and how much was done."""
    book = money_journal.read(market.journals)
    tables = money_tables.of(machines)
    violations = market.violations + accounts.differences(book, tables, REFUND_AFTER_SECONDS)
    return violations, figures(market, machines, book, tables)


def compare_file(path):
    """Prints how tables differ from a journal, both of a file; 1 if they do."""
    with open(path, encoding="utf-8") as file:
        given = json.load(file)
    book = money_journal.Book()
    for line in given["journal"]:
        money_journal.take(book, line)
    tables = money_tables.Tables(lambda name: given["tables"][name])
    found = accounts.differences(book, tables, REFUND_AFTER_SECONDS)
    print("\n".join(found))
    return 1 if found else 0


def figures(market, machines, book, tables):
    done = {kind: int(count) for kind, count in machines.sql(DONE)}
    counts = book.counts
    orders = [item for item in book.orders.items() if not item[1].is_intruder]
    later = sum(1 for _, order in orders if order.bets and order.unknown)
    undecided = [item for item in orders if item[1].unknown and not item[1].bets]
    placed = [key for key, order in undecided if (order.user, key) in tables.keys]
    gap, since = market.longest_gap
    return {
        "asked for": len(orders),
        "placed": len(tables.bets),
        "replayed": counts.get("replay", 0),
        "placed, told at a later attempt": later,
        "refused after an answer was lost": len(undecided),
        "and placed all the same": " ".join([str(len(placed)), *placed[:3]]),
        "refused": sum(n for what, n in counts.items() if what.startswith("refused: ")),
        "matches": done.get("matches", 0),
        "bets with several matches": done.get("parts", 0),
        "settled": done.get("SETTLE", 0),
        "void": done.get("VOID", 0) // 2,
        "refunds": done.get("REFUND", 0),
        "deposits": len(tables.deposits),
        "cancels": len(book.cancels),
        "rounds": len(tables.rounds),
        **{what: counts[what] for what in sorted(counts) if what != "replay"},
        "longest without a bet": f"{gap:.1f} s, at {since:.0f} s",
    }
