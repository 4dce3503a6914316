"""Near misses: helpful, few, and never from outside the reach of who asks."""

from lms.imports.importer import get_importer
from lms.imports.suggesting import suggest_items, suggest_people
from lms.people.models import User
from lms.people.permissions import Permission
from lms.people.selectors import visible_people
from lms.tenancy.scope import tenant_scope
from tests.plugins.cast import Cast, add_course, add_person


def people(cast: Cast, actor: User, *values: str, find_by: str = "username") -> dict[str, list[str]]:
    with tenant_scope(cast.acme.pk):
        reach = visible_people(actor, permission=Permission.IMPORT_COMPLETIONS)
        return suggest_people(values, find_by=find_by, reach=reach)


def items(cast: Cast, actor: User, *values: str) -> dict[str, list[str]]:
    with tenant_scope(cast.acme.pk):
        return suggest_items(values, importer=get_importer("completions"), actor=actor)


def test_W18_a_username_with_a_slip_is_recognised(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        add_person(cast.acme, "aberger")
        add_person(cast.acme, "someone.else")

    assert people(cast, cast.adam, "aberge", "aBERGRE", "xyz") == {"aberge": ["aberger"], "aBERGRE": ["aberger"]}


def test_L07_people_outside_the_reach_are_never_suggested(cast: Cast) -> None:
    assert people(cast, cast.adam, "carll", "bobb") == {"carll": ["carl"], "bobb": ["bob"]}
    assert people(cast, cast.lea, "carll", "bobb") == {"bobb": ["bob"]}


def test_numbers_have_no_near_misses_because_every_number_has_neighbours(cast: Cast) -> None:
    assert people(cast, cast.adam, "000126", find_by="employee_id") == {}


def test_W8_a_wrong_code_leads_to_the_course_by_its_name_the_current_edition_first(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        add_course(cast.acme, "FS-101", "Fire Safety Awareness")

    found = items(cast, cast.adam, "FIRE-01", "SAFE1", "unheard of")

    assert found == {
        "FIRE-01": ["FIRE-2 Fire Safety Awareness", "FS-101 Fire Safety Awareness"],
        "SAFE1": ["SAFE-1 Safety Basics"],
    }


def test_L11_courses_of_no_team_in_reach_are_never_suggested(cast: Cast) -> None:
    assert items(cast, cast.lea, "FIRE-1", "SAFE-2") == {"SAFE-2": ["SAFE-1 Safety Basics"]}
