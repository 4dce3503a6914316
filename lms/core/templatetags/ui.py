"""The components of the design system as template tags, and the filters that word numbers and dates.

Public surface: the tags and filters below (a builtin of every template; each is shown on the style guide page).
Props are keyword-only after the first argument; markup stands in templates/components/*.html, looks in static/css/.
Must not query the database and must not write inline styles or scripts (the content security policy forbids both).
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BoundField
from django.forms.widgets import CheckboxInput, CheckboxSelectMultiple, FileInput, RadioSelect
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lms.core import wording
from lms.core.components import Bar, Step, Tab, Words, draw_bars, draw_parts
from lms.core.templatetags import ui_blocks

register = template.Library()
# One builtin library for every template: the tags with a body come along.
register.tags.update(ui_blocks.register.tags)
Props = dict[str, Any]


register.filter("grouped", wording.say_number)
register.filter("in_words", wording.say_date)
register.filter("moment", wording.say_moment)
register.filter("share", wording.say_share)
register.filter("file_size", wording.say_bytes)
register.filter("initials", wording.say_initials)


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
        "value": wording.say_number(value),
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
            "done": wording.say_number(value),
            "total": wording.say_number(max),
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
        # Long lists are counted up to a cap and say "10,000+" (lms.core.paging).
        "total": getattr(paginator, "count_text", None) or wording.say_number(paginator.count),
        "previous": address(page_obj.previous_page_number()) if page_obj.has_previous() else "",
        "next": address(page_obj.next_page_number()) if page_obj.has_next() else "",
        "numbers": [
            (number, address(number) if isinstance(number, int) else "")
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
    attrs: dict[str, str | bool] = {"aria-describedby": described_by} if described_by else {}
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
    wrong = [bound for bound in form if bound.errors]
    general = form.non_field_errors()
    return {
        "title": title,
        "wrong": wrong,
        "general": general,
        "number": len(general) + sum(len(bound.errors) for bound in wrong),
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
    attrs: dict[str, str | bool] = {"data-drop-input": "", "class": "drop-zone-input"}
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
        "max_size": wording.say_bytes(max_bytes),
        "page": page,
    }
