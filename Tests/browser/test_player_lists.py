"""The player's page shows what is open, however much is newer."""

from collections import Counter

import pytest

from bank import bet, game, problem
from conftest import quiet, sign_in

NEWER = 120


def settled(numbers):
    """Bets with these numbers, the highest first."""
    return [bet(number, "SETTLED", "5", remaining="0", matched="5")
            for number in sorted(numbers, reverse=True)]


def matched(number, **changes):
    return bet(number, "MATCHED", "50", remaining="0", matched="50") | changes


def closed(numbers):
    return [game(number) for number in sorted(numbers, reverse=True)]


def lock(bank, amount):
    bank.state["wallet"] = {"balance": "1284.5", "locked": amount, "version": 9}


def enter(page):
    sign_in(page)
    page.wait_text("#balance", "1,284.50")


EVERY_TURN = {"/api/wallet", "/api/bets?limit=100", "/api/rounds?limit=50"}


def searched(page, bank):
    """What is read in eleven turns while nothing changes, besides what each turn reads."""
    page.wait_phase("live")
    start = len(bank.questions)
    asked = lambda: Counter(bank.questions[start:])
    page.wait(lambda: asked()["/api/wallet"] > 10, "the page asks no more")
    searches = {address: count for address, count in asked().items() if address not in EVERY_TURN}
    assert all(count <= 2 for count in searches.values()), searches
    return searches


def test_an_old_round_that_is_open_is_offered(player, bank):
    bank.state["rounds"] = {"rounds": closed(range(2, 62)) + [game(1, "OPEN")]}
    enter(player)
    assert player.texts("#round option") == ["round-1"]
    assert player.text("#round-error") == ""
    assert player.texts("#rounds th") == [f"round-{number}" for number in range(61, 11, -1)]
    player.find("#amount").send_keys("5")
    player.find("#place").click()
    player.wait(lambda: bank.posts, "nothing was asked")
    assert bank.posts[0][2]["roundId"] == "round-1"


def test_open_rounds_are_offered_newest_first(player, bank):
    bank.state["rounds"] = {"rounds": [
        game(62, "OPEN"), *closed(range(3, 62)), game(2, "OPEN"), game(1, "OPEN")]}
    enter(player)
    assert player.texts("#round option") == ["round-62", "round-2", "round-1"]
    bank.state["rounds"]["rounds"][-2]["status"] = "CLOSED"
    player.wait(lambda: player.texts("#round option") == ["round-62", "round-1"],
                "the round that closed is offered")


def test_an_old_bet_that_is_matched_is_shown(player, bank):
    bank.state["bets"] = {"bets": settled(range(2, NEWER + 2)) + [matched(1)]}
    lock(bank, "50")
    enter(player)
    assert player.texts("#open-bets tr td:nth-child(3)") == ["Matched"]
    assert player.text("#open-note") == "1 bet"
    assert not player.find("#open-empty").is_displayed()
    assert len(player.all("#done-bets tr")) == 100
    bank.state["bets"]["bets"][-1]["status"] = "SETTLED"
    lock(bank, "0")
    player.wait(lambda: player.find("#open-empty").is_displayed(), "the bet is open for ever")
    assert player.text("#open-empty") == "No open bets."
    assert player.all("#open-bets tr") == []


def test_old_bets_of_every_open_state_are_shown_and_cancelled(player, bank):
    at = "2026-11-01T12:00:0{}Z".format
    bank.state["bets"] = {"bets": [
        bet(NEWER + 4, roundId="new"), *settled(range(4, NEWER + 4)),
        matched(3, roundId="third", createdAt=at(3)),
        bet(2, roundId="second", createdAt=at(2)),
        bet(1, "PARTLY_MATCHED", remaining="70", matched="30", roundId="first", createdAt=at(1))]}
    lock(bank, "350")
    enter(player)
    assert player.texts("#open-bets th") == ["new", "third", "second", "first"]
    assert player.texts("#open-bets tr td:nth-child(3)") == [
        "Open", "Matched", "Open", "Partly matched"]
    assert player.text("#open-note") == "4 bets"
    player.find("#open-bets tr:nth-child(4) button").click()
    player.wait(lambda: bank.posts, "nothing was asked")
    assert bank.posts[0][0] == f"/api/bets/{bet(1)['betId']}/cancel"


