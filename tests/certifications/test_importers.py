"""Completion records of certifications from a file: reading, matching, evidence, dates (T-07 to T-42, T-64)."""

import datetime as dt
from collections.abc import Callable

import pytest

from certifications.models import Certification, CertificationRecord, Evidence
from lms.core.periods import Period
from lms.imports.importer import get_importer
from lms.tenancy.clock import today
from lms.tenancy.models import Tenant
from lms.tenancy.scope import tenant_scope
from tests.certifications.catalogue import add_certification, assignments, evidence, records, statuses
from tests.certifications.import_data import CASELESS, CERTIFY, EVIDENCE, HEAD, KIND, problems_of
from tests.plugins.cast import Cast
from tests.plugins.running import Imported

Run = Callable[..., Imported]


@pytest.fixture(autouse=True)
def aid(cast: Cast) -> Certification:
    """AID / 101, a year by the completion date."""
    return add_certification(cast.acme, "AID", "101", name="First Aid")


@pytest.fixture
def fire(cast: Cast) -> Certification:
    return add_certification(cast.acme, "FIRE", "F-7", name="Fire Safety")


# --- the file -------------------------------------------------------------------------------------------------


def test_T07_T27_the_five_columns_make_a_record(cast: Cast, run_import: Run) -> None:
    imported = run_import(KIND, HEAD + "bob,AID,101,2026-05-01,2026-06-30\n", options=CERTIFY)
    assert (imported.state, imported.rows) == ("completed", [(2, "created", [])])
    assert records(cast.acme) == [("bob", "AID", "2026-05-01", "2027-05-01")]
    assert statuses(cast.acme) == [("bob", "AID", "certified", "2026-05-01")]


def test_T08_T10_columns_are_found_by_their_names_in_any_order_and_spelling(run_import: Run) -> None:
    head = "Due Date,\ufeffUser Name,CompletionDate,Certification_Short_Name,CERTIFICATION ID NUMBER\n"
    imported = run_import(KIND, head + ",bob,2026-05-01,AID,101\n")
    assert imported.rows == [(2, "added_to_history", ["R404"])]


@pytest.mark.parametrize(
    "head",
    [
        "Benutzername,Kurzname,ID-Nummer,Abschlussdatum,Fällig am\n",
        "login,certification,certification id,completed on,due date\n",
    ],
)
def test_E57_other_names_of_the_columns(run_import: Run, head: str) -> None:
    assert run_import(KIND, head + "bob,AID,101,2026-05-01,\n").outcomes == ["added_to_history"]


def test_T08_all_five_columns_are_needed_and_the_due_date_may_be_empty(run_import: Run) -> None:
    needed = [str(column.key) for column in get_importer(KIND).columns if column.required]
    assert needed == HEAD.strip().split(",")
    assert run_import(KIND, HEAD + "bob,AID,101,2026-05-01,\n").outcomes == ["added_to_history"]


def test_T12_the_24_formats(cast: Cast) -> None:
    names = [name for name, _ in get_importer(KIND).date_formats(cast.adam)]
    assert len(set(names)) == len(names) == 24


@pytest.mark.parametrize(
    ("date_format", "text"),
    [("dd/mm/yyyy", "13/02/2026"), ("mm-dd-yy", "02-13-26"), ("yyyy mm dd", "2026 02 13"), ("dd.mm.yy", "13.2.26")],
)
def test_T11_T12_T18_each_format_reads_its_dates(cast: Cast, run_import: Run, date_format: str, text: str) -> None:
    imported = run_import(
        KIND,
        HEAD + f"bob,AID,101,{text},\nben,AID,101,2026-02-13,\ncarl,AID,101,31/31/2026,\n",
        date_format=date_format,
    )
    assert imported.outcomes == ["added_to_history", "added_to_history", "rejected"]  # ISO is always read
    assert records(cast.acme) == [(who, "AID", "2026-02-13", "2027-02-13") for who in ("ben", "bob")]


def test_T18_two_digit_years_only_in_a_format_that_says_so(run_import: Run) -> None:
    imported = run_import(KIND, HEAD + "bob,AID,101,13/02/26,\n", date_format="dd/mm/yyyy")
    assert imported.rows == [(2, "rejected", ["R302"])]


