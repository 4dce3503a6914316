"""A real browser at the host of acme, with the live server; what its console says in anger fails the test."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, sync_playwright
from pytest_django.live_server_helper import LiveServer

from lms.people.models import User
from tests.plugins.cast import PASSWORD, Cast

PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1440, "height": 900}
# Writing down what passes would take twice as long.
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}


def is_complaint(said: ConsoleMessage) -> bool:
    """Tell whether the browser complains; a form that comes back with its errors (422) is an answer."""
    return said.type == "error" and "status of 422" not in said.text


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """Chromium, one for a module. Its driver runs an event loop in this thread, in which Django would refuse to work."""
    arguments = ["--no-sandbox", "--host-resolver-rules=MAP *.localhost 127.0.0.1"]
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as driver:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        found = driver.chromium.launch(executable_path=chromium, args=arguments)
        yield found
        found.close()


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer, cast: Cast) -> Iterator[Callable[..., Page]]:
    """Return how to sign in as somebody, with or without scripts; complaints of the browser fail the test."""
    complaints: list[str] = []
    contexts: list[BrowserContext] = []
    port = urlsplit(live_server.url).port

    def sign_in(person: User, *, scripts: bool = True) -> Page:
        context = browser.new_context(
            base_url=f"http://{cast.acme.host}:{port}", java_script_enabled=scripts, viewport=DESKTOP
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if is_complaint(said) else None)
        page.goto("/sign-in/")
        page.fill("[name=username]", person.username)
        page.fill("[name=password]", PASSWORD)
        page.click("main button[type=submit]")
        page.wait_for_url(f"http://{cast.acme.host}:{port}/")
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def check_page() -> Callable[[Page], None]:
    """Return how to hold a page to the rules of accessibility, on the desktop and on a phone, without sideways scrolling."""
    program = Axe().axe_script

    def check(page: Page) -> None:
        if page.evaluate("typeof axe") == "undefined":
            page.evaluate(program)
        for size in (PHONE, DESKTOP):
            page.set_viewport_size(size)
            found = page.evaluate("options => axe.run(options)", RULES)
            wrong = [(entry["id"], entry["nodes"][0]["html"][:200]) for entry in found["violations"]]
            assert (page.url, size["width"], wrong) == (page.url, size["width"], [])
            overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert (page.url, size["width"], overflow) == (page.url, size["width"], 0)

    return check
