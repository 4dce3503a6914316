"""What an import of completion records writes, says, and whom it reaches (T-01, T-46 to T-54, T-65, T-74, T-77, T-80)."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from certifications.models import Certification, CertificationRecord, StatusChange, TeamCertification
from lms.audit.models import AuditEvent
from lms.imports.importer import get_importer
from lms.people.models import Role, RolePermission, User
from lms.people.permissions import Permission, permissions_of
from lms.tenancy.scope import tenant_scope
from tests.certifications.catalogue import add_certification, assign, assignments, records, statuses
from tests.certifications.import_data import CERTIFY, EVIDENCE, HEAD, KIND, problems_of
from tests.plugins.cast import Cast
from tests.plugins.days import OnDay
from tests.plugins.running import Imported, Imports

Run = Callable[..., Imported]


@pytest.fixture(autouse=True)
def aid(cast: Cast) -> Certification:
    """AID / 101, a year by the completion date."""
    return add_certification(cast.acme, "AID", "101", name="First Aid")


@pytest.fixture
def fire(cast: Cast) -> Certification:
    return add_certification(cast.acme, "FIRE", "F-7", name="Fire Safety")


# --- what is recorded -----------------------------------------------------------------------------------------


def test_T46_who_does_not_have_it_is_assigned_whatever_the_action(cast: Cast, run_import: Run) -> None:
    run_import(KIND, HEAD + "bob,AID,101,2025-05-01,\nbob,AID,101,2024-05-01,\n")
    assert assignments(cast.acme) == [("bob", "AID", "2024-05-01", "import")]
    assert statuses(cast.acme) == []


def test_T46_an_assignment_that_is_there_stays_as_it_is(cast: Cast, aid: Certification, run_import: Run) -> None:
    assign(cast.bob, aid, on="2026-02-01")
    run_import(KIND, HEAD + "bob,AID,101,2025-05-01,\n", options=CERTIFY, messages="suppress")
    assert assignments(cast.acme) == [("bob", "AID", "2026-02-01", "manual")]


def test_T50_the_newest_row_gets_the_action_and_all_older_ones_go_to_the_history(cast: Cast, run_import: Run) -> None:
    content = HEAD + "bob,AID,101,2026-01-01,\nbob,AID,101,2026-05-01,\nbob,AID,101,2025-01-01,\n"
    assert run_import(KIND, content, options=CERTIFY).rows == [
        (2, "added_to_history", ["R404"]),
        (3, "created", []),
        (4, "added_to_history", ["R404"]),
    ]
    assert statuses(cast.acme) == [("bob", "AID", "certified", "2026-05-01")]


def test_T51_an_equal_record_writes_nothing_and_another_due_date_is_said(cast: Cast, run_import: Run) -> None:
    run_import(KIND, HEAD + "bob,AID,101,2026-05-01,2026-06-30\n", options=CERTIFY)
    before = records(cast.acme), statuses(cast.acme)
    same = run_import(KIND, HEAD + "bob,AID,101,2026-05-01,2026-06-30\n", options=CERTIFY)
    other = run_import(KIND, HEAD + "bob,AID,101,2026-05-01,2026-07-31\n", options=CERTIFY)
    assert (same.rows, other.rows) == ([(2, "unchanged", ["R401"])], [(2, "unchanged", ["R407"])])
    assert (records(cast.acme), statuses(cast.acme)) == before


def test_T51_two_completions_with_the_same_expiry_are_both_kept(cast: Cast, run_import: Run) -> None:
    add_certification(cast.acme, "FIX", method="fixed_date")
    content = HEAD + "bob,FIX,,2026-02-01,2026-06-30\nbob,FIX,,2026-03-01,2026-06-30\n"
    assert run_import(KIND, content).outcomes == ["added_to_history", "added_to_history"]
    assert [end for *_, end in records(cast.acme)] == ["2026-06-30", "2026-06-30"]


def test_T37_T38_T39_the_due_date_counts_where_the_method_says_so(cast: Cast, run_import: Run) -> None:
    for name, method in (("DONE", "completion_date"), ("EXP", "expiry_date"), ("FIX", "fixed_date")):
        add_certification(cast.acme, name, method=method)
    lines = "".join(f"bob,{name},,2026-03-23,2026-06-30\n" for name in ("DONE", "EXP", "FIX"))
    run_import(KIND, HEAD + lines, options=CERTIFY, messages="suppress")
    assert records(cast.acme) == [
        ("bob", "DONE", "2026-03-23", "2027-03-23"),
        ("bob", "EXP", "2026-03-23", "2027-06-30"),
        ("bob", "FIX", "2026-03-23", "2026-06-30"),
    ]


def test_R1_R2_T54_the_current_record_is_the_base_and_history_knows_none(cast: Cast, run_import: Run) -> None:
    add_certification(cast.acme, "EXP", method="expiry_date")
    run_import(KIND, HEAD + "bob,EXP,,2025-11-01,2025-12-31\n", options=CERTIFY)  # until 2026-12-31
    imported = run_import(KIND, HEAD + "bob,EXP,,2026-05-01,\nbob,EXP,,2026-03-01,\n", options=CERTIFY)
    assert imported.rows == [(2, "updated", ["R408"]), (3, "added_to_history", ["R404"])]
    assert [(day, end) for _, _, day, end in records(cast.acme)] == [
        ("2025-11-01", "2026-12-31"),
        ("2026-03-01", "2027-03-01"),
        ("2026-05-01", "2026-12-31"),
    ]


def test_T45_certify_if_more_recent_replaces_an_older_record_and_keeps_a_newer_one(cast: Cast, run_import: Run) -> None:
    run_import(KIND, HEAD + "bob,AID,101,2026-03-01,\nben,AID,101,2026-03-01,\n", options=CERTIFY)
    content = HEAD + "bob,AID,101,2026-04-01,\nben,AID,101,2026-02-01,\n"
    imported = run_import(KIND, content, options=CERTIFY, typed="1")
    assert imported.rows == [(2, "updated", []), (3, "added_to_history", ["R404"])]
    assert statuses(cast.acme) == [("ben", "AID", "certified", "2026-03-01"), ("bob", "AID", "certified", "2026-04-01")]


def test_T45_certify_uncertified_leaves_the_certified_as_they_are(run_import: Run) -> None:
    run_import(KIND, HEAD + "bob,AID,101,2026-03-01,\n", options=CERTIFY)
    content = HEAD + "bob,AID,101,2026-04-01,\nben,AID,101,2026-04-01,\n"
    imported = run_import(KIND, content, options={"action": "certify_uncertified"})
    assert imported.rows == [(2, "added_to_history", ["R404"]), (3, "created", [])]


def test_T52_inconsistent_dates_give_way(cast: Cast, run_import: Run) -> None:
    run_import(KIND, HEAD + "bob,AID,101,2026-03-01,\n", options=CERTIFY)
    with tenant_scope(cast.acme.pk):
        CertificationRecord.objects.update(expires_on=dt.date(2020, 1, 1))
    imported = run_import(
        KIND, HEAD + "bob,AID,101,2026-02-01,\n", options={"action": "certify_uncertified"}, typed="1"
    )
    assert imported.rows == [(2, "updated", ["R402"])]
    assert statuses(cast.acme) == [("bob", "AID", "certified", "2026-02-01")]
    assert len(records(cast.acme)) == 2


def test_T80_an_archived_certification_takes_history_alone(cast: Cast, run_import: Run) -> None:
    add_certification(cast.acme, "GONE", is_active=False)
    imported = run_import(KIND, HEAD + "bob,GONE,,2026-05-01,\n", options=CERTIFY)
    assert imported.rows == [(2, "added_to_history", ["R409", "R404"])]
    assert (assignments(cast.acme), statuses(cast.acme)) == ([], [])


def test_T53_every_change_names_who_made_it_and_the_import_names_the_reason(cast: Cast, run_import: Run) -> None:
    imported = run_import(KIND, HEAD + "bob,AID,101,2026-05-01,\nben,AID,101,2026-05-01,\n", options=CERTIFY)
    with tenant_scope(cast.acme.pk):
        links = StatusChange.objects.values_list("person__username", "actor_id", "batch_id", "row_no")
        assert sorted(links) == [
            ("ben", cast.adam.pk, imported.batch.pk, 3),
            ("bob", cast.adam.pk, imported.batch.pk, 2),
        ]
        event = AuditEvent.objects.get(action="imports.batch.applied", batch_id=imported.batch.pk)
        assert (event.actor_id, event.details["options"]["action"]) == (cast.adam.pk, "certify_if_more_recent")
        assert event.details["counts"] == {"created": 2}


def test_T65_the_counts_add_up(run_import: Run) -> None:
    run_import(KIND, HEAD + "ben,AID,101,2025-05-01,\n", options=CERTIFY, messages="suppress")
    content = HEAD + (
        "bob,AID,101,2026-05-01,\nbob,AID,101,2025-05-01,\nben,AID,101,2026-05-01,\nben,AID,101,2025-05-01,\n"
        "carl,OLD,,2026-05-01,\nnobody,AID,101,2026-05-01,\nsample: x,AID,101,2026-05-01,\n"
    )
    imported = run_import(KIND, content, options={**CERTIFY, **EVIDENCE}, typed="1", messages="suppress")
    assert imported.counts == {
        "created": 1, "added_to_history": 1, "updated": 1, "unchanged": 1, "evidence": 1, "rejected": 1, "skipped": 1,
    }  # fmt: skip
    assert sum(imported.counts.values()) == imported.batch.data_rows == 7


# --- what the review says -------------------------------------------------------------------------------------


def test_T48_T49_expired_and_window_open_on_arrival_are_counted(on_day: OnDay, run_import: Run) -> None:
    with on_day("2026-03-15"):
        content = HEAD + "bob,AID,101,2024-05-01,\nben,AID,101,2025-04-01,\ncarl,AID,101,2026-03-01,\n"
        checked = run_import(KIND, content, options=CERTIFY, check_only=True)
    assert checked.rows == [(2, "created", ["R405"]), (3, "created", ["R406"]), (4, "created", [])]
    found = checked.summary["consequences"]
    assert (found["expired"]["people"], found["window_open"]["people"]) == (1, 1)


@pytest.mark.parametrize("action", ["history", "certify_uncertified", "certify_if_more_recent"])
def test_T77_the_numbers_of_a_column_are_those_of_an_import_with_that_action(
    cast: Cast, on_day: OnDay, run_import: Run, action: str
) -> None:
    with on_day("2026-03-15"):
        start = HEAD + "ben,AID,101,2026-01-01,\nlea,AID,101,2026-03-01,\n"
        run_import(KIND, start, options=CERTIFY)
        content = HEAD + (
            "bob,AID,101,2024-05-01,\nbob,AID,101,2023-05-01,\nben,AID,101,2026-02-01,\ncarl,AID,101,2025-04-01,\n"
            "lea,AID,101,2026-01-01,\nadam,AID,101,2026-03-01,\nalice,NOPE,,2026-03-01,\n"
        )
        checked = run_import(KIND, content, options={"action": "history", **EVIDENCE}, check_only=True)
        before = {who: day for who, _, _, day in statuses(cast.acme)}
        run_import(KIND, content, options={"action": action, **EVIDENCE}, typed="1", messages="suppress")
        after = {who: day for who, _, _, day in statuses(cast.acme)}
    changed = [day for who, day in after.items() if before.get(who) != day]
    window, expired = changed.count("2025-04-01"), changed.count("2024-05-01")
    tally = checked.summary["tally"]
    assert {name.removeprefix(f"{action}."): n for name, n in tally.items() if name.startswith(f"{action}.") and n} == {
        name: n
        for name, n in {
            "certified": len(changed) - window - expired,
            "window_open": window,
            "expired": expired,
            "unchanged": 5 - len(changed),
        }.items()
        if n
    }


# --- who ------------------------------------------------------------------------------------------------------


def test_T01_owners_and_administrators_may_and_team_roles_only_if_an_owner_says_so(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        people = [User.objects.get(pk=one.pk) for one in (cast.alice, cast.adam, cast.lea, cast.bob)]
        allowed = [Permission.IMPORT_CERTIFICATIONS in permissions_of(person) for person in people]
    assert allowed == [True, True, False, False]


def grant(cast: Cast) -> None:
    """Let team leaders import certification records."""
    with tenant_scope(cast.acme.pk):
        RolePermission.objects.create(
            tenant=cast.acme, role=Role.TEAM_LEADER, permission=Permission.IMPORT_CERTIFICATIONS, allowed=True
        )


@pytest.mark.parametrize("options", [{}, EVIDENCE], ids=["errors", "evidence"])
def test_T01_what_is_out_of_reach_reads_like_what_does_not_exist(
    cast: Cast, aid: Certification, fire: Certification, run_import: Run, options: dict[str, Any]
) -> None:
    """FIRE is of another team, ZZB of another organisation; Carl is in another team, Zoe in another organisation."""
    grant(cast)
    add_certification(cast.zebra, "ZZB", "Z-7")
    with tenant_scope(cast.acme.pk):
        for team, certification in ((cast.ward_a, aid), (cast.ward_b, fire)):
            TeamCertification.objects.create(
                tenant=cast.acme, team=team, certification=certification, assigned_on=dt.date(2021, 1, 1)
            )
    seen = []
    for who, short_name, number in (("carl", "FIRE", "F-7"), ("zoe", "ZZB", "Z-7"), ("nils", "NONE", "N-7")):
        content = HEAD + (
            f"bob,AID,101,2026-05-01,\n{who},AID,101,2026-05-01,\nbob,{short_name},{number},2026-05-01,\n"
            f"bob,{short_name},,2026-05-01,\nbob,AID,{number},2026-05-01,\nbob,{short_name},101,2026-05-01,\n"
        )
        checked = run_import(KIND, content, as_="lea", options=options, check_only=True)
        told = repr((checked.rows, checked.summary, [problems_of(checked, row) for row in range(2, 8)]))
        seen.append(told.replace(who, "WHO").replace(short_name, "SHORT").replace(number, "NUMBER"))
    assert seen[0] == seen[1] == seen[2]
    assert "'R202'" in seen[0] or "'R205'" in seen[0]


def test_T01_a_team_role_with_the_permission_imports_for_its_people(
    cast: Cast, aid: Certification, run_import: Run
) -> None:
    grant(cast)
    content = HEAD + "ben,AID,101,2026-05-01,\n"
    assert run_import(KIND, content, as_="lea").rows == [(2, "rejected", ["R202"])]
    with tenant_scope(cast.acme.pk):
        TeamCertification.objects.create(
            tenant=cast.acme, team=cast.ward_a, certification=aid, assigned_on=dt.date(2021, 1, 1)
        )
    assert run_import(KIND, content, as_="lea").rows == [(2, "added_to_history", ["R404"])]


def test_E25_a_certification_that_left_the_reach_since_the_check_fails_its_rows(
    cast: Cast, aid: Certification, imports: Imports, run_import: Run
) -> None:
    grant(cast)
    with tenant_scope(cast.acme.pk):
        team = TeamCertification.objects.create(
            tenant=cast.acme, team=cast.ward_a, certification=aid, assigned_on=dt.date(2021, 1, 1)
        )
    content = HEAD + "ben,AID,101,2026-05-01,\nbob,OLD,,2026-05-01,\n"
    checked = run_import(KIND, content, as_="lea", options=EVIDENCE, check_only=True)
    with tenant_scope(cast.acme.pk):
        team.delete()
    assert imports.confirm(checked).rows == [(2, "rejected", ["R901"]), (3, "evidence", ["R205"])]


def test_T74_the_sheet_of_certifications_in_the_template(cast: Cast, fire: Certification) -> None:
    with tenant_scope(cast.acme.pk):
        headers, rows = get_importer(KIND).template_codes(User.objects.get(pk=cast.adam.pk))
        assert [str(header) for header in headers] == [
            "Short name", "ID number", "Name", "Recertification method", "Active period",
        ]  # fmt: skip
        assert [tuple(row) for row in rows] == [
            ("AID", "101", "First Aid", "Use certification completion date", "12 months"),
            ("FIRE", "F-7", "Fire Safety", "Use certification completion date", "12 months"),
        ]
        assert list(get_importer(KIND).item_codes(actor=User.objects.get(pk=cast.adam.pk))) == [
            ("AID", "First Aid"),
            (fire.short_name, fire.name),
        ]


def test_T02_T37_words_of_the_importer() -> None:
    importer = get_importer(KIND)
    assert (str(importer.title), [str(words) for words, _name in importer.crumbs]) == (
        "Upload certification CSV",
        ["Courses", "Upload Completion Records"],
    )
    due = next(column for column in importer.columns if column.key == "duedate")
    assert "not the expiry date" in str(due.help)
    assert str(due.absent_label) == "My file has no due dates: leave empty for all rows"
