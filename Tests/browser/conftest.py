"""Fixtures: one chromium for all tests, a stand-in and a fresh page for each."""

import pytest

from dashboard_page import Page, start_browser
from stand_in import StandIn


@pytest.fixture(scope="session")
def driver():
    browser = start_browser()
    yield browser
    browser.quit()


@pytest.fixture
def stand_in():
    with StandIn() as server:
        yield server


@pytest.fixture
def blank(driver, stand_in, request):
    """A page of its own, not opened yet; afterwards it must have been quiet and kept to itself."""
    page = Page(driver)
    page.emulate()
    page.resize(1280, 900)
    page.collect()
    page.console.clear()
    page.requests.clear()
    yield page
    page.collect()
    driver.get("about:blank")
    loses_connection = request.node.get_closest_marker("loses_connection") is not None
    assert page.complaints(loses_connection) == []
    assert page.foreign_requests(stand_in.url) == []


@pytest.fixture
def page(blank, stand_in):
    """The page, opened, without a frame so far."""
    blank.open(stand_in.url)
    return blank
