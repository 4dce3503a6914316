"""The importer of offline records, from the bytes of a file to the last outcome."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from lms.core.periods import Period, Unit
from lms.imports.models import ImportBatch
from lms.imports.undoing import preview_undo
from lms.people.models import PeopleDomain, User
from lms.tenancy.scope import tenant_scope
from offline_records.models import OfflineActivity, OfflineRecord
from tests.offline_records.catalogue import HEAD, KIND, add_activity, add_field, add_record, allow_leader, choose
from tests.plugins.cast import Cast, add_person
from tests.plugins.running import Imported, Imports

Run = Callable[..., Imported]


def problems_of(imported: Imported) -> dict[int, list[Any]]:
    with tenant_scope(imported.batch.tenant_id):
        return dict(imported.batch.rows().order_by("row_no").values_list("row_no", "problems"))


def count_records(cast: Cast) -> int:
    with tenant_scope(cast.acme.pk):
        return OfflineRecord.objects.count()


def test_S07_S16_S17_S18_S20_S21_S29_R209_everything_wrong_is_listed_and_nothing_is_written(
    cast: Cast, run_import: Run
) -> None:
    activity = add_activity(
        cast.acme,
        fields={"result": "optional", "score": "required", "expires_on": "optional", "certificate_number": "optional"},
        score_minimum=10,
        score_maximum=50,
        earliest_date=dt.date(2024, 1, 1),
    )
    room = add_field(activity, "Room", is_required=True).pk
    with tenant_scope(cast.acme.pk):
        add_person(cast.acme, "twin", email="bob@acme.example", domain=cast.clinical)
    add_record(cast.ben, activity, dt.date(2024, 3, 3))
    lines = [
        "email,activity,domain,completed_on,result,score,expires_on,Room,certificate_number",
        "ben@acme.example,LIFT,clinical,2024-05-01,passed,20,,12,",  # 2: good
        ",,,2024-05-01,,20,,12,",
        "bob@acme.example,,,2024-05-01,,20,,12,",
        "nobody@acme.example,,,2024-05-01,,20,,12,",
        "ben@acme.example,,,,,20,,12,",
        "ben@acme.example,,,31/02/2024,,20,,12,",
        "ben@acme.example,,,2023-12-31,,20,,12,",
        "ben@acme.example,,,2024-05-02,,9.99,,12,",
        "ben@acme.example,,,2024-05-03,,,,12,",
        "ben@acme.example,,,2024-05-04,,twenty,,12,",
        "ben@acme.example,,,2024-05-05,excellent,20,,12,",
        "ben@acme.example,,,2024-05-06,,20,2024-05-05,12,",
        "ben@acme.example,,,2024-05-07,,20,,,",
        "ben@acme.example,FIRE-2,office,2024-05-08,,20,,12,",
        "carl@acme.example,LIFT,,2024-05-01,,20,,12,",
        "carl@acme.example,,,2999-01-01,,70,,,",  # 17: also of another user domain
        "ben@acme.example,,,2024-03-03,,7,,12,",  # 18: also recorded already
        "  BEN@acme.example ,,,2024-05-01,,20,,12,",  # 19: as row 2
        "ben@acme.example,,,2024-05-09,,20,,12,1.23457E+18",  # 20: by a spreadsheet
    ]
    checked = run_import(KIND, "\n".join(lines), options=choose(activity, cast.clinical, identifier="email"))
    said = {row_no: [(code, field) for code, field, _ in found] for row_no, found in problems_of(checked).items()}
    assert said == {
        2: [],
        3: [("R101", "username")],
        4: [("R103", "username")],
        5: [("R102", "username")],
        6: [("R301", "completed_on")],
        7: [("R302", "completed_on")],
        8: [("R304", "completed_on")],
        9: [("R501", "score")],
        10: [("R506", "score")],
        11: [("R501", "score")],
        12: [("R503", "result")],
        13: [("R507", "expires_on")],
        14: [("R506", f"field_{room}")],
        15: [("R209", "activity"), ("R209", "domain")],
        16: [("R108", "username")],
        17: [("R501", "score"), ("R303", "completed_on"), ("R506", f"field_{room}"), ("R108", "username")],
        18: [("R501", "score"), ("R401", "")],
        19: [("R403", "")],
        20: [("R105", "certificate_number")],
    }
    assert (checked.state, checked.planned, count_records(cast)) == ("refused", {"created": 1, "rejected": 18}, 1)


def test_S03_S22_S23_S24_S31_S45_a_file_without_errors_becomes_its_records(
    cast: Cast, imports: Imports, run_import: Run
) -> None:
    activity = add_activity(
        cast.acme,
        fields=dict.fromkeys(("result", "score", "hours", "provider", "expires_on", "notes"), "optional"),
        validity=Period(12, Unit.MONTHS),
        provider="Red Cross",
        location="Main hall",
    )
    checked_on, level = (
        add_field(activity, "Checked on", "date"),
        add_field(activity, "Level", "choice", choices=["A", "b"]),
    )
    content = (
        f"{HEAD},result,score,hours,provider,expires_on,notes,Checked on,Level\n"
        "bob,LIFT,clinical,2024-05-01,Bestanden,87.5,1.5,Trainer Ltd,2024-12-31,Fine,2024-06-01,B\n"
        "ben,,,2024-05-02,,,,,,,,\n"
    )
    checked = run_import(KIND, content, options=choose(activity, cast.clinical), check_only=True)
    assert (checked.state, checked.planned, count_records(cast)) == ("ready", {"created": 2}, 0)
    assert problems_of(checked) == {
        2: [["R405", "", {"date": "2025-01-01"}]],
        3: [["R405", "", {"date": (Period(12, Unit.MONTHS).add(dt.date(2024, 5, 2)) + dt.timedelta(1)).isoformat()}]],
    }
    done = imports.confirm(checked)
    assert (done.state, done.counts) == ("completed", {"created": 2})
    with tenant_scope(cast.acme.pk):
        full, bare = OfflineRecord.objects.order_by("completed_on")
        suppressed = full.messages_suppressed_through
    assert (full.person_id, full.activity_id, full.completed_on) == (cast.bob.pk, activity.pk, dt.date(2024, 5, 1))
    assert (full.result, full.score, full.hours, full.cpd_points) == ("passed", Decimal("87.5"), Decimal("1.5"), None)
    assert (full.provider, full.location, full.notes) == ("Trainer Ltd", "Main hall", "Fine")
    assert (full.expires_on, full.is_expiry_stated) == (dt.date(2024, 12, 31), True)
    assert full.custom == {str(checked_on.pk): "2024-06-01", str(level.pk): "b"}
    assert (full.origin, full.batch_id, full.row_no, full.date_text) == ("import", done.batch.pk, 2, "2024-05-01")
    assert (full.recorded_by_id, full.edited_at, suppressed) == (cast.adam.pk, None, full.recorded_at.date())
    assert (bare.result, bare.score, bare.provider, bare.custom) == ("", None, "Red Cross", {})
    assert (bare.expires_on, bare.is_expiry_stated) == (Period(12, Unit.MONTHS).add(dt.date(2024, 5, 2)), False)


def test_S10_S29_three_files_three_identifiers_and_their_traps(cast: Cast, run_import: Run) -> None:
    activity = add_activity(cast.acme)
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.bob.pk).update(email="o'connor@acme.example", email_key="o'connor@acme.example")
    for identifier, text in (("username", " Bob "), ("email", "O'Connor@acme.example"), ("employee_id", "000123")):
        options = choose(activity, cast.clinical, identifier=identifier)
        checked = run_import(KIND, f"{identifier},completed_on\n{text},2024-05-01", options=options, check_only=True)
        assert checked.rows == [(2, "created", [])], identifier
    by_number = choose(activity, cast.clinical, identifier="employee_id")
    short = run_import(KIND, "employee_id,completed_on\n123,2024-05-01", options=by_number)
    assert problems_of(short) == {2: [["R105", "username", {"padded": "000123", "value": "123"}]]}


def test_S13_an_untouched_template_has_nothing_to_import(cast: Cast, run_import: Run) -> None:
    options = choose(add_activity(cast.acme), cast.clinical)
    content = f"{HEAD}\nsample: jane.doe,LIFT,clinical,2024-05-01\nSample: jane.doe,LIFT,clinical,2024-05-01\n"
    checked = run_import(KIND, content, options=options, check_only=True)
    assert checked.rows == [(2, "skipped", ["R208"]), (3, "skipped", ["R208"])]
    assert (checked.planned, count_records(cast)) == ({"skipped": 2}, 0)


def test_S28_deactivated_people_are_accepted_with_a_warning(cast: Cast, run_import: Run) -> None:
    with tenant_scope(cast.acme.pk):
        User.objects.filter(pk=cast.ben.pk).update(is_active=False)
    options = choose(add_activity(cast.acme), cast.clinical)
    done = run_import(KIND, f"{HEAD}\nben,,,2024-05-01\nbob,,,2024-05-01", options=options)
    assert (done.rows, count_records(cast)) == ([(2, "created", ["R104"]), (3, "created", [])], 2)


def test_S09_S19_a_scoped_importer_learns_no_other_domain_and_nobody_elses_people(cast: Cast, run_import: Run) -> None:
    with tenant_scope(cast.acme.pk):
        office = PeopleDomain.objects.create(tenant=cast.acme, slug="office", name="Office")
        User.objects.filter(pk=cast.ben.pk).update(domain=office)
    allow_leader(cast.acme, cast.lea, cast.clinical)
    options = choose(add_activity(cast.acme), cast.clinical)
    content = f"{HEAD}\nbob,,,2024-05-01\nben,,,2024-05-01\ncarl,,,2024-05-01\nzoe,,,2024-05-01"
    leader, administrator = (run_import(KIND, content, options=options, as_=name) for name in ("lea", "adam"))
    assert leader.rows == [(2, "created", []), (3, "rejected", ["R108"]), *((n, "rejected", ["R102"]) for n in (4, 5))]
    assert administrator.rows == [*leader.rows[:2], (4, "rejected", ["R108"]), (5, "rejected", ["R102"])]
    assert problems_of(leader)[3] == [["R108", "username", {"value": "ben", "own": "", "domain": "Clinical"}]]
    assert problems_of(administrator)[3][0][2]["own"] == " (Office)"
    assert "Office" not in repr(leader.summary)
    # An activity that is not open to the domain is one the leader may not use at all.
    closed = choose(add_activity(cast.acme, "SHUT", domains=(office,)), cast.clinical)
    shut = [run_import(KIND, f"{HEAD}\nbob,,,2024-05-01", options=closed, as_=name).rows for name in ("lea", "adam")]
    assert shut == [[(2, "rejected", ["R202"])], [(2, "rejected", ["R210"])]]


def test_S25_what_changes_between_check_and_creating_stops_the_whole_file_and_is_listed(
    cast: Cast, imports: Imports, settings: Settings
) -> None:
    settings.IMPORT_CHUNK_ROWS = 1  # all chunks are of one transaction
    activity = add_activity(cast.acme, fields={"notes": "optional"})
    rows = OfflineActivity.objects.filter(pk=activity.pk)
    bob = User.objects.filter(pk=cast.bob.pk)

    def record(day: dt.date) -> None:
        OfflineRecord.objects.create(
            tenant=cast.acme, person=cast.bob, activity=activity, completed_on=day, origin="manual",
            recorded_at=dt.datetime(2024, 1, 1, tzinfo=dt.UTC),
        )  # fmt: skip

    day = dt.date(2024, 5, 1)
    meanwhile: dict[str, tuple[Callable[[], Any], Callable[[], Any], list[str]]] = {
        "moved": (lambda: bob.update(domain=None), lambda: bob.update(domain=cast.clinical), ["R108", "R903"]),
        "archived": (lambda: rows.update(is_active=False), lambda: rows.update(is_active=True), ["R206", "R903"]),
        "required": (
            lambda: rows.update(fields={"notes": "required"}),
            lambda: rows.update(fields={"notes": "optional"}),
            ["R506", "R903"],
        ),
        "closed": (
            lambda: rows.update(is_open_to_all=False),
            lambda: rows.update(is_open_to_all=True),
            ["R210", "R903"],
        ),
        "recorded": (lambda: record(day), lambda: OfflineRecord.objects.all().delete(), ["R401", "R903"]),
    }
    for name, (change, change_back, codes) in meanwhile.items():
        checked = imports.run(
            KIND,
            f"{HEAD}\nben,,,2024-05-02\nbob,,,2024-05-01",
            options=choose(activity, cast.clinical),
            check_only=True,
        )
        imports.confirm(checked, works=False)
        with tenant_scope(cast.acme.pk):
            change()
            before = OfflineRecord.objects.count()
        imports.work()
        found = imports.load(checked.batch)
        ben = (2, "created", []) if name in ("moved", "recorded") else (2, "rejected", codes)
        assert (found.state, found.codes[-1], found.rows) == ("refused", "F015", [ben, (3, "rejected", codes)]), name
        assert count_records(cast) == before, name
        with tenant_scope(cast.acme.pk):
            change_back()


def test_S20_the_number_of_statements_does_not_grow_with_the_file(cast: Cast, imports: Imports) -> None:
    activity = add_activity(cast.acme, fields={"score": "optional"})
    names = [f"crowd{number}" for number in range(14)]
    with tenant_scope(cast.acme.pk):
        for name in names:
            add_person(cast.acme, name, domain=cast.clinical)
    counted = []
    for people in (names[:2], names[2:]):
        lines = "".join(f"{name},,,2024-05-01,5\n" for name in people)
        uploaded = imports.upload(KIND, f"{HEAD},score\n{lines}{people[0]},,,x,y\n")
        with CaptureQueriesContext(connection) as checking:
            checked = imports.check(uploaded, options=choose(activity, cast.clinical))
        good = imports.run(KIND, f"{HEAD},score\n{lines}", options=choose(activity, cast.clinical), check_only=True)
        imports.confirm(good, works=False)
        with CaptureQueriesContext(connection) as applying:
            imports.work()
        assert (checked.state, imports.load(good.batch).state) == ("refused", "completed")
        counted.append((len(checking), len(applying)))
    assert counted[0] == counted[1]


def test_E33_undone_it_is_as_before_but_what_a_person_has_corrected_stays(
    cast: Cast, imports: Imports, run_import: Run
) -> None:
    activity = add_activity(cast.acme)
    kept = add_record(cast.bob, activity, dt.date(2024, 1, 1))
    done = run_import(KIND, f"{HEAD}\nbob,,,2024-05-01\nben,,,2024-05-01", options=choose(activity, cast.clinical))
    with tenant_scope(cast.acme.pk):
        mine = OfflineRecord.objects.get(person=cast.ben)
        OfflineRecord.objects.filter(pk=mine.pk).update(edited_at=dt.datetime(2024, 6, 1, tzinfo=dt.UTC))
        told = preview_undo(ImportBatch.objects.get(pk=done.batch.pk), tenant=cast.acme, actor=cast.adam)
    assert (told.removed, told.kept, [example["person"] for example in told.kept_examples]) == (1, 1, ["Ben Müller"])
    undone = imports.undo(done)
    assert undone.batch.undo_summary == {"removed": 1, "restored": 0, "kept": 1}
    with tenant_scope(cast.acme.pk):
        assert set(OfflineRecord.objects.values_list("pk", flat=True)) == {kept.pk, mine.pk}
