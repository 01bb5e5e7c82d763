"""Whether outcomes keep coming; and what everybody says while none does."""

import json
import re
import threading
import time
import urllib.request

OUTCOMES = "SELECT coalesce(sum(stored + duplicates + rejected), 0) FROM ingest_totals"
# From then on, and again after as long, it is noted who waits for whom.
NOTED_SECONDS = 10
ANSWER_SECONDS = 2
ACTIVITY = """SELECT application_name, state, wait_event_type, wait_event,
    now() - query_start, left(query, 60)
    FROM pg_stat_activity WHERE application_name ~ '^(backend|api-server|worker)'"""
# Of a pod's metrics: what it holds, and what it was sent.
FIGURES = re.compile(
    r"^(betting|jetstream_consumer)_.*"
    r"(held|received|deliver|pending|solo|stall|outbox|jobs|waiting)"
)


class Progress(threading.Thread):
    """Looks once a second how many messages have their outcome."""

    def __init__(self, machines, injected, pods, path):
        super().__init__(daemon=True)
        self.servers = machines
        self.faults = injected
        self.pods = pods
        self.path = path
        self.ending = threading.Event()
        self.longest = (0.0, "")

    def run(self):
        last, since = -1, time.monotonic()
        begun, noted = since, since
        while not self.ending.wait(1):
            try:
                now = int(self.servers.sql(OUTCOMES)[0][0])
            except RuntimeError:
                now = last
            if now != last:
                last, since = now, time.monotonic()
                noted = since
                continue
            length = time.monotonic() - since
            with self.faults.book:
                current = ", ".join(sorted(self.faults.current)) or "no fault"
            if length > self.longest[0]:
                self.longest = (length, f"at {since - begun:.0f} s; {current}")
            if time.monotonic() - noted >= NOTED_SECONDS:
                noted = time.monotonic()
                self._note(f"nothing for {length:.0f} s, since {since - begun:.0f} s; {current}")

    def end(self):
        self.ending.set()
        self.join()

    def _note(self, headline):
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(f"{time.strftime('%H:%M:%S', time.gmtime())} {headline}\n")
            for source, text in self._everybody():
                file.write(f"  {source}: {text}\n")

    def _everybody(self):
        yield "NATS", _nats(self.servers.ports["NATS_MONITOR_PORT"])
        try:
            for row in self.servers.sql(ACTIVITY):
                yield "Postgres", " | ".join(row)
        except RuntimeError as error:
            yield "Postgres", str(error)
        for slot in self.pods.slots.values():
            with open(slot.log, encoding="utf-8", errors="replace") as file:
                ports = re.findall(r'"listening","http":(\d+)', file.read())
            if ports:
                page = _get(f"http://127.0.0.1:{ports[-1]}/metrics")
                lines = page.splitlines()
                figures = [line for line in lines if FIGURES.match(line) or len(lines) == 1]
                yield slot.name, "; ".join(figures)


def _nats(port):
    """The consumers' states, and how many bytes wait for whom."""
    told = []
    try:
        page = json.loads(_get(f"http://127.0.0.1:{port}/jsz?consumers=true&config=false"))
        for account in page.get("account_details", []):
            for stream in account.get("stream_detail", []):
                for consumer in stream.get("consumer_detail", []):
                    told.append(json.dumps({"last": stream["state"]["last_seq"], **consumer}))
        page = json.loads(_get(f"http://127.0.0.1:{port}/connz?subs=false"))
        for link in page.get("connections", []):
            names = ("name", "pending_bytes", "in_msgs", "out_msgs", "subscriptions", "idle")
            told.append(" ".join(str(link.get(name, "")) for name in names))
    except ValueError as error:
        told.append(f"no answer: {error}")
    return "\n    ".join(told)


def _get(url):
    try:
        with urllib.request.urlopen(url, timeout=ANSWER_SECONDS) as page:
            return page.read().decode(errors="replace")
    except OSError as error:
        return f"no answer: {error}"
