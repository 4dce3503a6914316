import mimetypes
import re
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as django_settings
from django.contrib.staticfiles import finders
from django.http import Http404
from django.test import RequestFactory
from playwright.sync_api import Route, sync_playwright
from pytest_django import Settings

from lms.core.styleguide import show_styleguide
from lms.core.templatetags import ui

PAGE = "http://styleguide.test/"
POLICY = "; ".join(
    f"{name} {' '.join(sources)}" for name, sources in django_settings.CONTENT_SECURITY_POLICY["DIRECTIVES"].items()
)


def render_guide() -> str:
    return show_styleguide(RequestFactory().get("/")).content.decode()


def test_the_style_guide_exists_only_while_debugging(settings: Settings) -> None:
    settings.DEBUG = False
    with pytest.raises(Http404):
        show_styleguide(RequestFactory().get("/"))


def test_the_style_guide_shows_every_component() -> None:
    source = (django_settings.BASE_DIR / "templates/components/styleguide.html").read_text()
    shown = set(re.findall(r"{% (\w+)", source))
    assert sorted(set(ui.register.tags) - shown - {"capture"}) == []


def answer(route: Route) -> None:
    """Serve the guide and its static files as the web server would, with the product's own policy."""
    path = route.request.url.removeprefix(PAGE)
    if not path.startswith("static/"):
        route.fulfill(
            body=render_guide(), content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": POLICY}
        )
        return
    found = finders.find(path.removeprefix("static/"))
    if not found:
        route.fulfill(status=404)
        return
    route.fulfill(path=str(found), content_type=mimetypes.guess_type(str(found))[0])


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_style_guide_is_accessible_and_keeps_the_policy(
    chromium: Path,
    settings: Settings,
    scheme: Literal["light", "dark"],
    width: int,
) -> None:
    settings.DEBUG = True
    refused: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page = context.new_page()
        page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
        page.route("**/*", answer)
        page.goto(PAGE)
        violations = [rule["id"] for rule in Axe().run(page).response["violations"]]
        overflow = page.locator("html").evaluate("page => page.scrollWidth - page.clientWidth")
        shown = page.locator("h1").inner_text()
        browser.close()
    assert (refused, violations, overflow, shown) == ([], [], 0, "Style guide")
