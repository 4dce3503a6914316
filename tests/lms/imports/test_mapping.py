"""What the mapping page proposes: exact names, synonyms, memory, presets, and what it never proposes."""

from dataclasses import replace
from typing import Any

import pytest

from completions.importers import CompletionsImporter
from lms.imports.columns import Column
from lms.imports.forms import MappingForm
from lms.imports.importer import get_importer
from lms.imports.mapping import (
    Mapping,
    Proposal,
    chosen_mapping,
    digest_headers,
    remember_mapping,
    sample_values,
    save_preset,
    suggest_mapping,
    unused_columns,
)
from lms.imports.models import HeaderMapping, HeaderSynonym, ImportBatch, State
from lms.people.models import User
from lms.tenancy.scope import tenant_scope
from tests.lms.imports.batch_data import make_batch
from tests.plugins.cast import Cast

IMPORTER = "completions"


def upload_with(cast: Cast, headers: list[str], *rows: list[Any], header_row: int = 1) -> ImportBatch:
    sniffed = {
        "format": "csv",
        "headers": headers,
        "header_row": header_row,
        "sample_rows": [[place, list(cells)] for place, cells in enumerate(rows, start=2)],
    }
    return make_batch(cast, state=State.UPLOADED, sniffed=sniffed)


def propose(cast: Cast, batch: ImportBatch, *, actor: User | None = None) -> Proposal:
    with tenant_scope(cast.acme.pk):
        person = User.objects.select_related("tenant").get(pk=(actor or cast.adam).pk)
        return suggest_mapping(get_importer(IMPORTER), batch=batch, actor=person)


def reasons(proposal: Proposal) -> dict[str, tuple[int | None, str]]:
    return {key: (found.column, found.reason) for key, found in proposal.suggestions.items() if found.reason}


def test_E57_exact_names_in_both_languages_are_recognised(cast: Cast) -> None:
    proposal = propose(cast, upload_with(cast, ["Course Code", "USER NAME", "completion_date", "Department"]))

    assert reasons(proposal) == {"course_code": (0, "exact"), "username": (1, "exact"), "completed_on": (2, "exact")}
    assert proposal.is_exact


def test_E57_synonyms_shipped_and_of_the_organisation(cast: Cast) -> None:
    with tenant_scope(cast.acme.pk):
        HeaderSynonym.objects.create(tenant=cast.acme, kind=IMPORTER, field="username", header_key="staffref")
    proposal = propose(cast, upload_with(cast, ["Staff Ref", "Abgeschlossen am", "Kurs-Nr.", "Status"]))

    assert reasons(proposal) == {
        "username": (0, "name"),
        "completed_on": (1, "name"),
        "course_code": (2, "name"),
        "status": (3, "exact"),
    }
    assert not proposal.is_exact


def test_E57_two_columns_that_fit_equally_are_both_offered_and_none_is_chosen(cast: Cast) -> None:
    proposal = propose(cast, upload_with(cast, ["Username", "Course", "Date", "Finish Date"]))

    assert proposal.suggestions["completed_on"].column is None
    assert proposal.suggestions["completed_on"].candidates == (2, 3)
    assert proposal.mapping.columns == {"username": 0, "course_code": 1}


def test_E29_the_columns_of_our_own_results_files_are_neither_proposed_nor_listed(cast: Cast) -> None:
    batch = upload_with(cast, ["Username", "Completion Date", "Course Code", "Rollbook outcome", "Ward"])
    proposal = propose(cast, batch)

    with tenant_scope(cast.acme.pk):
        assert unused_columns(batch, proposal.mapping) == ["Ward"]


def test_E08_people_are_found_by_the_identifier_that_finds_the_sample_values(cast: Cast) -> None:
    headers = ["User", "Completed", "Course"]

    assert propose(cast, upload_with(cast, headers, ["bob"], ["ben"])).mapping.find_by == "username"


