"""What processes wrote: every line of level warning or error is of a known kind, or unclassified.

The kinds are those of the drivers' error types (PostgresError, JetStreamError, RedisError) and of
the services' own lines; docs/TESTING.md explains them.
"""

import json
import re

# SQLSTATE classes and codes that pass by themselves: PostgresError.Kind `retry`.
PASSING = r"(?:08|40|53|57|58)\w{3}|25006|25P0[34]|55006|55P03"

# In an error's text. The first that is found counts.
ERRORS = [
    ("commit unknown", r"commit unknown"),
    ("Postgres passing", rf"SQLSTATE (?:{PASSING})\b.*\(retry\)"),
    ("Postgres away", r"postgres (?:connectFailed|connectionLost|responseTimeout)\b.*\(retry\)"),
    ("NATS away", r"cannot connect to NATS|no answer in time|nobody listens|no responders"),
    ("NATS away", r"connection (?:was )?(?:lost|closed)|went away|disconnected|buffer .*full"),
    ("NATS wedged", r"does not come back"),
    ("Redis away", r"cannot connect to Redis|Redis did not answer|connection to Redis is lost"),
    ("Redis away", r"Redis is unavailable|Redis answered with the error (?:LOADING|BUSY)"),
    ("odds overtaken", r"overtaken"),
    ("odds damaged", r"the odds projection is damaged"),
]

# A line's own text, with the error kinds it may carry: None is no error at all. A message parked as
# poison, or an outcome that was lost, is none of what a run may do: such lines stay unclassified.
LINES = [
    (r"a batch could not be committed", ("commit unknown", "Postgres passing", "Postgres away")),
    (r"left the queue group until it answers", None),
    (r"NATS is away", None),
    (r"NATS reports", None),
    (r"libnats dropped deliveries", None),
    (r"deliveries were sent back", None),
    (r"bets wait, but none is delivered here", None),
    (r"not everything could be committed", None),
    (r"shutting down took too long", None),
    (r"odds counters rebuilt from Postgres", None),
    (r"the keeper of the odds counters stood still", None),
    (r"who kept up the stream stood still", None),
    (r"ended the sessions of backends that stand still", None),
    (r"frozen sessions could not be looked for", "any"),
    (r"a trim had not come to its end", None),
    (r"the stream cannot be kept up now", "any"),
    (r"odds counters cannot be kept now", "any"),
    (r"the last stats message was not acknowledged", "any"),
    (r"acknowledgements not sent", "any"),
    (r"rejected messages without a copy", "any"),
    (r"jobs failed|jobs cannot be worked on|upkeep failed|the outbox cannot be read", "any"),
    (r"upkeep did not come to its end", "any"),
    (r"placed bet was not published|placed bets were not acknowledged", None),
    (r"workers are not woken", "any"),
    (r"the database is away", "any"),
    (r"does not answer", "any"),
    (r"answers, but", None),
    (r"stopp(?:ed|ing)$", ("left by itself", "NATS wedged")),
    (r"a loop made no progress", None),
    (r"standard error was full", None),
    (r"slow client|connections are refused", None),
]

# Why a process may stop by itself.
REASONS = [
    r"none was delivered for \d+ s",
    r"does not come back",
]


class Tally:
    def __init__(self):
        self.kinds = {}
        self.unclassified = []

    def read(self, path, process):
        """Takes the lines of a file; those of a crashed runtime are no JSON and unclassified."""
        with open(path, encoding="utf-8", errors="replace") as file:
            for line in file:
                if line.strip():
                    self.take(line.strip(), process)

    def take(self, line, process):
        kind = classify(line)
        if kind is None:
            self.unclassified.append(f"{process}: {line[:400]}")
        elif kind:
            self.kinds[kind] = self.kinds.get(kind, 0) + 1


def classify(line):
    """The kind of a line; "" when it is no complaint, None when it is unclassified."""
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    if not isinstance(entry, dict) or "message" not in entry:
        return None
    if entry.get("level") not in ("warning", "error"):
        return ""
    message = entry["message"]
    text = " ".join(str(entry[key]) for key in ("error", "reason") if key in entry)
    for pattern, allowed in LINES:
        if not re.search(pattern, message):
            continue
        if allowed is None:
            return message
        kind = kind_of(text)
        # Only a batch's is a commit that may have stored bets.
        if kind == "commit unknown" and "a batch" not in message:
            kind = "Postgres away"
        if kind and (allowed == "any" or kind in allowed):
            return kind
    return None


def kind_of(text):
    for kind, pattern in ERRORS:
        if re.search(pattern, text):
            return kind
    if any(re.search(pattern, text) for pattern in REASONS):
        return "left by itself"
    return None
