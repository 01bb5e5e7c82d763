"""An answer that comes when somebody else is signed in is not shown and does nothing."""

import pytest

from bank import entry
from conftest import quiet, sign_in


@pytest.fixture
def late(inside, bank):
    """User 7 is signed in; from here on the answers to them are held back."""
    bank.late = {"7"}
    yield inside
    bank.late = set()


def change_user(page, bank):
    """User 8 takes over, who has another wallet and one entry, and waits for no answer to 7."""
    page.find("#leave").click()
    bank.state["wallet"] = {"balance": "8", "locked": "0", "version": 1}
    bank.state["ledger"] = {"entries": [entry(2, "DEPOSIT", "8", "8")]}
    sign_in(page, "8")
    page.wait_text("#balance", "8.00")


def answer_late(page, bank):
    """User 7 is answered; then user 8 twice more, so whatever those answers do is done."""
    assert bank.late == {"7"} and bank.waiting
    bank.late = set()
    for _ in range(2):
        before = bank.asked
        page.wait(lambda: bank.asked >= before + 3, "the page asks no more")
    assert page.find("#player").is_displayed()
    assert page.text("#who-text").startswith("User 8 ")
    assert page.text("#balance") == "8.00"


def test_older_entries_of_another_user_are_not_shown(late, bank):
    late.find("#entries-more").click()
    late.wait(lambda: ("7", "/api/wallet/ledger") in bank.waiting, "nothing was asked")
    change_user(late, bank)
    answer_late(late, bank)
    assert late.texts("#entries tr td:nth-child(3)") == ["8.00"]
    assert late.text("#entries-error") == ""


def test_a_late_refusal_of_another_token_signs_nobody_out(late, bank):
    late.wait(lambda: ("7", "/api/wallet") in bank.waiting, "nothing was asked")
    change_user(late, bank)
    bank.expired = {"7"}
    answer_late(late, bank)
    assert late.text("#token-error") == ""
    quiet(late)


def test_a_bet_of_another_user_is_not_told(late, bank):
    late.find("#amount").send_keys("5")
    late.find("#place").click()
    late.wait(lambda: ("7", "/api/bets") in bank.waiting and bank.posts, "nothing was asked")
    change_user(late, bank)
    assert late.find("#place").is_enabled()
    late.find("#amount").send_keys("6")
    answer_late(late, bank)
    assert late.text("#slip-answer") == ""
    assert late.js("return document.getElementById('amount').value") == "6"
    # User 7 was not told either: what is asked again is that bet.
    late.find("#leave").click()
    sign_in(late)
    late.wait(lambda: "No answer came for 5.00 on A" in late.text("#slip-answer"), "no word")
    late.find("#amount").send_keys("5")
    late.find("#place").click()
    late.wait(lambda: late.text("#slip-answer").startswith("Placed already"), "no word")
    assert len(bank.placed) == 1


def test_a_cancel_of_another_user_is_not_told(late, bank):
    late.find("#open-bets tr:first-child button").click()
    late.wait(lambda: bank.posts and ("7", bank.posts[0][0]) in bank.waiting, "nothing was asked")
    change_user(late, bank)
    answer_late(late, bank)
    assert late.text("#open-answer") == ""
