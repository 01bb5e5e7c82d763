"""Measures the live view from outside: see live.py, which runs this.

crowd: many dashboards at once: the aggregator's CPU and memory, and how far apart the first and the
       last client get the same frame.
delay: one dashboard: the time from a bet's publish to the frame that counts it.

Only the standard library. Frames are told apart by `seq` and read for `total_bets` with a search,
not a parse: the clients must not be what is measured.
"""

import argparse
import base64
import json
import os
import re
import select
import socket
import sys
import threading
import time
import urllib.parse
import urllib.request
import uuid

SEQ = re.compile(rb'"seq":(\d+)')
TOTAL = re.compile(rb'"total_bets":(\d+)')
TICK_SECONDS = 0.005


class Dashboard:
    """A WebSocket client that only reads."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            (
                f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
                "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                f"Sec-WebSocket-Key: {key}\r\n\r\n"
            ).encode()
        )
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            self.buffer += self.receive()
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise SystemExit(f"no WebSocket: {head.decode(errors='replace')}")
        self.socket.setblocking(False)

    def receive(self):
        data = self.socket.recv(1 << 18)
        if not data:
            raise SystemExit("the aggregator closed a dashboard")
        return data

    def frames(self):
        """The payloads of the complete text frames that have come."""
        self.buffer += self.receive()
        found = []
        while len(self.buffer) >= 2:
            opcode, size, start = self.buffer[0] & 0x0F, self.buffer[1] & 0x7F, 2
            if size >= 126:
                start = 4 if size == 126 else 10
                size = int.from_bytes(self.buffer[2:start], "big")
            if len(self.buffer) < start + size:
                break
            payload = self.buffer[start : start + size]
            self.buffer = self.buffer[start + size :]
            if opcode == 1:
                found.append(payload)
            elif opcode == 9:
                self.pong(payload)
        return found

    def pong(self, payload):
        """A client's frames are masked; a mask of zeros changes nothing."""
        self.socket.send(bytes([0x8A, 0x80 | len(payload)]) + bytes(4) + payload)


class Publisher(threading.Thread):
    """Publishes bets on a fixed schedule through a plain NATS connection, without waiting for
    answers; `times[n]` is when bet n was due."""

    def __init__(self, url, rate, seconds):
        super().__init__(daemon=True)
        nats = urllib.parse.urlsplit(url)
        self.socket = socket.create_connection((nats.hostname, nats.port))
        self.rate, self.seconds, self.times = rate, seconds, []
        hello = {"verbose": False, "headers": True, "user": nats.username, "pass": nats.password}
        self.socket.sendall(f"CONNECT {json.dumps(hello)}\r\nPING\r\n".encode())
        threading.Thread(target=self.answer, daemon=True).start()

    def answer(self):
        while data := self.socket.recv(1 << 16):
            if b"PING" in data:
                self.socket.sendall(b"PONG\r\n")

    def run(self):
        begin = time.monotonic()
        while (now := time.monotonic()) < begin + self.seconds:
            due = int((now - begin) * self.rate)
            batch = []
            while len(self.times) < due:
                self.times.append(begin + len(self.times) / self.rate)
                bet = str(uuid.uuid4())
                body = (
                    f'{{"id":"{bet}","game_id":"game_{len(self.times) % 50}",'
                    '"bet_type":"moneyline","amount":10,"timestamp":"2025-06-01T12:00:00Z"}'
                )
                header = f"NATS/1.0\r\nNats-Msg-Id: {bet}\r\n\r\n"
                batch.append(
                    f"HPUB bets {len(header)} {len(header) + len(body)}\r\n{header}{body}\r\n"
                )
            if batch:
                self.socket.sendall("".join(batch).encode())
            time.sleep(TICK_SECONDS)


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else float("nan")


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmHWM:\s+(\d+)", file.read()).group(1)) / 1024


def snapshot(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/snapshot", timeout=5) as answer:
        return json.load(answer)


def crowd(options):
    poll = select.epoll()
    clients = {}
    for _ in range(options.clients):
        client = Dashboard(options.port)
        clients[client.socket.fileno()] = client
        poll.register(client.socket, select.EPOLLIN)
    publisher = Publisher(options.nats, options.rate, options.seconds + 4)
    publisher.start()
    time.sleep(2)
    for client in clients.values():
        drain(client)
    arrivals, sizes = {}, []
    begin, cpu = time.monotonic(), cpu_seconds(options.pid)
    while time.monotonic() < begin + options.seconds:
        for descriptor, _ in poll.poll(1):
            for payload in clients[descriptor].frames():
                now = time.monotonic()
                seq = int(SEQ.search(payload).group(1))
                first, _, count = arrivals.get(seq, (now, now, 0))
                arrivals[seq] = (first, now, count + 1)
                if count == 0:
                    sizes.append(len(payload))
    used = (cpu_seconds(options.pid) - cpu) / (time.monotonic() - begin)
    whole = [last - first for first, last, count in arrivals.values() if count == options.clients]
    print(
        f"{options.clients} dashboards: {len(arrivals) / options.seconds:.1f} frames/s of "
        f"{sum(sizes) // max(len(sizes), 1)} bytes, "
        f"{len(whole)} of {len(arrivals)} frames reached all"
    )
    print(f"dashboards_{options.clients}_cores={used:.2f}")
    print(f"dashboards_{options.clients}_mib={peak_mib(options.pid):.1f}")
    print(f"frame_spread_ms_p50={percentile(whole, 0.5) * 1000:.0f}")
    print(f"frame_spread_ms_max={max(whole, default=float('nan')) * 1000:.0f}")


def drain(client):
    try:
        while client.frames():
            pass
    except BlockingIOError:
        pass


def delay(options):
    before = snapshot(options.port)["total_bets"]
    client = Dashboard(options.port)
    publisher = Publisher(options.nats, options.rate, options.seconds)
    publisher.start()
    delays, counted = [], 0
    deadline = time.monotonic() + options.seconds + 10
    while time.monotonic() < deadline:
        if select.select([client.socket], [], [], 0.2)[0]:
            for payload in client.frames():
                now = time.monotonic()
                total = int(TOTAL.search(payload).group(1)) - before
                while counted < min(total, len(publisher.times)):
                    delays.append(now - publisher.times[counted])
                    counted += 1
        if not publisher.is_alive() and counted == len(publisher.times):
            break
    missing = len(publisher.times) - counted
    print(f"{counted} bets at {options.rate}/s counted by a frame, {missing} never")
    print(f"frame_p50_ms_at_{options.rate}={percentile(delays, 0.5) * 1000:.0f}")
    print(f"frame_p99_ms_at_{options.rate}={percentile(delays, 0.99) * 1000:.0f}")
    sys.exit(1 if missing else 0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=["crowd", "delay"])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--pid", type=int)
    parser.add_argument("--nats")
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--rate", type=int, default=2000)
    options = parser.parse_args()
    {"crowd": crowd, "delay": delay}[options.mode](options)


if __name__ == "__main__":
    main()
