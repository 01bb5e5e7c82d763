"""Pictures for people to look at, in .build/screenshots; the tests only check what they show."""

import pytest

import stories
from frames import frame, pod


@pytest.mark.parametrize("name, scheme, width, height", [
    ("light", "light", 1280, 900),
    ("dark", "dark", 1280, 900),
    ("wide-1600", "light", 1600, 1000),
    ("wide-1600-dark", "dark", 1600, 1000),
    ("tablet-820", "light", 820, 1100),
    ("phone-360", "light", 360, 740),
    ("phone-360-dark", "dark", 360, 740),
])
def test_under_load(blank, stand_in, name, scheme, width, height):
    blank.emulate(scheme)
    blank.resize(width, height)
    blank.open(stand_in.url)
    stories.play(blank, stand_in)
    games = stories.busy()["games"]
    games[0]["selections"][0]["decimal_odds"] = 2.35
    games[1]["selections"][2]["decimal_odds"] = 2.66
    stand_in.send(stories.busy(games=games))
    blank.wait_text("#total-bets", "1,284,310")
    blank.wait(lambda: len(blank.all(".mark:not(:empty)")) == 2, "no marks of movement")
    blank.picture(name)
    assert blank.js("return document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.loses_connection
@pytest.mark.parametrize("scheme, width", [("light", 1280), ("dark", 1280), ("light", 360)])
def test_disconnected(blank, stand_in, scheme, width):
    blank.emulate(scheme)
    blank.resize(width, 800)
    blank.open(stand_in.url)
    stories.play(blank, stand_in)
    blank.wait_text("#total-bets", "1,284,310")
    stand_in.accepts = False
    stand_in.drop()
    blank.wait_text("#banner-note", "3 attempts failed")
    blank.picture(f"disconnected-{width}-{scheme}", whole=width > 500)
    assert blank.find("#retry").is_displayed()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_violated_and_a_stale_pod(blank, stand_in, scheme):
    blank.emulate(scheme)
    blank.open(stand_in.url)
    stories.play(blank, stand_in)
    stand_in.send(stories.troubled())
    blank.wait_text("#reconciliation-state", "Violated")
    blank.picture(f"violated-{scheme}")


def test_a_stale_pod(page, stand_in):
    pods = [pod("backend-1"), pod("backend-2"),
            pod("backend-3", "stale", silent_seconds=12.3, bets_per_second=0.0)]
    stand_in.send(frame(pods=pods))
    page.wait_text("#banner-text", "1 pod is silent.")
    page.picture("stale-pod")


def test_before_the_first_frame(page, stand_in):
    page.wait(lambda: stand_in.sockets == 1, "the page did not connect")
    page.picture("waiting")


def test_an_empty_system(page, stand_in):
    ledger = dict.fromkeys(("published", "stored", "duplicates", "rejected", "outcomes",
                            "in_flight"), 0)
    stand_in.send(frame(
        total_bets=0, total_value_text="0.00000000", odds_updates=0, duplicates=0,
        rejected_total=0, rejected={}, bets_table_row_count=0, total_odds=0, pods=[], pods_total=0,
        games=[], latency={"window_seconds": 10, "count": 0, "p50_ms": None, "p95_ms": None,
                           "p99_ms": None},
        reconciliation=ledger | {"state": "ok", "oldest_unresolved_sequence": None,
                                 "violations": []}))
    page.wait_text("#total-bets", "0")
    page.picture("empty")
