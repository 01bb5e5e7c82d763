"""Losing the aggregator and finding it again, with chromium's own clock and sockets."""

import itertools
import time

import pytest

from frames import frame, instant, rates


@pytest.mark.loses_connection
def test_a_restart_changes_no_figure(page, stand_in):
    stand_in.send(frame(rates={"1s": rates(98), "10s": rates(98)}))
    page.wait_text("#banner-text", "Live. Every published bet is accounted for.")
    page.js("""
        window.totals = new Set();
        new MutationObserver(() => totals.add(document.querySelector("#total-bets").textContent))
          .observe(document.querySelector("#total-bets"), { childList: true, characterData: true });
    """)
    stand_in.accepts = False
    stand_in.drop()
    page.wait_phase("waiting")
    assert page.text("#pill-text").startswith("Reconnecting in ")
    assert page.text("#banner-text").startswith("Disconnected. Figures are from ")
    assert page.attribute("#banner-text", "role") == "status"
    assert page.text("#accuracy-title") == "Accuracy, outdated"
    assert page.text("#total-bets") == "1,000"
    aggregator = {"pod_id": "aggregator-1", "build": "0.1.0", "started_at": instant()}
    stand_in.pulses = False
    stand_in.accepts = True
    page.wait(lambda: stand_in.sockets == 1, "the page did not come back")
    stand_in.send(frame(seq=1, aggregator=aggregator))
    page.wait_phase("live")
    stand_in.send(frame(seq=2, aggregator=aggregator))
    assert page.text("#total-bets") == "1,000"
    assert page.js("return [...totals]") == []
    page.wait_text("#banner-text", "Live. Every published bet is accounted for.")
    assert page.text("#banner-note") == ""
    assert not page.find("#retry").is_displayed()
    assert page.text("#accuracy-title") == "Accuracy"


@pytest.mark.loses_connection
def test_attempts_are_spaced_as_promised(page, stand_in):
    stand_in.send(frame())
    page.wait_phase("live")
    stand_in.attempts.clear()
    stand_in.accepts = False
    lost = time.monotonic()
    stand_in.drop()
    page.wait_text("#banner-note", "4 attempts failed", 40)
    waits = [after - before
             for before, after in itertools.pairwise([lost, *stand_in.attempts])]
    for wait, step in zip(waits, (1, 2, 4)):
        assert 0.75 * step <= wait <= step + 4


@pytest.mark.loses_connection
def test_the_button_connects_at_once_and_a_keyboard_keeps_its_place(page, stand_in):
    stand_in.send(frame())
    page.wait_phase("live")
    stand_in.accepts = False
    stand_in.drop()
    page.wait_text("#banner-note", "4 attempts failed")
    stand_in.accepts = True
    tries = len(stand_in.attempts)
    page.find("#retry").click()
    page.wait_phase("live", 5)  # the wait would last six to eight seconds
    assert len(stand_in.attempts) == tries + 1
    page.wait(lambda: not page.find("#retry").is_displayed(), "the button stayed")
    assert page.js("return document.activeElement.id") == "pause"


def test_silence_is_called_stale_and_ends_with_a_frame(page, stand_in):
    stand_in.send(frame())
    page.wait_phase("live")
    stand_in.pulses = False
    page.wait_phase("stale", 10)
    assert page.text("#pill-text").startswith("Stale since ")
    assert page.text("#banner-text").startswith("Connected, but silent. Figures are from ")
    assert stand_in.sockets == 1
    stand_in.send(frame(seq=2))
    page.wait_phase("live", 10)
    assert page.text("#pill-text") == "Live"


def test_status_is_not_said_at_the_pace_of_frames(page, stand_in):
    stand_in.pulses = False
    page.wait(lambda: stand_in.sockets == 1, "the page did not connect")
    stand_in.send(frame())
    page.wait_phase("live")
    page.js("""
        window.said = 0;
        new MutationObserver((records) => { said += records.length; }).observe(
          document.querySelector("#banner-text"),
          { childList: true, characterData: true, subtree: true });
    """)
    begun = time.monotonic()
    for number in range(40):
        state = "ok" if number % 2 else "catching_up"
        stand_in.send(frame(reconciliation={"state": state}))
        time.sleep(0.1)
    assert page.js("return said") <= 2 + (time.monotonic() - begun) / 4
