"""The dashboard of the real engine: servers, backends and aggregator are started here."""

import os
import signal
from decimal import Decimal

import pytest

from conftest import check, fresh_page
from engine import Engine
from selenium.webdriver.common.keys import Keys

BETS = 1000
COUNTED = "Live. Every published bet is accounted for."


@pytest.fixture(scope="module")
def engine():
    with Engine() as running:
        yield running


@pytest.fixture
def live(driver, engine, request):
    """The page of the running aggregator, connected."""
    page = fresh_page(driver)
    page.open(engine.url)
    page.wait_phase("live")
    yield page
    check(page, engine.url, request)


def stored(engine):
    """Rows and their sum, as Postgres says."""
    count, total = engine.query("SELECT count(*), coalesce(sum(amount), 0) FROM bets")
    return int(count), Decimal(total)


def shown(page):
    exact = page.attribute("#volume", "title") or page.text("#volume")
    total = page.text("#total-bets").replace(",", "")
    return int(total) if total.isdigit() else None, Decimal(exact.replace(",", "") or 0)


def bet(engine, page, count=BETS):
    """Publishes bets and waits until the page shows what Postgres holds."""
    engine.begin_simulator(1, count, "--games", "4", "--selections", "3")
    engine.finish_simulator()
    before = stored(engine)[0]
    page.wait(lambda: stored(engine)[0] >= before and shown(page) == stored(engine),
              "the page never showed what Postgres holds")
    page.wait_text("#banner-text", COUNTED)


def watch_totals(page):
    """From now on the page remembers every total it shows."""
    page.js("""
        const node = document.querySelector("#total-bets");
        window.totals = [node.textContent];
        new MutationObserver(() => totals.push(node.textContent))
          .observe(node, { childList: true, characterData: true, subtree: true });
    """)


def totals(page):
    return [int(text.replace(",", "")) for text in page.js("return totals")]


def pod_states(page):
    """(name, state) of each row."""
    return list(zip(page.texts("#pods th"), page.texts("#pods .state")))


def test_shows_the_exact_totals_and_its_rates_return_to_zero(live, engine):
    before = stored(engine)[0]
    watch_totals(live)
    engine.begin_simulator(2, BETS, "--games", "4", "--selections", "3")
    live.wait(lambda: float(live.text("#bet-rate").replace(",", "")) > 0, "no rate was shown")
    engine.finish_simulator()
    live.wait(lambda: shown(live)[0] == before + BETS, "not all bets were shown")
    assert shown(live) == stored(engine)
    live.wait_text("#bet-rate", "0.0")
    live.wait_text("#bet-rate-note", "10 s mean 0.0")
    live.wait_text("#banner-text", COUNTED)
    assert live.text("#accuracy-share") == "100 %"
    assert live.attribute("#accuracy", "data-level") == "1"
    rows = f"{stored(engine)[0]:,}"
    live.wait_text("#ledger-rows", rows)
    live.wait_text("#ledger-odds", rows)
    assert totals(live) == sorted(totals(live))
    live.wait(lambda: live.all("#games .selection"), "no odds")
    live.picture("live-after-load")


@pytest.mark.loses_connection
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_survives_a_restart_of_the_aggregator(live, engine, number):
    bet(engine, live)
    same = shown(live)
    watch_totals(live)
    assert engine.end("aggregator", number) == (0 if number == signal.SIGTERM else -number)
    live.wait_phase("waiting")
    assert live.text("#banner-text").startswith("Disconnected. Figures are from ")
    assert shown(live) == same
    if number == signal.SIGTERM:
        live.picture("live-disconnected")
    engine.start_aggregator()
    live.wait_phase("live")
    live.wait_text("#banner-text", COUNTED)
    assert shown(live) == same == stored(engine)
    assert set(totals(live)) == {same[0]}


def test_a_killed_pod_is_stale_and_its_bets_stay(live, engine):
    bet(engine, live)
    same = shown(live)
    watch_totals(live)
    engine.end("backend-3", signal.SIGKILL)
    live.wait(lambda: ("backend-3", "Stale") in pod_states(live), "the pod never was stale")
    assert ("backend-1", "Live") in pod_states(live)
    live.wait_text("#banner-text", "1 pod is silent.")
    assert shown(live) == same
    live.picture("live-stale-pod")
    engine.start_backend("backend-3")
    live.wait(lambda: ("backend-3", "Live") in pod_states(live), "the pod did not come back")
    bet_without_banner(engine, live)
    assert totals(live) == sorted(totals(live))


def bet_without_banner(engine, page):
    engine.begin_simulator(1, 200)
    engine.finish_simulator()
    page.wait(lambda: shown(page) == stored(engine), "the page never showed what Postgres holds")


def test_a_pod_that_left_is_stopped(live, engine):
    assert engine.end("backend-2") == 0
    live.wait(lambda: ("backend-2", "Stopped") in pod_states(live), "the pod never was stopped")
    engine.start_backend("backend-2")
    live.wait(lambda: ("backend-2", "Live") in pod_states(live), "the pod did not come back")


def test_a_server_that_hangs_is_down_until_it_answers(live, engine):
    redis = engine.server_process("redis")
    os.kill(redis, signal.SIGSTOP)
    try:
        live.wait(lambda: live.attribute("#dependencies li:nth-child(3)", "data-state") == "down",
                  "Redis never was down")
        live.wait_text("#ledger-odds", "– Redis is down")
        assert shown(live) == stored(engine)
    finally:
        os.kill(redis, signal.SIGCONT)
    live.wait(lambda: live.attribute("#dependencies li:nth-child(3)", "data-state") == "up",
              "Redis did not come back")
    live.wait_text("#ledger-odds", f"{stored(engine)[0]:,}")


def test_a_player_bets_wins_and_sees_it(driver, engine):
    """From the page over the api-server, Postgres and the worker, and back."""
    url = engine.start_bank()
    admin = engine.token(1, "--operator")
    for user in (7, 8):
        engine.ask(url + "api/admin/deposits", admin, {"userId": user, "amount": 500}, f"d{user}")
    engine.ask(url + "api/admin/rounds", admin, {"id": "final"}, "r")
    page = fresh_page(driver)
    page.open(url + "player")
    page.wait(lambda: page.driver.current_url.endswith("/player.html"), "no page")
    page.js("sessionStorage.clear()")
    page.find("#token").send_keys(engine.token(7), Keys.ENTER)
    page.wait_text("#balance", "500.00")
    page.find("#amount").send_keys("100", Keys.ENTER)
    page.wait_text("#slip-answer", "Placed: 100.00 on A in final. Balance 400.00.")
    page.wait_text("#open-bets td:nth-child(3)", "Open")
    engine.ask(url + "api/bets", engine.token(8),
               {"roundId": "final", "amount": "60", "side": "B"}, "other")
    page.wait_text("#open-bets td:nth-child(3)", "Partly matched")
    page.find("#open-bets button").click()
    page.wait_text("#open-answer", "40.00 is back in your balance.")
    page.wait_text("#open-bets td:nth-child(3)", "Matched")
    engine.ask(url + "api/admin/rounds/final/result", admin, {"winner": "A"}, "w")
    page.wait_text("#balance", "560.00")
    page.wait_text("#done-bets td:nth-child(3)", "Settled")
    page.wait_text("#rounds td:last-child", "Side A")
    assert page.texts("#entries th") == ["Winnings", "Stake back", "Stake", "Deposit"]
    page.picture("player-live")
    check(page, url)
