"""What the page shows, beside a stand-in that can be in any state."""

import json
import time

import pytest

from frames import EPOCH, dependency, frame, game, instant, money, pod, rates, reconciliation

HOSTILE = '<img src=x onerror="document.title=\'taken\'"><script>document.title="taken"</script>'


def shows(page, stand_in, **changes):
    """Sends a frame and waits until it is on screen, told by its number."""
    shows.number += 1
    number = 100_000 + shows.number * 1000
    stand_in.pulses = False
    page.wait(lambda: stand_in.sockets > 0, "the page did not connect")
    stand_in.send(frame(seq=number, **changes))
    page.wait(lambda: page.text("#foot-frame").startswith(f"Frame {number:,} at"),
              "the frame was not shown")


shows.number = 0


def test_the_totals_are_exact(page, stand_in):
    shows(page, stand_in, total_value_text="50500.12345678", odds_updates=999, pods_total=3)
    assert page.text("#total-bets") == "1,000"
    assert page.text("#volume") == "50,500.12"
    assert page.attribute("#volume", "title") == "50,500.12345678"
    assert page.text("#odds-updates") == "999"
    assert page.text("#total-bets-note") == "from 3 live pods, besides 3 duplicates and 2 rejected"


def test_rates_come_and_go(page, stand_in):
    shows(page, stand_in, rates={"1s": rates(98, 4900, redis_failures=2.5),
                                 "10s": rates(61.25, redis_failures=0.3)}, redis_failures=3)
    assert page.text("#bet-rate") == "98.0"
    assert page.text("#bet-rate-note") == "10 s mean 61.3"
    assert page.text("#volume-note") == "4,900 a second"
    assert page.texts("#redis-failures td") == ["3", "2.5", "0.3"]
    shows(page, stand_in)
    assert page.text("#bet-rate") == "0.0"


@pytest.mark.parametrize("missing, level, share", [
    (0, 1, "100 %"), (1, 2, "99.9 %"), (3, 3, "99.7 %"), (5, 4, "99.5 %"), (7, 5, "99.3 %"),
    (9, 6, "99.1 %"), (11, 7, "98.9 %"), (-1, 0, "Undetermined"),
])
def test_accuracy_is_a_colour_and_words(page, stand_in, missing, level, share):
    shows(page, stand_in, reconciliation=reconciliation(stored=1000 - missing))
    assert page.attribute("#accuracy", "data-level") == str(level)
    assert page.text("#accuracy-share") == share
    expected = f"Accuracy level {level} of 7" if level else "Accuracy undetermined"
    assert page.attribute("#accuracy-levels", "aria-label").startswith(expected)
    backgrounds = page.js(
        "return [...document.querySelectorAll('#accuracy-levels span')]"
        ".map(n => getComputedStyle(n).backgroundColor)")
    assert len(set(backgrounds)) == (2 if level else 1)


def test_the_ledger_adds_up(page, stand_in):
    shows(page, stand_in, reconciliation=reconciliation(
        "catching_up", published=1010, oldest_unresolved_sequence=1006))
    assert page.texts(".ledger tbody td[id^=ledger]") == [
        "1,010", "3", "2", "1,005", "1,000", "5", "no. 1,006", "none", "1,000", "1,000", "0"]
    assert page.text("#reconciliation-state") == "Catching up"
    assert page.attribute("#ledger-lost", "data-tone") is None


def test_what_is_lost_for_good_is_red_and_no_longer_awaited(page, stand_in):
    shows(page, stand_in, reconciliation=reconciliation(
        "violated", published=1010, lost=4, oldest_unresolved_sequence=1006,
        violations=["4 messages had no outcome."]))
    assert page.texts(".ledger tbody td[id^=ledger]")[5:8] == ["1", "no. 1,006", "4"]
    assert page.attribute("#ledger-lost", "data-tone") == "bad"
    colour = "return getComputedStyle(document.querySelector(arguments[0])).color"
    assert page.js(colour, "#ledger-lost") != page.js(colour, "#ledger-flight")
    assert page.text("#accuracy-detail").endswith("1,000 of 1,005 bets stored, 1 not yet, "
                                                  "4 lost for good.")
    shows(page, stand_in, reconciliation=reconciliation())
    assert page.text("#ledger-lost") == "none"
    assert page.attribute("#ledger-lost", "data-tone") is None


