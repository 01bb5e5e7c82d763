"""Operators: rounds are opened, closed and resolved all the time, some of it twice."""

import asking
from api_client import Request

# Matching all that waits may take a while.
ANSWER_SECONDS = 8
# Rounds that take bets at a time, and how long each does.
OPEN_MAX = 5
OPEN_SECONDS = (6, 25)
# From the close to the result.
CLOSED_SECONDS = (0, 4)
# Shares of rounds.
WITHOUT_CLOSE = 0.3
TWICE_AT_ONCE = 0.3
CONTRADICTED = 0.2
RESULTS = ("A", "A", "A", "B", "B", "B", "void")
LOOK_SECONDS = 0.2


class Operator(asking.Asker):
    """Runs rounds, in turn with what is due, until all of them have their result."""

    def __init__(self, market, journal, dice):
        super().__init__("operator", market, journal, dice, ANSWER_SECONDS)
        self.token = market.tokens.operator(20_000)
        self.count = 0
        # When something is due, what, and of which round.
        self.due = []

    def run(self):
        try:
            while not self.market.is_closing.is_set() or self.due:
                self._open()
                self._do_what_is_due()
                self.market.is_over.wait(LOOK_SECONDS)
        except asking.GivenUp as lost:
            self.market.violate(f"an answer could not be had: {lost}")
        finally:
            self.journal.close()

    def _open(self):
        if self.market.is_closing.is_set() or len(self.market.rounds) >= OPEN_MAX:
            return
        self.count += 1
        name = f"round-{self.count}"
        self.journal.note("round", id=name)
        answer = self._ask("", f'{{"id":"{name}"}}')
        # A repetition finds it open: 200.
        self.expect(Request("POST", name), answer, 201, 200)
        self.market.rounds.append(name)
        closes = self.dice.random() >= WITHOUT_CLOSE
        self._plan(OPEN_SECONDS, self._close if closes else self._resolve, name)

    def _plan(self, seconds, action, name):
        self.due.append((self.market.now() + self.dice.uniform(*seconds), action, name))

    def _do_what_is_due(self):
        is_closing = self.market.is_closing.is_set()
        now = [item for item in self.due if is_closing or item[0] <= self.market.now()]
        for item in now:
            self.due.remove(item)
            _, action, name = item
            action(name)

    def _close(self, name):
        answer = self._ask(f"/{name}/close")
        self.expect(Request("POST", f"{name}/close"), answer, 200)
        self._withdraw(name)
        self._plan(CLOSED_SECONDS, self._resolve, name)

    def _resolve(self, name):
        winner = self.dice.choice(RESULTS)
        self.journal.note("result", id=name, winner=winner)
        body = f'{{"winner":"{winner}"}}'
        answers = []
        if self.dice.random() < TWICE_AT_ONCE:
            self.journal.note("result sent twice at once")
            answers = self.ask_twice_at_once(self._request(f"/{name}/result", body), self._unknown)
        answers.append(self._ask(f"/{name}/result", body))
        for answer in answers:
            if self.expect(Request("POST", f"{name}/result", body=body), answer, 200):
                if answer.body["winner"] != winner:
                    self.market.violate(f"{name} was won by {winner} and is {answer.body}")
        self.journal.note("resolved", id=name, winner=winner)
        self._withdraw(name)
        if self.dice.random() < CONTRADICTED:
            other = self.dice.choice(sorted(set(RESULTS) - {winner}))
            body = f'{{"winner":"{other}"}}'
            answer = self._ask(f"/{name}/result", body)
            if self.expect(Request("POST", f"{name}/result", body=body), answer, "result_conflict"):
                self.journal.note("result refused: it has another")

    def _withdraw(self, name):
        """Players look for rounds that take bets; some are late."""
        if name in self.market.rounds:
            self.market.rounds.remove(name)

    def _request(self, path, body=None):
        return Request("POST", f"/api/admin/rounds{path}", self.token, body)

    def _ask(self, path, body=None):
        return self.ask_until_known(self._request(path, body), self._unknown)

    def _unknown(self, why):
        self.journal.note("operator's answer that was lost", why=why)
