"""Bearer tokens as `betctl token` makes them (HS256), and some that nobody may accept."""

import base64
import hashlib
import hmac
import json
import os
import time

VALID_SECONDS = 86_400


class Tokens:
    """Makes tokens with the key of a file that it writes."""

    def __init__(self, path):
        self.path = path
        # No development key: api-servers refuse such a one unless they are on loopback.
        self.key = os.urandom(32).hex()
        with open(path, "w", encoding="ascii") as file:
            file.write(self.key + "\n")
        self.known = {}

    def player(self, user):
        return self._kept(user, {})

    def operator(self, user):
        return self._kept(user, {"scope": "operator"})

    def wrong(self, user, dice):
        """A token that is not to be accepted; None for none at all."""
        now = int(time.time())
        return dice.choice(
            (
                lambda: None,
                lambda: self._made({"sub": str(user), "exp": now - 3_600}, self.key),
                lambda: self._made({"sub": str(user)}, "0" * 64),
                lambda: self._made({"sub": str(user), "aud": "somebody-else"}, self.key),
                lambda: self._made({"sub": str(user)}, self.key, "none"),
                lambda: self._tampered(user),
            )
        )()

    def _tampered(self, user):
        """The signature of another user's."""
        head, _, signature = self._made({"sub": str(user + 1)}, self.key).split(".")
        _, claims, _ = self._made({"sub": str(user)}, self.key).split(".")
        return f"{head}.{claims}.{signature}"

    def _kept(self, user, claims):
        name = user, *claims
        if name not in self.known:
            self.known[name] = self._made({"sub": str(user), **claims}, self.key)
        return self.known[name]

    @staticmethod
    def _made(claims, key, algorithm="HS256"):
        claims = {
            "iss": "betting-engine",
            "aud": "betting-api",
            "exp": int(time.time()) + VALID_SECONDS,
            **claims,
        }
        signed = f"{_encoded({'alg': algorithm})}.{_encoded(claims)}"
        digest = hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{_base64(digest)}"


def _encoded(part):
    return _base64(json.dumps(part).encode())


def _base64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