def test_money_is_shown_where_there_are_wallets(page, stand_in):
    shows(page, stand_in)
    assert not page.js("return document.getElementById('money').checkVisibility()")
    shows(page, stand_in, money=money())
    assert page.texts("#money td") == ["1,900.00", "100.00", "0.00", "2,000.00", "none", "none"]
    assert page.text("#money-state") == "Balanced"
    assert page.text("#money-note") == "2 wallets"


def test_money_that_does_not_add_up_is_red_and_says_so(page, stand_in):
    shows(page, stand_in, money=money(
        wallets_text="1900.00000001", difference_text="0.00000001", unpublished_bets=12,
        violations=["It is 0.00000001 above what was paid in.", HOSTILE]))
    assert page.texts("#money td") == [
        "1,900.00000001", "100.00", "0.00", "2,000.00", "0.00000001", "12"]
    assert page.text("#money-state") == "Violated"
    colour = "return getComputedStyle(document.querySelector(arguments[0])).color"
    assert page.js(colour, "#money-difference") != page.js(colour, "#money-house")
    assert page.texts("#money-violations li") == [
        "It is 0.00000001 above what was paid in.", HOSTILE]
    shows(page, stand_in, money=money())
    assert page.texts("#money-violations li") == []
    assert page.attribute("#money-difference", "data-tone") is None


def test_what_a_lost_server_would_say_is_a_dash_with_the_reason(page, stand_in):
    shows(page, stand_in, total_odds=None, pending_bets=None,
          backlog={"num_pending": None, "num_ack_pending": None, "oldest_age_seconds": None},
          stream=dict.fromkeys(frame()["stream"]), epoch=None,
          reconciliation={"state": "unknown"},
          latency={"window_seconds": 10, "count": 0, "p50_ms": None, "p95_ms": None,
                   "p99_ms": None},
          dependencies=[dependency("nats", "down", 30, "timeout"), dependency("postgres"),
                        dependency("redis", "down", 60)])
    assert page.text("#ledger-odds") == "– Redis is down"
    assert page.text("#ledger-pending") == "– NATS is down"
    assert page.text("#ledger-published") == "–"
    assert page.text("#stream-messages") == "–"
    assert page.texts("#dependencies li") == ["NATSdown", "Postgresup", "Redisdown"]
    assert page.text("#banner-text").startswith("NATS is down since ")
    assert page.text("#total-bets") == "1,000"
    page.wait(lambda: page.texts(".chart .note")[1:] == ["no bet stored in the last 10 s",
                                                         "NATS does not answer"],
              "no reason beside the charts")


def test_names_of_others_are_text_and_nothing_else(page, stand_in):
    shows(page, stand_in,
          pods=[pod(HOSTILE), pod("\u202egnp.exe"), pod("x" * 300), pod("")],
          games=[game(HOSTILE, 7, 10, [(HOSTILE, 1.0, 1.0)]),
                 game("javascript:alert(1)", 7, 10, [("-", 1.0, 1.0)])],
          rejected={HOSTILE: 3}, dependencies=[dependency(HOSTILE, detail=HOSTILE)],
          aggregator={"pod_id": HOSTILE, "build": HOSTILE, "started_at": HOSTILE},
          reconciliation=reconciliation("violated", violations=[HOSTILE]))
    assert page.driver.title == "Betting engine – live"
    assert page.texts("#pods th")[0] == HOSTILE
    assert page.texts("#pods th")[3] == "(no name)"
    assert page.text("#violations") == HOSTILE
    assert page.text("#games h3") == HOSTILE
    assert page.all("img[src=x], main script") == []
    assert page.js("return document.documentElement.scrollWidth <= innerWidth")


