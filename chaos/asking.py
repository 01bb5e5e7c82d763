"""Asks until it is known what became of it, whichever server answers."""

import threading

import api_client

# Between two attempts.
REST_SECONDS = (0.1, 0.5)
# When everything is healed, what is still unknown has so long to become known.
SETTLED_SECONDS = 90
SERVERS = 2


class GivenUp(Exception):
    """There was no answer for so long that there will be none."""


class Asker(threading.Thread):
    """A thread that asks api-servers, with a journal and a chance of its own."""

    def __init__(self, name, market, journal, dice, seconds):
        super().__init__(name=name, daemon=True)
        self.market = market
        self.journal = journal
        self.dice = dice
        self.client = api_client.Client(market.ports, seconds)

    def ask_until_known(self, request, note_unknown, server=None, hurry=False):
        """The first answer that decides. `note_unknown` is told of each that is not known."""
        server = self.dice.randrange(SERVERS) if server is None else server
        while True:
            try:
                if hurry:
                    # Its answer is lost on purpose.
                    hurry = False
                    self.client.send(server, request)
                    self.client.drop(server)
                    raise api_client.Unknown("dropped")
                answer = self.client.ask(server, request)
                if answer.is_final:
                    return answer
                self.note_problem(request, answer)
                if not answer.is_passing:
                    note_unknown(answer.code)
            except api_client.Unknown as unknown:
                note_unknown(str(unknown))
            if self.market.is_over.is_set():
                raise GivenUp(f"{request.path} {request.key or ''}")
            self.market.is_over.wait(self.dice.uniform(*REST_SECONDS))
            server = (server + 1) % SERVERS

    def ask_twice_at_once(self, request, note_unknown):
        """Sent to two servers before either has answered; the answers that decide."""
        answers, sent = [], []
        for server in range(SERVERS):
            try:
                self.client.send(server, request)
                sent.append(server)
            except api_client.Unknown as unknown:
                note_unknown(str(unknown))
        for server in sent:
            try:
                answer = self.client.read(server)
                if answer.is_final:
                    answers.append(answer)
                else:
                    self.note_problem(request, answer)
                    note_unknown(answer.code)
            except api_client.Unknown as unknown:
                note_unknown(str(unknown))
        return answers

    def note_problem(self, request, answer):
        if answer.status == 500:
            self.market.violate(f"{request.method} {request.path} answered 500: {answer.body}")

    def expect(self, request, answer, *wanted):
        """A final answer that is none of these statuses or codes is a violation."""
        if answer.status not in wanted and answer.code not in wanted:
            self.market.violate(
                f"{request.method} {request.path} {request.body or ''} answered"
                f" {answer.status} {answer.body}"
            )
            return False
        return True