@pytest.mark.parametrize(
    ("value", "header", "expected"),
    [
        ("BEN@acme.example", "User", "email"),
        ("000124", "User", "employee_id"),
        ("ben", "E-Mail", "username"),
        ("nobody-knows", "E-Mail", "email"),
        ("nobody-knows", "Personalnr.", "employee_id"),
        ("nobody-knows", "User", "username"),
    ],
)
def test_E08_the_data_decide_before_the_name_does(cast: Cast, value: str, header: str, expected: str) -> None:
    batch = upload_with(cast, [header, "Completed", "Course"], [value, "2024-01-01", "SAFE-1"])

    assert propose(cast, batch).mapping.find_by == expected


def test_L07_the_guess_looks_no_further_than_the_reach(cast: Cast) -> None:
    batch = upload_with(cast, ["E-Mail", "Completed", "Course"], ["carl", "2024-01-01", "SAFE-1"])

    assert propose(cast, batch, actor=cast.adam).mapping.find_by == "username"
    assert propose(cast, batch, actor=cast.lea).mapping.find_by == "email"


def test_E11_the_last_choice_for_these_columns_comes_back_to_the_same_person(cast: Cast) -> None:
    headers = ["Who", "When", "What"]
    batch = upload_with(cast, headers)
    chosen = Mapping(
        columns={"username": 0, "completed_on": 1, "course_code": 2},
        find_by="email",
        fixed={"course_code": "SAFE-1"},
        date_format="mm/dd/yyyy",
        completed_statuses=["done"],
        date_order_answered=True,
    )
    with tenant_scope(cast.acme.pk):
        remember_mapping(batch, actor=cast.adam, mapping=chosen, options={"policy": "newest_date"})
    again = propose(cast, upload_with_number(cast, headers, number=42))
    other = propose(cast, upload_with_number(cast, headers, number=43), actor=cast.alice)

    assert again.mapping == Mapping(
        columns={"username": 0, "completed_on": 1, "course_code": 2},
        find_by="email",
        fixed={},
        date_format="mm/dd/yyyy",
        completed_statuses=["done"],
        date_order_answered=True,
    )
    assert (again.memory, again.options) == ("own", {"policy": "newest_date"})
    assert {found.reason for found in again.suggestions.values()} == {"remembered", ""}
    assert (other.memory, other.mapping.columns) == ("", {})


def upload_with_number(cast: Cast, headers: list[str], *, number: int) -> ImportBatch:
    sniffed = {"format": "csv", "headers": headers, "header_row": 1, "sample_rows": []}
    return make_batch(cast, number=number, state=State.UPLOADED, sniffed=sniffed)


def test_E11_a_preset_is_offered_to_everybody_until_they_choose_otherwise(cast: Cast) -> None:
    headers = ["Who", "When", "What"]
    batch = upload_with(cast, headers)
    shared = Mapping(columns={"username": 0, "completed_on": 1, "course_code": 2}, date_format="yyyy-mm-dd")
    own = Mapping(columns={"username": 0, "completed_on": 2, "course_code": 1}, date_format="yyyy-mm-dd")
    with tenant_scope(cast.acme.pk):
        save_preset(batch, name="Old system", mapping=shared, options={})
    assert propose(cast, batch, actor=cast.alice).memory == "Old system"

    with tenant_scope(cast.acme.pk):
        remember_mapping(batch, actor=cast.alice, mapping=own, options={})
    proposal = propose(cast, batch, actor=cast.alice)

    assert (proposal.memory, proposal.mapping.columns) == ("own", own.columns)


def test_E11_files_without_column_names_are_not_remembered(cast: Cast) -> None:
    batch = upload_with(cast, ["", "", ""], ["bob", "2024-01-01", "SAFE-1"], header_row=0)
    with tenant_scope(cast.acme.pk):
        remember_mapping(batch, actor=cast.adam, mapping=Mapping(columns={"username": 0}), options={})

        assert list(HeaderMapping.objects.all()) == []


def test_E11_the_order_of_the_columns_belongs_to_the_header_set() -> None:
    assert digest_headers(["User Name", "Date"]) == digest_headers(["username", "DATE"])
    assert digest_headers(["Date", "User Name"]) != digest_headers(["User Name", "Date"])


