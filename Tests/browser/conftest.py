"""Fixtures: one chromium for all tests, a stand-in and a fresh page for each."""

import signal

import pytest
from selenium.webdriver.common.keys import Keys

from bank import Bank, token
from dashboard_page import Page, start_browser
from stand_in import StandIn


def pytest_configure():
    """A test run that is asked to end ends what it started, as with Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def driver():
    browser = start_browser()
    yield browser
    browser.quit()


@pytest.fixture
def stand_in():
    with StandIn() as server:
        yield server


def fresh_page(driver):
    page = Page(driver)
    page.emulate()
    page.resize(1280, 900)
    page.collect()
    page.console.clear()
    page.requests.clear()
    return page


def check(page, url, request=None):
    """It must have been quiet and kept to itself; a test that is marked may lose its connection."""
    marker = request and request.node.get_closest_marker("loses_connection")
    page.collect()
    page.driver.get("about:blank")
    assert page.complaints(bool(marker)) == []
    assert page.foreign_requests(url) == []


@pytest.fixture(scope="module")
def modules(driver):
    """One page for all tests of a file that try the dashboard's modules by themselves."""
    with StandIn() as server:
        page = fresh_page(driver)
        page.open(server.blank_url)
        yield page
        check(page, server.url)


@pytest.fixture
def blank(driver, stand_in, request):
    """A page of its own, not opened yet."""
    page = fresh_page(driver)
    yield page
    check(page, stand_in.url, request)


@pytest.fixture
def page(blank, stand_in):
    """The page, opened, without a frame so far."""
    blank.open(stand_in.url)
    return blank


@pytest.fixture
def bank():
    with Bank() as server:
        yield server


@pytest.fixture
def player(driver, bank, request):
    """The player's page beside a stand-in for the API, signed out."""
    page = fresh_page(driver)
    page.open(bank.page_url)
    page.js("sessionStorage.clear()")
    page.open(bank.page_url)
    yield page
    check(page, bank.url, request)


@pytest.fixture
def inside(player):
    """The same, signed in as user 7."""
    sign_in(player)
    player.wait_text("#balance", "1,284.50")
    return player


def sign_in(page, user="7"):
    page.find("#token").send_keys(token(user), Keys.ENTER)


def quiet(page):
    """Refused requests are in chromium's console; nothing else may be."""
    page.collect()
    noise = ("Failed to load resource",)
    page.console = [entry for entry in page.console
                    if not any(text in entry["message"] for text in noise)]
