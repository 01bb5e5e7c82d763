"""The page as a test sees it, and what chromium wrote about it."""

import json
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from selenium import webdriver
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

SCREENSHOTS = Path(__file__).resolve().parents[2] / ".build" / "screenshots"
WAIT_SECONDS = 30
POLL_SECONDS = 0.05


def start_browser():
    """One chromium for all tests. As root it runs only without its sandbox."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--lang=en-US",
                     "--window-size=1280,900", "--force-device-scale-factor=1",
                     "--disable-background-networking", "--no-first-run"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    driver.set_script_timeout(WAIT_SECONDS)
    driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": "UTC"})
    return driver


class Page:
    def __init__(self, driver):
        self.driver = driver
        self.console = []
        self.requests = []

    def open(self, url):
        self.driver.get(url)

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector):
        """The text as the page holds it, also where it is cut off or scrolled away; None of nothing."""
        return self.js("return document.querySelector(arguments[0])?.textContent.trim()", selector)

    def texts(self, selector):
        return self.js(
            "return [...document.querySelectorAll(arguments[0])].map(n => n.textContent.trim())",
            selector)

    def attribute(self, selector, name):
        return self.js(
            "return document.querySelector(arguments[0])?.getAttribute(arguments[1])",
            selector, name)

    def js(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def module(self, body, *arguments):
        """Runs the body of an async function; `load(name)` imports one of the page's modules."""
        return self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            "const args = [...arguments].slice(0, -1);"
            "const load = (name) => import(`/js/${name}.js`);"
            f"(async () => {{ {body} }})().then(done, (e) => done(`failed: ${{e.stack}}`));",
            *arguments)

    def wait(self, condition, why, seconds=WAIT_SECONDS):
        """Waits until `condition()` is true; `why` is what to say if it never is, or makes it."""
        try:
            return WebDriverWait(self.driver, seconds, POLL_SECONDS).until(lambda _: condition())
        except TimeoutException:
            said = why() if callable(why) else why
            pytest.fail(f"{said}; the banner says: {self.text('#banner-text')}")

    def wait_text(self, selector, expected, seconds=WAIT_SECONDS):
        self.wait(lambda: self.text(selector) == expected,
                  lambda: f"{selector} never was {expected!r}, last {self.text(selector)!r}",
                  seconds)

    def wait_phase(self, phase, seconds=WAIT_SECONDS):
        self.wait(lambda: self.attribute("html", "data-phase") == phase,
                  f"the connection never was {phase}", seconds)

    def emulate(self, scheme="light", reduced_motion=False):
        motion = "reduce" if reduced_motion else "no-preference"
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": motion}]})

    def resize(self, width, height):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500})

    def picture(self, name, whole=True):
        """Leaves a picture of the page, all of it or what the window shows."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        if whole:
            width, height = self.js(
                "return [innerWidth, document.documentElement.scrollHeight]")
            before = self.js("return innerHeight")
            self.resize(width, height)
            self.module("await new Promise((r) => setTimeout(r, 600))")
            self.driver.save_screenshot(str(SCREENSHOTS / f"{name}.png"))
            self.resize(width, before)
        else:
            self.driver.save_screenshot(str(SCREENSHOTS / f"{name}.png"))

    def collect(self):
        """Takes chromium's notes since the last call."""
        self.console += self.driver.get_log("browser")
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                self.requests.append(message["params"]["request"]["url"])
            elif message["method"] == "Network.webSocketCreated":
                self.requests.append(message["params"]["url"])

    def foreign_requests(self, url):
        """Addresses asked for that are not of the page's own origin."""
        own = urlsplit(url).netloc
        return [request for request in self.requests
                if urlsplit(request).scheme != "data" and urlsplit(request).netloc != own]

    def complaints(self, loses_connection):
        """What stands in the console, less what a socket that breaks on purpose writes there."""
        return [entry["message"] for entry in self.console
                if not (loses_connection and "WebSocket connection to" in entry["message"])]