def test_E57_three_sample_values_a_column(cast: Cast) -> None:
    batch = upload_with(cast, ["Username", "N"], ["a", {"n": "1"}], ["a", None], [" b ", "x"], ["c"], ["d"])

    assert sample_values(batch, 0) == ["a", "b", "c"]
    assert sample_values(batch, 1) == ["1", "x"]


def test_F004_F005_L62_each_needed_field_exactly_once(cast: Cast) -> None:
    batch = upload_with(cast, ["Username", "Completion Date", "Course Code"])
    importer = get_importer(IMPORTER)
    proposal = propose(cast, batch)

    def errors(**fields: str) -> dict[str, list[str]]:
        data = {"map-find_by": "username", "map-date_format": "dd/mm/yyyy"} | {
            f"map-column_{key}": value for key, value in fields.items()
        }
        form = MappingForm(data, batch=batch, importer=importer, proposal=proposal, actor=cast.adam)
        form.is_valid()
        return {key: [str(words) for words in found] for key, found in form.errors.items()}

    assert errors(username="0", completed_on="1", course_code="2") == {}
    assert errors(username="0", completed_on="1") == {
        "column_course_code": ["No column holds Course Code. Choose the column that holds Course Code."]
    }
    assert errors(username="0", completed_on="1", course_code="1") == {
        "column_completed_on": ["Completion Date occurs 2 times. Choose one."],
        "column_course_code": ["Completion Date occurs 2 times. Choose one."],
    }
    assert errors(username="0", completed_on="1", course_code="7")["column_course_code"]


def test_E09_one_value_for_the_whole_file_takes_the_place_of_a_column(cast: Cast) -> None:
    batch = upload_with(cast, ["Username"])
    data = {
        "map-find_by": "username",
        "map-date_format": "dd/mm/yyyy",
        "map-column_username": "0",
        "map-column_completed_on": "fixed",
        "map-fixed_completed_on": "2024-05-01",
        "map-column_course_code": "fixed",
        "map-fixed_course_code": "SAFE-1",
    }
    form = MappingForm(
        data, batch=batch, importer=get_importer(IMPORTER), proposal=propose(cast, batch), actor=cast.adam
    )

    assert form.is_valid()
    assert form.to_mapping(before=Mapping()) == Mapping(
        columns={"username": 0},
        fixed={"completed_on": "2024-05-01", "course_code": "SAFE-1"},
        date_format="dd/mm/yyyy",
    )


class FittedImporter(CompletionsImporter):
    """A kind whose columns and identifier were chosen before the file."""

    find_by = "email"
    columns = (  # type: ignore[assignment]
        *CompletionsImporter.columns[:3],
        Column(key="field_2", label="Own field", header="Trainer", kind="text", help="A field."),
    )


def test_S10_S11_what_was_chosen_before_the_file_is_no_question_and_template_names_are_exact(cast: Cast) -> None:
    importer = FittedImporter()
    headers = ["username", "course code", "completion date", "trainer"]
    batch = upload_with(cast, headers, ["bob", "SAFE-1", "2024-05-13", "Mia"])
    remembered = Mapping(columns={"username": 0, "field_1": 3}, find_by="employee_id")
    with tenant_scope(cast.acme.pk):
        actor = User.objects.select_related("tenant").get(pk=cast.adam.pk)
        fresh = suggest_mapping(importer, batch=batch, actor=actor)
        remember_mapping(batch, actor=actor, mapping=remembered, options={})
        again = suggest_mapping(importer, batch=batch, actor=actor)
        batch.mapping = replace(remembered, find_by="username").to_json()
        chosen = chosen_mapping(importer, batch=batch)
        form = MappingForm(None, batch=batch, importer=importer, proposal=chosen, actor=actor)
        posted = form.to_mapping(before=chosen.mapping)

    assert {found.mapping.find_by for found in (fresh, again, chosen)} == {posted.find_by} == {"email"}
    assert "find_by" not in form.fields
    assert reasons(fresh)["field_2"] == (3, "exact")
    # What was remembered for a field that this import does not have takes no column away from one it has.
    assert again.mapping.columns == {"username": 0, "course_code": 1, "completed_on": 2, "field_2": 3}
