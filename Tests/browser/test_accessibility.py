"""Contrast, keyboard, names and roles, motion, and that nothing jumps."""

import pytest
from selenium.webdriver.common.keys import Keys

import stories
from frames import frame

TEXT_PAIRS = [
    ("--ink", "--ground"), ("--ink", "--surface"), ("--muted", "--ground"),
    ("--muted", "--surface"), ("--muted", "--inset"), ("--accent", "--surface"),
    ("--on-accent", "--accent"), ("--good", "--good-ground"), ("--busy", "--busy-ground"),
    ("--warn", "--warn-ground"), ("--bad", "--bad-ground"), ("--idle", "--idle-ground"),
    ("--warn", "--surface"), ("--bad", "--surface"), ("--bad", "--ground"),
    *[("--on-level", f"--level-{level}") for level in range(1, 8)],
]
GRAPHIC_PAIRS = [
    *[(f"--series-{number}", "--surface") for number in range(1, 5)],
    *[(f"--level-{level}", "--surface") for level in range(1, 8)],
    ("--line-strong", "--surface"), ("--line-strong", "--ground"), ("--accent", "--ground"),
    ("--good", "--surface"), ("--busy", "--surface"), ("--good", "--ground"),
]


def channel(value):
    share = value / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def luminance(colour):
    red, green, blue = (channel(int(colour[i:i + 2], 16)) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    """WCAG 2.2, contrast ratio."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_have_enough_contrast(blank, stand_in, scheme):
    blank.emulate(scheme)
    blank.open(stand_in.url)
    names = {name for pair in TEXT_PAIRS + GRAPHIC_PAIRS for name in pair}
    colours = blank.js(
        "const style = getComputedStyle(document.documentElement);"
        "return Object.fromEntries(arguments[0].map(n => [n, style.getPropertyValue(n).trim()]))",
        list(names))
    poor = {f"{a} on {b}": round(contrast(colours[a], colours[b]), 2)
            for pairs, least in ((TEXT_PAIRS, 4.5), (GRAPHIC_PAIRS, 3))
            for a, b in pairs if contrast(colours[a], colours[b]) < least}
    assert poor == {}


def focused(page):
    return page.js("""
        const node = document.activeElement;
        const ring = getComputedStyle(node.matches("input") ? node.nextElementSibling : node);
        const seen = ring.outlineStyle !== "none" && parseFloat(ring.outlineWidth) >= 2;
        return [node.id || node.value || node.getAttribute("aria-label")
          || node.getAttribute("aria-labelledby") || node.tagName, seen]""")


def test_a_keyboard_reaches_everything_and_shows_where_it_is(page, stand_in):
    stand_in.send(frame())
    page.wait_phase("live")
    places = []
    for _ in range(6):
        page.driver.switch_to.active_element.send_keys(Keys.TAB)
        name, seen = focused(page)
        places.append(name)
        assert seen, f"no mark of the focus on {name}"
    assert places == ["300", "pause", "Show Bets per second as table", "Show Latency as table",
                      "Show Backlog as table", "pods-title"]


def test_a_keyboard_works_the_window_the_pause_and_the_tables(page, stand_in):
    stand_in.send(frame())
    page.wait_phase("live")
    press = lambda key: page.driver.switch_to.active_element.send_keys(key)
    press(Keys.TAB)
    press(Keys.ARROW_RIGHT)
    assert page.js("return document.querySelector('input:checked').value") == "900"
    press(Keys.TAB)
    press(Keys.SPACE)
    assert page.attribute("#pause", "aria-pressed") == "true"
    press(Keys.ENTER)
    assert page.attribute("#pause", "aria-pressed") == "false"
    press(Keys.TAB)
    press(Keys.ENTER)
    assert page.attribute(".chart button", "aria-expanded") == "true"
    assert page.find(".chart .table-box").is_displayed()


def test_everything_has_its_name_and_role(page, stand_in):
    stand_in.send(stories.troubled())
    page.wait_text("#reconciliation-state", "Violated")
    for button in page.all(".chart button"):
        button.click()
    problems = page.js("""
        const found = [];
        const all = (selector) => [...document.querySelectorAll(selector)];
        for (const table of all("table")) {
          if (!table.caption?.textContent.trim()) found.push(["no caption", table.className]);
        }
        for (const cell of all("th")) if (!cell.scope) found.push(["no scope", cell.textContent]);
        for (const part of all("section")) {
          const title = document.getElementById(part.getAttribute("aria-labelledby"));
          if (!title?.textContent) found.push(["no title", part.className]);
        }
        for (const control of all("button, [role=region], [role=img], meter")) {
          const titled = document.getElementById(control.getAttribute("aria-labelledby"));
          if (!(control.getAttribute("aria-label") || titled || control.textContent.trim())) {
            found.push(["no name", control.outerHTML]);
          }
        }
        const ids = all("[id]").map((node) => node.id);
        if (new Set(ids).size !== ids.length) found.push(["same id twice"]);
        if (all("h1").length !== 1) found.push(["not one h1"]);
        if (all("[style]").some((node) => node.closest("template"))) found.push(["inline style"]);
        return found""")
    assert problems == []
    assert page.attribute("html", "lang") == "en"
    assert len(page.all("[role=status]")) == 1
    assert [page.find(tag).is_displayed() for tag in ("header", "main", "footer")] == [True] * 3


@pytest.mark.parametrize("width", [320, 360, 768, 1024, 1280, 1920])
def test_nothing_runs_out_of_the_window(blank, stand_in, width):
    blank.resize(width, 900)
    blank.open(stand_in.url)
    stand_in.send(stories.troubled() | {"total_bets": 1_234_567_890_123,
                                        "total_value_text": "987654321098765.12345678",
                                        "odds_updates": 1_234_567_890_123})
    blank.wait_text("#total-bets", "1,234,567,890,123")
    assert blank.js("return document.documentElement.scrollWidth <= innerWidth")
    cut = blank.js("""
        return [...document.querySelectorAll(".value, .badge, .ledger td, .button")]
          .filter((node) => node.scrollWidth > node.clientWidth + 1).map((node) => node.textContent)
    """)
    assert cut == []


def test_motion_can_be_refused(blank, stand_in):
    blank.emulate(reduced_motion=True)
    blank.open(stand_in.url)
    assert blank.js("""
        return [...document.querySelectorAll("*")].filter((node) =>
          parseFloat(getComputedStyle(node).transitionDuration) > 0).length""") == 0


@pytest.mark.loses_connection
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_jumps(blank, stand_in, width):
    blank.resize(width, 900)
    blank.open(stand_in.url)
    blank.wait(lambda: stand_in.sockets == 1, "the page did not connect")
    stand_in.send(frame())
    blank.wait_phase("live")
    blank.js("""
        window.shifts = [];
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) {
            const what = entry.sources.map(({ node }) => node?.id || node?.className);
            shifts.push([entry.value, ...what]);
          }
        }).observe({ type: "layout-shift", buffered: false });
    """)
    stand_in.send(frame(total_bets=12_345, rates=stories.busy()["rates"]))
    blank.wait_text("#total-bets", "12,345")
    stand_in.accepts = False
    stand_in.drop()
    blank.wait_text("#banner-note", "2 attempts failed")
    stand_in.accepts = True
    blank.wait_phase("live")
    shifts = blank.js("return shifts")
    assert sum(value for value, *_ in shifts) < 0.01, shifts


def test_a_first_frame_moves_little(blank, stand_in):
    """Rows come that nobody could foresee; what is above them stays where it is."""
    blank.open(stand_in.url)
    blank.wait(lambda: stand_in.sockets == 1, "the page did not connect")
    tops = "return ['.hero', '.charts', '#pods-title'].map(s => " \
           "document.querySelector(s).getBoundingClientRect().top)"
    before = blank.js(tops)
    stand_in.send(stories.troubled())
    blank.wait_text("#reconciliation-state", "Violated")
    assert blank.js(tops) == before