def test_pods_keep_their_rows(page, stand_in):
    pods = [pod("b-1"), pod("b-2"), pod("b-3")]
    shows(page, stand_in, pods=pods)
    page.js("document.querySelectorAll('#pods tr').forEach((row, i) => { row.mine = i; })")
    stale = pod("b-1", "stale", silent_seconds=12.3, last_seen_at=instant(12.3), p50_ms=None)
    shows(page, stand_in, pods=[pods[2], pods[1], stale, pod("b-4", "stopped")], pods_total=7)
    assert page.js("return [...document.querySelectorAll('#pods tr')].map(r => r.mine)") == [
        2, 1, 0, None]
    assert page.texts("#pods tr:nth-child(3) > *")[:7] == [
        "b-1", "Stale", "400", "33.0", "20,200.00", "–", "30.0 ms"]
    assert page.text("#pods-note") == "2 live, 1 stale, 1 stopped, 3 more not shown"
    assert page.text("#banner-text") == "1 pod is silent."


def test_two_boots_of_one_pod_are_two_rows(page, stand_in):
    shows(page, stand_in, pods=[pod("b-1"), pod("b-1", "stale", boot_id="earlier"), pod("b-1")])
    assert page.texts("#pods .state") == ["Live", "Stale", "Live"]


def test_a_frame_of_two_hundred_pods_ten_times_a_second(page, stand_in):
    pods = [pod(f"backend-{number:03}", "live" if number < 180 else "stale")
            for number in range(200)]
    page.js("""
        window.longest = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) longest = Math.max(longest, entry.duration);
        }).observe({ type: "longtask", buffered: false });
    """)
    for number in range(30):
        pods[number] |= {"total_bets": 1000 + number, "bets_per_second": float(number)}
        sent = frame(pods=pods, pods_total=340, total_bets=2000 + number)
        stand_in.send(sent)
        time.sleep(0.1)
    assert len(json.dumps(sent)) > 64 * 1024
    page.wait_text("#total-bets", "2,029")
    assert len(page.all("#pods tr")) == 200
    assert page.text("#pods-note").endswith("140 more not shown")
    assert page.js("return longest") < 2000


def test_only_what_changed_is_written(page, stand_in):
    shows(page, stand_in)
    page.js("""
        window.changes = [];
        new MutationObserver((records) => {
          for (const record of records) changes.push(record.target.parentElement?.id
            || record.target.id || record.target.className);
        }).observe(document.querySelector("main"),
          { subtree: true, childList: true, characterData: true, attributes: true });
    """)
    shows(page, stand_in, total_bets=1001)
    changed = set(page.js("return changes.filter((name) => name !== '')"))
    outside = page.js("return changes.filter((n) => document.getElementById(n)"
                      " && !document.getElementById(n).closest('.charts'))")
    assert "total-bets" in changed
    assert set(outside) <= {"total-bets"}


def test_odds_show_which_way_they_moved(page, stand_in):
    def board(home, away):
        return [game("g_1", 10, 100, [("home", 0.5, home), ("away", 0.5, away), ("-", 0.0, 2.0)])]
    shows(page, stand_in, games=board(2.0, 2.0))
    assert page.texts(".mark") == ["", "", ""]
    shows(page, stand_in, games=board(2.1, 1.9))
    assert page.texts(".mark") == ["▲", "▼", ""]
    assert page.texts(".price > .unseen") == ["up", "down", ""]
    assert page.texts("#games tbody th") == ["home", "away", "no selection"]
    page.wait(lambda: page.texts(".mark") == ["", "", ""], "the marks stayed")


def test_a_game_with_many_selections_is_summed_up(page, stand_in):
    shows(page, stand_in,
          games=[game("g", 10, 100, [(f"p_{n}", 0.05, 19.0) for n in range(20)])])
    assert page.texts("#games tbody th") == [
        "p_0", "p_1", "p_2", "p_3", "p_4", "15 more selections"]


