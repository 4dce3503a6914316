"""What one person's template shows: their own codes, their own people, their own date format."""

import pytest

from lms.imports.importer import Importer, discover_importers, get_importer
from lms.imports.remembering import Settings, remember_settings
from lms.imports.template_contents import gather_template
from lms.people.models import User
from lms.tenancy.clock import today
from lms.tenancy.scope import tenant_scope
from tests.lms.imports.dated_importer import DatedImporter, dated
from tests.plugins.cast import Cast

__all__ = ["dated"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def importer() -> Importer:
    discover_importers()
    return get_importer("completions")


def test_L15_L11_an_owner_gets_the_codes_that_are_open_for_imports(cast: Cast, importer: Importer) -> None:
    with tenant_scope(cast.acme.pk):
        content = gather_template(importer, actor=cast.alice, tenant=cast.acme)
    assert [row[0] for row in content.codes] == ["FIRE-2", "OLD-9", "SAFE-1"]
    assert [column.key for column in content.needed] == ["username", "completed_on", "course_code"]
    assert content.people == []


def test_L15_a_leader_gets_the_codes_and_people_of_their_teams_only(cast: Cast, importer: Importer) -> None:
    with tenant_scope(cast.acme.pk):
        content = gather_template(importer, actor=cast.lea, tenant=cast.acme, with_people=True)
    assert [row[0] for row in content.codes] == ["SAFE-1"]
    assert [(person.identifier, person.name) for person in content.people] == [
        ("ben", cast.ben.full_name),
        ("bob", cast.bob.full_name),
    ]


def test_L16_the_date_format_is_the_persons_own(cast: Cast, importer: Importer) -> None:
    with tenant_scope(cast.acme.pk):
        own = User.objects.get(pk=cast.adam.pk)
        own.date_format = "mm/dd/yyyy"
        formats = [gather_template(importer, actor=actor, tenant=cast.acme).date_format for actor in (own, cast.alice)]
    assert formats == ["mm/dd/yyyy", cast.alice.date_format or cast.acme.date_format]


def test_T74_the_date_format_may_be_chosen_of_those_on_offer(cast: Cast, importer: Importer) -> None:
    with tenant_scope(cast.acme.pk):
        own = User.objects.get(pk=cast.adam.pk)
        formats = [
            gather_template(importer, actor=own, tenant=cast.acme, date_format=name).date_format
            for name in ("dd.mm.yy", "whenever")
        ]
    assert formats == ["dd.mm.yy", own.date_format or cast.acme.date_format]


def test_T04_without_a_choice_the_dates_stand_as_at_the_last_upload(cast: Cast, dated: DatedImporter) -> None:
    with tenant_scope(cast.acme.pk):
        own = User.objects.select_related("tenant").get(pk=cast.adam.pk)
        remember_settings(own, dated, Settings(date_format="yy mm dd"))
        content = gather_template(dated, actor=own, tenant=cast.acme)
    assert content.date_format == "yy mm dd"
    assert content.code_names == ["Code", "Name"]


def test_L12_the_limit_of_the_organisation_is_the_templates(cast: Cast, importer: Importer) -> None:
    with tenant_scope(cast.acme.pk):
        content = gather_template(importer, actor=cast.alice, tenant=cast.acme)
        assert (content.row_limit, content.today) == (cast.acme.row_limit, today(cast.acme))
