"""The components of the design system as template tags, and the filters that word numbers and dates.

Public surface: the tags and filters below (a builtin of every template; each is shown on the style guide page).
Props are keyword-only after the first argument; markup stands in templates/components/*.html, looks in static/css/.
Must not query the database and must not write inline styles or scripts (the content security policy forbids both).
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BoundField
from django.forms.widgets import (
    CheckboxInput,
    CheckboxSelectMultiple,
    FileInput,
    RadioSelect,
)
from django.http import QueryDict
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.utils import formats, timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from lms.core.components import Bar, Step, Tab, Words, draw_bars, draw_parts

register = template.Library()
Props = dict[str, Any]


# --- filters: numbers and dates in words ------------------------------------------------------------


@register.filter
def grouped(value: object) -> str:
    """Return a number with its thousands grouped in the reader's language (46,902); None is a dash; text stays."""
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return str(value)
    return str(formats.number_format(value, use_l10n=True, force_grouping=True))


@register.filter
def in_words(value: dt.date | None) -> str:
    """Return a date as words that cannot be misread (14 November 2026); a moment counts in the reader's time zone."""
    if value is None:
        return "–"
    if isinstance(value, dt.datetime):
        value = timezone.localtime(value) if timezone.is_aware(value) else value
    return formats.date_format(value, pgettext("date in words", "j F Y"))


@register.filter
def moment(value: dt.datetime | None) -> str:
    """Return a moment as words in the reader's time zone (14 November 2026, 14:02)."""
    if value is None:
        return "–"
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return formats.date_format(local, pgettext("moment in words", "j F Y, H:i"))


@register.filter
def share(value: int, total: int) -> str:
    """Return how much of `total` the value is, as whole percent in words (12 %, <1 %)."""
    return f"{draw_parts([Bar('', value), Bar('', max(total - value, 0))])[0].share} %"


@register.filter
def file_size(value: int | None) -> str:
    """Return a number of bytes as a person says it (3.2 MB)."""
    return "–" if value is None else filesizeformat(value)


# --- small parts ------------------------------------------------------------------------------------


@register.inclusion_tag("components/icon.html")
def icon(name: str, *, label: Words = "", size: str = "") -> Props:
    """One icon of static/icons.svg; without a label it is decoration. `size`: "" (18 px), s, l or xl."""
    return {"name": name, "label": label, "size": size}


@register.inclusion_tag("components/button.html")
def button(
    label: Words,
    *,
    kind: str = "secondary",
    href: str = "",
    type: str = "submit",
    icon: str = "",
    name: str = "",
    value: object = "",
    form: str = "",
    formaction: str = "",
    small: bool = False,
    full: bool = False,
    disabled: bool = False,
    reason: Words = "",
    download: bool = False,
) -> Props:
    """A button, or a link that looks like one when `href` is given; the reason of a disabled one stands beside it."""
    return dict(locals())


@register.inclusion_tag("components/badge.html")
def badge(label: Words, *, tone: str = "neutral", dot: bool = False, icon: str = "") -> Props:
    """A state in one or two words; the tone repeats what the words say and never replaces them."""
    return {"label": label, "tone": tone, "dot": dot, "icon": icon}


@register.inclusion_tag("components/stat.html")
def stat(
    label: Words,
    value: object,
    *,
    tone: str = "",
    hint: Words = "",
    href: str = "",
    icon: str = "",
) -> Props:
    """A number that matters, grouped, with its label; the whole of it is a link when `href` is given."""
    return {
        "label": label,
        "value": grouped(value),
        "tone": tone,
        "hint": hint,
        "href": href,
        "icon": icon,
    }


@register.inclusion_tag("components/copy_text.html")
def copy_text(value: object, *, label: Words = "") -> Props:
    """A text people carry elsewhere (a course code), with a copy button where scripts run."""
    return {"value": value, "label": label}


@register.inclusion_tag("components/progress.html")
def progress(
    value: int | None,
    *,
    max: int = 100,
    label: Words = "",
    text: Words = "",
    tone: str = "",
) -> Props:
    """How far something is; `value` None means nobody knows. The words stand under the bar in every case."""
    if not text and value is not None:
        text = gettext("%(done)s of %(total)s") % {
            "done": grouped(value),
            "total": grouped(max),
        }
    return {"value": value, "max": max, "label": label, "text": text, "tone": tone}


@register.inclusion_tag("components/steps.html")
def steps(items: Sequence[Step], *, label: Words = _("Steps")) -> Props:
    """Where a wizard stands; on a phone only the current step keeps its name."""
    current = next(
        (number for number, item in enumerate(items, 1) if item.state in ("current", "failed")),
        len(items),
    )
    return {"items": items, "label": label, "current": current}


@register.inclusion_tag("components/tabs.html")
def tabs(items: Sequence[Tab], *, label: Words = _("Views")) -> Props:
    """Links to the several views of one thing; plain links, so that each view has its address."""
    return {"items": items, "label": label}