def test_rejected_bets_are_shown_by_reason(page, stand_in):
    shows(page, stand_in, rejected={"bad_id": 1, "malformed": 40, "poison": 0}, rejected_total=41)
    assert page.texts(".reason-name") == ["malformed", "bad id"]
    assert page.texts(".reason-count") == ["40", "1"]
    assert page.text("#rejected-total") == "41"
    shows(page, stand_in, rejected={}, rejected_total=0)
    assert page.find("#reasons-empty").is_displayed()


def test_violations_are_said_in_words(page, stand_in):
    shows(page, stand_in, reconciliation=reconciliation("violated", violations=["One.", "Two."]))
    assert page.texts("#violations li") == ["One.", "Two."]
    assert page.text("#banner-text") == "Reconciliation violated. One."
    shows(page, stand_in)
    assert page.texts("#violations li") == []


def test_a_frame_of_the_original_engine_is_shown(page, stand_in):
    seed = {"pod_id": "all", "total_bets": 7, "total_value": 350.5, "db_failures": 1,
            "redis_failures": 2, "bets_per_second": 3.5, "db_failures_per_second": 0.5,
            "redis_failures_per_second": 0.25}
    page.wait(lambda: stand_in.sockets > 0, "the page did not connect")
    stand_in.send(json.dumps(seed))
    page.wait_text("#total-bets", "7")
    assert page.text("#volume") == "350.50"
    assert page.texts("#database-failures td") == ["1", "0.5", "–"]


def test_what_is_no_frame_changes_nothing(page, stand_in):
    shows(page, stand_in)
    for text in ("", "{", "null", '{"total_bets":"9"}'):
        stand_in.send(text)
    shows(page, stand_in, total_bets=1001)
    assert page.text("#total-bets") == "1,001"


def test_the_window_of_the_charts_can_be_chosen(page, stand_in):
    shows(page, stand_in, epoch=EPOCH)
    page.wait(lambda: page.all(".plot canvas"), "nothing is drawn")
    labels = page.texts(".chart:first-child .dygraph-axis-label-x")
    assert all(len(label) == 5 for label in labels)
    page.find('input[value="60"]').click()
    page.wait(lambda: all(len(label) == 8 for label in
                          page.texts(".chart:first-child .dygraph-axis-label-x")),
              "the window did not change")
    page.find('input[value="900"]').click()
    page.wait(lambda: all(len(label) == 5 for label in
                          page.texts(".chart:first-child .dygraph-axis-label-x")),
              "the window did not change")


def test_charts_can_be_paused_while_figures_go_on(page, stand_in):
    shows(page, stand_in)
    page.find('input[value="60"]').click()
    page.find("#pause").click()
    assert page.attribute("#pause", "aria-pressed") == "true"
    assert page.text("#pause-note").startswith("Charts stand at ")
    page.module("await new Promise((r) => setTimeout(r, 1000))")
    page.js("""
        window.drawn = 0;
        new MutationObserver(() => { drawn += 1; }).observe(
          document.querySelector(".plot"), { subtree: true, childList: true });
    """)
    shows(page, stand_in, total_bets=1234)
    page.module("await new Promise((r) => setTimeout(r, 1500))")
    assert page.text("#total-bets") == "1,234"
    assert page.js("return drawn") == 0
    page.find("#pause").click()
    page.wait(lambda: page.js("return drawn") > 0, "the charts did not go on")
    assert page.text("#pause-note") == ""


def test_charts_are_drawn_at_most_four_times_a_second(page, stand_in):
    shows(page, stand_in)
    page.js("""
        window.drawn = 0;
        new MutationObserver(() => { drawn += 1; }).observe(
          document.querySelector(".plot"), { subtree: true, childList: true });
    """)
    begun = time.monotonic()
    for number in range(30):
        stand_in.send(frame(seq=number, total_bets=number))
        time.sleep(0.1)
    drawn = page.js("return drawn")
    assert 1 <= drawn <= 2 + 4 * (time.monotonic() - begun)


