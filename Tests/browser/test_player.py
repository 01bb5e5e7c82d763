"""The player's page beside a stand-in for the API."""

import pytest
from selenium.webdriver.common.keys import Keys

from bank import bet, problem, token
from conftest import quiet, sign_in


def test_a_token_opens_the_page_and_stays_in_the_tab(inside, bank):
    assert inside.text("#who-text").startswith("User 7 until ")
    assert inside.text("#pill-text") == "Live"
    assert inside.text("#locked") == "230.25"
    assert token("7") not in inside.driver.page_source
    inside.driver.refresh()
    inside.wait_text("#balance", "1,284.50")
    assert not inside.find("#entry").is_displayed()
    assert inside.js("return localStorage.length + document.cookie.length") == 0


def test_signing_out_forgets_everything(inside):
    inside.find("#leave").click()
    assert inside.find("#entry").is_displayed()
    assert inside.js("return sessionStorage.length") == 0
    assert inside.text("#balance") == "–"
    assert inside.texts("#entries tr") == []
    assert inside.js("return document.activeElement.id") == "token"


def test_what_is_no_token_is_said_at_once(player, bank):
    player.find("#token").send_keys("hello", Keys.ENTER)
    player.wait(lambda: player.text("#token-error").startswith("This is no token"), "no word")
    assert bank.asked == 0


def test_a_token_that_is_refused_leads_back(player, bank):
    bank.reads = problem(401, "token_expired")
    sign_in(player)
    player.wait(lambda: "expired" in player.text("#token-error"), "no word")
    assert player.find("#entry").is_displayed()
    assert player.js("return sessionStorage.length") == 0
    quiet(player)


def test_bets_rounds_and_ledger_are_shown(inside):
    assert inside.texts("#open-bets th") == ["final-2026", "final-2026", "derby.2026-11-21"]
    assert inside.texts("#open-bets tr:nth-child(2) td")[:5] == [
        "B", "Partly matched", "100.00", "30.00", "70.00"]
    assert inside.texts("#done-bets td:nth-child(3)") == ["Settled", "Settled", "Refunded"]
    assert inside.texts("#rounds td:last-child") == ["–", "–", "Side A", "Side B", "Void"]
    assert inside.texts("#entries tr:first-child td")[:2] == ["−80.25", "1,284.50"]
    assert inside.texts("#entries th")[2:5] == [
        "Stake back", "Winnings", "Stake back (void)"]
    assert inside.texts("#round option") == ["final-2026"]
    # What is matched cannot be taken back.
    assert inside.js("return [...document.querySelectorAll('#open-bets button')]"
                     ".map((node) => node.hidden)") == [False, False, True]


def test_changes_come_by_themselves(inside, bank):
    bank.state["wallet"] = {"balance": "9999", "locked": "0", "version": 10}
    bank.state["bets"]["bets"].insert(0, bet(13, amount="5"))
    inside.wait_text("#balance", "9,999.00")
    inside.wait(lambda: len(inside.all("#open-bets tr")) == 4, "the new bet is not there")


def test_what_has_not_changed_is_not_sent_again(inside, bank):
    before = bank.unchanged
    inside.wait(lambda: bank.unchanged >= before + 6, "nothing was unchanged")


def test_a_bet_is_placed(inside, bank):
    inside.find("#amount").send_keys("12.50")
    inside.find("input[value=B]").click()
    inside.find("#place").click()
    inside.wait_text("#slip-answer", "Placed: 12.50 on B in final-2026. Balance 1,272.00.")
    (path, key, body), = bank.posts
    assert (path, body) == ("/api/bets", {"roundId": "final-2026", "side": "B", "amount": "12.5"})
    assert len(key) == 32
    assert inside.js("return document.getElementById('amount').value") == ""


def test_refusals_are_told_in_words(inside, bank):
    bank.refusals = [problem(400, "insufficient_funds", field="amount"),
                     problem(409, "round_closed", field="roundId"),
                     problem(429, "queue_full")]
    inside.find("#amount").send_keys("99999")
    for words in ("Your balance is too low for this bet.",
                  "This round takes no bets any more.",
                  "Very many bets are being placed. Try again in a moment."):
        inside.find("#place").click()
        inside.wait_text("#slip-answer", words)
    # Chromium itself may have asked twice and heard the second answer: the key stays.
    assert len({key for _, key, _ in bank.posts}) == 1
    quiet(inside)


def test_what_is_open_can_be_cancelled(inside, bank):
    inside.find("#open-bets tr:first-child button").click()
    inside.wait(lambda: bank.posts, "nothing was asked")
    assert bank.posts[0][0] == f"/api/bets/{bet(12)['betId']}/cancel"
    inside.wait_text("#open-answer", "80.25 is back in your balance.")
    bank.refusals = [problem(409, "not_cancellable")]
    inside.find("#open-bets tr:nth-child(2) button").click()
    inside.wait(lambda: "nothing can be cancelled" in inside.text("#open-answer"), "no word")
    quiet(inside)


