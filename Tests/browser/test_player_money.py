"""The player's page never places a bet twice, and stakes what was typed."""

import pytest
from selenium.webdriver.common.keys import Keys

from bank import problem
from conftest import quiet, sign_in

ONCE = "Placed already, by an earlier try: 5.00 on A in final-2026. It is placed once."


def press(page, amount=None):
    if amount is not None:
        page.find("#amount").clear()
        page.find("#amount").send_keys(amount)
    page.find("#place").click()


def wait_said(page, words):
    page.wait(lambda: words in page.text("#slip-answer"), f"never: {words}")


def lose_an_answer(page, bank, amount="5"):
    """The bet is placed, but the player does not hear of it."""
    bank.drops_posts = True
    press(page, amount)
    wait_said(page, "The server cannot be reached. Whether the bet was placed is not known.")
    bank.drops_posts = False
    assert len(bank.placed) == 1


def keys(bank):
    return {key for _, key, _ in bank.posts}


REFUSALS = [
    (400, "insufficient_funds"), (401, "token_expired"), (404, "round_not_found"),
    (409, "round_closed"), (409, "request_in_progress"), (429, "rate_limited"),
    (429, "queue_full"), (500, "internal_error"), (503, "database_unavailable"),
    (503, "publishing_behind"), (503, "busy"), (503, "no_answer_in_time"),
]


@pytest.mark.parametrize("status, code", REFUSALS)
def test_silence_then_a_refusal_then_success_is_one_bet(inside, bank, status, code):
    lose_an_answer(inside, bank)
    bank.refusals = [problem(status, code), problem(status, code)]
    for left in (1, 0):
        press(inside)
        inside.wait(lambda: len(bank.refusals) == left, "nothing was asked")
        wait_said(inside, "cannot place it twice")
        said = inside.text("#slip-answer")
        assert "may have placed the bet" in said or "whether the bet was" in said.lower()
        assert "nothing" not in said.lower()
    press(inside)
    inside.wait_text("#slip-answer", ONCE)
    assert len(keys(bank)) == len(bank.placed) == 1
    quiet(inside)


@pytest.mark.parametrize("status, code", REFUSALS)
def test_a_refused_try_claims_nothing_of_the_wallet(inside, bank, status, code):
    bank.refusals = [problem(status, code)]
    press(inside, "5")
    inside.wait(lambda: inside.attribute("#slip-answer", "data-tone") == "bad", "no word")
    assert "may have placed" not in inside.text("#slip-answer")
    assert "nothing" not in inside.text("#slip-answer").lower()
    press(inside)
    inside.wait_text("#slip-answer", "Placed: 5.00 on A in final-2026. Balance 1,272.00.")
    assert len(keys(bank)) == 1
    quiet(inside)


def press_again_is_the_same(inside, bank):
    press(inside, "5")
    inside.wait_text("#slip-answer", ONCE)
    assert len(keys(bank)) == len(bank.placed) == 1
    quiet(inside)


def test_a_token_that_expires_after_silence_keeps_the_key(inside, bank):
    lose_an_answer(inside, bank)
    bank.reads = problem(401, "token_expired")
    inside.wait(lambda: "expired" in inside.text("#token-error"), "no word")
    bank.reads = None
    sign_in(inside)
    inside.wait_text("#balance", "1,284.50")
    wait_said(inside, "No answer came for 5.00 on A in final-2026: whether anything was placed")
    press_again_is_the_same(inside, bank)


def test_a_reload_after_silence_keeps_the_key(inside, bank):
    lose_an_answer(inside, bank)
    inside.driver.refresh()
    inside.wait_text("#balance", "1,284.50")
    wait_said(inside, "No answer came for 5.00 on A in final-2026")
    bank.refusals = [problem(429, "queue_full")]
    press(inside, "5")
    wait_said(inside, "an earlier one had no answer and may have placed the bet")
    press(inside)
    inside.wait_text("#slip-answer", ONCE)
    assert len(keys(bank)) == len(bank.placed) == 1
    quiet(inside)


def test_a_reload_before_the_answer_keeps_the_key(inside, bank):
    bank.late = {"7"}
    press(inside, "5")
    inside.wait(lambda: bank.placed, "nothing was asked")
    inside.driver.refresh()
    bank.late = set()
    inside.wait_text("#balance", "1,284.50")
    wait_said(inside, "No answer came for 5.00 on A in final-2026")
    press_again_is_the_same(inside, bank)


def test_another_bet_after_silence_has_another_key(inside, bank):
    lose_an_answer(inside, bank)
    press(inside, "50")
    wait_said(inside, "Placed: 50.00 on A in final-2026.")
    assert len(keys(bank)) == len(bank.placed) == 2
    # Back to the first: nobody knows of it yet, so it is still that bet.
    press(inside, "5")
    inside.wait_text("#slip-answer", ONCE)
    assert len(bank.placed) == 2
    inside.find("input[value=B]").click()
    press(inside, "5")
    wait_said(inside, "Placed: 5.00 on B in final-2026.")
    assert len(keys(bank)) == len(bank.placed) == 3
    quiet(inside)


def test_the_same_amount_in_another_writing_is_the_same_bet(inside, bank):
    lose_an_answer(inside, bank, "1000")
    press(inside, "01000.00")
    wait_said(inside, "Placed already, by an earlier try: 1,000.00 on A")
    assert len(keys(bank)) == len(bank.placed) == 1
    quiet(inside)