def test_a_hidden_page_draws_nothing_and_forgets_nothing(page, stand_in):
    shows(page, stand_in)
    page.find(".chart button").click()
    page.wait(lambda: page.all(".chart tbody tr"), "no rows")
    page.js("""
        window.drawn = 0;
        new MutationObserver(() => { drawn += document.hidden ? 1 : 0; }).observe(
          document.querySelector("main"), { subtree: true, childList: true, characterData: true });
    """)
    page.driver.minimize_window()
    page.wait(lambda: page.js("return document.hidden"), "the page is not hidden")
    for seconds_ago in (40, 30, 20):
        stand_in.send(frame(at=instant(seconds_ago), total_bets=4000 + seconds_ago))
    page.module("await new Promise((r) => setTimeout(r, 1500))")
    assert page.js("return drawn") == 0
    assert page.text("#total-bets") == "1,000"
    page.driver.set_window_rect(0, 0, 1280, 900)
    page.wait(lambda: page.text("#total-bets") == "4,020", "the page did not draw again")
    page.wait(lambda: len(page.all(".chart:first-child tbody tr")) >= 3, "rows are missing")


def test_behind_each_chart_is_a_table(page, stand_in):
    stand_in.pulses = False
    page.wait(lambda: stand_in.sockets > 0, "the page did not connect")
    for seconds_ago in range(20, -1, -1):
        stand_in.send(frame(at=instant(seconds_ago),
                            rates={"1s": rates(float(seconds_ago)), "10s": rates()}))
    for button in page.all(".chart button"):
        button.click()
    page.find('input[value="60"]').click()
    page.wait(lambda: len(page.all(".chart:first-child tbody tr")) >= 20, "no rows")
    assert page.text(".samples caption") == "Bets per second, newest first, every second"
    assert page.texts(".chart:first-child tbody tr:first-child td") == ["0.0"]
    assert page.texts(".chart:nth-child(2) thead th") == ["Time", "p50", "p95", "p99"]
    assert page.texts(".chart:nth-child(2) tbody tr:first-child td") == [
        "12.3 ms", "20.1 ms", "33.0 ms"]
    page.find(".chart button").click()
    assert not page.find(".chart .table-box").is_displayed()


def test_the_legend_shows_the_values_under_the_pointer(page, stand_in):
    stand_in.pulses = False
    page.wait(lambda: stand_in.sockets > 0, "the page did not connect")
    for seconds_ago in range(300, -1, -1):
        stand_in.send(frame(at=instant(seconds_ago),
                            rates={"1s": rates(float(seconds_ago)), "10s": rates()}))
    page.wait_text(".legend-value", "0.0")
    page.wait(lambda: page.all(".plot canvas"), "nothing is drawn")
    page.module("""
        await new Promise((r) => setTimeout(r, 400));
        const canvas = document.querySelectorAll(".plot canvas")[1];
        const box = canvas.getBoundingClientRect();
        const at = { clientX: box.x + box.width / 2, clientY: box.y + 60, bubbles: true };
        canvas.dispatchEvent(new MouseEvent("mousemove", at));
    """)
    page.wait(lambda: 100 < float(page.text(".legend-value")) < 200, "no value under the pointer")


def test_without_the_drawing_library_the_figures_are_there(blank, stand_in):
    stand_in.hides.add("/vendor/dygraph.min.js")
    blank.open(stand_in.url)
    shows(blank, stand_in)
    blank.wait(lambda: blank.text(".plot").startswith("The drawing library"), "nothing was said")
    blank.find(".chart button").click()
    assert blank.texts(".chart tbody td") == ["0.0"]
    blank.collect()
    assert [entry for entry in blank.console if "dygraph" not in entry["message"]] == []
    blank.console.clear()


def test_colours_follow_the_scheme(page, stand_in):
    shows(page, stand_in)
    page.wait(lambda: page.all(".plot canvas"), "nothing is drawn")
    light = page.js("return getComputedStyle(document.body.parentElement).backgroundColor")
    page.emulate("dark")
    page.wait(lambda: page.js(
        "return getComputedStyle(document.body.parentElement).backgroundColor") != light,
        "the scheme did not change")
