"""Frames as the aggregator sends them, for the stand-in."""

from datetime import datetime, timedelta, timezone

EPOCH = "1763714850123456789"


def instant(seconds_ago=0.0):
    """RFC 3339 with microseconds, in UTC."""
    moment = datetime.now(timezone.utc) - timedelta(seconds=seconds_ago)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def rates(bets=0.0, value=0.0, **others):
    names = ("db_failures", "redis_failures", "odds_updates", "duplicates", "rejected")
    return {"bets": bets, "value": value} | {name: others.get(name, 0.0) for name in names}


def pod(name, state="live", **changes):
    values = {
        "pod_id": name, "boot_id": f"boot-of-{name}", "state": state, "total_bets": 400,
        "total_value_text": "20200.00000000", "bets_per_second": 33.0, "db_failures": 0,
        "redis_failures": 0, "odds_updates": 400, "duplicates": 1, "rejected": 1,
        "redeliveries": 0, "p50_ms": 12.0, "p99_ms": 30.0, "build": "0.1.0", "version": 12,
        "started_at": instant(900), "last_seen_at": instant(0.4), "silent_seconds": 0.4,
    }
    return values | changes


def dependency(name, state="up", seconds=900, detail=""):
    return {"name": name, "state": state, "since": instant(seconds), "detail": detail}


def game(name, bets, staked, selections):
    """`selections`: (name, share, decimal odds) each."""
    return {
        "game_id": name, "bets": bets, "staked_text": f"{staked:.8f}",
        "selections": [
            {"selection": selection, "staked_text": f"{staked * share:.8f}",
             "probability": share, "decimal_odds": odds}
            for selection, share, odds in selections
        ],
    }


def reconciliation(state="ok", published=1005, stored=1000, duplicates=3, rejected=2, lost=0,
                   **changes):
    values = {
        "state": state, "published": published, "stored": stored, "duplicates": duplicates,
        "rejected": rejected, "outcomes": stored + duplicates + rejected,
        "lost": lost, "in_flight": published - stored - duplicates - rejected - lost,
        "oldest_unresolved_sequence": None, "violations": [],
    }
    return values | changes


def money(**changes):
    """Two wallets after a deposit of 1,000 each; a bet of 100 is open."""
    values = {
        "deposits_text": "2000.00000000", "wallets_text": "1900.00000000",
        "locked_text": "100.00000000", "open_stakes_text": "100.00000000",
        "house_text": "0.00000000", "difference_text": "0.00000000", "wallets": 2,
        "unpublished_bets": 0, "violations": [],
    }
    return values | changes


def frame(**changes):
    """A frame of a calm system that has stored 1,000 bets; `changes` replace top-level fields."""
    values = {
        "pod_id": "fleet", "total_bets": 1000, "total_value": 50500.0, "db_failures": 0,
        "redis_failures": 0, "bets_per_second": 0.0, "db_failures_per_second": 0.0,
        "redis_failures_per_second": 0.0, "seq": 1, "at": instant(),
        "aggregator": {"pod_id": "aggregator-1", "build": "0.1.0", "started_at": instant(900)},
        "epoch": EPOCH, "total_value_text": "50500.00000000", "odds_updates": 1000,
        "duplicates": 3, "rejected_total": 2, "rejected": {"malformed": 1, "bad_id": 1},
        "redeliveries": 0, "bets_table_row_count": 1000, "total_odds": 1000, "pending_bets": 0,
        "rates": {"1s": rates(), "10s": rates()},
        "latency": {"window_seconds": 10, "count": 980, "p50_ms": 12.3, "p95_ms": 20.1,
                    "p99_ms": 33.0},
        "backlog": {"num_pending": 0, "num_ack_pending": 0, "oldest_age_seconds": 0.0},
        "stream": {"messages": 1000, "bytes": 250_000, "max_bytes": 1 << 30,
                   "first_sequence": 1, "last_sequence": 1005, "fill": 0.0002,
                   "seconds_until_full": None},
        "pods": [pod(f"backend-{number}") for number in (1, 2, 3)], "pods_total": 3,
        "dependencies": [dependency(name) for name in ("nats", "postgres", "redis")],
        "reconciliation": reconciliation(), "money": None,
        "games": [game("game_123", 1000, 50500, [("-", 1.0, 1.0)])],
    }
    return values | changes
