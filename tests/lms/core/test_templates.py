"""What every template of the product must keep: the content security policy, and names that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = sorted(
    path
    for folder in (ROOT / "templates", *ROOT.glob("*/templates"), *ROOT.glob("lms/*/templates"))
    for path in folder.rglob("*.html")
    if path.parent.name != "mail"  # mails are read in mail programs, which know no policy and need inline styles
)
FORBIDDEN = {
    "inline style": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "style element": re.compile(r"<style\b", re.IGNORECASE),
    "inline script": re.compile(r"<script\b(?![^>]*\bsrc=)", re.IGNORECASE),
    "event attribute": re.compile(r"\son[a-z]+\s*=", re.IGNORECASE),
    "script address": re.compile(r"javascript:", re.IGNORECASE),
    "evaluated htmx": re.compile(r"hx-on|hx-vals\s*=\s*['\"]js:|hx-trigger\s*=\s*['\"][^'\"]*\["),
    "foreign address": re.compile(r"(?:src|href)\s*=\s*['\"]https?://"),
}


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


@pytest.mark.parametrize("path", TEMPLATES, ids=names(TEMPLATES))
def test_no_template_breaks_the_content_security_policy(path: Path) -> None:
    text = path.read_text()
    assert [rule for rule, pattern in FORBIDDEN.items() if pattern.search(text)] == []


def test_every_icon_named_in_a_template_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (ROOT / "static" / "icons.svg").read_text()))
    named = {
        name
        for path in TEMPLATES
        for name in re.findall(r'(?:{% icon |\bicon=|icon.html" with name=)"([\w-]+)"', path.read_text())
    }
    assert sorted(named - drawn) == []


def test_every_static_file_named_in_a_template_exists() -> None:
    named = {name for path in TEMPLATES for name in re.findall(r"{% static '([^']+)' %}", path.read_text())}
    ours = {name for name in named if not name.startswith("django_htmx/")}
    assert sorted(name for name in ours if not (ROOT / "static" / name).is_file()) == []


def test_the_page_for_our_own_faults_needs_no_context() -> None:
    text = (ROOT / "templates" / "500.html").read_text()
    assert re.findall(r"{{|{% (?!static|load static)", text) == []
