"""Undoing keeps what people did on top of an import, and names it (E-34, E-68, T-72)."""

from collections.abc import Callable

import pytest
from django.test import Client

from certifications.models import Certification, CertificationRecord, TeamCertification
from certifications.records.editing import Change, Correction, correct_record, delete_record, hold_records, make_current
from lms.people.models import Membership, Role, RolePermission, User
from lms.people.permissions import Permission
from lms.tenancy.scope import tenant_scope
from tests.certifications.catalogue import records, statuses
from tests.certifications.undo_data import MORE_RECENT, D, add, add_yearly, counts, foretell
from tests.plugins.cast import Cast
from tests.plugins.days import OnDay
from tests.plugins.running import Imports
from tests.plugins.standing import describe_certifications


@pytest.fixture(autouse=True)
def aid(cast: Cast) -> Certification:
    """AID, by the completion date."""
    return add_yearly(cast.acme, "AID")


def by_hand(cast: Cast, record: CertificationRecord, *, do: str, completed_on: str = "") -> None:
    """Let Adam change a record: correct, delete, or make it current."""
    change = Change(tenant=cast.acme, actor=cast.adam, reason="certificate seen", messages="suppress")
    with tenant_scope(cast.acme.pk):
        held = hold_records(User.objects.get(pk=record.person_id), certification_id=record.certification_id)
        if do == "correct":
            correction = Correction(completed_on=D(completed_on))
            correct_record(held, record_id=record.pk, correction=correction, change=change)
        elif do == "delete":
            delete_record(held, record_id=record.pk, successor_id=None, change=change)
        else:
            make_current(held, record_id=record.pk, change=change)


def record_of(cast: Cast, day: str) -> CertificationRecord:
    with tenant_scope(cast.acme.pk):
        return CertificationRecord.objects.get(completed_on=D(day))


def test_E34_E68_T72_a_correction_by_a_person_stays_and_is_named(cast: Cast, imports: Imports, on_day: OnDay) -> None:
    with on_day("2026-03-01"):
        imported = add(imports, "bob,AID,2026-01-10", "ben,AID,2026-01-11")
    with on_day("2026-03-02"):
        by_hand(cast, record_of(cast, "2026-01-10"), do="correct", completed_on="2026-01-12")
        told = foretell(cast, imported)
        undone = imports.undo(imported)
    assert [(kept["person"], kept["item"], kept["batch_id"], kept["reason"]) for kept in told.kept_examples] == [
        ("Bob O'Connor", "AID AID certification", None, "certificate seen")
    ]
    assert (told.removed, told.restored, told.kept) == (1, 0, 1)
    assert counts(undone) == {"removed": 1, "restored": 0, "kept": 1}
    assert statuses(cast.acme) == [("bob", "AID", "certified", "2026-01-12")]
    assert [row[:5] for row in describe_certifications(cast.acme)["assignments"]] == [
        ("bob", "AID", D("2026-01-12"), "manual", None)
    ]


def test_E34_T72_a_corrected_record_in_the_history_stays_and_the_current_one_goes_back(
    cast: Cast, imports: Imports, on_day: OnDay
) -> None:
    with on_day("2026-03-01"):
        imported = add(imports, "bob,AID,2025-01-10", "bob,AID,2026-01-10")
        by_hand(cast, record_of(cast, "2025-01-10"), do="correct", completed_on="2025-01-09")
        told = foretell(cast, imported)
        undone = imports.undo(imported)
    assert records(cast.acme) == [("bob", "AID", "2025-01-09", "2026-01-09")]
    assert statuses(cast.acme) == []
    assert (told.removed, told.restored, told.kept) == (1, 0, 1)
    assert counts(undone) == {"removed": 1, "restored": 0, "kept": 1}


def test_E34_a_record_made_current_by_a_person_stays_on_top(cast: Cast, imports: Imports, on_day: OnDay) -> None:
    with on_day("2026-03-01"):
        add(imports, "bob,AID,2025-06-10")
        imported = add(imports, "bob,AID,2026-01-10")
        by_hand(cast, record_of(cast, "2025-06-10"), do="make current")
        undone = imports.undo(imported)
    assert counts(undone) == {"removed": 1, "restored": 0, "kept": 1}
    assert records(cast.acme) == [("bob", "AID", "2025-06-10", "2026-06-10")]
    (first, last) = describe_certifications(cast.acme)["links"]
    assert (first[5], first[11:13]) == ("", ("certified", D("2025-06-10")))
    assert last[5:7] == ("certified", D("2025-06-10")), "the change by hand stands on what was there before"


def test_E34_a_certification_taken_away_by_a_person_stays_away(cast: Cast, imports: Imports, on_day: OnDay) -> None:
    with on_day("2026-03-01"):
        add(imports, "bob,AID,2025-06-10")
        imported = add(imports, "bob,AID,2026-01-10")
        by_hand(cast, record_of(cast, "2026-01-10"), do="delete")
        undone = imports.undo(imported)
    assert counts(undone) == {"removed": 0, "restored": 0, "kept": 1}
    assert statuses(cast.acme) == []


def test_E68_S25_nobody_who_has_left_the_reach_of_a_leader_is_named(
    cast: Cast, imports: Imports, client_for: Callable[[User], Client], aid: Certification
) -> None:
    with tenant_scope(cast.acme.pk):
        RolePermission.objects.create(
            tenant=cast.acme, role=Role.TEAM_LEADER, permission=Permission.IMPORT_CERTIFICATIONS, allowed=True
        )
        TeamCertification.objects.create(
            tenant=cast.acme, team=cast.ward_a, certification=aid, assigned_on=D("2021-01-01")
        )
    head = "username,certificationshortname,certificationidnumber,completiondate,duedate\n"
    lines = f"{head}bob,AID,,2026-01-10,\nben,AID,,2026-01-11,\n"
    imported = imports.run("certifications", lines, as_="lea", options={"action": MORE_RECENT}, messages="suppress")
    for day in ("2026-01-10", "2026-01-11"):
        by_hand(cast, record_of(cast, day), do="correct", completed_on=f"2025{day[4:]}")
    page = f"/imports/{imported.number}/undo/"
    before = client_for(cast.lea).get(page).context
    with tenant_scope(cast.acme.pk):
        Membership.objects.filter(person=cast.bob).delete()
    after = client_for(cast.lea).get(page).context

    assert [line["person"] for line in before["kept"]] == ["Bob O'Connor", "Ben Müller"]
    assert ([line["person"] for line in after["kept"]], after["more_kept"]) == (["Ben Müller"], 1)
