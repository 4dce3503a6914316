"""The markup of the components where it carries meaning: names, states, and what screen readers are told."""

import re

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.utils.datastructures import MultiValueDict

from lms.core.components import Bar, Tab, steps_until


class PersonForm(forms.Form):
    username = forms.CharField(help_text="Unique here.")
    order = forms.ChoiceField(label="Date order", widget=forms.RadioSelect, choices=[("dmy", "Day first")])
    upload = forms.FileField(required=False)
    active = forms.BooleanField(required=False)


def render(source: str, **context: object) -> str:
    """Return the rendered template with white space collapsed."""
    html: str = Template(source).render(Context({"request": RequestFactory().get("/?q=ann&page=2"), **context}))
    html = re.sub(r"\s+", " ", html)
    return re.sub(r"(?<=>) (?=<)| (?=>)", "", html).strip()


def test_a_disabled_button_says_why_beside_it() -> None:
    assert render('{% button "Check file" kind="primary" disabled=True reason="Choose a column" %}') == (
        '<button class="button button-primary" type="submit" disabled><span>Check file</span></button>'
        '<span class="reason">Choose a column</span>'
    )


def test_a_button_with_an_address_is_a_link_and_one_without_is_a_button() -> None:
    assert render('{% button "Results" href="/r/?a=1&b=2" download=True %}{% button "Save" name="go" value=3 %}') == (
        '<a class="button button-secondary" href="/r/?a=1&b=2" download><span>Results</span></a>'
        '<button class="button button-secondary" type="submit" name="go" value="3"><span>Save</span></button>'
    )


def test_words_of_people_are_escaped_and_bodies_are_not_escaped_twice() -> None:
    assert render("{% notice title=name %}{{ name }}{% endnotice %}", name="<b>&").count("&lt;b&gt;&amp;") == 2


def test_an_unknown_prop_is_an_error() -> None:
    with pytest.raises(TemplateSyntaxError, match="unexpected keyword argument 'colour'"):
        Template('{% badge "Active" colour="red" %}')


def test_a_wrong_field_ties_help_and_error_to_its_control() -> None:
    html = render("{% field form.username %}", form=PersonForm({}))
    assert sorted(re.findall(r'\b(id|for|aria-describedby|aria-invalid)="([^"]*)"', html)) == [
        ("aria-describedby", "id_username_helptext id_username_error"),
        ("aria-invalid", "true"),
        ("for", "id_username"),
        ("id", "id_username"),
        ("id", "id_username_error"),
        ("id", "id_username_helptext"),
    ]


def test_a_group_of_radio_buttons_is_a_named_group() -> None:
    html = render("{% field form.order %}", form=PersonForm())
    assert html.startswith('<fieldset class="field field-group"><legend class="field-label">Date order</legend>')


def test_every_field_of_a_form_is_drawn() -> None:
    html = render("{% fields form %}", form=PersonForm())
    assert re.findall(r'name="(\w+)"', html) == ["username", "order", "upload", "active"]


def test_the_summary_of_errors_leads_to_the_fields() -> None:
    html = render("{% form_errors form %}", form=PersonForm({"order": "dmy"}))
    assert (
        "One thing needs your attention" in html,
        re.findall(r'<a href="#(\w+)">(\w+)</a>: ([^<]+)', html),
    ) == (True, [("id_username", "Username", "This field is required.")])


def test_a_form_without_errors_has_no_summary() -> None:
    assert render("{% form_errors form %}", form=PersonForm()) == ""


def test_a_refused_file_keeps_its_name_on_screen() -> None:
    form = PersonForm({}, MultiValueDict())
    form.add_error("upload", "Open it in Excel and save as .xlsx.")
    html = render('{% drop_zone form.upload kept_name="old.xls" accept=".csv,.xlsx" %}', form=form)
    assert [word in html for word in ("Not taken: old.xls", "Open it in Excel", 'accept=".csv,.xlsx"')] == [True] * 3


def test_pages_keep_the_other_parameters() -> None:
    html = render("{% pagination page %}", page=Paginator(range(1_200), 50).get_page(2))
    assert (
        re.findall(r"<p[^>]*>([^<]+)</p>", html),
        re.findall(r'<a [^>]*href="([^"]+)"', html)[:3],
        re.findall(r'aria-current="page">(\d+)<', html),
    ) == (["51 to 100 of 1,200"], ["?q=ann&amp;page=1", "?q=ann&amp;page=1", "?q=ann&amp;page=2"], ["2"])


def test_progress_is_also_said_in_words_and_may_be_unknown() -> None:
    assert re.findall(
        r"<progress[^>]*>|>[^<]+</span>",
        render('{% progress 23000 max=46902 label="Importing" %}{% progress None text="Reading" %}'),
    ) == [
        ">Importing</span>",
        '<progress aria-label="Importing" max="46902" value="23000">',
        ">23,000 of 46,902</span>",
        '<progress aria-label="Progress">',
        ">Reading</span>",
    ]


def test_steps_say_where_one_is() -> None:
    html = render("{% steps items %}", items=steps_until(["Upload", "Map Fields", "Check"], current=1, urls=["/1/"]))
    assert (html.count('aria-current="step"'), "Step 2 of 3" in html, re.findall(r'<a [^>]*href="([^"]+)"', html)) == (
        1,
        True,
        ["/1/"],
    )


def test_tabs_mark_the_one_that_is_open() -> None:
    html = render("{% tabs items %}", items=[Tab("All", "?", active=True, count=1_057), Tab("Mine", "?mine")])
    assert re.findall(r'<a href="[^"]*"[^>]*>', html) == ['<a href="?" aria-current="page">', '<a href="?mine">']


def test_charts_carry_their_numbers_as_text_and_no_inline_style() -> None:
    bars = [Bar("Imported", 46_902, "success"), Bar("Failed", 1_057, "danger", href="?failed")]
    html = render("{% bar_chart bars %}{% column_chart bars %}{% stacked_bar bars %}", bars=bars)
    assert (html.count(">46,902<"), html.count(">1,057<"), "style=" in html) == (3, 3, False)


def test_a_table_scrolls_only_where_asked_and_can_be_reached_by_keyboard_then() -> None:
    plain = render('{% table caption="People" %}<tbody></tbody>{% endtable %}')
    scrolling = render('{% table caption="People" max_height="m" %}<tbody></tbody>{% endtable %}')
    assert ("tabindex" in plain, 'tabindex="0" role="region" aria-label="People"' in scrolling) == (False, True)
