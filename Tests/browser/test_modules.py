"""The page's pure modules, as tables. They run in chromium, as they are served."""

import json

import pytest

from frames import frame


def call(modules, module, function, *arguments):
    return modules.module(
        "const m = await load(args[0]); return m[args[1]](...args.slice(2))",
        module, function, *arguments)


@pytest.mark.parametrize("function, value, expected", [
    ("count", None, "–"), ("count", 0, "0"), ("count", 1234567, "1,234,567"),
    ("count", 9007199254740991, "9,007,199,254,740,991"),
    ("rate", None, "–"), ("rate", 0, "0.0"), ("rate", 98.04, "98.0"), ("rate", 999.9, "999.9"),
    ("rate", 12345.6, "12,346"),
    ("money", None, "–"), ("money", "0.00000000", "0.00"), ("money", "50500.00000000", "50,500.00"),
    ("money", "0.99999999", "1.00"), ("money", "1e5", "–"), ("money", "<b>1</b>", "–"),
    ("money", "123456789012345678901234567890.12000000",
     "123,456,789,012,345,678,901,234,567,890.12"),
    ("moneyExact", "50500.00000001", "50,500.00000001"), ("moneyExact", "1.50000000", "1.50"),
    ("milliseconds", None, "–"), ("milliseconds", 0, "0.0 ms"), ("milliseconds", 12.34, "12.3 ms"),
    ("milliseconds", 340.6, "341 ms"), ("milliseconds", 12500, "12.5 s"),
    ("duration", None, "–"), ("duration", 0.42, "0.4 s"), ("duration", 59.6, "1 min"),
    ("duration", 61, "1 min 1 s"), ("duration", 3600, "1 h"), ("duration", 90061, "1 d 1 h"),
    ("bytes", None, "–"), ("bytes", 0, "0 B"), ("bytes", 1023, "1,023 B"),
    ("bytes", 250000, "244.1 KiB"), ("bytes", 1 << 30, "1.0 GiB"),
    ("bytes", 5 << 50, "5,120.0 TiB"),
    ("percent", None, "–"), ("percent", 0, "0 %"), ("percent", 1, "100 %"),
    ("percent", 0.0002, "0.02 %"), ("percent", 1e-9, "under 0.001 %"),
    ("percent", 0.9999999, "over 99.999 %"), ("odds", 1, "1.00"), ("odds", None, "–"),
])
def test_formats(modules, function, value, expected):
    assert call(modules, "format", function, value) == expected


@pytest.mark.parametrize("missing, ingested, level", [
    (0, 1, 1), (0, 1_000_000, 1), (1, 1_000_000, 2), (2, 1000, 2), (2001, 1_000_000, 3),
    (3, 1000, 3), (4, 1000, 3), (5, 1000, 4), (6, 1000, 4), (7, 1000, 5), (8, 1000, 5),
    (9, 1000, 6), (10, 1000, 6), (10_001, 1_000_000, 7), (1000, 1000, 7),
    (0, 0, None), (-1, 1000, None), (5, -5, None),
])
def test_accuracy_has_the_seven_levels_of_the_original(modules, missing, ingested, level):
    ledger = {"published": ingested + 7, "duplicates": 4, "rejected": 3,
              "stored": ingested - missing}
    accuracy = call(modules, "accuracy", "judge", ledger)
    assert accuracy["level"] == level
    assert (accuracy["headline"] == "Undetermined") == (level is None)


@pytest.mark.parametrize("absent", ["published", "duplicates", "rejected", "stored"])
def test_accuracy_is_undetermined_while_a_figure_is_not_known(modules, absent):
    ledger = {"published": 10, "duplicates": 0, "rejected": 0, "stored": 10} | {absent: None}
    assert call(modules, "accuracy", "judge", ledger)["level"] is None


@pytest.mark.parametrize("failures, chance, expected", [
    (1, 0, 1000), (2, 0, 2000), (3, 0, 4000), (4, 0, 8000), (5, 0, 16000), (6, 0, 16000),
    (1000, 0, 16000), (1, 1, 750), (5, 0.5, 14000), (6, 1, 12000),
])
def test_waits_grow_to_sixteen_seconds_less_a_jitter(modules, failures, chance, expected):
    assert call(modules, "backoff", "waitMilliseconds", failures, chance) == expected


