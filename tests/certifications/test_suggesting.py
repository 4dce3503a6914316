"""The nearest certification to a reference that fits none: near, in reach, and nothing else (T-34)."""

import datetime as dt

import pytest

from certifications.models import TeamCertification
from certifications.references import Reference
from certifications.suggesting import read_words, suggest_certifications
from lms.people.models import Role, RolePermission, User
from lms.people.permissions import Permission
from lms.tenancy.scope import tenant_scope
from tests.certifications.catalogue import add_certification
from tests.plugins.cast import Cast


@pytest.fixture(autouse=True)
def _catalogue(cast: Cast) -> None:
    aid = add_certification(cast.acme, "FIRST-AID", "FA-001", name="First Aid for Wards")
    add_certification(cast.acme, "FIRE", "FS-900", name="Fire Safety")
    add_certification(cast.zebra, "ZZB-ONE", "ZZB-9", name="ZZB One")
    with tenant_scope(cast.acme.pk):
        TeamCertification.objects.create(
            tenant=cast.acme, team=cast.ward_a, certification=aid, assigned_on=dt.date(2021, 1, 1)
        )
        RolePermission.objects.create(
            tenant=cast.acme, role=Role.TEAM_LEADER, permission=Permission.IMPORT_CERTIFICATIONS, allowed=True
        )


def near(cast: Cast, *references: tuple[str, str], person: User | None = None) -> list[str]:
    with tenant_scope(cast.acme.pk):
        asked = [Reference(*reference) for reference in references]
        found = suggest_certifications(asked, actor=User.objects.get(pk=(person or cast.adam).pk))
        return [found.get(reference, "") for reference in asked]


@pytest.mark.parametrize(
    ("reference", "nearest"),
    [
        (("FRIST-AID", ""), "FIRST-AID First Aid for Wards"),
        (("first aid", "X"), "FIRST-AID First Aid for Wards"),
        (("", "FA-0O1"), "FIRST-AID First Aid for Wards"),
        (("Fire Safty", ""), "FIRE Fire Safety"),  # by its name
        (("FIRST-AID", "FS-900"), "FIRST-AID First Aid for Wards"),
        (("Harness", "12345"), ""),
        (("ZZB-ONE", "ZZB-9"), ""),  # of another organisation
    ],
)
def test_T34_nearest(cast: Cast, reference: tuple[str, str], nearest: str) -> None:
    assert near(cast, reference) == [nearest]


def test_T34_P21_nothing_out_of_reach_is_named(cast: Cast) -> None:
    assert near(cast, ("FIRST-AIDE", ""), ("FIRES", "FS-901"), person=cast.lea) == ["FIRST-AID First Aid for Wards", ""]
    assert near(cast, ("FIRST-AIDE", ""), person=cast.bob) == [""]


def test_nothing_asked_is_no_query(cast: Cast) -> None:
    assert near(cast) == []


@pytest.mark.parametrize(
    ("words", "reference"),
    [("AID / 101", ("AID", "101")), ("A / B / 101", ("A / B", "101")), ("AID", ("AID", "AID"))],
)
def test_a_reference_is_read_back_from_its_words(words: str, reference: tuple[str, str]) -> None:
    assert read_words(words) == reference