@pytest.mark.parametrize(
    ("line", "field", "limit"),
    [
        ("{long},AID,101,2026-05-01,", "username", 100),
        ("bob,{long},101,2026-05-01,", "certificationshortname", 255),
        ("bob,AID,{long},2026-05-01,", "certificationidnumber", 100),
    ],
)
def test_T13_a_text_that_is_too_long_fails_its_row_alone(run_import: Run, line: str, field: str, limit: int) -> None:
    content = HEAD + line.format(long="x" * (limit + 1)) + "\nben,AID,101,2026-05-01,\n"
    imported = run_import(KIND, content)
    assert imported.rows == [(2, "rejected", ["R502"]), (3, "added_to_history", ["R404"])]
    ((code, where, params),) = problems_of(imported, 2)
    assert (code, where, params["n"], params["max"]) == ("R502", field, limit + 1, limit)
    assert len(params["value"]) == 80


def test_T13_letters_that_are_stored_apart_are_measured_as_stored(run_import: Run) -> None:
    content = HEAD + f"bob,{chr(0x1D160) * 100},,2026-05-01,\nben,{chr(0xFB03) * 250},,2026-05-01,\n"
    imported = run_import(KIND, content, options=EVIDENCE)
    assert imported.rows == [(2, "rejected", ["R502"]), (3, "rejected", ["R502"])]


def test_T13_a_time_of_day_is_cut_off(cast: Cast, run_import: Run) -> None:
    content = HEAD + "bob,AID,101,2026-05-01 23:59:59,2026-06-30T00:00\nben,AID,101,1/5/2026 11:15 PM,\n"
    assert run_import(KIND, content, date_format="dd/mm/yyyy").outcomes == ["added_to_history"] * 2
    assert [day for _, _, day, _ in records(cast.acme)] == ["2026-05-01"] * 2
    with tenant_scope(cast.acme.pk):
        found = CertificationRecord.objects.get(person=cast.bob)
        assert (str(found.due_on), found.date_text, found.due_text) == (
            "2026-06-30",
            "2026-05-01 23:59:59",
            "2026-06-30T00:00",
        )


def test_T14_T15_T16_lines_are_numbered_ragged_ones_fail_and_blank_ones_do_not_count(run_import: Run) -> None:
    content = HEAD + "bob,AID,101,2026-05-01,\n,,,,\nben,AID,101,2026-05-01\n\ncarl,AID,101,2026-05-01,\n"
    imported = run_import(KIND, content)
    assert imported.rows == [
        (2, "added_to_history", ["R404"]),
        (4, "rejected", ["R601"]),
        (6, "added_to_history", ["R404"]),
    ]
    assert imported.batch.blank_rows == 2


def test_T74_sample_rows_of_the_template_are_left_out(run_import: Run) -> None:
    imported = run_import(KIND, HEAD + "sample: jane.doe,AID,101,2026-05-01,\nbob,AID,101,2026-05-01,\n")
    assert imported.rows == [(2, "skipped", ["R208"]), (3, "added_to_history", ["R404"])]


# --- matching -------------------------------------------------------------------------------------------------


def test_T19_people_are_found_by_their_whole_username(run_import: Run) -> None:
    content = HEAD + "BOB ,AID,101,2026-05-01,\n,AID,101,2026-05-01,\nnobody,AID,101,2026-05-01,\n"
    assert run_import(KIND, content).rows == [
        (2, "added_to_history", ["R404"]),
        (3, "rejected", ["R101"]),
        (4, "rejected", ["R102"]),
    ]


def test_T19_E08_people_are_found_by_what_was_chosen(cast: Cast, run_import: Run) -> None:
    assert run_import(KIND, HEAD + "000123,AID,101,2026-05-01,\n", find_by="employee_id").outcomes == [
        "added_to_history"
    ]
    assert records(cast.acme) == [("bob", "AID", "2026-05-01", "2027-05-01")]


@pytest.mark.parametrize(
    ("reference", "row"),
    [
        ("AID,101", ("added_to_history", ["R404"])),
        (" AID ,\u00a0101", ("added_to_history", ["R404"])),  # T-17
        ("AID,", ("added_to_history", ["R404"])),  # T-21
        (",101", ("added_to_history", ["R404"])),  # T-21
        ("aid,101", ("rejected", ["R203"])),  # T-24: exact unless the switch is on
        ("aid,", ("rejected", ["R202"])),
        ("AID,999", ("rejected", ["R203"])),  # T-20: the short name fits, the number is unknown
        ("NOPE,101", ("rejected", ["R203"])),
        ("AID,F-7", ("rejected", ["R203"])),  # two certifications
        ("NOPE,999", ("rejected", ["R202"])),  # T-28
        (",999", ("rejected", ["R202"])),
        (",", ("rejected", ["R201"])),  # T-22
    ],
)
@pytest.mark.usefixtures("fire")
def test_T17_T20_T21_T22_T28_which_certification_is_meant(
    cast: Cast, run_import: Run, reference: str, row: tuple[str, list[str]]
) -> None:
    assert run_import(KIND, HEAD + f"bob,{reference},2026-05-01,\n").rows == [(2, *row)]
    assert evidence(cast.acme) == []


