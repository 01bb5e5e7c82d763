"""A stand-in for the api-server: the files and the API, with answers on command."""

import asyncio
import base64
import hashlib
import json
import re
import time
from datetime import datetime

from aiohttp import web

from stand_in import StandIn

HOLD_SECONDS = 0.01
BET_STATES = ("OPEN", "PARTLY_MATCHED", "MATCHED", "SETTLED", "REFUNDED")
ROUND_STATES = ("OPEN", "CLOSED", "RESOLVED")
LIMIT_DEFAULT = 50
LIMIT_MAX = 100
LOOK_MAX = 2_000


def token(user="7", seconds=3600):
    """As a JWT looks; nobody checks it here."""
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
    claims = {"sub": user, "exp": int(time.time()) + seconds}
    return f'{part({"alg": "HS256"})}.{part(claims)}.c2lnbmF0dXJl'


def bet(number, status="OPEN", amount="100", remaining=None, matched="0", refunded="0", **changes):
    return {
        "betId": f"01234567-89ab-8def-8123-{number:012d}", "roundId": "final-2026", "side": "A",
        "status": status, "amount": amount, "matched": matched, "refunded": refunded,
        "remaining": amount if remaining is None else remaining,
        "createdAt": f"2026-11-21T17:{number % 60:02d}:08.5Z"} | changes


def game(number, status="CLOSED", **changes):
    """A round; the higher its number, the newer."""
    return {"roundId": f"round-{number}", "status": status,
            "createdAt": f"2026-11-{20 + number // 1440:02d}T{number // 60 % 24:02d}:"
                         f"{number % 60:02d}:00Z"} | changes


def entry(number, kind, amount, after, key=""):
    before = f"{float(after) - float(amount):g}"
    return {"entryId": str(number), "kind": kind, "key": key or f"{kind}:x", "amount": amount,
            "balanceBefore": before, "balanceAfter": after,
            "createdAt": f"2026-11-21T17:{number % 60:02d}:08Z"}


def problem(status, code, detail="", **more):
    body = {"type": f"urn:betting:problem:{code}", "title": code, "status": status,
            "detail": detail or f"{code}.", "code": code} | more
    return status, body


def story():
    """A player in the middle of things."""
    return {
        "wallet": {"balance": "1284.5", "locked": "230.25", "version": 9},
        "bets": {"bets": [
            bet(12, roundId="final-2026", amount="80.25"),
            bet(11, "PARTLY_MATCHED", "100", remaining="70", matched="30", side="B"),
            bet(10, "MATCHED", "50", remaining="0", matched="50", roundId="derby.2026-11-21"),
            bet(9, "SETTLED", "25", remaining="0", matched="25", roundId="semi-final-1"),
            bet(8, "SETTLED", "100", remaining="0", matched="60", refunded="40", side="B",
                roundId="semi-final-2"),
            bet(7, "REFUNDED", "12.12345678", remaining="0", refunded="12.12345678",
                roundId="abandoned-match"),
        ]},
        "rounds": {"rounds": [
            {"roundId": "final-2026", "status": "OPEN", "createdAt": "2026-11-21T17:00:00Z"},
            {"roundId": "derby.2026-11-21", "status": "CLOSED", "createdAt": "2026-11-21T16:00:00Z"},
            {"roundId": "semi-final-2", "status": "RESOLVED", "winner": "A",
             "createdAt": "2026-11-20T16:00:00Z"},
            {"roundId": "semi-final-1", "status": "RESOLVED", "winner": "B",
             "createdAt": "2026-11-20T15:00:00Z"},
            {"roundId": "abandoned-match", "status": "RESOLVED", "winner": "void",
             "createdAt": "2026-11-19T15:00:00Z"},
        ]},
        "ledger": {"entries": [
            entry(20, "BET", "-80.25", "1284.5"), entry(19, "BET", "-100", "1364.75"),
            entry(18, "REFUND", "40", "1464.75"), entry(17, "SETTLE", "120", "1424.75"),
            entry(16, "VOID", "12.12345678", "1304.75"), entry(15, "BET", "-50", "1292.63"),
            entry(1, "DEPOSIT", "1500", "1500"),
        ], "nextCursor": "1"},
    }


def user_of(request):
    """Whose token it is."""
    part = request.headers["Authorization"].removeprefix("Bearer ").split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["sub"]


def bet_place(bet):
    """What bets are in order of; a cursor names it."""
    return int(bet["betId"][-12:])


def round_place(game):
    at = datetime.fromisoformat(game["createdAt"])
    return int(at.timestamp()) * 1_000_000 + at.microsecond, game["roundId"]


def bet_cursor(text):
    return int(text) if re.fullmatch("[1-9][0-9]{0,17}", text) else None


def round_cursor(text):
    parts = re.fullmatch("([1-9][0-9]{0,15}),([A-Za-z0-9_.:-]{1,64})", text)
    return (int(parts[1]), parts[2]) if parts else None


