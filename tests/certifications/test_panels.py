"""What the review says about completion records: the import actions, what becomes evidence (T-34, T-40, T-49, T-77)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from certifications.effects import EFFECTS
from certifications.panels import ActionLine, EvidenceName, make_review_panel
from lms.imports.effects import say_consequences
from lms.imports.importer import Panel, get_importer
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.certifications.catalogue import add_certification
from tests.certifications.import_data import HEAD
from tests.plugins.cast import Cast
from tests.plugins.days import OnDay
from tests.plugins.running import Imported

Run = Callable[..., Imported]
FILE = HEAD + (
    "bob,AID,101,2024-05-01,\nben,AID,101,2025-04-01,\ncarl,AID,101,2026-03-01,\n"
    "bob,AIDE,101,2026-03-01,\nben,AIDE,101,2026-03-01,\nbob,,777,2026-03-01,\n"
)


@pytest.fixture(autouse=True)
def _catalogue(cast: Cast) -> None:
    add_certification(cast.acme, "AID", "101", name="First Aid")


@pytest.fixture
def checked(on_day: OnDay, run_import: Run) -> Imported:
    with on_day("2026-03-15"):
        options = {"action": "certify_if_more_recent", "evidence": True}
        return run_import("certifications", FILE, options=options, check_only=True)


def panel_of(cast: Cast, imported: Imported, person: User | None = None) -> Panel | None:
    with tenant_scope(cast.acme.pk):
        return make_review_panel(batch=imported.batch, actor=User.objects.get(pk=(person or cast.adam).pk))


def test_T77_T49_the_table_of_the_actions_and_the_consequence_in_words(cast: Cast, checked: Imported) -> None:
    panel = panel_of(cast, checked)
    assert panel is not None
    assert panel.context["actions"] == [
        ActionLine("Save to history", False, 0, 0, 0, 3),  # noqa: FBT003
        ActionLine("Certify uncertified users", False, 1, 1, 1, 0),  # noqa: FBT003
        ActionLine("Certify if more recent", True, 1, 1, 1, 0),  # noqa: FBT003
    ]
    assert panel.context["sentence"] == (
        "1 person will be certified and at once be due for recertification. "
        "1 person will be certified and at once have expired."
    )


def test_T34_what_becomes_evidence_by_name_with_the_nearest_certification(cast: Cast, checked: Imported) -> None:
    panel = panel_of(cast, checked)
    assert panel is not None
    assert panel.context["names"] == [EvidenceName("AIDE / 101", 2, "AID First Aid"), EvidenceName("777", 1, "")]
    assert (panel.context["distinct"], panel.context["names_more"]) == (2, 0)


def test_T34_names_are_suggested_within_the_readers_own_reach(cast: Cast, checked: Imported) -> None:
    panel = panel_of(cast, checked, cast.bob)
    assert panel is not None
    assert [name.nearest for name in panel.context["names"]] == ["", ""]


def test_a_file_without_either_says_nothing(cast: Cast, run_import: Run) -> None:
    assert panel_of(cast, run_import("certifications", HEAD + "nobody,AID,,2026-03-01,\n", check_only=True)) is None


def test_T34_T77_the_review_shows_both(cast: Cast, client_for: Callable[[User], Client], checked: Imported) -> None:
    page = client_for(cast.adam).get(reverse("imports:review", args=[checked.number])).content.decode()
    for words in (
        "What each import action would do",
        "1 person will be certified and at once have expired.",
        "Becomes other evidence: 2 different names",
        "AIDE / 101",
        "Did you mean AID First Aid?",
        "none is near",
        "?code=R205",
    ):
        assert words in page, words
    assert "No certification &quot;AIDE / 101&quot;: kept as other evidence." not in page, "the panel lists it"
    assert client_for(cast.lea).get(reverse("imports:review", args=[checked.number])).status_code == 404


def test_T34_a_misspelt_name_is_shown_before_any_number_of_foreign_ones(cast: Cast, run_import: Run) -> None:
    foreign = "".join(
        f"{who},{day:02}-{day * 7919:05},,2026-02-{day:02},\n" for day in range(1, 25) for who in ("bob", "ben")
    )
    content = f"{HEAD}{foreign}bob,AIDE,,2026-03-01,\n"
    panel = panel_of(cast, run_import("certifications", content, options={"evidence": True}, check_only=True))
    assert panel is not None
    first, *others = panel.context["names"]
    assert (first.name, first.rows, first.nearest) == ("AIDE", 1, "AID First Aid")
    assert ([name.rows for name in others], panel.context["names_more"]) == ([2] * 19, 5)


def test_T07_R202_the_review_names_what_may_have_been_meant(
    cast: Cast, client_for: Callable[[User], Client], run_import: Run
) -> None:
    checked = run_import("certifications", HEAD + "bob,AIDE,102,2026-03-01,\n", check_only=True)
    page = client_for(cast.adam).get(reverse("imports:review", args=[checked.number])).content.decode()
    assert "No certification &quot;AIDE / 102&quot; that you can use." in page
    assert "AID First Aid" in page


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ({"until": "2027-05-01", "basis": "completed"}, ["expires 1 May 2027, counted from the completion date"]),
        ({"until": "2027-05-01", "basis": "due"}, ["expires 1 May 2027, counted from the due date"]),
        ({"until": "2027-05-01", "basis": "previous"}, ["expires 1 May 2027, counted from the previous expiry"]),
        ({"until": "2027-05-01", "basis": "kept"}, ["expires 1 May 2027 as before"]),
        ({"archived": "2026-05-01", "assigned": True}, ["certification assigned"]),
        (
            {"days_lost": 2, "until": "2027-05-01", "until_before": "2027-05-03"},
            ["loses 2 days: expires 1 May 2027 instead of 3 May 2027"],
        ),
        ({"late_days": 3, "expired": True, "window_open": True}, []),  # the problems of the row say so
        ({"basis": "unheard of", "until": "2027-05-01"}, []),
    ],
)
def test_T40_T46_what_a_row_does_in_words(plan: dict[str, Any], words: list[str]) -> None:
    said = say_consequences(plan, importer=get_importer("certifications"))
    assert [sentence for sentence in said if sentence] == words


def test_every_effect_has_words_for_one_and_for_many() -> None:
    counted = [effect for effect in EFFECTS if effect.is_counted]
    assert all(str(effect.label) and effect.say(1, 1) and effect.say(2, 5) for effect in counted)
    plan = {"until": "2027-05-01", "basis": "due", "late_days": 3, "days_lost": 1, "archived": "2026-01-01"}
    details = {effect.key: effect.detail(plan) for effect in counted if effect.key != "assigned"}
    assert all(details.values()), details


def test_the_panel_renders_after_the_import_too(cast: Cast, checked: Imported) -> None:
    panel = panel_of(cast, checked)
    assert panel is not None
    context = {"panel": {**panel.context, "is_open": False, "names_more": 4}}
    page = render_to_string(panel.template, context)
    assert ("#options" in page, "and 4 more" in page) == (False, True)
