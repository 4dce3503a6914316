"""What rows do to people, in words, by number and by name."""

import pytest
from django.utils import translation

from lms.imports.effects import KEPT, LATE, count_effects, find_examples, make_days_lost, name_effect, say_consequences
from lms.imports.importer import get_importer
from lms.people.models import Membership
from lms.tenancy.scope import tenant_scope
from tests.lms.imports.message_data import RETAKES, mixed_file, prepare_courses
from tests.plugins.cast import Cast
from tests.plugins.running import Imported, Imports


@pytest.fixture
def told(cast: Cast, imports: Imports) -> Imported:
    """A checked import by Lea, who leads Bob and Ben."""
    prepare_courses(cast)
    return imports.run("completions", mixed_file(cast.acme), as_="lea", check_only=True, options=RETAKES)


def test_E17_effects_are_counted_as_the_check_found_them(told: Imported) -> None:
    found = {
        key: (count.rows, count.people)
        for key, count in count_effects(told.batch, importer=get_importer("completions")).items()
    }

    assert found == {"lapsed": (2, 2), "reset": (2, 2), "assigned": (2, 2)}


def test_E17_examples_are_named_while_their_people_are_in_reach(cast: Cast, told: Imported) -> None:
    importer = get_importer("completions")
    with tenant_scope(cast.acme.pk):
        before = find_examples(told.batch, importer=importer, actor=cast.lea)
        Membership.objects.filter(person=cast.bob).delete()
        after = find_examples(told.batch, importer=importer, actor=cast.lea)

    assert [one.person for one in before["lapsed"]] == ["Bob O'Connor", "Ben Müller"]
    assert [(one.row_no, one.person, one.item) for one in after["lapsed"]] == [
        (6, "Ben Müller", "SAFE-1 Safety Basics")
    ]
    assert after["lapsed"][0].detail.startswith("compliant until ")


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ({"days_lost": 1}, ["loses 1 day"]),
        (
            {"days_lost": 245, "until_before": "2027-02-01", "until": "2026-06-01"},
            ["loses 245 days: compliant until 1 June 2026 instead of 1 February 2027"],
        ),
        ({"lapsed": True, "reset": True, "assigned": True}, ["moved to the retake period", "course assigned"]),
        ({"late_days": 6, "retake_open": True}, []),  # said by R306 and R406
        ({}, []),
    ],
)
def test_E28_a_row_says_what_no_problem_of_it_says(plan: dict[str, object], words: list[str]) -> None:
    assert say_consequences(plan, importer=get_importer("completions")) == words


def test_every_effect_has_a_name_for_the_filter() -> None:
    importer = get_importer("completions")
    with translation.override("en-gb"):
        names = [name_effect(key, importer=importer) for key in ("days_lost", "lapsed", KEPT, "unknown")]

    assert names == ["Lose days of compliance", "Non-compliant on arrival", "A newer completion is kept", ""]


def test_E28_lost_days_are_said_with_the_importers_words_for_both_days() -> None:
    lost = make_days_lost(label="Lose days", change="%(words)s: until %(after)s, was %(before)s")
    plan = {"days_lost": 31, "until_before": "2025-01-31", "until": "2024-12-31"}

    with translation.override("en"):
        details = [lost.detail(plan), lost.detail({"days_lost": 1}), LATE.detail({"late_days": 2})]
        spoken = [lost.say(1, 31), lost.say(2, 1)]

    assert details == [
        "loses 31 days: until 31 December 2024, was 31 January 2025",
        "loses 1 day",
        "2 days after the due date",
    ]
    assert spoken == ["person loses 31 days", "people lose 1 day together"]