@pytest.mark.parametrize(
    ("reference", "row"),
    [
        ("AID,101", ("added_to_history", ["R404"])),
        ("AID,999", ("evidence", ["R205"])),
        ("NOPE,101", ("evidence", ["R205"])),
        ("NOPE,999", ("evidence", ["R205"])),
        ("NOPE,", ("evidence", ["R205"])),
        ("AID,F-7", ("rejected", ["R203"])),  # both are known, only one can be meant
        (",", ("rejected", ["R201"])),
    ],
)
@pytest.mark.usefixtures("fire")
def test_T29_R203_what_becomes_evidence(run_import: Run, reference: str, row: tuple[str, list[str]]) -> None:
    assert run_import(KIND, HEAD + f"bob,{reference},2026-05-01,\n", options=EVIDENCE).rows == [(2, *row)]


def test_T20_a_certification_without_an_id_number_is_found_by_its_short_name_alone(cast: Cast, run_import: Run) -> None:
    add_certification(cast.acme, "BARE")
    content = HEAD + "bob,BARE,,2026-05-01,\nben,BARE,1,2026-05-01,\n"
    assert run_import(KIND, content).outcomes == ["added_to_history", "rejected"]


CASE_FILE = HEAD + "bob,CERT101,c1,2026-05-01,\nben,cert101,c1,2026-05-01,\ncarl,,c1,2026-05-01,\n"


def test_T23_one_id_number_with_two_short_names_is_a_warning_on_each_row(cast: Cast, run_import: Run) -> None:
    add_certification(cast.acme, "CERT101", "c1")
    imported = run_import(KIND, CASE_FILE)
    assert imported.rows == [
        (2, "added_to_history", ["R204", "R404"]),
        (3, "rejected", ["R204", "R203"]),
        (4, "added_to_history", ["R404"]),
    ]
    named = {"value": "c1", "id": "c1", "a": "CERT101", "b": "cert101"}
    assert ["R204", "certificationidnumber", named] in problems_of(imported, 2)
    assert ["R204", "certificationidnumber", named] in problems_of(imported, 3)


def test_T24_with_the_switch_all_of_them_match_and_its_own_spelling_is_shown(cast: Cast, run_import: Run) -> None:
    cert = add_certification(cast.acme, "CERT101", "C1")
    imported = run_import(KIND, CASE_FILE, options=CASELESS)
    assert imported.rows == [(number, "added_to_history", ["R404"]) for number in (2, 3, 4)]
    with tenant_scope(cast.acme.pk):
        assert get_importer(KIND).item_names([cert.pk]) == {cert.pk: "CERT101 CERT101 certification"}


def test_T24_T26_two_spellings_of_one_reference_are_the_same_row_twice(run_import: Run) -> None:
    content = HEAD + "bob,AID,,2026-05-01,\nbob,aid,101,2026-05-01,\nbob,,101,2026-05-01,\n"
    assert run_import(KIND, content, options=CASELESS).rows == [
        (2, "added_to_history", ["R404"]),
        (3, "unchanged", ["R403"]),
        (4, "unchanged", ["R403"]),
    ]


def test_T25_several_days_of_one_person_and_certification_are_all_kept(cast: Cast, run_import: Run) -> None:
    content = HEAD + "bob,AID,101,2025-01-01,\nbob,AID,101,2026-01-01,\n"
    assert run_import(KIND, content).outcomes == ["added_to_history", "added_to_history"]
    assert [day for _, _, day, _ in records(cast.acme)] == ["2025-01-01", "2026-01-01"]


# --- evidence -------------------------------------------------------------------------------------------------