def test_older_entries_are_shown_on_demand(inside):
    inside.find("#entries-more").click()
    inside.wait(lambda: len(inside.all("#entries tr")) == 8, "no older entry")
    assert not inside.find("#entries-more").is_displayed()


def test_no_round_is_open(player, bank):
    bank.state["rounds"] = {"rounds": []}
    sign_in(player)
    player.wait_text("#round-error", "No round is open at the moment.")
    assert not player.find("#round").is_enabled()
    player.wait_text("#rounds-empty", "There are no rounds yet.")


def test_a_server_that_goes_away_is_said_and_found_again(inside, bank):
    bank.is_down = True
    inside.wait_phase("waiting")
    assert inside.text("#pill-text") == "Not connected"
    assert inside.text("#banner-text") == "The server cannot be reached."
    assert inside.text("#balance") == "1,284.50"
    bank.is_down = False
    inside.wait_phase("live")
    assert inside.text("#banner-text") == "Up to date."
    quiet(inside)


def test_a_database_that_is_away_is_said(inside, bank):
    bank.reads = problem(503, "database_unavailable")
    inside.wait(lambda: inside.text("#banner-text").startswith("The bank does not"), "no word")
    bank.reads = None
    inside.wait_phase("live")
    quiet(inside)


def test_names_from_outside_are_text(player, bank):
    bad = "<img src=x onerror=alert(1)>"
    bank.state["rounds"]["rounds"][0]["roundId"] = bad
    bank.state["bets"]["bets"][0]["roundId"] = bad
    bank.state["ledger"]["entries"][0]["kind"] = bad
    sign_in(player)
    player.wait(lambda: bad in player.texts("#rounds th"), "the name is not there")
    assert player.all("main img") == []


def test_a_keyboard_alone_places_a_bet(player, bank):
    press = lambda *keys: player.driver.switch_to.active_element.send_keys(*keys)
    press(token(), Keys.ENTER)
    player.wait_text("#balance", "1,284.50")
    places = []
    player.js("document.getElementById('leave').focus()")
    for _ in range(4):
        press(Keys.TAB)
        places.append(player.js("return document.activeElement.id || document.activeElement.name"))
    assert places == ["round", "side", "amount", "place"]
    player.find("#amount").send_keys("7", Keys.ENTER)
    player.wait(lambda: bank.posts, "nothing was asked")


def test_everything_has_its_name_and_role(inside):
    problems = inside.js("""
        const found = [];
        const all = (selector) => [...document.querySelectorAll(selector)];
        for (const table of all("table")) {
          if (!table.caption?.textContent.trim()) found.push(["no caption", table.className]);
        }
        for (const cell of all("th")) if (!cell.scope) found.push(["no scope", cell.textContent]);
        for (const field of all("input:not([type=radio]), select")) {
          if (!field.labels?.length) found.push(["no label", field.id]);
        }
        for (const part of all("section, [role=region]")) {
          const title = document.getElementById(part.getAttribute("aria-labelledby"));
          if (!title?.textContent) found.push(["no title", part.className]);
        }
        for (const button of all("button")) {
          if (!(button.getAttribute("aria-label") || button.textContent.trim())) {
            found.push(["no name", button.outerHTML]);
          }
        }
        const ids = all("[id]").map((node) => node.id);
        if (new Set(ids).size !== ids.length) found.push(["same id twice"]);
        if (all("h1").length !== 1) found.push(["not one h1"]);
        if (all("[style]").length) found.push(["inline style"]);
        return found""")
    assert problems == []


@pytest.mark.parametrize("width", [320, 360, 768, 1024, 1280, 1920])
def test_nothing_runs_out_of_the_window(player, bank, width):
    player.resize(width, 900)
    bank.state["wallet"] = {"balance": "123456789012345.12345678",
                            "locked": "123456789012345.12345678", "version": 1}
    bank.state["rounds"]["rounds"][0]["roundId"] = "r" * 64
    bank.state["bets"]["bets"][0]["roundId"] = "r" * 64
    sign_in(player)
    player.wait_text("#balance", "123,456,789,012,345.12")
    assert player.js("return document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("name, scheme, width, height", [
    ("player-light", "light", 1280, 900), ("player-dark", "dark", 1280, 900),
    ("player-820", "light", 820, 1100), ("player-360", "light", 360, 740),
    ("player-360-dark", "dark", 360, 740),
])
def test_pictures(player, bank, name, scheme, width, height):
    player.emulate(scheme)
    player.resize(width, height)
    player.picture(name + "-out", whole=False)
    sign_in(player)
    player.wait_text("#balance", "1,284.50")
    bank.refusals = [problem(400, "insufficient_funds", field="amount")]
    player.find("#amount").send_keys("5000", Keys.ENTER)
    player.wait(lambda: player.text("#slip-answer"), "no word")
    player.picture(name)
    assert player.js("return document.documentElement.scrollWidth <= innerWidth")
    quiet(player)