@pytest.mark.parametrize("highest, least, top, step", [
    (0, 10, 10, 5), (10, 10, 10, 5), (11, 10, 15, 5), (99, 10, 100, 50), (101, 10, 150, 50),
    (2400, 10, 3000, 1000), (7.3, 1, 8, 2), (0.03, 0.01, 0.03, 0.01),
])
def test_axes_end_at_round_numbers(modules, highest, least, top, step):
    axis = call(modules, "axes", "upright", highest, least)
    assert (round(axis["top"], 6), round(axis["step"], 6)) == (top, step)


@pytest.mark.parametrize("window, pixels, count", [(60, 500, 4), (300, 500, 5), (900, 500, 5),
                                                   (300, 200, 3)])
def test_time_labels_stand_at_round_times(modules, window, pixels, count):
    start = 1_800_000_030_000
    ticks = call(modules, "axes", "timeTicks", start, start + window * 1000, window, pixels)
    assert abs(len(ticks) - count) <= 1
    assert all(tick["v"] % 15_000 == 0 for tick in ticks)


def history(modules, samples, capacity=960):
    return modules.module(
        "const { History } = await load('history'); const h = new History(['a', 'b'], args[1]);"
        "for (const [time, figures] of args[0]) h.sample(time, figures);"
        "return h.rows(0, 1e15)", samples, capacity)


@pytest.mark.parametrize("samples, rows", [
    ([], []),
    ([(1000, {"a": 1, "b": 2})], [[1000, 1, 2]]),
    ([(1000, {"a": 1, "b": None})], [[1000, 1, None]]),
    ([(1000, {"a": 1}), (1900, {"a": 2}), (2100, {"a": 3})], [[1000, 2, None], [2100, 3, None]]),
    ([(1000, {"a": 1}), (4000, {"a": 2})], [[1000, 1, None], [4000, 2, None]]),
    ([(1000, {"a": 1}), (9000, {"a": 2})],
     [[1000, 1, None], [2000, None, None], [9000, 2, None]]),
    ([(9000, {"a": 1}), (8500, {"a": 2})], [[9000, 2, None]]),
    ([(90000, {"a": 1}), (8000, {"a": 2})], [[8000, 2, None]]),
])
def test_history_keeps_one_row_a_second_and_breaks_at_gaps(modules, samples, rows):
    assert history(modules, samples) == rows


def test_history_is_bounded(modules):
    samples = [(second * 1000, {"a": second, "b": 0}) for second in range(25)]
    assert [row[1] for row in history(modules, samples, 10)] == list(range(15, 25))


def test_history_gives_the_row_before_a_window_too(modules):
    rows = modules.module(
        "const { History } = await load('history'); const h = new History(['a']);"
        "for (let s = 0; s < 10; s += 1) h.sample(s * 1000, { a: s });"
        "return h.rows(3500, 6500)")
    assert rows == [[3000, 3], [4000, 4], [5000, 5], [6000, 6]]


@pytest.mark.parametrize("text", [
    "", "null", "[]", "7", "{", '{"total_bets":"7"}', '{"total_bets":null}', "{}",
    '{"total_bets":1e999}', '{"total_bets":1,"x":"' + "x" * 300_000 + '"}',
])
def test_what_is_no_frame_is_refused(modules, text):
    assert call(modules, "frame", "parseFrame", text) is None


def test_a_frame_of_the_original_engine_is_one(modules):
    text = json.dumps({
        "pod_id": "all", "total_bets": 7, "total_value": 350.5, "db_failures": 1,
        "redis_failures": 2, "bets_per_second": 3.5, "db_failures_per_second": 0.5,
        "redis_failures_per_second": 0.25})
    parsed = call(modules, "frame", "parseFrame", text)
    assert parsed["totalBets"] == 7
    assert parsed["totalValue"] == "350.50000000"
    assert parsed["lastSecond"]["redisFailures"] == 0.25
    assert parsed["pods"] == [] and parsed["reconciliation"]["state"] == "unknown"


@pytest.mark.parametrize("changes", [
    {"pods": {"length": 3}}, {"pods": [None, 7, "x", []]}, {"games": [{"selections": "x"}]},
    {"rates": []}, {"rates": {"1s": None}}, {"latency": None}, {"rejected": [1, 2]},
    {"dependencies": [{}]}, {"reconciliation": "ok"}, {"reconciliation": {"violations": [None, 1]}},
    {"epoch": 7}, {"epoch": "x"}, {"at": "yesterday"}, {"rejected": {"__proto__": 1}},
    {"pods": [{"pod_id": {}, "state": "constructor"}]},
])
def test_a_frame_with_fields_of_other_types_is_taken_without_them(modules, changes):
    parsed = call(modules, "frame", "parseFrame", json.dumps(frame(**changes)))
    assert parsed["totalBets"] == 1000


