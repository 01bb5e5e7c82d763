"""Who uses the bets API in a run: players and an operator, and what they know together."""

import random
import threading
import time

import asking
import bettors
import money_journal
import rounds
import schedule
import tokens

BETTORS = 16
USERS = 96


class Market:
    def __init__(self, directory, seed, ports):
        self.directory = directory
        self.ports = ports
        self.tokens = tokens.Tokens(f"{directory}/token.key")
        self.violations = []
        # Names of rounds that take bets, as far as is known.
        self.rounds = []
        # No new bets, all rounds get their result; later, nobody waits for an answer any more.
        self.is_closing = threading.Event()
        self.is_over = threading.Event()
        self.journals = []
        self.begun = self.last_placed = 0.0
        # Seconds without a bet that was placed, and when.
        self.longest_gap = (0.0, 0.0)
        self.lock = threading.Lock()
        self.threads = []
        pace = BETTORS / schedule.TURNS_PER_SECOND
        for number in range(1, BETTORS + 1):
            users = range(number, USERS + 1, BETTORS)
            dice = random.Random(f"bettor {seed} {number}")
            journal = self._journal(f"bettor-{number}")
            self.threads.append(bettors.Bettor(number, self, journal, dice, users, pace))
        dice = random.Random(f"operator {seed}")
        self.operator = rounds.Operator(self, self._journal("operator"), dice)

    def _journal(self, name):
        path = f"{self.directory}/money-{name}.jsonl"
        self.journals.append(path)
        return money_journal.MoneyJournal(path)

    def start(self):
        self.begun = self.last_placed = self.now()
        self.operator.start()
        for thread in self.threads:
            thread.start()

    def stop(self):
        """When all is healed: what is unknown becomes known, and every round gets its result."""
        end = self.now() + asking.SETTLED_SECONDS
        self.is_closing.set()
        for thread in (*self.threads, self.operator):
            thread.join(max(end - self.now(), 0))
        self.is_over.set()
        for thread in (*self.threads, self.operator):
            thread.join(2 * rounds.ANSWER_SECONDS)

    def give_up(self):
        self.is_closing.set()
        self.is_over.set()

    @staticmethod
    def now():
        return time.monotonic()

    def open_round(self, dice):
        """The name of one; None while there is none."""
        names = list(self.rounds)
        return dice.choice(names) if names else None

    def note_placed(self):
        with self.lock:
            now = self.now()
            gap = now - self.last_placed
            if gap > self.longest_gap[0]:
                self.longest_gap = (gap, self.last_placed - self.begun)
            self.last_placed = now

    def violate(self, text):
        with self.lock:
            self.violations.append(text)
