"""The style guide: every component in every state, on one page that exists only while DEBUG is on.

Public surface: show_styleguide. Serves no tenant and touches no table; its people and numbers are invented.
"""

import datetime as dt
import re
from pathlib import Path

from django import forms
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.datastructures import MultiValueDict

from lms.core.components import Bar, Tab, steps_until


class _SampleForm(forms.Form):
    """One field of each kind."""

    username = forms.CharField(help_text="Unique in your organisation, capital letters do not matter.")
    email = forms.EmailField(label="E-mail", required=False)
    team = forms.ChoiceField(choices=[("1", "Ward 3"), ("2", "Ward 3 Night"), ("3", "Pharmacy")])
    hired = forms.DateField(label="Start date", widget=forms.DateInput(attrs={"type": "date"}), required=False)
    note = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    order = forms.ChoiceField(
        label="What is 03/04/2024?",
        help_text='Every date in "Completed" can be read two ways.',
        widget=forms.RadioSelect,
        choices=[("dmy", "3 April 2024, as in your profile"), ("mdy", "4 March 2024")],
    )
    kinds = forms.MultipleChoiceField(
        label="Include",
        widget=forms.CheckboxSelectMultiple,
        choices=[("active", "Active people"), ("deactivated", "Deactivated people")],
        required=False,
    )
    active = forms.BooleanField(
        label="May sign in", help_text="Records stay when someone is deactivated.", required=False
    )
    file = forms.FileField()


class _UploadForm(forms.Form):
    upload = forms.FileField(label="File")


class _FilterForm(forms.Form):
    q = forms.CharField(label="Search", required=False)
    state = forms.ChoiceField(label="State", required=False, choices=[("", "Any state"), ("done", "Finished")])
    failed = forms.BooleanField(label="Has open failed rows", required=False)


_WIZARD = ("Upload", "Map Fields", "Check", "Review", "Import")
_YEARS = (
    120,
    340,
    810,
    640,
    902,
    1_204,
    1_850,
    2_230,
    2_011,
    2_904,
    3_377,
    4_120,
    3_640,
    4_480,
    5_020,
    5_908,
    6_101,
    3,
)


def show_styleguide(request: HttpRequest) -> HttpResponse:
    """Render the guide; a 404 unless DEBUG is on."""
    if not settings.DEBUG:
        raise Http404
    wrong = _SampleForm({"username": "", "email": "not an address", "team": "1", "order": ""})
    return render(
        request,
        "components/styleguide.html",
        {
            "organisation": "Northfield Hospitals",
            "search_url": "?",
            "notices_url": "?",
            "notice_count": 3,
            "person_name": "Maria Keller",
            "person_role": "Administrator",
            "profile_url": "?",
            "sign_out_url": "?",
            "contact": "Learning Support, learning@northfield.example",
            "menu": _sample_menu(),
            "crumbs": [("Content", "?"), ("Quick Actions", "?"), ("Bulk Imports", "?"), ("Style guide", None)],
            "form": _SampleForm(),
            "wrong": wrong,
            "upload": _UploadForm(),
            "wrong_upload": _UploadForm({}, MultiValueDict()),
            "filter": _FilterForm(),
            "steps": steps_until(_WIZARD, current=3, urls=["?", "?", "?"]),
            "tabs": [
                Tab(label="Problems", url="?tab=problems", active=True, count=1_057),
                Tab(label="What changes", url="?tab=changes", count=46_902),
                Tab(label="Messages", url="?tab=messages"),
            ],
            "outcomes": [
                Bar("Imported", 46_902, "success"),
                Bar("Already recorded", 251, "neutral"),
                Bar("Left out", 1_006, "warning"),
                Bar("Failed", 1_057, "danger", href="?failed"),
            ],
            "reasons": [
                Bar("Course does not exist", 804, "danger", href="?r"),
                Bar("No such person", 211, "danger"),
                Bar("Date is in the future", 42, "warning"),
                Bar("Username is empty", 0, "neutral"),
            ],
            "years": [Bar(str(2009 + index), value) for index, value in enumerate(_YEARS)],
            "imported_on": dt.date(2026, 11, 14),
            "imported_at": dt.datetime(2026, 11, 14, 14, 2, tzinfo=dt.UTC),
            "page_obj": Paginator(range(46_902), 50).get_page(request.GET.get("page", 4)),
            "facts": [
                ("File", "old-lms-export.csv"),
                ("SHA-256", "9f2c41d6a1e04b7dbb27e0d3f6a4c1b8e5d0734d5a7be9c6f1a20c7be33d1f94"),
                ("Uploaded by", "Maria Keller (Administrator)"),
                ("Undo until", "14 December 2026"),
            ],
            "icons": _icon_names(),
            "tones": ["neutral", "info", "success", "warning", "danger", "accent"],
        },
    )


def _icon_names() -> list[str]:
    sprite = finders.find("icons.svg")
    return re.findall(r'<symbol id="([a-z-]+)"', Path(str(sprite)).read_text()) if sprite else []


def _sample_menu() -> list[dict[str, object]]:
    def entry(label: str, icon: str, *, active: bool = False, count: int | None = None) -> dict[str, object]:
        return {"label": label, "url": "?", "icon": icon, "active": active, "count": count}

    return [
        {"label": "", "items": [entry("Dashboard", "dashboard"), entry("My Record of Learning", "award")]},
        {
            "label": "Content",
            "items": [entry("Courses", "book"), entry("Bulk Imports", "upload", active=True, count=2)],
        },
        {
            "label": "Organisation",
            "items": [entry("People", "users"), entry("Teams", "team"), entry("Audit", "shield")],
        },
        {"label": "Settings", "items": [entry("Tenant settings", "settings"), entry("Message templates", "mail")]},
    ]