@register.inclusion_tag("components/facts.html")
def facts(items: Iterable[tuple[Words, object]]) -> Props:
    """Pairs of a name and a value, as a definition list."""
    return {"items": items}


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(context: template.Context, page_obj: Page[Any], *, param: str = "page") -> Props:
    """Previous, next and the pages between; keeps every other query parameter of the request."""
    request = context.get("request")
    query = request.GET.copy() if request is not None else QueryDict(mutable=True)

    def address(number: int) -> str:
        query[param] = str(number)
        return f"?{query.urlencode()}"

    paginator = page_obj.paginator
    return {
        "page": page_obj,
        "previous": address(page_obj.previous_page_number()) if page_obj.has_previous() else "",
        "next": address(page_obj.next_page_number()) if page_obj.has_next() else "",
        "numbers": [
            (number, "" if number == paginator.ELLIPSIS else address(int(number)))
            for number in paginator.get_elided_page_range(page_obj.number, on_each_side=1, on_ends=1)
        ],
    }


# --- charts: drawn on the server, each with its numbers in a table ----------------------------------


@register.inclusion_tag("components/bar_chart.html")
def bar_chart(
    bars: Iterable[Bar],
    *,
    caption: Words = "",
    label_head: Words = "",
    value_head: Words = _("Number"),
) -> Props:
    """Bars lying in a table: the table is the chart's text."""
    return {
        "bars": draw_bars(bars),
        "caption": caption,
        "label_head": label_head,
        "value_head": value_head,
    }


@register.inclusion_tag("components/column_chart.html")
def column_chart(
    bars: Iterable[Bar],
    *,
    caption: Words = "",
    label_head: Words = "",
    value_head: Words = _("Number"),
) -> Props:
    """Upright bars in a row (years), with their table folded below."""
    drawn = draw_bars(bars)
    return {
        "columns": [{"x": 10 * place, "height": item.length, "item": item} for place, item in enumerate(drawn)],
        "width": 10 * len(drawn),
        "first": drawn[0] if drawn else None,
        "last": drawn[-1] if len(drawn) > 1 else None,
        "highest": max(drawn, key=lambda item: item.bar.value, default=None),
        "caption": caption,
        "label_head": label_head,
        "value_head": value_head,
    }


@register.inclusion_tag("components/stacked_bar.html")
def stacked_bar(bars: Iterable[Bar], *, caption: Words = "") -> Props:
    """One whole in its parts, with a legend that carries the numbers."""
    return {"parts": draw_parts(bars), "caption": caption}


# --- forms ------------------------------------------------------------------------------------------


@register.inclusion_tag("components/field.html")
def field(
    bound: BoundField,
    *,
    label: Words = "",
    hint: Words = "",
    kept_name: str = "",
    wide: bool = False,
) -> Props:
    """A form field with label, help and errors beside it, tied together for screen readers.

    `kept_name` names the file of the last attempt, which a browser cannot be given back (spec/screens.md, Upload).
    """
    widget = bound.field.widget
    help_text = hint or bound.help_text
    described_by = " ".join(
        part
        for part, present in (
            (f"{bound.auto_id}_helptext", help_text),
            (f"{bound.auto_id}_error", bound.errors),
        )
        if present and bound.auto_id
    )
    attrs = {"aria-describedby": described_by} if described_by else {}
    return {
        "field": bound,
        "control": bound.as_widget(attrs={} if bound.use_fieldset else attrs),
        "label": label or bound.label,
        "hint": help_text,
        "described_by": described_by,
        "group": bound.use_fieldset or isinstance(widget, RadioSelect | CheckboxSelectMultiple),
        "single_check": isinstance(widget, CheckboxInput),
        "is_file": isinstance(widget, FileInput),
        "kept_name": kept_name,
        "wide": wide,
    }


@register.inclusion_tag("components/fields.html")
def fields(form: BaseForm) -> Props:
    """All fields of a form, hidden ones included."""
    return {"form": form}


@register.inclusion_tag("components/form_errors.html")
def form_errors(form: BaseForm, *, title: Words = "") -> Props:
    """What must be put right, above the form, each with a link to its field; nothing when there is nothing."""
    return {
        "form": form,
        "title": title,
        "wrong": [bound for bound in form if bound.errors],
        "general": form.non_field_errors(),
    }


@register.inclusion_tag("components/drop_zone.html")
def drop_zone(
    bound: BoundField,
    *,
    title: Words = _("Drop a file here, or choose one"),
    hint: Words = "",
    accept: str = "",
    kept_name: str = "",
    max_bytes: int | None = None,
    page: bool = False,
) -> Props:
    """A file field to drop on; without scripts the browser's own file field. `page`: the whole page takes the drop."""
    attrs = {"data-drop-input": "", "class": "drop-zone-input"}
    if accept:
        attrs["accept"] = accept
    described_by = [f"{bound.auto_id}_hint"] if hint else []
    if bound.errors:
        described_by.append(f"{bound.auto_id}_error")
    if described_by:
        attrs["aria-describedby"] = " ".join(described_by)
    return {
        "field": bound,
        "control": bound.as_widget(attrs=attrs),
        "title": title,
        "hint": hint,
        "kept_name": kept_name,
        "max_bytes": max_bytes,
        "max_size": file_size(max_bytes),
        "page": page,
    }


@register.filter
def initials(name: object) -> str:
    """Return the one or two letters that stand for a person's name in their round mark."""
    words = str(name).split()
    return "".join(word[0] for word in (words if len(words) < 2 else (words[0], words[-1]))).upper()


# --- parts with a body ------------------------------------------------------------------------------


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
    return _render("notice", content, {"tone": tone, "title": title, "role": role})


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
