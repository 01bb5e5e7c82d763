"""What players and operators asked for and what they were told: the oracle of the money.

A line is written before anything is sent and after every answer. Each thread has a file of its own.
"""

import json
from dataclasses import dataclass, field


class MoneyJournal:
    """Writes; `kind` is the line's, the fields are named by the caller."""

    def __init__(self, path):
        # Line by line.
        self.file = open(path, "w", encoding="utf-8", buffering=1)

    def note(self, kind, **fields):
        self.file.write(json.dumps({"t": kind, **fields}) + "\n")

    def close(self):
        self.file.close()


@dataclass
class Order:
    """A bet that somebody wanted to place."""

    user: int
    round: str
    side: str
    amount: str
    # Sent with a token that nobody may accept.
    is_intruder: bool = False
    # Ids that answers gave it.
    bets: set = field(default_factory=set)
    # Attempts without an answer that decides.
    unknown: int = 0
    # The last refusal's code.
    refusal: str = ""


@dataclass
class Deposit:
    user: int
    amount: str
    # Somebody said that it is done.
    is_done: bool = False


@dataclass
class Book:
    """Everything the journals say."""

    # By key.
    orders: dict = field(default_factory=dict)
    deposits: dict = field(default_factory=dict)
    # Bet, user, and the amount that was said to be back.
    cancels: list = field(default_factory=list)
    # Bets whose user wished for a cancel, whatever became of it.
    wished: set = field(default_factory=set)
    # By id, the result that was accepted; None until then.
    rounds: dict = field(default_factory=dict)
    # How often what was said.
    counts: dict = field(default_factory=dict)

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1


def read(paths):
    book = Book()
    for path in paths:
        with open(path, encoding="utf-8") as file:
            for line in file:
                take(book, json.loads(line))
    return book


def take(book, line):
    """Adds what a line says."""
    line = dict(line)
    kind = line.pop("t")
    match kind:
        case "place":
            key = line.pop("key")
            book.orders[key] = Order(**line)
        case "placed":
            book.orders[line["key"]].bets.add(line["bet"])
            if line["replayed"]:
                book.count("replay")
        case "refused":
            book.orders[line["key"]].refusal = line["code"]
            book.count(f"refused: {line['code']}")
        case "unknown":
            book.count("answer that was lost")
            if line["key"] in book.orders:
                book.orders[line["key"]].unknown += 1
        case "deposit":
            key = line.pop("key")
            book.deposits[key] = Deposit(**line)
        case "deposited":
            book.deposits[line["key"]].is_done = True
            if line["replayed"]:
                book.count("replay of a deposit")
        case "cancel":
            book.wished.add(line["bet"])
        case "cancelled":
            book.cancels.append((line["bet"], line["user"], line["amount"]))
        case "round":
            book.rounds.setdefault(line["id"], None)
        case "resolved":
            book.rounds[line["id"]] = line["winner"]
            book.count(f"result {line['winner']}")
        case _:
            book.count(kind)