def test_T30_evidence_is_off_unless_somebody_turns_it_on(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        importer = get_importer(KIND)
        assert importer.default_options(cast.acme) == {"action": "history", "evidence": False, "ignore_case": False}
        form = importer.options_form(None, tenant=cast.acme, initial={})
        assert (form["evidence"].value(), form["action"].value()) == (False, "history")
        assert [value for value, _ in form.fields["action"].choices] == [  # type: ignore[attr-defined]
            "history",
            "certify_uncertified",
            "certify_if_more_recent",
        ]


def test_T29_T32_T35_evidence_and_where_it_came_from(cast: Cast, run_import: Run) -> None:
    imported = run_import(
        KIND, HEAD + "bob,OLD,9,2019-05-01,2019-06-30\nben,,9,01/05/2019,\n", options=EVIDENCE, date_format="dd/mm/yyyy"
    )
    assert (imported.state, imported.counts) == ("completed", {"evidence": 2})
    assert evidence(cast.acme) == [("ben", "", "9", "2019-05-01"), ("bob", "OLD", "9", "2019-05-01")]
    assert (records(cast.acme), assignments(cast.acme)) == ([], [])
    with tenant_scope(cast.acme.pk):
        bobs = Evidence.objects.get(person=cast.bob)
        assert (str(bobs.due_on), bobs.batch_id, bobs.row_no) == ("2019-06-30", imported.batch.pk, 2)
        assert (bobs.date_text, bobs.due_text, bobs.recorded_by_id) == ("2019-05-01", "2019-06-30", cast.adam.pk)


def test_T29_the_same_evidence_again_and_twice_in_a_file(cast: Cast, run_import: Run) -> None:
    content = HEAD + "bob,OLD,9,2019-05-01,\nbob,old ,9,2019-05-01,\nbob,OLD,9,2020-05-01,\n"
    first = run_import(KIND, content, options=EVIDENCE)
    assert first.rows == [
        (2, "evidence", ["R204", "R205"]),
        (3, "unchanged", ["R204", "R403"]),
        (4, "evidence", ["R204", "R205"]),
    ]
    again = run_import(KIND, content, options=EVIDENCE)
    assert again.outcomes == ["unchanged"] * 3
    assert len(evidence(cast.acme)) == 2


# --- dates ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "due", "codes"),
    [
        ("", "", ["R301"]),
        ("31/06/2012", "", ["R302"]),
        ("2026-05-01", "31/06/2012", ["R305"]),
        ("2026-05-01", "soon", ["R305"]),
        ("2026-05-01", "31/12/9999", ["R305"]),
        ("2026-05-01", "1900-01-01", ["R305"]),
        ("1969-12-31", "", ["R304"]),
        ("2999-01-01", "", ["R303"]),
    ],
)
def test_T36_T41_R305_dates_that_cannot_be(run_import: Run, day: str, due: str, codes: list[str]) -> None:
    imported = run_import(KIND, HEAD + f"bob,AID,101,{day},{due}\nben,AID,101,2026-05-01,\n", date_format="dd/mm/yyyy")
    assert imported.rows == [(2, "rejected", codes), (3, "added_to_history", ["R404"])]


def test_T36_the_tenants_own_day_decides_what_is_in_the_future(cast: Cast, run_import: Run) -> None:
    Tenant.objects.filter(pk=cast.acme.pk).update(future_days=2)
    day = today(cast.acme)
    near, far = day + dt.timedelta(2), day + dt.timedelta(3)
    imported = run_import(KIND, HEAD + f"bob,AID,101,{near},\nben,AID,101,{far},\n")
    assert imported.rows == [(2, "added_to_history", ["R404"]), (3, "rejected", ["R303"])]


def test_T36_nothing_is_older_than_the_calendar_of_spreadsheets(cast: Cast, run_import: Run) -> None:
    Tenant.objects.filter(pk=cast.acme.pk).update(earliest_date=dt.date(1, 1, 1))
    imported = run_import(KIND, HEAD + "bob,AID,101,1900-01-02,\nben,AID,101,0001-01-01,\n")
    assert imported.rows == [(2, "added_to_history", ["R404"]), (3, "rejected", ["R304"])]


def test_T42_completed_late_is_legal_and_said(run_import: Run) -> None:
    imported = run_import(KIND, HEAD + "bob,AID,101,2026-05-11,2026-05-01\n", options=CERTIFY)
    assert imported.rows == [(2, "created", ["R306"])]
    assert imported.summary["consequences"]["late"]["days"] == 10


def test_T64_one_row_shows_all_its_errors(run_import: Run) -> None:
    imported = run_import(KIND, HEAD + "nobody,NOPE,101,31/02/2026,31/06/2012\n", date_format="dd/mm/yyyy")
    ((number, outcome, codes),) = imported.rows
    assert (number, outcome, sorted(codes)) == (2, "rejected", ["R102", "R203", "R302", "R305"])


def test_T39_a_due_date_of_long_ago_is_counted_from_in_any_number_of_steps(cast: Cast, run_import: Run) -> None:
    day = Period.parse("1 day")
    periods = {"active_period": day, "recertification_window": day, "minimum_active_period": day}
    add_certification(cast.acme, "DAY", "1", method="fixed_date", **periods)
    imported = run_import(KIND, HEAD + "bob,DAY,1,2026-01-01,1900-01-02\n", options=CERTIFY, messages="suppress")

    assert (imported.state, imported.rows) == ("completed", [(2, "created", ["R306", "R405"])])
    assert records(cast.acme) == [("bob", "DAY", "2026-01-01", "2026-01-02")]