class Bank(StandIn):
    """`state` is what it answers; `refusals` come first, one a request that changes something.

    Bets are kept with their keys as the api-server keeps them: the same again is replayed."""

    def __init__(self):
        super().__init__()
        self.state = story()
        self.is_down = False
        self.reads = None  # a (status, body) for all that is asked
        self.refusals = []
        self.drops_posts = False  # does what is asked, but its answer is lost; chromium asks again
        self.posts = []  # (path, key, body)
        self.placed = {}  # (user, key) -> body: the bets
        self.late = set()  # users whose answers are held back
        self.waiting = []  # (user, path) of answers that were held back
        self.expired = set()  # users whose token is refused when they read
        self.look_max = LOOK_MAX  # a page looks at so many bets or rounds, whatever their status
        self.asked = 0
        self.questions = []  # what was read, paths with their parameters
        self.unchanged = 0  # answers with 304

    @property
    def page_url(self):
        return self.url + "player.html"

    def _add_routes(self, router):
        router.add_get("/api/wallet", self._reader("wallet"))
        router.add_get("/api/bets", self._lister("bets", BET_STATES, bet_place, bet_cursor))
        router.add_get(
            "/api/rounds", self._lister("rounds", ROUND_STATES, round_place, round_cursor))
        router.add_get("/api/wallet/ledger", self._ledger)
        router.add_post("/api/{path:.*}", self._post)

    def _reader(self, name):
        async def read(request):
            return await self._answer(request, self.state[name])
        return read

    def _lister(self, name, states, place, read_cursor):
        async def read(request):
            body = self._page(request.query, name, states, place, read_cursor)
            if body is None:
                return self._problem(*problem(400, "invalid_query"))
            return await self._answer(request, body)
        return read

    def _page(self, query, name, states, place, read_cursor):
        """A page as the api-server makes it; None for parameters that it refuses."""
        status, limit, cursor = query.get("status"), query.get("limit"), query.get("cursor")
        before = None if cursor is None else read_cursor(cursor)
        is_known = set(query) <= {"status", "limit", "cursor"} and len(set(query)) == len(query)
        is_right = (status is None or status in states) and (cursor is None or before is not None)
        if not (is_known and is_right and re.fullmatch("0*[1-9][0-9]*", limit or "1")):
            return None
        limit = min(int(limit or LIMIT_DEFAULT), LIMIT_MAX)
        behind = [line for line in self.state[name][name] if before is None or place(line) < before]
        looked_at = behind[:self.look_max]
        found = [line for line in looked_at if status in (None, line["status"])]
        last = looked_at[-1] if len(looked_at) == self.look_max else None
        last = found[limit - 1] if len(found) > limit else last
        body = {name: found[:limit]}
        if last is None:
            return body
        where = place(last)
        return body | {"nextCursor": str(where) if name == "bets" else "{},{}".format(*where)}

    async def _ledger(self, request):
        if request.query.get("cursor") == "1":
            return await self._answer(request, {"entries": [entry(0, "DEPOSIT", "0.5", "0.5")]})
        return await self._answer(request, self.state["ledger"])

    async def _answer(self, request, body):
        self.asked += 1
        self.questions.append(request.path_qs)
        if self.is_down:
            request.transport.abort()
            return web.Response()
        if self.reads:
            return self._problem(*self.reads)
        await self._hold(request)
        if user_of(request) in self.expired:
            return self._problem(*problem(401, "token_expired"))
        text = json.dumps(body)
        tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:24]}"'
        if request.headers.get("If-None-Match") == tag:
            self.unchanged += 1
            return web.Response(status=304, headers={"ETag": tag})
        return web.Response(text=text, content_type="application/json", headers={"ETag": tag})

    async def _hold(self, request):
        user = user_of(request)
        if user in self.late:
            self.waiting.append((user, request.path))
        while user in self.late:
            await asyncio.sleep(HOLD_SECONDS)

    async def _post(self, request):
        text = await request.text()
        body = json.loads(text) if text else None
        key = request.headers.get("Idempotency-Key")
        self.posts.append((request.path, key, body))
        if self.drops_posts:
            self._done(request, key, body)
            request.transport.abort()
            return web.Response()
        if self.refusals:
            return self._problem(*self.refusals.pop(0))
        answer = self._done(request, key, body)
        await self._hold(request)
        return answer

    def _done(self, request, key, body):
        if request.path.endswith("/cancel"):
            return web.json_response({"bet": self.state["bets"]["bets"][0], "refunded": "80.25",
                                      "balance": "1364.75"})
        name = (user_of(request), key)
        is_replayed = name in self.placed
        if self.placed.setdefault(name, body) != body:
            return self._problem(*problem(422, "idempotency_key_reused"))
        return web.json_response(
            {"betId": bet(30)["betId"], "status": "OPEN", "balance": "1272.0"}, status=202,
            headers={"Idempotent-Replayed": "true"} if is_replayed else {})

    def _problem(self, status, body):
        return web.Response(status=status, text=json.dumps(body),
                            content_type="application/problem+json",
                            headers={"Retry-After": "1"} if status in (429, 503) else {})
