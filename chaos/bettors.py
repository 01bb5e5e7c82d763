"""Players: they place bets, take some back, look, and are sometimes not who they say they are."""

import collections
import time

import asking
from api_client import Request, Unknown

# Of one thread; a player waits for the answer before the next bet.
ANSWER_SECONDS = 4
# Beyond these nobody has a wallet that is worth a bet of this size.
TOO_MUCH = "9999"
DEPOSIT, SMALL_DEPOSIT = "3000", "30"
# How often in a hundred turns.
TURNS = (
    ("place", 74),
    ("place and lose the answer", 4),
    ("place twice at once", 4),
    ("place beyond the balance", 3),
    ("place nowhere", 1),
    ("place with a wrong token", 2),
    ("reuse a key", 1),
    ("cancel", 6),
    ("look", 3),
    ("deposit", 2),
)
# Of the bets that were accepted: sent once more, as they were.
REPEATED = 0.06
REMEMBERED = 60
REFUSALS = ("insufficient_funds", "round_closed", "round_not_found")


class Bettor(asking.Asker):
    """Plays for several users at a steady pace, until the market closes."""

    def __init__(self, number, market, journal, dice, users, pace_seconds):
        super().__init__(f"bettor-{number}", market, journal, dice, ANSWER_SECONDS)
        self.number = number
        self.users = users
        self.pace = pace_seconds
        self.keys = 0
        # Bets that were accepted, with their requests.
        self.placed = collections.deque(maxlen=REMEMBERED)
        self.actions = [name for name, share in TURNS for _ in range(share)]

    def run(self):
        try:
            for user in self.users:
                self._deposit(user, SMALL_DEPOSIT if user % 10 == 0 else DEPOSIT)
            due = time.monotonic()
            while not self.market.is_closing.is_set():
                self._turn()
                # Late, it does not hurry after.
                due = max(due + self.pace, time.monotonic() - self.pace)
                self.market.is_closing.wait(max(due - time.monotonic(), 0))
        except asking.GivenUp as lost:
            self.market.violate(f"an answer could not be had: {lost}")
        finally:
            self.journal.close()

    def _turn(self):
        user = self.dice.choice(self.users)
        action = self.dice.choice(self.actions)
        match action:
            case "deposit":
                self._deposit(user, str(self.dice.randint(1, 300)))
            case "cancel":
                self._cancel()
            case "look":
                self._look()
            case "reuse a key":
                self._reuse()
            case "place with a wrong token":
                self._intrude(user)
            case _:
                self._place(user, action)

    # --- bets --------------------------------------------------------------------------------

    def _place(self, user, action):
        place = self.market.open_round(self.dice)
        if place is None:
            return
        if action == "place nowhere":
            place = f"no-round-{self.number}"
        amount = TOO_MUCH if action == "place beyond the balance" else self._amount()
        request = self._order(user, place, amount)

        def unknown(why):
            self.journal.note("unknown", key=request.key, why=why)

        if action == "place twice at once":
            answers = self.ask_twice_at_once(request, unknown)
            self.journal.note("bet sent twice at once")
            for answer in answers:
                self._note(request, user, answer)
            if answers:
                return
        lost = action == "place and lose the answer"
        answer = self.ask_until_known(request, unknown, hurry=lost)
        self._note(request, user, answer)
        if answer.status == 202 and self.dice.random() < REPEATED:
            self.journal.note("bet sent again")
            self._note(request, user, self.ask_until_known(request, unknown))

    def _order(self, user, place, amount, token="", is_intruder=False):
        """Writes down what is about to be asked."""
        self.keys += 1
        key = f"bet-{self.number}-{self.keys}"
        side = self._side(place)
        self.journal.note(
            "place",
            key=key,
            user=user,
            round=place,
            side=side,
            amount=amount,
            is_intruder=is_intruder,
        )
        written = f'"{amount}"' if self.dice.random() < 0.5 else amount
        body = f'{{"roundId":"{place}","side":"{side}","amount":{written}}}'
        token = self.market.tokens.player(user) if token == "" else token
        return Request("POST", "/api/bets", token, body, key)

    def _side(self, place):
        """In every third round most are of one opinion: much stays open there."""
        is_lopsided = int(place.rpartition("-")[2]) % 3 == 0
        return "A" if self.dice.random() < (0.85 if is_lopsided else 0.5) else "B"

    def _amount(self):
        if self.dice.random() < 0.2:
            return f"{self.dice.randint(1, 40)}.{self.dice.randint(1, 99_999_999):08}"
        return str(self.dice.randint(1, 50))

    def _note(self, request, user, answer):
        if answer.status == 202:
            bet = answer.body["betId"]
            self.journal.note("placed", key=request.key, bet=bet, replayed=answer.is_replayed)
            self.market.note_placed()
            if all(request.key != other.key for _, _, other in self.placed):
                self.placed.append((bet, user, request))
            return
        self.journal.note("refused", key=request.key, code=answer.code)
        self.expect(request, answer, *REFUSALS)

    def _reuse(self):
        """A key of a bet with another bet."""
        if not self.placed:
            return
        _, _, before = self.dice.choice(self.placed)
        body = before.body.replace('"amount":', '"amount":1')
        body = body.replace('"amount":1"', '"amount":"1')
        request = Request(before.method, before.path, before.token, body, before.key)
        answer = self.ask_until_known(request, lambda why: None)
        if self.expect(request, answer, "idempotency_key_reused", "amount_range"):
            self.journal.note("key reused")

    def _intrude(self, user):
        place = self.market.open_round(self.dice)
        if place is None:
            return
        token = self.market.tokens.wrong(user, self.dice)
        request = self._order(user, place, self._amount(), token, is_intruder=True)
        answer = self.ask_until_known(request, lambda why: None)
        if self.expect(request, answer, 401):
            self.journal.note("wrong token")

    # --- what follows ------------------------------------------------------------------------

    def _cancel(self):
        if not self.placed:
            return
        bet, user, _ = self.dice.choice(self.placed)
        is_other = self.dice.random() < 0.05
        asks = user + 1_000 if is_other else user
        token = self.market.tokens.player(asks)
        request = Request("POST", f"/api/bets/{bet}/cancel", token)
        if not is_other:
            self.journal.note("cancel", bet=bet)
        answer = self.ask_until_known(request, lambda why: None)
        if is_other:
            if self.expect(request, answer, "bet_not_found"):
                self.journal.note("another's bet asked for")
        elif answer.status == 200:
            self.journal.note("cancelled", bet=bet, user=user, amount=answer.body["refunded"])
        elif self.expect(request, answer, "not_cancellable"):
            self.journal.note("nothing to cancel")

    def _look(self):
        """What was accepted is there at once, at every server."""
        if not self.placed:
            return
        bet, user, order = self.dice.choice(self.placed)
        token = self.market.tokens.player(user)
        for path in (f"/api/bets/{bet}", "/api/wallet", "/api/bets?limit=5"):
            request = Request("GET", path, token)
            try:
                answer = self.client.ask(self.dice.randrange(asking.SERVERS), request)
            except Unknown:
                continue
            self.note_problem(request, answer)
            if answer.is_final and self.expect(request, answer, 200) and "betId" in answer.body:
                if f'"roundId":"{answer.body["roundId"]}"' not in order.body:
                    self.market.violate(f"{bet} is another bet: {answer.body}")

    def _deposit(self, user, amount):
        self.keys += 1
        key = f"deposit-{self.number}-{self.keys}"
        self.journal.note("deposit", key=key, user=user, amount=amount)
        body = f'{{"userId":{user},"amount":{amount}}}'
        token = self.market.tokens.operator(10_000 + self.number)
        request = Request("POST", "/api/admin/deposits", token, body, key)
        times = 2 if self.dice.random() < REPEATED else 1
        for _ in range(times):
            answer = self.ask_until_known(
                request, lambda why: self.journal.note("unknown", key=key, why=why)
            )
            if self.expect(request, answer, 201):
                self.journal.note("deposited", key=key, replayed=answer.is_replayed)
