"""The components that have a body, as block tags: `{% card title=_("People") %}...{% endcard %}`.

Public surface: the tags below; `lms.core.templatetags.ui` brings them into every template together with its own.
Props are keyword-only; markup stands in templates/components/*.html. Must not query the database.
"""

from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from lms.core.components import Words

register = template.Library()
Props = dict[str, Any]


def _render(name: str, content: str, props: Props) -> SafeString:
    return render_to_string(f"components/{name}.html", {**props, "content": content})


@register.simple_block_tag
def capture(content: str) -> SafeString:
    """Keep a piece of page for use in several places: `{% capture as words %}...{% endcapture %}`."""
    return SafeString(content.strip())


@register.simple_block_tag
def card(
    content: str,
    *,
    title: Words = "",
    subtitle: Words = "",
    icon: str = "",
    tone: str = "",
    flush: bool = False,
    id: str = "",
    level: int = 2,
    href: str = "",
    link_text: Words = "",
) -> SafeString:
    """A part of a page with its own heading; `flush` lets a table reach the edges; `href` and `link_text`: its link."""
    props = {key: value for key, value in locals().items() if key != "content"}
    return _render("card", content, props)


@register.simple_block_tag
def stats(content: str) -> SafeString:
    """A row of `stat`s."""
    return _render("stats", content, {})


@register.simple_block_tag
def notice(content: str, *, tone: str = "info", title: Words = "", live: bool = False) -> SafeString:
    """Something to know before going on; `live` announces it when it appears on a page already open."""
    role = ("alert" if tone == "danger" else "status") if live else ""
    sign = {"success": "check", "warning": "warning", "danger": "warning"}.get(tone, "info")
    return _render("notice", content, {"tone": tone, "title": title, "role": role, "sign": sign})


@register.simple_block_tag
def table(
    content: str,
    *,
    caption: Words = "",
    caption_shown: bool = False,
    stacked: bool = True,
    dense: bool = False,
    wide: bool = False,
    max_height: str = "",
) -> SafeString:
    """A table of `thead` and `tbody` written by hand; on a phone each row becomes a small card (td data-label).

    `wide`: more columns than fit, scroll sideways. `max_height` s, m or l: scroll inside, under a fixed header.
    """
    props = {key: value for key, value in locals().items() if key != "content"}
    return _render("table", content, props)


@register.simple_block_tag
def empty_state(content: str, *, title: Words = "", text: Words = "", icon: str = "inbox") -> SafeString:
    """What stands where nothing is yet, with the way to change that."""
    return _render("empty_state", content, {"title": title, "text": text, "icon": icon})


@register.simple_block_tag
def filter_bar(content: str, *, action: str = "", reset_url: str = "", submit: Words = _("Filter")) -> SafeString:
    """Fields that narrow a list down; a GET form, so that the result has an address."""
    return _render(
        "filter_bar",
        content,
        {"action": action, "reset_url": reset_url, "submit": submit},
    )


@register.simple_block_tag
def fold(
    content: str,
    *,
    title: Words = "",
    open: bool = False,
    count: int | None = None,
    tone: str = "",
    id: str = "",
) -> SafeString:
    """Details that most people do not need, one press away; `count` says how many wait inside."""
    return _render(
        "fold",
        content,
        {"title": title, "open": open, "count": count, "tone": tone, "id": id},
    )


@register.simple_block_tag
def action_bar(content: str, *, summary: Words = "") -> SafeString:
    """The sticky foot of a page: what will happen in words, and the buttons."""
    return _render("action_bar", content, {"summary": summary})


@register.simple_block_tag
def confirm_panel(content: str, *, title: Words = "", tone: str = "warning", icon: str = "warning") -> SafeString:
    """A question that must be answered before something large or lasting happens."""
    return _render("confirm_panel", content, {"title": title, "tone": tone, "icon": icon})
