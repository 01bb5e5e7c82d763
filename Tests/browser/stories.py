"""A few minutes of a busy evening, for pictures and for charts with something in them."""

import math
import random

from frames import dependency, frame, game, instant, money, pod, rates, reconciliation

MINUTES = 6
BETS_PER_SECOND = 1900


def busy(seconds_ago=0.0, randoms=None, **changes):
    """A frame under load, as it was some seconds ago."""
    randoms = randoms or random.Random(7)
    wave = 1 + 0.25 * math.sin(seconds_ago / 40) + randoms.uniform(-0.06, 0.06)
    bets = round(BETS_PER_SECOND * wave, 1)
    pending = max(0, int(90 * (wave - 1.1) * 10 + randoms.uniform(0, 60)))
    total = int(1_284_310 - seconds_ago * BETS_PER_SECOND)
    flight = pending + 212
    values = {
        "at": instant(seconds_ago), "seq": int(10_000 - seconds_ago), "total_bets": total,
        "total_value_text": f"{total * 50.125:.8f}", "odds_updates": total - 40,
        "bets_table_row_count": total, "total_odds": total - 40, "pending_bets": flight,
        "bets_per_second": bets,
        "rates": {"1s": rates(bets, bets * 50.1, odds_updates=bets),
                  "10s": rates(BETS_PER_SECOND, 95_237.5, odds_updates=BETS_PER_SECOND)},
        "duplicates": 1_207, "rejected_total": 318, "redeliveries": 12,
        "rejected": {"malformed": 190, "amount_range": 74, "bad_game_id": 41, "bad_id": 9,
                     "id_conflict": 4},
        "latency": {"window_seconds": 10, "count": 19_000,
                    "p50_ms": 11 * wave + randoms.uniform(0, 1),
                    "p95_ms": 24 * wave + randoms.uniform(0, 4),
                    "p99_ms": 41 * wave + randoms.uniform(0, 12)},
        "backlog": {"num_pending": pending, "num_ack_pending": 212 + int(100 * wave),
                    "oldest_age_seconds": 0.2},
        "stream": {"messages": 940_000, "bytes": 224_000_000, "max_bytes": 1 << 30,
                   "first_sequence": 346_047, "last_sequence": total + 1_525 + flight,
                   "fill": 0.2086, "seconds_until_full": 5_400},
        "pods": [pod(f"backend-7d9c5b-{name}", total_bets=total // 3 + shift,
                     total_value_text=f"{(total // 3 + shift) * 50.125:.8f}",
                     bets_per_second=round(bets / 3 + shift / 90, 1), duplicates=400 + shift // 9,
                     rejected=106, redeliveries=4, p50_ms=11.2 + shift / 400,
                     p99_ms=40.3 + shift / 60)
                 for name, shift in (("4kx2v", 120), ("9qlmz", -75), ("h7w8c", -45))],
        "reconciliation": reconciliation("catching_up", total + 1_525 + flight, total, 1_207, 318),
        "money": money(
            deposits_text="2500000.00000000", wallets_text="2318440.25000000",
            open_stakes_text="181559.75000000", locked_text="181559.75000000", wallets=1_840,
            unpublished_bets=3),
        "games": [
            game("nba:LAL-BOS", 48_210, 2_418_330.5,
                 [("home", 0.412, 2.31), ("away", 0.588, 1.62)]),
            game("epl:ARS-LIV", 41_077, 2_051_004.25,
                 [("home", 0.44, 2.16), ("draw", 0.21, 4.52), ("away", 0.35, 2.71)]),
            game("game_123", 39_940, 1_990_013.0, [("-", 1.0, 1.0)]),
            game("atp:final", 22_008, 1_101_220.0,
                 [("sinner", 0.53, 1.79), ("alcaraz", 0.47, 2.02)]),
            game("golf:masters", 9_310, 466_021.75,
                 [(f"player_{i}", s, round(0.95 / s, 2)) for i, s in
                  enumerate((0.3, 0.22, 0.16, 0.12, 0.09, 0.06, 0.05), 1)]),
            game("nfl:KC-BUF", 8_114, 405_880.0, [("home", 0.61, 1.56), ("away", 0.39, 2.44)]),
        ],
    }
    return frame(**(values | changes))


def play(page, stand_in):
    """Sends the last minutes second by second; the page shows the newest of them."""
    stand_in.pulses = False
    page.wait(lambda: stand_in.sockets == 1, "the page did not connect")
    randoms = random.Random(7)
    for seconds_ago in range(MINUTES * 60, -1, -1):
        stand_in.send(busy(seconds_ago, randoms))
    stand_in.pulses = True


def troubled():
    """Everything that can be wrong at once."""
    calm = busy()
    total = calm["total_bets"]
    pods = list(calm["pods"])
    pods[1] |= {"state": "stale", "silent_seconds": 41.2, "last_seen_at": instant(41.2),
                "bets_per_second": 0.0, "db_failures": 12, "redis_failures": 311}
    pods[2] |= {"state": "stopped", "silent_seconds": 95.0, "bets_per_second": 0.0,
                "p50_ms": None, "p99_ms": None}
    return calm | {
        "pods": pods, "db_failures": 12, "redis_failures": 311, "total_odds": None,
        "rates": {"1s": rates(940.2, 47_010, redis_failures=31.0),
                  "10s": rates(1_204.8, 60_230, redis_failures=28.4, db_failures=0.2)},
        "dependencies": [dependency("nats"), dependency("postgres"),
                         dependency("redis", "down", 62, "connection refused")],
        "reconciliation": reconciliation(
            "violated", total + 9_000, total - 4_100, 1_207, 318,
            oldest_unresolved_sequence=1_279_004, violations=[
                "Sequence 1279004 has had no outcome for 47 s.",
                "The odds counters hold 1,284,270 bets, Postgres 1,284,310."]),
        "money": calm["money"] | {
            "wallets_text": "2318441.25000000", "difference_text": "1.00000000",
            "unpublished_bets": 812, "violations": [
                "Wallets, open stakes and house together are 1.00000000 above what was paid in.",
                "A placed bet has waited 74 s to be published: is a worker running?"]},
        "stream": calm["stream"] | {"fill": 0.83, "bytes": 891_000_000,
                                    "seconds_until_full": 1_260},
    }
