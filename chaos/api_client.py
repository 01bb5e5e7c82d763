"""Asks api-servers over HTTP: one thread's connections, kept alive."""

import http.client
import json
from dataclasses import dataclass, field

# Nothing was done and nothing decided: to be asked again with the same key. A 5xx says less.
PASSING = {"request_in_progress", "rate_limited", "queue_full", "request_timeout"}


class Unknown(Exception):
    """No answer came: what was asked may have been done."""


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    token: str | None = None
    # JSON.
    body: str | None = None
    # The Idempotency-Key.
    key: str | None = None


@dataclass(frozen=True)
class Answer:
    status: int
    body: dict = field(default_factory=dict)
    is_replayed: bool = False

    @property
    def code(self):
        """What a problem calls itself, "" for none."""
        return self.body.get("code", "")

    @property
    def is_final(self):
        return self.status < 500 and self.code not in PASSING

    @property
    def is_passing(self):
        return self.code in PASSING


class Client:
    """`ports` are the servers'. Not to be shared by threads."""

    def __init__(self, ports, seconds):
        self.links = [
            http.client.HTTPConnection("127.0.0.1", port, timeout=seconds) for port in ports
        ]

    def ask(self, server, request):
        """An answer; Unknown when none came."""
        self.send(server, request)
        return self.read(server)

    def send(self, server, request):
        headers = {}
        if request.token:
            headers["Authorization"] = f"Bearer {request.token}"
        if request.key:
            headers["Idempotency-Key"] = request.key
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        try:
            self.links[server].request(request.method, request.path, request.body, headers)
        except (OSError, http.client.HTTPException) as error:
            self.drop(server)
            raise Unknown(type(error).__name__) from error

    def read(self, server):
        try:
            response = self.links[server].getresponse()
            text = response.read()
            replayed = response.getheader("Idempotent-Replayed") == "true"
            return Answer(response.status, json.loads(text) if text else {}, replayed)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.drop(server)
            raise Unknown(type(error).__name__) from error

    def drop(self, server):
        """Closes the connection, whatever was on its way; the next request makes another."""
        self.links[server].close()