def test_lists_of_a_frame_are_bounded(modules):
    text = json.dumps(frame(
        pods=[{"pod_id": str(n)} for n in range(300)],
        games=[{"game_id": str(n)} for n in range(50)],
        rejected={f"reason_{n}": n + 1 for n in range(100)}))
    parsed = call(modules, "frame", "parseFrame", text)
    assert [len(parsed[name]) for name in ("pods", "games", "rejected")] == [200, 12, 64]
    assert parsed["rejected"][0] == {"reason": "reason_99", "amount": 100}


LIVE = {"phase": "live", "failures": 0, "retryAt": None, "lastFrameAt": 1_000}


@pytest.mark.parametrize("status, changes, tone, start", [
    (LIVE, {}, "good", "Live. Every published bet"),
    (LIVE, {"reconciliation": {"state": "catching_up"}}, "busy", "Live. Storing"),
    (LIVE, {"reconciliation": {}}, "idle", "Live. Whether"),
    (LIVE, {"reconciliation": {"state": "violated", "violations": ["One lost."]}}, "bad",
     "Reconciliation violated. One lost."),
    (LIVE, {"dependencies": [{"name": "redis", "state": "down"}]}, "warn", "Redis is down."),
    (LIVE, {"dependencies": [{"name": "constructor", "state": "down"}]}, "warn",
     "constructor is down."),
    (LIVE, {"pods": [{"state": "stale"}, {"state": "stale"}]}, "warn", "2 pods are silent."),
    (LIVE, {"stream": {"seconds_until_full": 100}}, "warn", "The stream is full within"),
    (LIVE | {"phase": "stale"}, {}, "warn", "Connected, but silent. Figures are from 00:00:01."),
    (LIVE | {"phase": "waiting", "failures": 1}, {}, "bad", "Disconnected. Figures are from"),
    (LIVE | {"phase": "waiting", "lastFrameAt": None}, None, "bad", "The aggregator does not"),
    (LIVE | {"phase": "connecting", "failures": 2}, {}, "bad", "Reconnecting. Figures are from"),
    (LIVE | {"phase": "connecting", "lastFrameAt": None}, None, "idle", "Connecting to the"),
])
def test_the_most_important_thing_is_said(modules, status, changes, tone, start):
    said = modules.module(
        "const { headline } = await load('headline'); const { parseFrame } = await load('frame');"
        "return headline(args[0], args[1] === null ? null : parseFrame(args[1]))",
        status, None if changes is None else json.dumps(frame(**changes)))
    assert said["tone"] == tone
    assert said["text"].startswith(start)
    assert said["canRetry"] == (status["phase"] in ("stale", "waiting") or status["failures"] > 0)


@pytest.mark.parametrize("status, now, expected", [
    (LIVE, 0, "Live"), (LIVE | {"phase": "connecting"}, 0, "Connecting"),
    (LIVE | {"phase": "stale"}, 9_000, "Stale since 00:00:01"),
    (LIVE | {"phase": "waiting", "retryAt": 16_000}, 0, "Reconnecting in 16 s"),
    (LIVE | {"phase": "waiting", "retryAt": 16_000}, 12_100, "Reconnecting in 4 s"),
    (LIVE | {"phase": "waiting", "retryAt": 16_000}, 16_500, "Reconnecting in 1 s"),
])
def test_the_pill_counts_down(modules, status, now, expected):
    assert call(modules, "headline", "pillText", status, now) == expected


def test_odds_that_move_are_marked_for_a_while(modules):
    directions = modules.module("""
        const { Movements } = await load("odds");
        const games = (odds) => [{ name: "g", selections: [{ name: "home", odds }] }];
        const m = new Movements();
        const seen = [];
        for (const [time, odds] of args[0]) {
          m.take(games(odds), time);
          seen.push(m.direction("g", "home", time));
        }
        return seen;
    """, [(0, 2.0), (100, 2.0), (200, 2.1), (5_000, 2.1), (8_300, 2.1), (9_000, 2.0),
          (9_500, 2.001), (9_600, None), (9_700, 3.0)])
    assert directions == [None, None, "up", "up", None, "down", "down", None, None]