def test_after_success_the_same_again_is_another_bet(inside, bank):
    lose_an_answer(inside, bank)
    for count in (1, 2, 3):
        press(inside, "5")
        inside.wait(lambda: inside.text("#slip-answer").startswith("Placed"), "not placed")
        assert len(keys(bank)) == len(bank.placed) == count
        assert inside.js("return sessionStorage.length") == 1  # the token alone
        press(inside, "")
        inside.wait_text("#amount-error", "Enter an amount.")
        inside.js("document.getElementById('slip-answer').textContent = ''")
    quiet(inside)


def test_a_key_of_another_bet_is_given_up(inside, bank):
    bank.refusals = [problem(422, "idempotency_key_reused")]
    press(inside, "5")
    wait_said(inside, "The server took this for another bet")
    press(inside)
    wait_said(inside, "Placed: 5.00")
    assert len(keys(bank)) == 2
    quiet(inside)


def test_a_key_is_not_for_another_user(inside, bank):
    lose_an_answer(inside, bank)
    inside.find("#leave").click()
    sign_in(inside, "8")
    inside.wait_text("#balance", "1,284.50")
    assert inside.text("#slip-answer") == ""
    press(inside, "5")
    wait_said(inside, "Placed: 5.00")
    assert len(keys(bank)) == 2
    assert [user for user, _ in bank.placed] == ["7", "8"]
    quiet(inside)


def test_keys_are_bounded_and_doubtful_ones_stay_longest(modules):
    first, again, other, kept, doubtful = modules.module("""
        sessionStorage.clear();
        const { Keys, KEYS_MAX } = await load("player/keys");
        const bet = (amount) => ({ roundId: "r", side: "A", amount: `${amount}` });
        const keys = new Keys();
        const first = keys.begin("7", bet(0));
        const other = keys.begin("7", bet(1));
        keys.refused("7", bet(1));
        for (let i = 2; i <= KEYS_MAX; i += 1) keys.begin("7", bet(i));
        const after = new Keys();
        const kept = JSON.parse(sessionStorage.getItem("betting-keys")).length;
        const doubtful = after.unanswered("7").length;
        const result = [first, after.begin("7", bet(0)), other !== after.begin("7", bet(1))];
        sessionStorage.clear();
        return [...result, kept, doubtful]""")
    assert again == first
    assert other, "a key that was refused for certain goes first"
    assert kept == doubtful == 100


POINT = "Digits and a point, as in 12.50."
COMMA = "No commas, please: digits and a point, as in 1500 or 1.50."
SMALL = "An amount has at most 8 decimals."
ZERO = "More than 0 is wanted."


@pytest.mark.parametrize("text, amount, fault", [
    ("5", "5", None), ("12.50", "12.5", None), (" 7 ", "7", None), ("007.10", "7.1", None),
    ("0.00000001", "0.00000001", None), ("100", "100", None), ("1.000", "1", None),
    ("1.1234567800", "1.12345678", None),
    ("1,000", None, COMMA), ("1,000.00", None, COMMA), ("12,345.67", None, COMMA),
    ("1,0", None, COMMA), ("1,00", None, COMMA), ("1,5", None, COMMA), ("0,5", None, COMMA),
    ("0,500", None, COMMA), ("00,500", None, COMMA), ("1,0000", None, COMMA), (",5", None, COMMA),
    ("1000,000", None, COMMA), ("1,000,00", None, COMMA), ("1,,000", None, COMMA),
    ("1.000,00", None, COMMA), ("1.5,000", None, COMMA), ("1,000,", None, COMMA),
    (",000", None, COMMA), ("1,000.", None, COMMA), ("1, 000", None, COMMA),
    ("", None, "Enter an amount."), ("  ", None, "Enter an amount."), ("abc", None, POINT),
    ("-5", None, POINT), ("+5", None, POINT), ("1e3", None, POINT), ("1.2.3", None, POINT),
    ("1.", None, POINT), (".5", None, POINT), ("1 000", None, POINT), ("1'000", None, POINT),
    ("0x10", None, POINT), ("٥", None, POINT), ("1٬000", None, POINT),
    ("123456789012345678901", None, POINT), ("123456789012345678901,000", None, COMMA),
    ("0", None, ZERO), ("0.00", None, ZERO), ("000", None, ZERO),
    ("1.123456789", None, SMALL), ("1,000.123456789", None, COMMA),
])
def test_amounts(modules, text, amount, fault):
    read = modules.module("return (await load('player/amount')).readAmount(args[0])", text)
    assert read == {"amount": amount, "fault": fault}


@pytest.mark.parametrize("text, fault", [
    ("", "Enter an amount."), ("abc", POINT), ("0", ZERO), ("1.123456789", SMALL), ("1,5", COMMA)])
def test_an_amount_that_cannot_be_is_said_before_anybody_is_asked(inside, bank, text, fault):
    inside.find("#amount").send_keys(text, Keys.ENTER)
    inside.wait_text("#amount-error", fault)
    assert inside.attribute("#amount", "aria-invalid") == "true"
    assert inside.js("return document.activeElement.id") == "amount"
    assert bank.posts == []
    inside.find("#amount").send_keys("1")
    inside.wait_text("#amount-error", "")


def test_thousands_with_a_comma_are_nobodys_guess(inside, bank):
    press(inside, "1,500")
    inside.wait_text("#amount-error", COMMA)
    assert bank.posts == []
    inside.find("#amount").clear()
    press(inside, "1500")
    wait_said(inside, "Placed: 1,500.00 on A in final-2026.")
    assert bank.posts[0][2]["amount"] == "1500"