def test_more_open_bets_than_a_page_has_are_shown(player, bank):
    bank.state["bets"] = {"bets": [matched(number) for number in range(250, 0, -1)]}
    lock(bank, "12500")
    enter(player)
    assert len(player.all("#open-bets tr")) == 250
    assert player.text("#open-note") == "250 bets"
    assert player.text("#done-empty") == "None of the newest bets is settled."


def enter_with_old_ones(page, bank, look_max, newer_rounds):
    """A bet and a round are open, behind many that are not; a page looks at few."""
    bank.look_max = look_max
    bank.state["bets"] = {"bets": settled(range(2, NEWER + 2)) + [matched(1)]}
    bank.state["rounds"] = {"rounds": closed(range(2, newer_rounds + 2)) + [game(1, "OPEN")]}
    lock(bank, "50")
    enter(page)


def test_a_page_that_is_empty_and_goes_on_is_followed(player, bank):
    enter_with_old_ones(player, bank, look_max=55, newer_rounds=60)
    assert player.texts("#open-bets tr td:nth-child(3)") == ["Matched"]
    assert player.texts("#round option") == ["round-1"]


def test_what_is_too_old_to_be_looked_for_is_not_denied(player, bank):
    enter_with_old_ones(player, bank, look_max=20, newer_rounds=100)
    assert player.text("#open-empty") == "None of the newest bets is open."
    assert player.text("#round-error") == "None of the newest rounds is open."
    bank.state["bets"]["bets"].insert(0, bet(NEWER + 2))
    player.wait_text("#open-note", "1 bet, maybe older ones too")
    # 3 pages of rounds, and of each of 3 states.
    assert len(searched(player, bank)) == 3 + 9


@pytest.mark.parametrize("locked, rounds, count", [
    ("50", 60, 4), ("0", 40, 0)])
def test_a_search_is_rare_while_nothing_changes(player, bank, locked, rounds, count):
    bank.state["bets"] = {"bets": settled(range(2, NEWER + 2)) + [matched(1)]}
    bank.state["rounds"] = {"rounds": closed(range(rounds))}
    lock(bank, locked)
    enter(player)
    before = bank.unchanged
    assert len(searched(player, bank)) == count
    assert bank.unchanged >= before + 30 + count


def test_a_search_that_is_refused_is_said(player, bank):
    bank.state["bets"] = {"bets": settled(range(2, NEWER + 2)) + [matched(1)]}
    lock(bank, "50")
    enter(player)
    bank.reads = problem(429, "rate_limited")
    player.wait_phase("waiting")
    assert player.texts("#open-bets tr td:nth-child(3)") == ["Matched"]
    bank.reads = None
    player.wait_phase("live")
    quiet(player)


def test_a_bet_that_changes_while_it_is_looked_for_is_found_once(modules):
    open_bets, asked = modules.module("""
        const { readBets } = await load("player/lists");
        const bet = (status) => ({ betId: "1", status, createdAt: "2026-11-21T17:00:00Z" });
        const asked = [];
        const api = { get: async (address) => {
          asked.push(address);
          return { bets: address.includes("=PARTLY") ? [] : [bet(address.split("status=")[1])] };
        } };
        const newest = { bets: [{ ...bet("SETTLED"), betId: "2" }], nextCursor: "2" };
        return [(await readBets(api, newest, { locked: "0.00000001" })).open, asked]""")
    assert [one["status"] for one in open_bets] == ["MATCHED"]
    assert asked == [f"/api/bets?limit=100&status={state}"
                     for state in ("OPEN", "PARTLY_MATCHED", "MATCHED")]


def test_answers_that_are_kept_are_bounded(modules):
    tagged = modules.module("""
        const { Api } = await load("player/api");
        const tagged = [];
        const api = new Api("t", async (address, { headers }) => {
          const tag = headers["If-None-Match"];
          if (tag) tagged.push(address);
          if (tag) return new Response(null, { status: 304 });
          return new Response("{}", { headers: { ETag: '"1"' } });
        });
        for (let i = 0; i < 200; i += 1) {
          await api.get("/again");
          await api.get(`/once?cursor=${i}`);
        }
        for (const i of [199, 137, 136, 0]) await api.get(`/once?cursor=${i}`);
        return tagged""")
    assert tagged == ["/again"] * 199 + ["/once?cursor=199", "/once?cursor=137"]
